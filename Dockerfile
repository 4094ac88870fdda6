# Two stages: one that installs, one that runs. The running image has no npm cache and no development
# packages, runs as a user without privileges, and works with a read-only root file system:
#
#   docker build -t holdfast .
#   docker run --read-only -v holdfast:/data -p 53:5300/udp -p 53:5300/tcp -p 8081:8081 holdfast

FROM node:26-bookworm-slim AS install
WORKDIR /holdfast
COPY package.json package-lock.json ./
# The pinned Node stays behind: 211 MB, and the image has one.
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:26-bookworm-slim
WORKDIR /holdfast
COPY --from=install /holdfast/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
COPY config config
COPY zones zones
RUN mkdir /data .cache && chown node:node /data .cache
USER node
# Compiled code is kept in the image, which halves the time of each health check. Node keeps it by
# user: this must come after USER.
ENV NODE_COMPILE_CACHE=/holdfast/.cache
RUN node src/main.ts version
VOLUME /data
# ns1 and ns2; WHOIS; admin API, page and score, RDAP and its page. EPP needs certificates first.
EXPOSE 5300/udp 5300/tcp 5301/udp 5301/tcp 4343/tcp 8081/tcp 8082/tcp 8083/tcp
ENV NODE_ENV=production
# A real query to the real socket: what counts as healthy is an answer.
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
  CMD ["node", "src/main.ts", "check", "answer", "--server", "127.0.0.1:5300", "--name", "example.com."]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "src/main.ts"]
CMD ["up", "--config", "config/container.yaml"]
