FROM python:3.11-slim
RUN useradd --system --create-home --home-dir /data clientela
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 CLIENTELA_HOME=/data

# What the program needs, in the locked versions and by their hashes, without the tools of development.
COPY pyproject.toml requirements.lock ./
RUN pip install --no-cache-dir uv \
    && uv pip install --system --no-cache --constraint requirements.lock -r pyproject.toml

COPY README.md ./
COPY clientela clientela
COPY docs/privacy.yaml docs/
RUN uv pip install --system --no-cache --no-deps --editable . \
    && SECRET_KEY=only-for-this-step clientela build \
    && chmod -R a+rX /app

USER clientela
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/', timeout=5)"]
CMD ["gunicorn", "clientela.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--timeout", "60"]
