# Muster in a container: `docker build -t muster .`, then `docker run -p 127.0.0.1:8080:8080 -v muster:/var/lib/muster muster`.
# The packages are those of requirements/run.txt, each checked against its hash.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
RUN python -m venv /opt/muster
COPY requirements/run.txt requirements/run.txt
RUN /opt/muster/bin/pip install --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/muster/bin/pip install --no-deps --no-build-isolation . \
    && /opt/muster/bin/python -m compileall -q /opt/muster/lib

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Muster" \
      org.opencontainers.image.description="A self-hosted SCIM 2.0 service" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 muster \
    && useradd --system --uid 10001 --gid muster --no-log-init --home-dir /var/lib/muster --shell /usr/sbin/nologin muster \
    && install -d -o muster -g muster -m 0700 /var/lib/muster
COPY --from=build /opt/muster /opt/muster
ENV PATH=/opt/muster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MUSTER_HOST=0.0.0.0 \
    MUSTER_PORT=8080 \
    MUSTER_DATABASE=sqlite:////var/lib/muster/muster.db
USER 10001:10001
WORKDIR /var/lib/muster
VOLUME /var/lib/muster
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['MUSTER_PORT'] + '/healthz', timeout=2)"]
ENTRYPOINT ["muster"]
CMD ["serve"]
