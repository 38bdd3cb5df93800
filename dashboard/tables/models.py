"""A table of models: where the spend of a page went, at which tier, with how much help from the cache."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.numbers import UNKNOWN, count, plural, share, usd
from analytics.rows import CallModel
from dashboard.charts.theme import Palette
from dashboard.tables.table import Cell, Chip, Column, Line, Table

COLUMNS = (
    Column("Model", align="left", first=True),
    Column("Tier", align="left"),
    Column("Spend", help="Cost of its calls at list price; the bar is its share.", query="call_models"),
    Column("Calls", rank="mid", help="Calls that started in the period."),
    Column("Cost per call", rank="mid", help="Spend divided by priced calls.", query="call_models"),
    Column("Failed", rank="low", help="Share of its calls that ended in an error.", query="call_models"),
    Column("Cache hits", rank="mid", help="Input tokens read from a cache.", query="call_models"),
    Column("Output tokens", rank="low", help="Tokens of its answers, reasoning included."),
)


def model_table(rows: Sequence[CallModel], colours: Palette) -> Table:
    """The table, dearest first."""
    all_usd = sum(row.spend_usd for row in rows)
    return Table("Models, dearest first", COLUMNS, tuple(Line(_cells(row, all_usd, colours)) for row in rows))


def _cells(row: CallModel, all_usd: float, colours: Palette) -> tuple[Cell, ...]:
    priced = row.calls - row.unpriced
    return (
        Cell(row.model or "unknown model", row.model, sub=row.provider),
        Cell(chips=(Chip(row.tier or "not known", colours.tier(row.tier)),), order=row.tier),
        Cell(
            usd(row.spend_usd),
            row.spend_usd,
            share=row.spend_usd / all_usd if all_usd else None,
            sub=f"{plural(row.unpriced, 'call')} unpriced" if row.unpriced else "",
            subtone="bad",
        )
        if priced
        else Cell("unpriced", None, tone="bad"),
        Cell(count(row.calls), row.calls),
        Cell(usd(row.spend_usd / priced), row.spend_usd / priced) if priced else Cell(UNKNOWN),
        Cell(share(row.failed / row.calls), row.failed / row.calls) if row.calls else Cell(UNKNOWN),
        Cell(share(row.cache_read / row.cache_known), row.cache_read / row.cache_known)
        if row.cache_known
        else Cell(UNKNOWN, title="not reported"),
        Cell(count(row.output), row.output),
    )
