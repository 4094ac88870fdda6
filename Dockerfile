# Two stages: one that installs, one that runs. The running image has no npm cache and no development
# packages, runs as a user without privileges, and works with a read-only root file system:
#
#   docker build -t holdfast .
#   docker run --read-only -v holdfast:/data -p 53:5300/udp -p 53:5300/tcp -p 8081:8081 holdfast

FROM node:26-bookworm-slim AS install
WORKDIR /holdfast
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:26-bookworm-slim
WORKDIR /holdfast
COPY --from=install /holdfast/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
COPY config config
COPY zones zones
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 5300/udp 5300/tcp 8081/tcp 8082/tcp
ENV NODE_ENV=production
# A real query to the real socket: what counts as healthy is an answer.
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
  CMD ["node", "src/main.ts", "check", "answer", "--server", "127.0.0.1:5300", "--name", "example.com"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "src/main.ts"]
CMD ["up", "--config", "config/container.yaml"]
