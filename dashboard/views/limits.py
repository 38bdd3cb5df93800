"""Table of what each agent found left of its rate limits."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.spend.headroom import TIGHT, Headroom
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

HEADROOM = (
    Column("Agent", align="left", first=True),
    Column("Model", align="left", rank="mid"),
    Column(
        "Least left",
        query="call_headroom",
        help="Share of the rate limit, tokens or calls, whichever is scarcer, that the tightest call found left, as "
        "the provider told; below: the amounts of that call.",
    ),
    Column(
        "P5 left",
        query="call_headroom",
        help="Five in a hundred calls found this share left or less: once is chance, this is a habit.",
    ),
    Column("Calls that tell", rank="low", query="call_headroom", help="Calls with a limit and a remainder."),
    Column(
        "Refused",
        query="call_headroom",
        help="Calls refused by a rate limit or for overload (429, 529), after the client's own retries.",
    ),
)


def headroom_table(rows: Sequence[Headroom]) -> Table:
    """One line an agent and model, the tightest first."""
    return Table("Rate limits", HEADROOM, tuple(Line(_line(row)) for row in rows))


def _line(row: Headroom) -> tuple[Cell, ...]:
    if row.least_share is None:
        left: tuple[Cell, ...] = (Cell("not reported", None),) * 2
    else:
        tone = "bad" if row.least_share <= TIGHT else ""
        left = (
            cells.rate(row.least_share, sub=row.least_words, tone=tone),
            cells.rate(row.p5_share, tone="bad" if (row.p5_share or 0.0) <= TIGHT else ""),
        )
    return (
        cells.name(row.agent, row.workload, missing="(unnamed agent)"),
        Cell(row.model or "unknown model", row.model, sub=row.provider),
        *left,
        cells.number(row.told),
        cells.number(row.refused, tone="bad" if row.refused else ""),
    )
