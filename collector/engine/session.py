"""One engine handle: statements of one caller, with that caller's settings and nobody else's.

In: SQL, typed parameters, raw insert bytes. Out: EngineResult, or EngineError.
Must never be used by two threads at once, nor lent to a second caller: settings stay on a handle.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from collector.engine.bytes_file import bytes_file
from collector.engine.library import chdb
from collector.engine.result import EngineError, EngineResult, engine_error

_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INSERT_CHUNK_BYTES = 4 * 1024 * 1024

_FAILED_INSERTS = "FailedInsertQuery"
# No setting of the handle may cut this answer or add to it.
_FAULTS = (
    f"SELECT event, value FROM system.events WHERE event = '{_FAILED_INSERTS}'"
    " UNION ALL SELECT name, sum(value) FROM system.errors GROUP BY name"
    " SETTINGS limit = 0, offset = 0, extremes = 0, max_rows_to_read = 0, max_bytes_to_read = 0,"
    " max_result_rows = 0, max_result_bytes = 0"
)
_STATUS_UNKNOWN = 319
_NOT_WRITTEN = 75


class StatementClass(Enum):
    """What a text would do, judged by the engine's own parser."""

    READ_ONLY = "reads"
    MUTATING = "writes data or tables"
    OTHER = "controls the engine, reaches outside it, or does not parse"


