FROM alpine AS base
ONBUILD COPY --form=x a b
FROM base
