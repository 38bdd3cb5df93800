"""The ClickHouse HTTP interface on the embedded engine: an ASGI application for ordinary ClickHouse clients.

In: HTTP requests as ClickHouse's own port takes them. Out: the answers ClickHouse would give.
Readers read, the collector's user writes; nobody reaches files or hosts; no setting survives its request.
"""

import contextlib
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from collector.clickhouse.answer import header
from collector.clickhouse.exchange import ClientGone, Exchange, Receive, Send
from collector.clickhouse.external import described_by, external_tables, read_form
from collector.clickhouse.guard import check_format, check_identifiers, check_insert, check_statement
from collector.clickhouse.in_session import InSession
from collector.clickhouse.kill import KILLED, killed_ids
from collector.clickhouse.query import QueryPlan, QueryRunner
from collector.clickhouse.request import Request, read_request
from collector.clickhouse.sessions import Session, Sessions
from collector.clickhouse.settings import SettingsPolicy
from collector.clickhouse.statement import InsertHead, Statement, read_insert, read_statement
from collector.clickhouse.tokens import Token
from collector.clickhouse.users import User, Users
from collector.engine.embedded import EmbeddedEngine
from collector.engine.lanes import Lane
from collector.engine.result import EngineError, EngineResult
from collector.engine.session import EngineSession, StatementClass
from collector.engine.typed import strings, text
from collector.errors import CollectorError
from collector.http.body import BadBody, UnknownEncoding
from collector.http.local_names import is_local_name

log = logging.getLogger("collector.clickhouse")

_HEAD_BYTES = 256 * 1024
_QUERY_BYTES = 262_144  # the engine's own default of max_query_size
_SHORT_TEXT = 16_384  # split into tokens in 15 ms at worst; longer texts would hold up the event loop
_INSERT_BATCH_BYTES = 1024 * 1024
_STREAMED = frozenset(("SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK"))
_OK = b"Ok.\n"


