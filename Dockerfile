# Built by goreleaser, which puts each platform's binary into the folder of its name. To be run where the state file is:
# docker run --rm --user "$(id -u)" --volume "$PWD:/work" ghcr.io/agent-facets/facets-reconcile plan
FROM --platform=$BUILDPLATFORM alpine:3.24.1@sha256:28bd5fe8b56d1bd048e5babf5b10710ebe0bae67db86916198a6eec434943f8b AS base
RUN mkdir -p /image/etc/ssl/certs /image/tmp && chmod 1777 /image/tmp && \
    cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
ARG TARGETPLATFORM
COPY --from=base /image /
COPY $TARGETPLATFORM/facets-reconcile /facets-reconcile
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/facets-reconcile"]
