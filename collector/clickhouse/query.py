"""A query of the ClickHouse HTTP interface: run on a handle of its own, its result streamed through a pipe.

In: an Exchange and the statement. Out: the answer, whole if it is short or asked for, else in chunks.
Must stop the engine's work when the client has gone, and never hold a large result in memory.
"""

import asyncio
import contextlib
import secrets
import shutil
import string
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collector.clickhouse.answer import content_type, exception_block, header, summary
from collector.clickhouse.blocks import BlockWriter
from collector.clickhouse.exchange import ClientGone, Exchange
from collector.clickhouse.external import ExternalTable, load_tables
from collector.clickhouse.native import MARKED_REVISION, NativeWriter
from collector.clickhouse.pipe import PipeClosed, ResultPipe
from collector.engine.embedded import EmbeddedEngine
from collector.engine.lanes import Lane
from collector.engine.result import EngineError, EngineResult
from collector.http.body import BodyWriter, choose_encoding

HELD_BYTES = 1024 * 1024
SPOOLED_BYTES = 8 * 1024 * 1024
_MOST_ON_DISK = 4 * 1024 * 1024 * 1024
_SHARE_OF_DISK = 8
_TAG_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class QueryPlan:
    """A query ready to run. `sql_into(clause)` is its text with the result going to `clause`."""

    sql_into: Callable[[str], str]
    fmt: str
    settings: Mapping[str, str]
    database: str | None
    params: Mapping[str, str]
    tables: tuple[ExternalTable, ...] = field(default=())


