# docker build -f deploy/docker/agent.Dockerfile -t holdfast/agent .
# The program that `npm run images` packs archives with lays out the same files here.
FROM node:24.21.0-bookworm-slim AS files
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates python3-pip tini
WORKDIR /src
COPY . .
RUN npm run images -- --folder /rootfs agent

FROM scratch
COPY --from=files /rootfs/ /
ENV PATH=/agent HOME=/tmp NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/agent/node", "/agent/install.mjs"]
