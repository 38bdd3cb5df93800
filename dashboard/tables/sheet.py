"""Rows of a query as CSV: every column by its name, unknown empty, times in ISO, lists joined by spaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dashboard.tables.table import csv_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def rows_csv(rows: Sequence[DataclassInstance]) -> str:
    """CSV of rows of one frozen class; the empty text for no rows."""
    if not rows:
        return ""
    names = [field.name for field in fields(rows[0])]
    return csv_text(names, [[cell(getattr(row, name)) for name in names] for row in rows])


def cell(value: Any) -> object:
    """One value as a spreadsheet reads it."""
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return " ".join(str(each) for each in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value
