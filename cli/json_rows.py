"""Rows of an answer in JSON as frozen classes.

In: JSONEachRow as ClickHouse writes it. Out: instances; numbers as the class wants them, times aware UTC.
"""

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")


def rows_of(answer: bytes, row_type: type[Row]) -> list[Row]:
    """One instance a line; columns that the class does not have are left out."""
    wanted = get_type_hints(row_type)
    names = [field.name for field in fields(row_type)]
    return [
        row_type(**{name: _value(wanted[name], row[name]) for name in names})
        for row in map(json.loads, answer.splitlines())
    ]


def _value(wanted: Any, value: Any) -> Any:
    if value is None:
        return None
    kinds = getattr(wanted, "__args__", (wanted,))
    if datetime in kinds:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    if bool in kinds:
        return bool(value)
    if int in kinds:
        return int(value)
    return float(value) if float in kinds else str(value)
