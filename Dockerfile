# Midstream in a container: docs/deployment.md says how to run it. Nothing secret is in the image.

# What pages load, bundled and compressed.
FROM node:22-bookworm-slim AS pages
WORKDIR /srv/midstream
COPY package.json package-lock.json ./
COPY bin/vendor bin/with-node bin/bundle.mjs bin/
COPY clients/javascript clients/javascript
COPY app/static app/static
RUN bin/vendor

# Python's packages, with the hashes of the list.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /srv/midstream
COPY requirements.txt ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes \
       -r requirements.txt

FROM python:3.11-slim-bookworm
# PostgreSQL's client programs are for `flask backup`. Packages of Debian have no versions that stay there.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 midstream \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin midstream \
    && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/midstream /backups
WORKDIR /srv/midstream
COPY --from=packages /srv/midstream/.venv .venv
COPY wsgi.py ./
COPY migrations migrations
COPY app app
COPY --from=pages /srv/midstream/app/static/bundle app/static/bundle
# What is compiled here need not be at each start: the server's user can write none of it.
RUN .venv/bin/python -m compileall -q wsgi.py app migrations

USER 10001:10001
ENV PATH=/srv/midstream/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    MIDSTREAM_ENV=production \
    HOST=0.0.0.0 \
    PORT=5000 \
    DATABASE_URL=sqlite:////var/lib/midstream/midstream.sqlite3
VOLUME /var/lib/midstream
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as http; http.urlopen('http://127.0.0.1:%s/healthz' % os.environ['PORT'], timeout=4)"]
CMD ["python", "wsgi.py", "--prepare"]
