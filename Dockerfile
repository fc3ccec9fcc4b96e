# Dossierpoort in a container: one image for the portal (`serve`) and the background work (`worker`).
# Run it with a read-only root, a volume for data, one for keys, and memory for scratch:
#
#   docker run --read-only --tmpfs /dev/shm:rw,nosuid,nodev,size=3g,mode=1777 \
#       -v dossierpoort-data:/var/lib/dossierpoort -v dossierpoort-keys:/var/lib/dossierpoort-keys \
#       --env-file dossierpoort.env -p 8080:8080 dossierpoort serve
#
# The same data and keys go to `dossierpoort worker`; `dossierpoort migrate` comes first, once for each version.

FROM debian:bookworm-slim AS base
COPY script/packages /src/script/packages
RUN /src/script/packages run && rm -rf /var/lib/apt/lists/*

# Python packages by hash, and style sheets: what only building needs stays behind here.
FROM base AS build
WORKDIR /src
COPY requirements requirements
RUN python3 -m venv /opt/dossierpoort \
    && /opt/dossierpoort/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
    && /opt/dossierpoort/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run --silent build \
    && { [ ! -d gateway/translations ] || /opt/dossierpoort/bin/pybabel --quiet compile --directory gateway/translations; } \
    && /opt/dossierpoort/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && rm -rf node_modules

FROM base AS run
# A fixed number, so that volumes keep their owner from one version to the next.
RUN useradd --uid 10001 --user-group --home-dir /var/lib/dossierpoort --no-create-home --shell /usr/sbin/nologin dossierpoort \
    && install -d -o dossierpoort -g dossierpoort -m 0700 /var/lib/dossierpoort /var/lib/dossierpoort-keys
COPY --from=build /opt/dossierpoort /opt/dossierpoort
# Templates stand beside the package; both are run from here, and nobody may write in it.
COPY --from=build /src/gateway /app/gateway
COPY --from=build /src/templates /app/templates
COPY --from=build /src/crypto /app/crypto
COPY --from=build /src/audit /app/audit
COPY --from=build /src/retention /app/retention
COPY docker/entrypoint /usr/local/bin/dossierpoort-entrypoint
WORKDIR /app
ENV PATH=/opt/dossierpoort/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/var/lib/dossierpoort \
    TMPDIR=/dev/shm \
    DOSSIERPOORT_DATA_DIR=/var/lib/dossierpoort \
    DOSSIERPOORT_KEYRING=/var/lib/dossierpoort-keys/keyring \
    DOSSIERPOORT_SCRATCH=/dev/shm/dossierpoort
USER dossierpoort
VOLUME ["/var/lib/dossierpoort", "/var/lib/dossierpoort-keys"]
EXPOSE 8080
# The worker answers no requests: for it, switch this off (`--no-healthcheck`) and look at /readyz of the portal.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["dossierpoort-entrypoint"]
CMD ["serve"]
