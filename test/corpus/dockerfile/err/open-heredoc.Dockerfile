FROM alpine
RUN <<EOF
true
