"""The embedded engine: owner of one data folder, giver of handles that share nothing but the data.

In: statements and raw bytes. Out: EngineResult. Every caller gets a fresh handle (0.3 ms), so no setting,
database or temporary table of one survives into another; the ingest handle alone is kept.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from collector.engine.lock import FolderLock
from collector.engine.result import EngineError, EngineResult
from collector.engine.session import EngineSession, quoted_name

MIB = 1024 * 1024
MEMORY = ":memory:"

SERVER_LIMITS: Mapping[str, str] = {
    # Whole process below 1 GiB; some 130 MiB of Python and mapped code are beyond the engine's count.
    "max_server_memory_usage": str(800 * MIB),
    "mark_cache_size": str(32 * MIB),
    "primary_index_cache_size": str(32 * MIB),
    "index_mark_cache_size": str(8 * MIB),
    "uncompressed_cache_size": "0",
    "compiled_expression_cache_size": str(16 * MIB),
    "query_condition_cache_size": str(8 * MIB),
    "background_pool_size": "2",
    "background_schedule_pool_size": "4",
    "max_thread_pool_size": "256",
    "max_io_thread_pool_size": "8",
}
"""Limits of the whole engine, given when its first handle opens."""

STATEMENT_LIMITS: Mapping[str, str] = {
    "max_memory_usage": str(600 * MIB),
    "max_bytes_before_external_group_by": str(200 * MIB),
    "max_bytes_before_external_sort": str(200 * MIB),
    "max_bytes_before_external_join": str(150 * MIB),
    "max_bytes_before_external_distinct": str(200 * MIB),
    # By itself the engine gives a statement a thread for each free GiB: never more than one here, whatever was asked.
    # One is right beside ingest; what shall take more says so.
    "max_threads_min_free_memory_per_thread": "0",
    "max_insert_threads_min_free_memory_per_thread": "0",
    "max_threads": "1",
    "max_insert_threads": "1",
    "allow_introspection_functions": "0",
    "implicit_select": "0",
    # Finds comparisons that follow from others, at half the planning time of our long conditions, which have none.
    "optimize_and_compare_chain": "0",
}
"""Defaults of every handle; a statement that needs more memory spills to disk first."""


_DEFAULT = "SELECT engine FROM system.databases WHERE name = 'default'"


class EmbeddedEngine:
    """The chDB engine on `path` (a folder, or ":memory:" for tests), database `database` made if missing.

    `readers` and `writers` say how many statements of each kind are meant to run at once; callers queue.
    Only one engine can be open in a process, and only one process can own a folder.
    """

    def __init__(self, path: str, database: str, readers: int = 5, writers: int = 2) -> None:
        """Raises FolderInUse naming the holder, EngineError if the engine does not open."""
        self.database = database
        self.readers = readers
        self.writers = writers
        self._ingest_guard = threading.Lock()
        self._inserting = threading.Lock()
        self._ingest: dict[tuple[tuple[str, str], ...], EngineSession] = {}
        self._lock: FolderLock | None = None
        self._location = MEMORY
        self.folder: Path | None = None
        """Where its data are, None for memory."""
        if path != MEMORY:
            folder = Path(path).absolute()
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(folder.parent / "lock")
            self.folder = folder
            self._location = str(folder)
        limits = "&".join(f"{name}={value}" for name, value in SERVER_LIMITS.items())
        try:
            # Open for life: the engine shuts down with its last handle.
            self._anchor = EngineSession(f"{self._location}?{limits}")
            self._anchor.run(f"CREATE DATABASE IF NOT EXISTS {quoted_name(database)}")
            if database != "default" and self._scalar(_DEFAULT) == "Overlay":
                # The engine's own `default` shows every file of the machine as a table.
                self._anchor.run("DETACH DATABASE default")
                self._anchor.run("ATTACH DATABASE default ENGINE = Memory")
            self.version = self._scalar("SELECT version()")
            self.timezone = self._scalar("SELECT timezone()")
        except EngineError:
            self._release()
            raise

    def session(
        self, settings: Mapping[str, str] | None = None, database: str | None = None
    ) -> EngineSession:
        """A fresh handle on `database` (default: the ledger's) with `settings`; the caller closes it.

        Raises EngineError: 81 if there is no such database, or what the engine says of a setting.
        """
        name = self.database if database is None else database
        return EngineSession(self._location, name, {**STATEMENT_LIMITS, **(settings or {})})

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """Run one statement as the owner of the ledger and return its bytes in `fmt`. Raises EngineError."""
        session = self.session(settings)
        try:
            return session.run(sql, params, fmt).data
        finally:
            session.close()

    def run_in(self, database: str, sql: str, params: Mapping[str, str]) -> None:
        """Run one statement with `database` as the current one. Raises EngineError."""
        session = self.session(database=database)
        try:
            session.run(sql, params)
        finally:
            session.close()

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> EngineResult:
        """Insert `data`, encoded in `fmt`, into `table`, on a handle that no other statement uses.

        The handle is kept for the next call with the same settings; one that failed is replaced.
        Raises EngineError.
        """
        return self.insert_pieces(table, fmt, (data,), settings)

    def insert_pieces(
        self, table: str, fmt: str, pieces: Sequence[bytes], settings: Mapping[str, str]
    ) -> EngineResult:
        """As `insert_raw`, of bytes in several pieces: joining them would copy them all. Raises EngineError."""
        with self._inserting:
            return self._insert(table, fmt, pieces, settings)

    @contextmanager
    def settled(self) -> Iterator[int]:
        """Within it no insert of `insert_raw` or `insert_pieces` is under way; 0, as nobody else inserts spans here."""
        with self._inserting:
            yield 0

    def _insert(
        self, table: str, fmt: str, pieces: Sequence[bytes], settings: Mapping[str, str]
    ) -> EngineResult:
        key = tuple(sorted(settings.items()))
        with self._ingest_guard:
            session = self._ingest.pop(key, None)
        session = session or self.session(settings)
        try:
            result = session.insert_whole(table, fmt, pieces)
        except BaseException:
            session.close()
            raise
        with self._ingest_guard:
            spare = self._ingest.get(key)
            self._ingest[key] = session
        if spare is not None:
            spare.close()
        return result

    def close(self) -> None:
        """Close the engine and let go of the folder. Handles lent out must be closed before."""
        with self._ingest_guard:
            for session in self._ingest.values():
                session.close()
            self._ingest.clear()
        self._anchor.close()
        self._release()

    def _scalar(self, sql: str) -> str:
        return self._anchor.run(sql).data.decode().rstrip("\n")

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
