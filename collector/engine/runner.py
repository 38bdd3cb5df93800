"""What migrations and keepers need of an engine, embedded or server: run a statement, insert rows.

In: statements and typed parameters. Out: bytes or rows. Never: which engine it is.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from collector.engine.result import EngineError
from sql.catalogue import statement
from sql.reading import BY_PARTITION

T = TypeVar("T")

READABLE = {"output_format_json_validate_utf8": "1"}
"""Names come from strangers' spans; bytes that are no text must not stop the reader."""


class Runner(Protocol):
    """Runs one statement at a time; the embedded engine and the client of a server both are one."""

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """The result in `fmt`; parameters are texts as ClickHouse reads them."""
        ...

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> object:
        """Inserts bytes of a format; returns when they are stored."""
        ...

    def settled(self) -> AbstractContextManager[int]:
        """Within it no `insert_raw` is half done. Gives the age in seconds from which rows of others are whole too.

        The views of one insert write their tables one after the other, so a reader may see some and miss others.
        """
        ...


class GuardedRunner:
    """A runner that asks before every statement; what the asking raises, the statement raises in its place."""

    def __init__(self, inner: Runner, ask: Callable[[], None]) -> None:
        self._inner = inner
        self._ask = ask

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """As the runner inside."""
        self._ask()
        return self._inner.run(sql, params, settings, fmt)

    def insert_raw(self, table: str, fmt: str, data: bytes, settings: Mapping[str, str]) -> object:
        """As the runner inside."""
        self._ask()
        return self._inner.insert_raw(table, fmt, data, settings)

    def settled(self) -> AbstractContextManager[int]:
        """As the runner inside."""
        return self._inner.settled()


def rows(runner: Runner, name: str, params: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Rows of the statement `sql/<name>.sql`."""
    return list(each_row(runner, name, params))


def each_row(runner: Runner, name: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """As `rows`, one after the other: all of a long answer as dictionaries take eight times its size."""
    settings = {**READABLE, **BY_PARTITION}
    with naming(name):
        answer = runner.run(statement(name).text, params, settings)
    yield from map(json.loads, io.BytesIO(answer))


def execute(runner: Runner, name: str, params: Mapping[str, str] | None = None) -> None:
    """Runs the statement `sql/<name>.sql` for its effect."""
    with naming(name):
        runner.run(statement(name).text, params)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """An error of the engine within it says by which statement it was met."""
    try:
        yield
    except EngineError as error:
        error.statement = error.statement or name
        raise


def insert_rows(runner: Runner, table: str, records: Iterable[Mapping[str, object]]) -> None:
    """Inserts records, one JSON object each."""
    data = "\n".join(json.dumps(record, default=str) for record in records).encode()
    if data:
        runner.insert_raw(table, "JSONEachRow", data, {})


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
