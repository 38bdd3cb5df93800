"""Sessions of the ClickHouse HTTP interface: what a client set, chose or made under its `session_id`.

In: requests that name a session, and the statements SET and USE. Out: a Session, whose state the next handle gets.
A session holds no handle: handles live for one statement, so nothing survives that a client did not state.
Source: https://clickhouse.com/docs/interfaces/http#using-clickhouse-sessions-in-the-http-protocol
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.clickhouse.external import ExternalTable
from collector.clickhouse.request import Request, is_on
from collector.clickhouse.tokens import NUMBER, QUOTED, TEXT, WORD, Token
from collector.engine.result import EngineError

DEFAULT_TIMEOUT_S = 60
MAX_TIMEOUT_S = 3600
MAX_SESSIONS = 10_000
MAX_SESSION_BYTES = 16 * 1024 * 1024
MAX_BYTES = 64 * 1024 * 1024
"""Rows of temporary tables, of one session and of all."""
MAX_NAME = 1000
Clock = Callable[[], float]
_BEFORE_A_NAME = frozenset(("INTO", "TABLE", "TEMPORARY", "IF", "NOT", "EXISTS", "FROM", "EMPTY"))
_CHANGES = frozenset(("INSERT", "DROP", "TRUNCATE"))


@dataclass
class Session:
    """State of one session. Replaced piece by piece on the event loop, never changed in place."""

    ends_at: float
    timeout_s: float
    settings: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    database: str | None = None
    tables: tuple[ExternalTable, ...] = ()
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a statement that changes tables."""

    @property
    def size_bytes(self) -> int:
        """Rows held."""
        stated = [*self.settings.items(), *self.params.items()]
        return _size(self.tables) + sum(len(name) + len(value) for name, value in stated)

    def is_changed_by(self, found: Sequence[Token]) -> bool:
        """Whether a statement makes, fills, empties or drops a temporary table of this session."""
        words = [token for token in found[:12] if token.kind in (WORD, QUOTED)]
        first = words[0].value.upper() if words else ""
        if first in ("CREATE", "DROP") and any(token.is_word("TEMPORARY") for token in words[1:4]):
            return True
        if first not in _CHANGES:
            return False
        named = next((token for token in words[1:] if not token.is_word(*_BEFORE_A_NAME)), None)
        if named is None or any(token.start == named.end and token.is_sign(".") for token in found):
            return False
        return any(table.name == named.value for table in self.tables)


