"""The ledger on a ClickHouse server: the same small interface as the embedded engine's, over HTTP.

In: statements and raw bytes. Out: bytes. The server keeps its own users, limits and HTTP interface.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from collector.engine.result import UNKNOWN_EXCEPTION, EngineError, engine_error

SETTLING_S = 3


class ServerEngine:
    """The database named by `url` (http(s)://user:password@host:port/database), `database` if it names none."""

    def __init__(self, url: str, database: str) -> None:
        """Raises EngineError if the server does not answer."""
        parts = urlsplit(url)
        self.database = parts.path.strip("/") or database
        self._options: dict[str, Any] = {
            "host": parts.hostname,
            "port": parts.port or (8443 if parts.scheme == "https" else 8123),
            "secure": parts.scheme == "https",
            "username": unquote(parts.username or "default"),
            "password": unquote(parts.password or ""),
            "autogenerate_session_id": False,
        }
        # Made before its database may exist: the first migration makes it.
        self._client = self._connect(None)

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """Run one statement and return its bytes in `fmt`. Raises EngineError."""
        if sql.lstrip().upper().startswith("USE "):
            return b""  # requests share no session; the database goes with each of them
        # Parameters go as the interface takes them, escaped text, without the client's own binding.
        words = {**(settings or {}), **{f"param_{name}": value for name, value in (params or {}).items()}}
        words["default_format"] = fmt
        return self._post(
            sql, words, None if sql.lstrip().upper().startswith("CREATE DATABASE") else self.database
        )

    def run_in(self, database: str, sql: str, params: Mapping[str, str]) -> None:
        """Run one statement with `database` as the current one. Raises EngineError."""
        self._post(sql, {f"param_{name}": value for name, value in params.items()}, database)

    def _post(self, sql: str, words: dict[str, str], database: str | None) -> bytes:
        if database is not None:
            words["database"] = database
        # The client checks names it does not know against the server's settings and refuses `param_...`.
        self._client.valid_transport_settings = self._client.valid_transport_settings | words.keys()
        try:
            return bytes(self._client.raw_query(sql, settings=words, use_database=False))
        except ClickHouseError as error:
            raise _engine_error(error) from None

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> None:
        """Insert `data`, encoded in `fmt`, into `table`. Raises EngineError."""
        words = {**settings, "database": self.database}
        try:
            self._client.raw_insert(table, insert_block=data, fmt=fmt, settings=words)
        except ClickHouseError as error:
            raise _engine_error(error) from None

    def insert_pieces(
        self, table: str, fmt: str, pieces: Sequence[bytes], settings: Mapping[str, str]
    ) -> None:
        """As `insert_raw`, of bytes that stand in several pieces. Raises EngineError."""
        self.insert_raw(table, fmt, b"".join(pieces), settings)

    @contextmanager
    def settled(self) -> Iterator[int]:
        """Others insert at the same time; what they began SETTLING_S ago is taken for whole."""
        yield SETTLING_S

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _connect(self, database: str | None) -> Any:
        try:
            return clickhouse_connect.get_client(database=database or "default", **self._options)
        except ClickHouseError as error:
            raise _engine_error(error) from None


def _engine_error(error: ClickHouseError) -> EngineError:
    found = engine_error(str(error))
    code = getattr(error, "code", None)
    if found.code == UNKNOWN_EXCEPTION and isinstance(code, int):
        return EngineError(code, getattr(error, "name", None) or found.name, found.message)
    return found
