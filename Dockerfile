# Built by goreleaser, which puts each platform's binary into the folder of its name. To be run where the state file is:
# docker run --rm --user "$(id -u)" --volume "$PWD:/work" ghcr.io/agent-facets/facets-reconcile plan
FROM alpine:3 AS base

FROM scratch
ARG TARGETPLATFORM
COPY --from=base /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=base /tmp /tmp
COPY $TARGETPLATFORM/facets-reconcile /facets-reconcile
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/facets-reconcile"]