class Sessions:
    """Every session under way, by user and id."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[tuple[str, str], Session] = {}
        self._swept_at = clock()

    def of(self, user: str, request: Request) -> Session | None:
        """The session that `request` names, begun if it is new; None if it names none.

        Raises EngineError: SESSION_NOT_FOUND for session_check=1, INVALID_SESSION_TIMEOUT.
        """
        name = request.url.get("session_id", "")
        if not name:
            return None
        if len(name) > MAX_NAME:
            raise EngineError(36, "BAD_ARGUMENTS", f"session_id may have {MAX_NAME} characters")
        timeout_s = _timeout_s(request.url.get("session_timeout"))
        now = self._clock()
        session = self._sessions.pop((user, name), None)
        if session is None or session.ends_at < now:
            if is_on(request.url.get("session_check")):
                raise EngineError(372, "SESSION_NOT_FOUND", f"Session {name[:100]} not found")
            session = Session(now, timeout_s)
            self._drop_ended(now)
        session.ends_at, session.timeout_s = now + timeout_s, timeout_s
        self._sessions[user, name] = session  # last: the first are those not used for the longest time
        return session

    def used(self, user: str, request: Request, session: Session) -> None:
        """A request of `session` is answered: its time begins anew, or it ends with close_session=1."""
        session.ends_at = self._clock() + session.timeout_s
        key = user, request.url.get("session_id", "")
        if is_on(request.url.get("close_session")):
            self._sessions.pop(key, None)
        else:
            self._sessions.setdefault(key, session)  # its time may have run out under a long statement

    def keep(self, session: Session, tables: tuple[ExternalTable, ...]) -> None:
        """`tables` are the session's from now on. Raises EngineError (MEMORY_LIMIT_EXCEEDED)."""
        self._drop_ended(self._clock())
        size = _size(tables)
        others = sum(other.size_bytes for other in self._sessions.values() if other is not session)
        if size > MAX_SESSION_BYTES or size + others > MAX_BYTES:
            raise EngineError(
                241,
                "MEMORY_LIMIT_EXCEEDED",
                f"Temporary tables of a session may hold {MAX_SESSION_BYTES} bytes, of all sessions {MAX_BYTES}",
            )
        session.tables = tables

    def state(self, session: Session, settings: Mapping[str, str], params: Mapping[str, str]) -> None:
        """They are the session's from now on. Raises EngineError (MEMORY_LIMIT_EXCEEDED)."""
        self._drop_ended(self._clock())
        before = session.settings, session.params
        session.settings, session.params = settings, params
        if (
            session.size_bytes > MAX_SESSION_BYTES
            or sum(one.size_bytes for one in self._sessions.values()) > MAX_BYTES
        ):
            session.settings, session.params = before
            raise EngineError(
                241, "MEMORY_LIMIT_EXCEEDED", "Sessions hold too much; close some with close_session=1"
            )

    def _drop_ended(self, now: float) -> None:
        """Once a second, and whenever there are as many as may be: the ended, then those unused for longest."""
        if len(self._sessions) < MAX_SESSIONS and now < self._swept_at + 1:
            return
        self._swept_at = now
        ended = [key for key, session in self._sessions.items() if session.ends_at < now]
        surplus = len(self._sessions) - len(ended) - MAX_SESSIONS + 1
        for key in [*ended, *list(self._sessions)[: max(surplus, 0)]]:
            self._sessions.pop(key, None)


def _size(tables: Sequence[ExternalTable]) -> int:
    return sum(len(table.data) + len(table.create) for table in tables)


def read_set(found: Sequence[Token]) -> dict[str, str | None]:
    """What a SET statement sets; None stands for DEFAULT. Raises EngineError (SYNTAX_ERROR, NOT_IMPLEMENTED)."""
    rest = list(found[1:])
    if len(rest) >= 3 and rest[0].is_word("TIME") and rest[1].is_word("ZONE"):
        return {"session_timezone": rest[-1].value}
    if rest and rest[0].is_word("ROLE", "DEFAULT", "TRANSACTION"):
        raise EngineError(48, "NOT_IMPLEMENTED", f"SET {rest[0].value.upper()} is not served here")
    chosen: dict[str, str | None] = {}
    at = 0
    while at < len(rest):
        minus = int(at + 2 < len(rest) and rest[at + 2].is_sign("-"))
        group = rest[at : at + 3 + minus]
        after = rest[at + 3 + minus : at + 4 + minus]
        is_pair = len(group) == 3 + minus and group[0].kind in (WORD, QUOTED) and group[1].is_sign("=")
        if not is_pair or group[-1].kind not in (WORD, NUMBER, TEXT) or (after and not after[0].is_sign(",")):
            raise EngineError(62, "SYNTAX_ERROR", "Syntax error: SET takes name = literal, ...")
        chosen[group[0].value] = _literal(group[-1], minus)
        at += 4 + minus
    if not chosen:
        raise EngineError(62, "SYNTAX_ERROR", "Syntax error: SET takes name = literal, ...")
    return chosen


def _literal(token: Token, minus: int) -> str | None:
    if token.is_word("DEFAULT"):
        return None
    value = (
        {"TRUE": "1", "FALSE": "0"}.get(token.value.upper(), token.value)
        if token.kind == WORD
        else token.value
    )
    return "-" * minus + value


def _timeout_s(given: str | None) -> float:
    if not given:
        return DEFAULT_TIMEOUT_S
    if not given.isascii() or not given.isdigit() or len(given) > 9 or int(given) > MAX_TIMEOUT_S:
        raise EngineError(
            374,
            "INVALID_SESSION_TIMEOUT",
            f"Session timeout {given[:20]!r} must be 0 to {MAX_TIMEOUT_S} seconds",
        )
    return float(given)