class EngineSession:
    """A handle with `settings` for life. `readonly=1` among them is set last and locks them."""

    def __init__(self, location: str, database: str = "", settings: Mapping[str, str] | None = None) -> None:
        """Raises EngineError if the engine does not open, there is no `database`, or a setting is refused."""
        try:
            self._handle: Any = chdb.connect(location)
        except RuntimeError as error:
            raise engine_error(str(error)) from None
        ordinary = dict(settings or {})
        readonly = ordinary.pop("readonly", None)
        try:
            if database:
                self.run(f"USE {quoted_name(database)}")
            self.set(ordinary)
            if readonly is not None:
                self.set({"readonly": readonly})
        except EngineError:
            self.close()
            raise

    def run(
        self, sql: str, params: Mapping[str, str] | None = None, fmt: str = "TabSeparated"
    ) -> EngineResult:
        """Run one statement to its end. `fmt` counts when the statement names none. Raises EngineError.

        Parameter values are text as in the HTTP interface: escaped like a TabSeparated field.
        """
        try:
            answer = self._handle.query(sql, fmt, params=dict(params or {}))
        except RuntimeError as error:
            raise engine_error(str(error)) from None
        data = bytes(answer.bytes())
        return EngineResult(
            data=data,
            read_rows=answer.storage_rows_read(),
            read_bytes=answer.storage_bytes_read(),
            result_rows=answer.rows_read(),
            result_bytes=answer.bytes_read(),
            written_rows=answer.rows_written(),
            written_bytes=answer.bytes_written(),
            elapsed_s=answer.elapsed(),
        )

    def insert_whole(self, table: str, fmt: str, pieces: Iterable[bytes]) -> EngineResult:
        """Insert `pieces`, one after the other encoded in `fmt`, into `table`. Raises EngineError: this insert's own.

        Read as a file: chDB hides what breaks a stream after its input, and bytes behind the text of a statement are
        not kept apart from it: some would be cut off, or run.
        """
        try:
            with bytes_file(pieces) as path:
                return self._insert_file(table, fmt, path)
        except OSError as error:
            raise EngineError(_NOT_WRITTEN, "CANNOT_WRITE_TO_FILE_DESCRIPTOR", str(error)) from None

    def _insert_file(self, table: str, fmt: str, path: str) -> EngineResult:
        source = f"file({quoted(path)}, {quoted(fmt)})"
        try:
            return self.run(f"INSERT INTO {quoted_name(table)} SELECT * FROM {source}")
        except EngineError as error:
            message = error.message.replace(f"(in file/uri {path}): ", "")
            raise EngineError(error.code, error.name, message) from None

    def insert(self, statement: str, fmt: str, chunks: Iterable[bytes]) -> EngineResult:
        """Insert `chunks` encoded in `fmt`; `statement` is an INSERT without FORMAT. Raises EngineError."""
        inserting = InsertStream(self._handle, statement, fmt)
        try:
            for chunk in chunks:
                inserting.append(chunk)
        except BaseException:
            inserting.cancel()
            raise
        return inserting.finish()

    def open_insert(self, statement: str, fmt: str) -> "InsertStream":
        """Begin an insert whose bytes arrive piece by piece. Raises EngineError."""
        return InsertStream(self._handle, statement, fmt)

    def set(self, settings: Mapping[str, str]) -> None:
        """Set `settings` for the rest of the handle's life. Raises EngineError."""
        if settings:
            self.run(set_statement(settings))

    def classify(self, sql: str) -> tuple[StatementClass, int]:
        """What `sql` would do and how many statements it holds (0 = it does not parse)."""
        report = self._handle.classify_query(sql)
        kind = {"READ_ONLY": StatementClass.READ_ONLY, "MUTATING": StatementClass.MUTATING}.get(
            report["query_class"].name, StatementClass.OTHER
        )
        return kind, int(report["statement_count"])

    def close(self) -> None:
        """Give the handle back to the engine. Safe to call twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()


class InsertStream:
    """One insert under way. Nothing is promised before `finish()` returns.

    chDB reports what goes wrong while the input is read, but not what goes wrong after it, in a view or a table: so the
    engine's counts of failed inserts and of errors are compared. Another insert that fails meanwhile makes this one
    look failed too: the error then says that nobody knows, and to send it again.
    """

    def __init__(self, handle: Any, statement: str, fmt: str) -> None:
        self._handle = handle
        self._open = True
        self._faults_before = self._faults()
        try:
            self._insert = handle.send_insert(statement, fmt)
        except RuntimeError as error:
            raise engine_error(str(error)) from None

    def append(self, chunk: bytes) -> None:
        """Hand on some bytes. Raises EngineError, after which the insert is over."""
        view = memoryview(chunk)
        small = (chunk,) if len(view) <= INSERT_CHUNK_BYTES else _slices(view)
        try:
            for piece in small:
                self._handle.insert_append(self._insert, piece)
        except RuntimeError as error:
            self.cancel()
            raise engine_error(str(error)) from None

    def finish(self) -> EngineResult:
        """Commit. Raises EngineError."""
        self._open = False
        try:
            answer = self._handle.insert_done(self._insert)
        except RuntimeError as error:
            raise engine_error(str(error)) from None
        self._check()
        return EngineResult(
            written_rows=answer.rows_written(),
            written_bytes=answer.bytes_written(),
            read_rows=answer.rows_written(),
            read_bytes=answer.bytes_written(),
            elapsed_s=answer.elapsed(),
        )

    def cancel(self) -> None:
        """Drop the insert; does nothing after `finish()`."""
        if self._open:
            self._open = False
            try:
                self._handle.insert_cancel(self._insert)
            except RuntimeError as error:
                raise engine_error(str(error)) from None

    def _check(self) -> None:
        """Raises EngineError (UNKNOWN_STATUS_OF_INSERT) when an insert, perhaps not this one, failed meanwhile."""
        before, after = self._faults_before, self._faults()
        grown = sorted(name for name, count in after.items() if count > before.get(name, 0))
        if _FAILED_INSERTS in grown:
            grown.remove(_FAILED_INSERTS)
            raise EngineError(
                _STATUS_UNKNOWN,
                "UNKNOWN_STATUS_OF_INSERT",
                "An insert failed after its data was read, this one or one beside it; send it again. "
                f"Errors met meanwhile: {', '.join(grown)}",
            )

    def _faults(self) -> dict[str, int]:
        """How often the engine met each error, by name, and how many inserts failed, since it started."""
        try:
            answer = self._handle.query(_FAULTS, "TabSeparatedRaw")
        except RuntimeError as error:
            raise engine_error(str(error)) from None
        lines = (line.split("\t") for line in bytes(answer.bytes()).decode().splitlines())
        return {name: int(count) for name, count in lines}


def _slices(view: memoryview) -> Iterator[bytes]:
    for start in range(0, len(view), INSERT_CHUNK_BYTES):
        yield bytes(view[start : start + INSERT_CHUNK_BYTES])


def set_statement(settings: Mapping[str, str]) -> str:
    """A SET statement for `settings`: SET takes no parameters, so names are checked and values quoted here.

    Raises EngineError (UNKNOWN_SETTING) for a name that is none.
    """
    for name in settings:
        if not _SETTING_NAME.fullmatch(name):
            raise EngineError(115, "UNKNOWN_SETTING", f"Setting {name} is not a setting name")
    return "SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())


def quoted(value: str) -> str:
    """`value` as a ClickHouse string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quoted_name(name: str) -> str:
    """`name` as a ClickHouse identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