class QueryRunner:
    """Runs queries side by side on `lane`; `control` stops them."""

    def __init__(self, engine: EmbeddedEngine, lane: Lane, control: Lane, folder: Path) -> None:
        self._engine = engine
        self._lane = lane
        self._control = control
        self._folder = folder
        self._running: dict[str, tuple[str, str]] = {}
        """User and query id by the name of the pipe."""

    def interrupt(self) -> None:
        """Have the engine stop every query that runs; each is answered with ClickHouse's error for it."""
        for name in self._running:
            self._stop(name)

    def knows(self, ids: Sequence[str]) -> bool:
        """Whether a query under one of `ids` runs; the engine knows its statements by ids of its own."""
        return any(query_id in ids for _, query_id in self._running.values())

    def kill(self, ids: Sequence[str], user: str | None) -> list[str]:
        """Have the engine stop queries of `user` (None: of anybody) by their ids; gives those that run."""
        found = [
            (name, query_id)
            for name, (whose, query_id) in self._running.items()
            if query_id in ids and user in (None, whose)
        ]
        for name, _ in found:
            self._stop(name)
        return [query_id for _, query_id in found]

    async def run(self, exchange: Exchange, plan: QueryPlan) -> None:
        """Run `plan` and answer. Raises EngineError if nothing was sent yet, ClientGone if nobody is left."""
        pipe = ResultPipe(self._folder)

        def job() -> EngineResult:
            if pipe.is_closed:
                raise EngineError(394, "QUERY_WAS_CANCELLED", "Query was cancelled")
            return self._execute(plan, pipe.clause)

        try:
            running = self._lane.run(job)
        except EngineError:
            pipe.close()
            raise
        running.add_done_callback(lambda _: pipe.end())
        self._running[pipe.name] = exchange.request.user, exchange.request.query_id
        running.add_done_callback(lambda _: self._running.pop(pipe.name, None))
        watching = exchange.watch(pipe.close)
        try:
            await self._deliver(exchange, plan, pipe, running)
        except PipeClosed:
            raise ClientGone("the client went away before its answer was complete") from None
        finally:
            watching.cancel()
            pipe.close()
            if not running.done():
                self._stop(pipe.name)

    def _execute(self, plan: QueryPlan, clause: str) -> EngineResult:
        """On a thread: the whole statement on a fresh handle."""
        spills = str(_disk_share(self._engine.folder))
        settings = {**plan.settings, "max_temporary_data_on_disk_size_for_query": spills}
        if not plan.tables:
            session = self._engine.session(settings, plan.database)
        else:
            # Temporary tables need a handle that may still write.
            loose = {name: value for name, value in settings.items() if name != "readonly"}
            session = self._engine.session(loose, plan.database)
        try:
            if plan.tables:
                load_tables(session, plan.tables)
                session.set({"readonly": plan.settings["readonly"]} if "readonly" in plan.settings else {})
            return session.run(plan.sql_into(clause), plan.params)
        finally:
            session.close()

    async def _deliver(
        self, exchange: Exchange, plan: QueryPlan, pipe: ResultPipe, running: "asyncio.Future[EngineResult]"
    ) -> None:
        """Send the result: whole when it ended within the held bytes or the client waits for its end."""
        waits = exchange.request.waits_for_end
        most = _disk_share(self._folder) if waits else 0
        with tempfile.SpooledTemporaryFile(SPOOLED_BYTES, dir=str(self._folder)) as held:
            size = 0
            while chunk := await pipe.read():
                held.write(chunk)
                size += len(chunk)
                if size > HELD_BYTES and not waits:
                    break
                if waits and size > most:
                    raise EngineError(
                        396,
                        "TOO_MANY_ROWS_OR_BYTES",
                        f"Limit for an answer that is held back to its end exceeded: {most} bytes; leave out "
                        "wait_end_of_query to have it as it comes",
                    )
            else:
                result = await running
                held.seek(0)
                await self._send_whole(exchange, plan, held, size, result)
                return
            held.seek(0)
            begun = held.read()
        await self._send_stream(exchange, plan, begun, pipe, running)

    async def _send_whole(
        self,
        exchange: Exchange,
        plan: QueryPlan,
        held: "tempfile.SpooledTemporaryFile[bytes]",
        size: int,
        result: EngineResult,
    ) -> None:
        encoding = choose_encoding(exchange.request.accepted_encodings) if size else ""
        writer = _Writer(exchange, plan.fmt, encoding)
        headers = [*_head(plan.fmt, encoding), header("X-ClickHouse-Summary", summary(result))]
        if size <= HELD_BYTES:
            body = writer.feed(held.read()) + writer.finish()
            await exchange.answer(200, headers, body)
            return
        await exchange.begin(200, headers)
        while chunk := held.read(HELD_BYTES):
            await exchange.write(writer.feed(chunk))
        await exchange.write(writer.finish(), more=False)

    async def _send_stream(
        self,
        exchange: Exchange,
        plan: QueryPlan,
        begun: bytes,
        pipe: ResultPipe,
        running: "asyncio.Future[EngineResult]",
    ) -> None:
        encoding = choose_encoding(exchange.request.accepted_encodings)
        writer = _Writer(exchange, plan.fmt, encoding)
        first = writer.feed(begun)
        tag = "".join(secrets.choice(_TAG_LETTERS) for _ in range(16))
        headers = [*_head(plan.fmt, encoding), header("X-ClickHouse-Summary", summary(EngineResult()))]
        await exchange.begin(200, [*headers, header("X-ClickHouse-Exception-Tag", tag)])
        await exchange.write(first)
        while chunk := await pipe.read():
            await exchange.write(writer.feed(chunk))
        last = b""
        try:
            await running
        except EngineError as error:
            last = exception_block(error, exchange.version, tag)
        await exchange.write(writer.finish(last), more=False)

    def _stop(self, marker: str) -> None:
        """Have the engine stop the query that writes to the pipe `marker`."""

        def kill() -> None:
            with contextlib.suppress(EngineError):
                self._engine.run(_KILL, {"marker": marker}, fmt="Null")

        with contextlib.suppress(EngineError):
            self._control.run(kill)


def _disk_share(folder: Path | None) -> int:
    """Bytes that one query may put on the disk of `folder`: all that run at once must leave room for spans."""
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    return max(min(free // _SHARE_OF_DISK, _MOST_ON_DISK), 1)


_KILL = "KILL QUERY WHERE position(query, {marker:String}) > 0 ASYNC"


class _Writer:
    """The way of an answer's bytes: rewritten for the client's protocol, then packed."""

    def __init__(self, exchange: Exchange, fmt: str, encoding: str) -> None:
        request = exchange.request
        is_marked = fmt == "Native" and request.protocol_revision >= MARKED_REVISION
        self._native = NativeWriter() if is_marked else None
        self._packer = BlockWriter() if request.wants_blocks else BodyWriter(encoding)

    def feed(self, chunk: bytes) -> bytes:
        """What `chunk` becomes so far; may be empty. Raises EngineError for what the protocol cannot carry."""
        return self._packer.feed(self._native.feed(chunk) if self._native is not None else chunk)

    def finish(self, last: bytes = b"") -> bytes:
        """The rest, then `last`, which is no part of the result."""
        rest = self._native.finish() if self._native is not None else b""
        return self._packer.feed(rest + last) + self._packer.finish()


def _head(fmt: str, encoding: str) -> list[tuple[bytes, bytes]]:
    head = [header("Content-Type", content_type(fmt)), header("X-ClickHouse-Format", fmt)]
    if encoding:
        head.append(header("Content-Encoding", encoding))
    return head
