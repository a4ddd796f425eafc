FROM alpine AS x
FROM debian AS x
FROM scratch
COPY --from=x /etc /etc
