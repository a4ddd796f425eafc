FROM alpine AS one
FROM one AS Two
COPY --from=0 /etc /etc
FROM scratch
COPY --from=TWO /etc /two
COPY --from=1 /etc /three
COPY --from=busybox:musl /bin /bin
RUN --mount=from=one,target=/one true
