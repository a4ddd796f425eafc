ARG REGISTRY=docker.io
ARG NAME=library/alpine
ARG TAG
FROM ${REGISTRY}/${NAME##*/}:${TAG:-3.20}
