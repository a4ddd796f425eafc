ARG BASE=debian:12
FROM ${BASE} AS all
MAINTAINER somebody <a@example.org>
LABEL org.opencontainers.image.title="an image" \
      empty= "a key"=value
ARG one two=2 three="a b"
ENV A=1 B="$two" C='$kept' \
    D=a\ b
ENV OLD form of a variable
WORKDIR /srv/$A
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.org/a.tar.gz /a/
ADD --unpack=true --chown=1:1 local.tar /b/
ADD --keep-git-dir=true https://github.com/example/repo.git#v1 /c
COPY --chmod=u=rwX,go=rX --chown=app:app --link --exclude=*.o --exclude=tmp ["with space", "/d/"]
COPY --parents ./src/./lib/**/*.c /e/
RUN ["/bin/true"]
RUN --network=none --security=sandbox --mount=type=tmpfs,target=/t,size=64m true
RUN --mount=type=secret,id=token,env=TOKEN --mount=type=ssh,required=true \
    --mount=type=bind,from=busybox,source=/bin,target=/bb,ro true
EXPOSE 80 443/tcp 5000-5010/udp
VOLUME /data ["/not json"]
USER app
STOPSIGNAL SIGQUIT
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=1m --start-interval=2s --retries=5 CMD curl -f http://localhost/
ONBUILD RUN echo later
CMD ["serve"]
ENTRYPOINT serve --port 80
