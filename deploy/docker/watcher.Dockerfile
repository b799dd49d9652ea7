# docker build -f deploy/docker/watcher.Dockerfile -t holdfast/watcher .
# The program that `npm run images` packs archives with lays out the same files here.
FROM node:24.21.0-bookworm-slim AS files
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates
WORKDIR /src
COPY . .
RUN npm run images -- --folder /rootfs watcher

FROM scratch
COPY --from=files /rootfs/ /
ENV PATH=/usr/local/bin HOME=/tmp NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/watcher.mjs"]
