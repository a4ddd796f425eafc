FROM alpine
RUN --mount=type=bind,from=${IMAGE},target=/x true
