"""Rows of any query as a table: what a column holds is seen from its values. In: columns and rows. Out: a table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from analytics.figures.numbers import UNKNOWN
from dashboard.tables.sheet import cell
from dashboard.tables.table import Cell, Column, Line, Table

LONGEST: Final = 60
"""Characters of a value that are shown; the whole of it stands in its title and in the CSV."""


def query_table(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """One line a row, as the ledger gave it; numbers on the right."""
    numeric = [_is_number([row[place] for row in rows]) for place in range(len(columns))]
    heads = tuple(
        Column(column, align="right" if number else "left")
        for column, number in zip(columns, numeric, strict=True)
    )
    return Table(f"Rows of {name}", heads, tuple(Line(tuple(map(_cell, row))) for row in rows))


def _is_number(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) for value in known
    )


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell(UNKNOWN, None, title="unknown")
    text = f"{value:.6g}" if isinstance(value, float) else str(cell(value))
    cut = len(text) > LONGEST
    order = float(value) if _is_number([value]) else text
    return Cell(f"{text[:LONGEST]}…" if cut else text, order, title=text if cut else "")
