"""Tables as the table component takes them, and the same rows as CSV.

In: columns and cells. Out: a payload of plain values.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Order = float | str | None
_NUMBER = re.compile(r"[−+-]?\$?[\d.,]+ ?[kMB%]?( pp)?")


@dataclass(frozen=True)
class Chip:
    """A small label; `colour` is a CSS colour of its dot."""

    text: str
    colour: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell: text, what it sorts by (None last), a line under it, a meter from 0 to 1, chips, a course."""

    text: str = ""
    order: Order = None
    sub: str = ""
    tone: str = ""
    subtone: str = ""
    title: str = ""
    share: float | None = None
    chips: tuple[Chip, ...] = ()
    values: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column. rank `low` vanishes below 900 px, `mid` below 560 px; query: where it comes from, empty = as
    the first column of the table that names one."""

    label: str
    align: str = "right"
    kind: str = "text"
    rank: str = ""
    help: str = ""
    query: str = ""
    first: bool = False


@dataclass(frozen=True)
class Line:
    """One row; with an id it can be opened, `href` is where that leads."""

    cells: tuple[Cell, ...]
    id: str = ""
    href: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its spoken name."""

    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...] = field(default=())

    def payload(self) -> dict[str, Any]:
        """Payload of the table component."""
        return {
            "caption": self.caption,
            "columns": [self._column(column) for column in self.columns],
            "rows": [
                {"id": line.id, "href": line.href, "cells": [vars_of(cell) for cell in line.cells]}
                for line in self.lines
            ],
        }

    def _column(self, column: Column) -> dict[str, Any]:
        found = vars_of(column)
        if column.help and not column.query:
            found["query"] = next((other.query for other in self.columns if other.query), "")
        return found


def vars_of(thing: Column | Cell) -> dict[str, Any]:
    """Fields as JSON values, empty ones left out."""
    found: dict[str, Any] = {}
    for name in thing.__dataclass_fields__:
        value = getattr(thing, name)
        if name == "chips":
            value = [{"text": chip.text, "colour": chip.colour, "tone": chip.tone} for chip in value]
        elif name == "values":
            value = list(value)
        if value not in ("", [], None):
            found[name] = value
    return found


def table_csv(table: Table) -> str:
    """A table as it stands: numbers plain where a cell sorts by one, else its words; a line under a cell beside it."""
    header = [part for column in table.columns for part in (column.label, f"{column.label}, below")]
    rows = [[part for cell in line.cells for part in (_value(cell), cell.sub)] for line in table.lines]
    used = [n for n in range(len(header)) if n % 2 == 0 or any(row[n] for row in rows)]
    return csv_text([header[n] for n in used], [[row[n] for n in used] for row in rows])


def _value(cell: Cell) -> object:
    # A time sorts by its seconds since 1970, which nobody could read.
    if isinstance(cell.order, (int, float)) and _NUMBER.fullmatch(cell.text.replace(" ", " ")):
        return cell.order
    return cell.text or ", ".join(chip.text for chip in cell.chips)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """RFC 4180 text. Cells that a spreadsheet would run as a formula are quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    return out.getvalue()


def _harmless(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
