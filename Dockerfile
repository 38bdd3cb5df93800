# One image for the collector and the dashboard; the command says which it is.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt README.md ./
COPY analytics analytics
COPY cli cli
COPY collector collector
COPY dashboard dashboard
COPY examples examples
COPY sdk_hooks sdk_hooks
COPY sql sql
RUN python -m venv /opt/spanledger \
 && PIP_CONSTRAINT=constraints.txt /opt/spanledger/bin/pip install .

FROM python:3.13-slim-bookworm
RUN groupadd --gid 10001 spanledger \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin spanledger \
 && install --directory --owner=spanledger --group=spanledger --mode=0700 /data
COPY --from=build /opt/spanledger /opt/spanledger
ENV PATH=/opt/spanledger/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    SPANLEDGER_DATA=/data \
    SPANLEDGER_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 4317 4318 8123 8501
ENTRYPOINT ["spanledger"]
CMD ["up"]
