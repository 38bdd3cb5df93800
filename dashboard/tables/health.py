"""Tables of the Data health page: findings, emitters, calls behind a finding.

In: rows of analytics. Out: tables of plain values, names as they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from analytics.figures.numbers import UNKNOWN, count, share, usd
from analytics.health.finding import Finding
from analytics.health.rows import ConventionShare, Example
from analytics.periods import stamp
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables.table import Cell, Chip, Column, Line, Table

WORDS: Final = {"error": "wrong", "warning": "doubtful", "note": "to know", "ok": "in order"}

FINDINGS = (
    Column("State", align="left", help="Wrong, doubtful, to know, or in order."),
    Column("What", align="left", first=True),
    Column("What was found, and what to do", align="left"),
)
EMITTERS = (
    Column("Emitter", align="left", first=True, query="health_conventions"),
    Column("Convention", align="left", help="Names by which the counts of its calls were told."),
    Column("Calls", help="Calls that started in the period."),
    Column("Priced", help="Share of its calls that have a price."),
    Column("No usage", rank="mid", help="Calls that report no token counts."),
    Column("Conflicting", rank="low", help="Calls whose counts cannot all be true."),
    Column("No cache count", rank="low", help="Calls that do not say how much came from a cache."),
    Column("Folded", rank="low", help="Calls with further reports folded in, not charged twice."),
    Column("Says / ours", rank="mid", help="Cost the emitter says against ours for the same calls."),
)
EXAMPLES = (
    Column("Task", align="left", first=True, query="health_examples"),
    Column("Model", align="left"),
    Column("Emitter", align="left", rank="low"),
    Column("Started", align="left", rank="mid"),
    Column("Cost", help="List price; “unpriced” where it is unknown, never $0."),
    Column("Emitter says", rank="low", help="Cost that the emitter reported itself."),
)


def finding_table(findings: Sequence[Finding], colours: Palette) -> Table:
    """Every finding, worst first; a row opens the rows it was drawn from."""
    return Table("Findings, worst first", FINDINGS, tuple(_finding(one, colours) for one in findings))


def emitter_table(rows: Sequence[ConventionShare]) -> Table:
    """Who reported, most calls first."""
    return Table("Emitters, most calls first", EMITTERS, tuple(Line(_emitter(row)) for row in rows))


def example_table(rows: Sequence[Example], what: str) -> Table:
    """Calls behind a finding, latest first; a row leads to its task."""
    return Table(f"Calls: {what}", EXAMPLES, tuple(_example(row) for row in rows))


def _finding(one: Finding, colours: Palette) -> Line:
    colour = {"error": colours.bad, "warning": colours.series[1], "note": colours.muted, "ok": colours.good}
    return Line(
        (
            Cell(chips=(Chip(WORDS[one.severity], colour[one.severity]),), order=one.severity),
            Cell(one.title, one.title),
            Cell(one.what, one.what, sub=_advice(one)),
        ),
        href=links.href("query", {"name": one.query}),
    )


def _advice(one: Finding) -> str:
    return "" if one.advice == "nothing to do" else f"{one.advice[:1].upper()}{one.advice[1:]}."


def _emitter(row: ConventionShare) -> tuple[Cell, ...]:
    said = f"{usd(row.said_usd)} / {usd(row.ours_usd)}" if row.said_usd else UNKNOWN
    return (
        Cell(row.emitter or "no scope name", row.emitter, sub=row.emitter_version),
        Cell(row.convention or "no counts told", row.convention),
        Cell(count(row.calls), row.calls),
        Cell(share(row.priced / row.calls) if row.calls else UNKNOWN, row.priced),
        Cell(count(row.missing_usage), row.missing_usage, tone="bad" if row.missing_usage else ""),
        Cell(count(row.conflicting), row.conflicting, tone="bad" if row.conflicting else ""),
        Cell(count(row.no_cache_count), row.no_cache_count),
        Cell(count(row.folded), row.folded),
        Cell(said, row.said_usd),
    )


def _example(row: Example) -> Line:
    return Line(
        (
            Cell(row.task_id, row.task_id, title=f"trace {row.trace_id}, span {row.span_id}"),
            Cell(row.model or "unnamed model", row.model, sub=row.provider),
            Cell(row.emitter or "no scope name", row.emitter),
            Cell(stamp(row.started_at), row.started_at.timestamp()),
            Cell(usd(row.list_usd) if row.list_usd is not None else "unpriced", row.list_usd),
            Cell(usd(row.reported_usd) if row.reported_usd is not None else UNKNOWN, row.reported_usd),
        ),
        href=links.href("task", {"id": row.task_id}),
    )
