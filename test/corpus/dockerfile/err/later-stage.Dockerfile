FROM alpine
COPY --from=later / /
FROM alpine AS later
FROM alpine
COPY --from=0 / /
