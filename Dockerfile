FROM python:3.13-slim AS packages
WORKDIR /build
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

FROM python:3.13-slim
# The number is fixed so that the rights on a mounted volume survive a new image.
RUN groupadd --gid 10001 okno \
    && useradd --uid 10001 --gid okno --no-create-home --home-dir /data okno \
    && install --directory --owner=okno --group=okno /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY alembic.ini ./
COPY alembic ./alembic
COPY core ./core
COPY webapp ./webapp
COPY bot ./bot
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LOG_FORMAT=json \
    OKNO_DATA=/data
# Okno cannot write here, so what Python would cache at the first start is made now.
RUN python -m compileall -q alembic core webapp bot
USER 10001:10001
VOLUME /data
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '9000') + '/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
