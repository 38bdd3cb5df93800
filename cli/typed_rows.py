"""Rows of the catalogue's queries as frozen classes, for the command line; asked side by side.

In: settings, a query's name and parameters. Out: rows of the class, money exact, times aware UTC.
Raises QueryError, UnavailableError.
"""

import json
import types
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from cli.ledger import Ledger, open_ledger, query_text
from collector.engine.typed import strings, text
from collector.settings import CollectorSettings
from sql.catalogue import query

Row = TypeVar("Row")
AT_ONCE = 4


class TypedLedger:
    """A ledger that answers in frozen classes."""

    def __init__(self, ledger: Ledger, workers: ThreadPoolExecutor) -> None:
        self._ledger = ledger
        self._workers = workers

    def rows(self, name: str, row_type: type[Row], parameters: Mapping[str, Any]) -> list[Row]:
        """Rows of `sql/queries/<name>.sql`; parameters it does not name are left out."""
        known = query(name).parameters
        used = {key: _text(value, known[key]) for key, value in parameters.items() if key in known}
        answer = b"".join(self._ledger.query(query_text(name), "JSONEachRow", used))
        return [_row(row_type, json.loads(line, parse_float=Decimal)) for line in answer.splitlines()]

    def later(self, name: str, row_type: type[Row], parameters: Mapping[str, Any]) -> Callable[[], list[Row]]:
        """Starts the query; calling the result waits for its rows."""
        return self._workers.submit(self.rows, name, row_type, parameters).result


@contextmanager
def typed_ledger(settings: CollectorSettings) -> Iterator[TypedLedger]:
    """The ledger of `settings`. A folder that this process opens itself answers one query at a time."""
    with open_ledger(settings) as ledger:
        at_once = 1 if type(ledger).__name__ == "FolderLedger" else AT_ONCE
        with ThreadPoolExecutor(at_once, thread_name_prefix="ledger") as workers:
            yield TypedLedger(ledger, workers)


def shown(value: Any, kind: str = "DateTime64") -> str:
    """A parameter as `spanledger sql --param NAME=VALUE` takes it."""
    return _text(value, kind)


def _text(value: Any, kind: str) -> str:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f" if "64" in kind else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, str):
        return text(value)
    return strings(value) if isinstance(value, tuple | list) else str(value)


@cache
def _converters(row_type: type[Any]) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(row_type)
    return {field.name: _converter(hints[field.name]) for field in fields(row_type)}


def _row(row_type: type[Row], found: Mapping[str, Any]) -> Row:
    convert = _converters(row_type)  # type: ignore[arg-type]  # classes are hashable
    return row_type(**{name: convert[name](value) for name, value in found.items() if name in convert})


def _converter(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = _converter(next(part for part in get_args(hint) if part is not type(None)))
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is tuple:
        each = _converter(get_args(hint)[0])
        return lambda value: tuple(each(one) for one in value)
    if hint is datetime:
        return lambda value: datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    return hint if hint in (int, float, str, bool, Decimal) else lambda value: value
