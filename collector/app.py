"""One collector from start to stop: engine, schema, writer, receivers, ClickHouse interface, background work.

In: settings. Out: a running collector that says where it listens in run.json, until it is asked to stop.
Every sender that was answered has its spans stored; a stop loses none.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from collector.clickhouse.http import ClickHouseHttp
from collector.clickhouse.users import Users
from collector.config.model import load_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.engine.resident import Purger, forget_start, return_large_buffers
from collector.engine.server import ServerEngine
from collector.http.server import HttpServer, listen
from collector.otlp.intake import LOGS, METRICS, TRACES, Intake
from collector.otlp.receiver_grpc import OtlpGrpc
from collector.otlp.receiver_http import OtlpHttp
from collector.otlp.spend import SpendDesk
from collector.otlp.writer import Writer
from collector.runfile import RunInfo, remove_run_info, write_run_info
from collector.services import LedgerAccess, Service, background_services
from collector.settings import CollectorSettings
from sql import otlp

log = logging.getLogger("collector.app")

LINGER_S = 0.02
LOOPBACK = ("127.0.0.1", "::1", "localhost")
WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


class Collector:
    """The collector of `settings`. `start()`, then `stop()`; what was started is stopped in reverse order."""

    def __init__(self, settings: CollectorSettings) -> None:
        self._settings = settings
        self._undo: list[Callable[[], Awaitable[None]]] = []
        self.info: RunInfo | None = None

    async def start(self) -> RunInfo:
        """Returns once everything answers. Raises CollectorError; then nothing is left running."""
        try:
            self.info = await self._start()
        except BaseException:
            await self.stop()
            raise
        return self.info

    async def stop(self) -> None:
        """Answer what is under way, store what waits, stop background work, close the engine."""
        while self._undo:
            undo = self._undo.pop()
            try:
                await undo()
            except Exception:  # one part that fails to stop must not keep the others running
                log.exception("a part did not stop cleanly")

    async def _start(self) -> RunInfo:
        return_large_buffers()
        settings, folder = self._settings, self._settings.folder
        folder.create()
        config = load_config(settings.config_path())
        http_socket = listen(settings.host, settings.otlp_http_port, "OTLP HTTP", "SPANLEDGER_OTLP_HTTP_PORT")
        self._undo.append(_closing(http_socket))
        clickhouse_port = 0
        engine: EmbeddedEngine | ServerEngine
        if settings.is_embedded:
            query_host = WILDCARDS.get(settings.host, settings.host)
            query_socket = listen(
                query_host, settings.clickhouse_port, "ClickHouse", "SPANLEDGER_CLICKHOUSE_PORT"
            )
            self._undo.append(_closing(query_socket))
            engine = await asyncio.to_thread(EmbeddedEngine, str(folder.engine), settings.database)
            self._undo.append(_blocking(engine.close))
            await asyncio.to_thread(_migrate, engine, settings.database, settings)
            clickhouse_port = await self._serve_clickhouse(engine, query_socket, query_host)
            await self._start_service(Purger(engine))
        else:
            engine = await asyncio.to_thread(ServerEngine, settings.clickhouse_url, settings.database)
            self._undo.append(_blocking(engine.close))
            await asyncio.to_thread(_migrate, engine, engine.database, settings)
        for service in background_services(LedgerAccess(settings, config, engine)):
            await self._start_service(service)
        grpc_port, http_port = await self._receive(engine, http_socket)
        forget_start()
        return self._publish(engine.database, http_port, grpc_port, clickhouse_port)

    async def _serve_clickhouse(self, engine: EmbeddedEngine, listening: socket.socket, host: str) -> int:
        folder = self._settings.folder
        users = Users(folder.reader_password(), folder.collector_password())
        is_loopback = host in LOOPBACK
        interface = ClickHouseHttp(engine, users, check_host=is_loopback)
        self._undo.append(_blocking(interface.close))
        server = HttpServer(interface, listening, drain_s=5.0)
        await server.start()

        async def stop() -> None:
            interface.interrupt()
            await server.stop()

        self._undo.append(stop)
        return server.port

    async def _start_service(self, service: Service) -> None:
        await asyncio.to_thread(service.start)
        self._undo.append(_blocking(service.stop))

    async def _receive(
        self, engine: EmbeddedEngine | ServerEngine, listening: socket.socket
    ) -> tuple[int, int]:
        """Open the doors for every signal: gRPC, then HTTP. Returns their ports."""
        settings = self._settings

        intake = Intake(
            {
                TRACES: self._start_writer(engine, otlp.TRACES),
                LOGS: self._start_writer(engine, otlp.LOGS),
                METRICS: self._start_writer(engine, otlp.METRICS),
            }
        )
        over_grpc = OtlpGrpc(
            intake,
            host=settings.host,
            port=settings.otlp_grpc_port,
            max_body_bytes=settings.max_body_bytes,
            token=settings.token,
        )
        await over_grpc.start()
        self._undo.append(over_grpc.stop)
        spend = SpendDesk(engine)
        self._undo.append(_blocking(spend.close))
        app: ASGIApp = OtlpHttp(
            intake,
            max_body_bytes=settings.max_body_bytes,
            token=settings.token,
            spend=spend,
            check_host=not settings.token and settings.host in LOOPBACK,
        )
        if origins := settings.allowed_origins:
            app = CORSMiddleware(app, origins, allow_methods=("POST",), allow_headers=("*",), max_age=7200)
        over_http = HttpServer(app, listening)
        await over_http.start()
        self._undo.append(over_http.stop)
        return over_grpc.port, over_http.port

    def _start_writer(self, engine: EmbeddedEngine | ServerEngine, entry: otlp.Entry) -> Writer:
        def insert(bodies: Sequence[bytes]) -> None:
            engine.insert_pieces(entry.table, entry.format, bodies, entry.settings)

        writer = Writer(insert, linger_s=LINGER_S)
        writer.start()
        self._undo.append(writer.drain)
        return writer

    def _publish(self, database: str, http_port: int, grpc_port: int, clickhouse_port: int) -> RunInfo:
        settings, folder = self._settings, self._settings.folder
        info = RunInfo(
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            host=settings.host,
            otlp_http_port=http_port,
            otlp_grpc_port=grpc_port,
            clickhouse_port=clickhouse_port,
            database=database,
            data=str(folder.root),
            clickhouse_url=_without_user(settings.clickhouse_url),
        )
        write_run_info(folder.run_file, info)
        self._undo.append(_blocking(lambda: remove_run_info(folder.run_file, info.pid)))
        log.info(
            "listening otlp_http=%s otlp_grpc=%s clickhouse=%d data=%s",
            info.otlp_http_url,
            info.otlp_grpc_url,
            clickhouse_port,
            Path(info.data),
        )
        return info


def _migrate(engine: EmbeddedEngine | ServerEngine, database: str, settings: CollectorSettings) -> None:
    migrate(engine, database, store_content=settings.store_content, retention_days=settings.retention_days)


def _closing(listening: socket.socket) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        listening.close()

    return close


def _blocking(work: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await asyncio.to_thread(work)

    return run


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
