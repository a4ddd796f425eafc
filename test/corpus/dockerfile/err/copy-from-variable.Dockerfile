ARG IMAGE=alpine
FROM alpine
COPY --from=$IMAGE / /
