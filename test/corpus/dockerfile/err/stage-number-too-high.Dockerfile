FROM alpine
COPY --from=2 / /