T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One request, judged: with which settings, rights, database and session its statement runs."""

    exchange: Exchange
    settings: dict[str, str]
    is_reader: bool
    database: str | None
    session: Session | None
    files: dict[str, bytes]


class ClickHouseHttp:
    """The application. `check_host` refuses Host headers that are no loopback name (DNS rebinding)."""

    def __init__(self, engine: EmbeddedEngine, users: Users, check_host: bool = True) -> None:
        self._engine = engine
        self._users = users
        self._check_host = check_host
        self._readers = Lane("clickhouse-read", engine.readers)
        self._writers = Lane("clickhouse-write", engine.writers)
        self._control = Lane("clickhouse-control", 1)
        self._texts = Lane("clickhouse-text", 1)
        self._folder = tempfile.TemporaryDirectory(prefix="spanledger-")
        self._queries = QueryRunner(engine, self._readers, self._control, Path(self._folder.name))
        self._parser = engine.session()
        self._policy = SettingsPolicy.of(self._parser)
        self._sessions = Sessions()
        self._in_session = InSession(engine, self._readers, self._policy, self._sessions)

    def interrupt(self) -> None:
        """Stop the queries that run, before the server waits for their answers."""
        self._queries.interrupt()

    def close(self) -> None:
        """Wait for what runs and let go of the engine's handles."""
        for lane in (self._readers, self._writers, self._control, self._texts):
            lane.close()
        self._parser.close()
        self._folder.cleanup()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One HTTP exchange."""
        if scope["type"] != "http":
            return
        request = read_request(scope)
        exchange = Exchange(request, receive, send, self._engine.version, self._engine.timezone)
        try:
            await self._route(scope, receive, request, exchange)
        except ClientGone:
            return
        except EngineError as error:
            await self._answer_error(exchange, error)
        except UnknownEncoding as error:
            await self._answer_error(exchange, EngineError(779, "UNSUPPORTED_MEDIA_TYPE", str(error)))
        except BadBody as error:
            await self._answer_error(exchange, EngineError(117, "INCORRECT_DATA", str(error)))

    async def _answer_error(self, exchange: Exchange, error: EngineError) -> None:
        if exchange.has_begun:
            raise CollectorError(str(error))  # the server closes the connection: the client sees a cut answer
        await exchange.answer_error(error)

    async def _route(
        self, scope: MutableMapping[str, Any], receive: Receive, request: Request, exchange: Exchange
    ) -> None:
        plain = [header("Content-Type", "text/html; charset=UTF-8")]
        if self._check_host and not is_local_name(request.headers.get("host", "")):
            await exchange.answer(403, plain, b"This address serves loopback names only.\n")
        elif request.path == "/ping" or request.path == "/replicas_status":
            await exchange.answer(200, plain, _OK)
        elif request.path not in ("/", "/query"):
            message = f"There is no handle {request.path}\n\nUse / or /ping for health checks.\n"
            await exchange.answer(404, plain, message.encode())
        elif request.method not in ("GET", "HEAD", "POST"):
            await exchange.answer(405, [*plain, header("Allow", "GET, HEAD, POST")], b"Method Not Allowed\n")
        elif request.is_readonly_method and "query" not in request.url:
            await exchange.answer(200, plain, _OK)
        else:
            user = self._users.authenticate(request)
            await self._serve(scope, receive, exchange, user)

    async def _serve(
        self, scope: MutableMapping[str, Any], receive: Receive, exchange: Exchange, user: User
    ) -> None:
        request, files = exchange.request, {}
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            form = await read_form(scope, receive)
            files = dict(form.files)
            exchange.request = request = request.with_fields(form.fields)
            exchange.body_ended()
        session = self._sessions.of(user.name, request)
        wanted = {name: value for name, value in request.settings.items() if name not in described_by(files)}
        if session is not None:
            wanted = {**session.settings, **wanted}
            exchange.request = request = replace(request, params={**session.params, **request.params})
        is_reader = user.is_reader or request.is_readonly_method
        asked = Asked(
            exchange,
            self._policy.allowed(wanted, is_reader),
            is_reader,
            request.database or (session.database if session is not None else None),
            session,
            files,
        )
        try:
            await self._serve_asked(asked)
        finally:
            if session is not None:
                self._sessions.used(user.name, request, session)

    async def _serve_asked(self, asked: Asked) -> None:
        exchange = asked.exchange
        begun = b""
        if not exchange.request.query:
            begun = await self._beginning(exchange)
        # One byte is one character, so that offsets in the text are offsets in the body.
        head = (
            begun.decode("latin-1")
            if begun
            else exchange.request.query.encode("utf-8", "replace").decode("latin-1") + "\n"
        )
        if insert := await self._off_loop(read_insert, head):
            await self._insert(asked, insert, head[insert.data_start :].encode("latin-1"))
            return
        await self._statement(asked, (await exchange.text(head.encode("latin-1"))).decode("utf-8", "replace"))

    async def _off_loop(self, read: Callable[[str], T], text: str) -> T:
        """What `read` makes of `text`; a long text is read on a thread, so that spans go on arriving."""
        if len(text) <= _SHORT_TEXT:
            return read(text)
        return await self._texts.run(lambda: read(text))

    async def _beginning(self, exchange: Exchange) -> bytes:
        """As much of the body as the head of a statement can take."""
        begun = b""
        async for piece in exchange.chunks():
            begun += piece
            if len(begun) >= _HEAD_BYTES:
                break
        return begun

    async def _statement(self, asked: Asked, text: str) -> None:
        exchange, request, is_reader, session = (
            asked.exchange,
            asked.exchange.request,
            asked.is_reader,
            asked.session,
        )
        _check_size(text, asked.settings.get("max_query_size", ""))
        statement = await self._off_loop(read_statement, text)
        if not statement.words:
            raise EngineError(62, "SYNTAX_ERROR", "Syntax error: failed at position 1: Empty query")
        kind, count = self._parser.classify(statement.text)
        fmt = check_format(statement.fmt or request.default_format or "TabSeparated")
        if count == 1 and statement.first == "SET":
            await exchange.answer_done(await self._in_session.set(session, statement, is_reader))
        elif count == 1 and statement.first == "USE":
            await exchange.answer_done(await self._in_session.use(session, statement))
        elif count == 1 and (ids := killed_ids(statement.words)) and (is_reader or self._queries.knows(ids)):
            await exchange.answer_done(await self._kill(asked, ids, fmt), fmt)
        elif count == 1 and session is not None and session.is_changed_by(statement.words):
            check_identifiers(statement.words, request.params)
            await exchange.answer_done(
                await self._changed(asked, session, statement.text, statement.words, fmt)
            )
        else:
            check_statement(statement.words, kind, count, is_reader)
            check_identifiers(statement.words, request.params)
            if kind is StatementClass.READ_ONLY and (
                statement.first in _STREAMED or statement.text.startswith("(")
            ):
                await self._queries.run(exchange, self._plan(asked, statement, fmt))
                return
            result = await self._writers.run(
                lambda: self._run(statement.text, asked.settings, asked.database, dict(request.params), fmt)
            )
            await exchange.answer_done(result, fmt if result.data else "")

    async def _kill(self, asked: Asked, ids: Sequence[str], fmt: str) -> EngineResult:
        """KILL QUERY: readers stop what readers run."""
        user = asked.exchange.request.user
        stopped = self._queries.kill(ids, user if asked.is_reader else None)
        params = {"ids": strings(stopped), "user": text(user)}
        return await self._control.run(lambda: self._run(KILLED, {"readonly": "1"}, None, params, fmt))

    def _plan(self, asked: Asked, statement: Statement, fmt: str) -> QueryPlan:
        request, settings, is_reader = asked.exchange.request, asked.settings, asked.is_reader
        keeps = not is_reader or not self._may_lift(statement)
        if not keeps:
            settings = {**settings, **self._policy.allowed(dict(statement.settings), is_reader)}
        if is_reader and _lists_settings(statement):
            # A reader's settings are taken with a request, so the listing must not call them read-only.
            settings = {**settings, "readonly": "2"}
        return QueryPlan(
            lambda clause: statement.into(clause, fmt, keeps),
            fmt,
            settings,
            asked.database,
            request.params,
            (*(asked.session.tables if asked.session else ()), *external_tables(asked.files, request.url)),
        )

    async def _changed(
        self,
        asked: Asked,
        session: Session,
        sql: str,
        found: Sequence[Token],
        fmt: str,
        rows: bytes | None = None,
    ) -> EngineResult:
        """A statement on temporary tables of the session."""
        return await self._in_session.run(
            session,
            sql,
            found,
            settings=asked.settings,
            database=asked.database,
            params=asked.exchange.request.params,
            fmt=fmt,
            rows=rows,
            is_reader=asked.is_reader,
        )

    def _may_lift(self, statement: Statement) -> bool:
        """Whether a reader's SETTINGS clause holds only what a request may set; else the engine judges it."""
        return bool(statement.settings) and not any(
            self._policy.is_withheld(name, is_reader=True) for name, _ in statement.settings
        )

    def _run(
        self, sql: str, settings: dict[str, str], database: str | None, params: dict[str, str], fmt: str
    ) -> EngineResult:
        """On a thread: one statement on a fresh handle."""
        session = self._engine.session(settings, database)
        try:
            return session.run(sql, params, fmt)
        finally:
            session.close()

    async def _insert(self, asked: Asked, insert: InsertHead, begun: bytes) -> None:
        """An INSERT that brings its data: handed to the engine as it arrives."""
        exchange, request = asked.exchange, asked.exchange.request
        statement = insert.statement.encode("latin-1").decode("utf-8", "replace")
        words = (await self._off_loop(read_statement, statement)).words
        check_identifiers(words, request.params)
        fmt = check_format(insert.fmt or request.default_format or "Values")
        if asked.session is not None and asked.session.is_changed_by(words):
            rows = await exchange.text(begun)
            await exchange.answer_done(await self._changed(asked, asked.session, statement, words, fmt, rows))
            return
        check_insert(words, asked.is_reader)
        session = await self._writers.run(lambda: self._engine.session(asked.settings, asked.database))
        try:
            if request.params:
                await self._writers.run(
                    lambda: session.set({f"param_{name}": value for name, value in request.params.items()})
                )
            result = await self._feed(session, statement, fmt, _batches(begun, exchange.chunks()))
        finally:
            session.close()
        await exchange.answer_done(result)

    async def _feed(
        self, session: EngineSession, statement: str, fmt: str, batches: AsyncIterator[bytes]
    ) -> EngineResult:
        inserting = await self._writers.run(lambda: session.open_insert(statement, fmt))
        try:
            async for batch in batches:
                await self._writers.run(lambda batch=batch: inserting.append(batch))  # type: ignore[misc]
        except BaseException:
            with contextlib.suppress(EngineError):
                inserting.cancel()
            raise
        return await self._writers.run(inserting.finish)


