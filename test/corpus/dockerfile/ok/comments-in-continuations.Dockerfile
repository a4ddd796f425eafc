FROM alpine
RUN apk add \
    # the first
    curl \
    # the second
    git
