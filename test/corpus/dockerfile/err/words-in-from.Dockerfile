ARG TAG
FROM alpine:${TAG:?pass --build-arg TAG}