async def _batches(begun: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Small pieces joined, so that each hand-over to the engine is worth its while."""
    waiting, size = [begun], len(begun)
    async for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _INSERT_BATCH_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _lists_settings(statement: Statement) -> bool:
    """Whether the statement reads system.settings and nothing else, and calls nothing."""
    words = statement.words
    if any(token.is_sign("(") or token.is_word("JOIN", "IN") for token in words):
        return False
    froms = [index for index, token in enumerate(words) if token.is_word("FROM")]
    if len(froms) != 1 or len(words) < froms[0] + 4:
        return False
    database, dot, table = words[froms[0] + 1 : froms[0] + 4]
    after = words[froms[0] + 4 : froms[0] + 5]
    single = not after or not after[0].is_sign(",")
    return single and (database.value, dot.value, table.value) == ("system", ".", "settings")


def _check_size(text: str, wanted: str) -> None:
    """Raises EngineError for a query longer than the setting `max_query_size`, before anything reads it."""
    limit = int(wanted) if wanted.isdecimal() and len(wanted) < 10 else _QUERY_BYTES
    if 0 < limit < len(text.encode()):
        raise EngineError(
            62,
            "SYNTAX_ERROR",
            f"Max query size exceeded: the query is longer than max_query_size = {limit} bytes",
        )
