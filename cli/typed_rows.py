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
from math import nan
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from cli.ledger import Ledger, open_ledger, query_text
from collector.engine.typed import strings, text
from collector.settings import CollectorSettings
from sql.catalogue import query
from sql.then import IN_FORCE, Prices

Row = TypeVar("Row")
AT_ONCE = 4


class TypedLedger:
    """A ledger that answers in frozen classes."""

    def __init__(self, ledger: Ledger, workers: ThreadPoolExecutor) -> None:
        self._ledger = ledger
        self._workers = workers

    @property
    def prices(self) -> Prices:
        """At which prices it answers."""
        return self._ledger.prices

    def rows(self, name: str, row_type: type[Row], parameters: Mapping[str, Any]) -> list[Row]:
        """Rows of `sql/queries/<name>.sql`; parameters it does not name are left out."""
        known = query(name).parameters
        used = {key: _text(value, known[key]) for key, value in parameters.items() if key in known}
        answer = b"".join(self._ledger.query(query_text(name), "JSONEachRow", used))
        convert = _converters(row_type)  # type: ignore[arg-type]  # classes are hashable
        exact = Decimal if any(_is_exact(hint) for hint, _ in convert.values()) else float
        found = json.loads(b"[" + b",".join(answer.splitlines()) + b"]", parse_float=exact)
        return [_row(row_type, convert, each) for each in found]

    def later(self, name: str, row_type: type[Row], parameters: Mapping[str, Any]) -> Callable[[], list[Row]]:
        """Starts the query; calling the result waits for its rows."""
        return self._workers.submit(self.rows, name, row_type, parameters).result


@contextmanager
def typed_ledger(settings: CollectorSettings, prices: Prices = IN_FORCE) -> Iterator[TypedLedger]:
    """The ledger of `settings`. A folder that this process opens itself answers one query at a time."""
    with open_ledger(settings, prices) as ledger:
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


Converters = Mapping[str, tuple[Any, Callable[[Any], Any]]]
"""By field: the type that needs no conversion, and the conversion of others."""


@cache
def _converters(row_type: type[Any]) -> Converters:
    hints = get_type_hints(row_type)
    return {field.name: (hints[field.name], _converter(hints[field.name])) for field in fields(row_type)}


def _row(row_type: type[Row], convert: Converters, found: Mapping[str, Any]) -> Row:
    return row_type(
        **{
            name: value if type(value) is convert[name][0] else convert[name][1](value)
            for name, value in found.items()
            if name in convert
        }
    )


def _is_exact(hint: Any) -> bool:
    return hint is Decimal or any(_is_exact(part) for part in get_args(hint))


def _converter(hint: Any) -> Callable[[Any], Any]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = _converter(next(part for part in get_args(hint) if part is not type(None)))
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is tuple:
        each = _converter(get_args(hint)[0])
        return lambda value: tuple(each(one) for one in value)
    if hint is float:  # the engine writes what is no number, a percentile of nothing, as null
        return lambda value: nan if value is None else float(value)
    if hint is datetime:
        return lambda value: datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    return hint if hint in (int, float, str, bool, Decimal) else lambda value: value
