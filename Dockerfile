# The project in a container: `docker build -t epd .`, then as docs/operations.md says. It runs as an ordinary user.
FROM python:3.11-bookworm

RUN apt-get update && apt-get install --yes --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 epd && mkdir /app && chown epd:epd /app
USER epd
WORKDIR /app

# What is installed changes rarely: it is a layer of its own.
COPY --chown=epd:epd pyproject.toml requirements.txt Makefile README.md LICENSE ./
COPY --chown=epd:epd lib lib
COPY --chown=epd:epd epd epd
COPY --chown=epd:epd notebooks notebooks
COPY --chown=epd:epd sql sql
COPY --chown=epd:epd run_all.py ./
RUN make .venv/.installed && mkdir -p runs .raw .settlements .pgdata

ENTRYPOINT [".venv/bin/epd"]
CMD ["--help"]
