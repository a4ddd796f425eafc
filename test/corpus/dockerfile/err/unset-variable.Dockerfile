ARG TAG
FROM alpine:${TAG:?needed}
