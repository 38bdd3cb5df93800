"""Statements that change a session: SET, USE, and whatever makes, fills or drops its temporary tables.

In: a statement and the session it changes. Out: EngineResult; the session's new state.
Readers may do all this, as with ClickHouse's readonly = 2: nothing of it reaches a table of the ledger.
"""

from collections.abc import Mapping, Sequence

from collector.clickhouse.external import ExternalTable, load_tables, read_tables
from collector.clickhouse.guard import check_temporary
from collector.clickhouse.sessions import MAX_SESSION_BYTES, Session, Sessions, read_set
from collector.clickhouse.settings import SettingsPolicy
from collector.clickhouse.statement import Statement
from collector.clickhouse.tokens import QUOTED, WORD, Token
from collector.engine.embedded import EmbeddedEngine
from collector.engine.lanes import Lane
from collector.engine.result import EngineError, EngineResult

_MEMORY_BYTES = 8 * MAX_SESSION_BYTES
_LIMITS = {
    "max_memory_usage": str(_MEMORY_BYTES),
    "max_threads": "1",
    "max_execution_time": "60",
    "timeout_overflow_mode": "throw",
}
"""Nobody stops these when their client has gone, and the end of the process waits for them."""
_NO_CHANGE = EngineResult()


class InSession:
    """Runs what changes sessions, on `lane`."""

    def __init__(
        self, engine: EmbeddedEngine, lane: Lane, policy: SettingsPolicy, sessions: Sessions
    ) -> None:
        self._engine = engine
        self._lane = lane
        self._policy = policy
        self._sessions = sessions

    async def set(self, session: Session | None, statement: Statement, is_reader: bool) -> EngineResult:
        """SET: settings and param_* of the session; without one they end with the request. Raises EngineError."""
        chosen = read_set(statement.words)
        values = {name: value for name, value in chosen.items() if value is not None}
        params = {name[6:]: value for name, value in values.items() if name.startswith("param_")}
        settings = {name: value for name, value in values.items() if not name.startswith("param_")}
        checked = self._policy.allowed(settings, is_reader)
        for name in chosen:
            if not name.startswith("param_") and self._policy.is_withheld(name, is_reader):
                raise EngineError(164, "READONLY", f"Cannot modify '{name}' setting in readonly mode")
        await self._lane.run(lambda: self._engine.session(checked).close())
        if session is not None:
            kept = {name: value for name, value in session.settings.items() if name not in chosen}
            old = {name: value for name, value in session.params.items() if f"param_{name}" not in chosen}
            self._sessions.state(session, {**kept, **settings}, {**old, **params})
        return _NO_CHANGE

    async def use(self, session: Session | None, statement: Statement) -> EngineResult:
        """USE: the database of the session's next requests. Raises EngineError."""
        words = [token for token in statement.words[1:] if not token.is_word("DATABASE")]
        if len(words) != 1 or words[0].kind not in (WORD, QUOTED):
            raise EngineError(62, "SYNTAX_ERROR", "Syntax error: USE takes the name of a database")
        name = words[0].value
        await self._lane.run(lambda: self._engine.session(database=name).close())
        if session is not None:
            session.database = name
        return _NO_CHANGE

    async def run(
        self,
        session: Session,
        sql: str,
        found: Sequence[Token],
        *,
        settings: Mapping[str, str],
        database: str | None,
        params: Mapping[str, str],
        fmt: str,
        rows: bytes | None,
        is_reader: bool,
    ) -> EngineResult:
        """A statement on temporary tables; `rows` in `fmt` are those of an INSERT. Raises EngineError."""
        check_temporary(found, is_reader)
        if is_reader and self._engine.database == "default":
            raise EngineError(
                48,
                "NOT_IMPLEMENTED",
                "A ledger in the database “default” has no temporary tables for readers",
            )
        # With 2, temporary tables alone may be written.
        limits = {**_LIMITS, "readonly": "2"} if is_reader else _LIMITS
        chosen = {
            name: value for name, value in settings.items() if name != "readonly" and name not in _LIMITS
        }

        def work() -> tuple[EngineResult, tuple[ExternalTable, ...]]:
            handle = self._engine.session(limits, database)
            try:
                load_tables(handle, session.tables)
                handle.set(chosen)
                if rows is None:
                    result = handle.run(sql, params, fmt)
                else:
                    handle.set({f"param_{name}": value for name, value in params.items()})
                    result = handle.insert(sql, fmt, (rows,))
                if chosen:  # limit, offset and the like would cut what is kept
                    handle.run("SET " + ", ".join(f"{name} = DEFAULT" for name in chosen))
                return result, read_tables(handle, MAX_SESSION_BYTES)
            finally:
                handle.close()

        async with session.lock:
            result, tables = await self._lane.run(work)
            self._sessions.keep(session, tables)
        return result
