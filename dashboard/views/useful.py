"""Charts and table of the page on useful output. Pure; imports no Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analytics.figures.change import Change, Tone
from analytics.figures.estimates import Estimate
from analytics.figures.numbers import UNKNOWN, count, plural, share, usd
from analytics.periods import Window
from analytics.spend.useful import FEWEST, UnitLine, UsefulRow, bounds
from dashboard.charts.figures import over
from dashboard.charts.lines import Series, bars, lines
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

UNITS = (
    Column("Workload", align="left", first=True),
    Column("Unit", align="left", help="As tasks name it; without one, a success counts 1."),
    Column("Made", query="useful_output", help="Units that tasks of the period made."),
    Column(
        "Cost each",
        query="useful_output",
        help="Cost of tasks with an outcome, failures included, over units.",
    ),
    Column(
        "Tokens each", rank="mid", query="useful_output", help="All tokens of the same tasks, over units."
    ),
    Column("Success", query="useful_output", help="Share of judged tasks that succeeded; below: the change."),
    Column(
        "On failures",
        rank="low",
        query="useful_output",
        help="Cost of failures; below: of the cost with outcome.",
    ),
    Column("No outcome yet", rank="mid", query="useful_output", help="Tasks apart; below: what they cost."),
)
TONES = {Tone.GOOD: "good", Tone.BAD: "bad"}
DOLLARS = {"tickprefix": "$", "tickformat": ",.6~f"}
FEW_TASKS = 5
"""Tasks with an outcome in a bucket under which its ratio is left out."""


def cost_course(window: Window, rows: Sequence[UsefulRow], colours: Palette) -> Chart:
    """Cost per unit over time, its interval in the hover, the period before dotted."""
    return _course(window, rows, colours, lambda row: row.cost_per_unit, usd, DOLLARS)


def token_course(window: Window, rows: Sequence[UsefulRow], colours: Palette) -> Chart:
    """Tokens per unit over time, the period before dotted."""
    return _course(window, rows, colours, lambda row: row.tokens_per_unit, count, {"tickformat": "~s"})


def outcome_bars(window: Window, rows: Sequence[UsefulRow], colours: Palette) -> Chart:
    """Tasks over time by how they ended: success, failure, other outcome, none yet."""
    found = {row.bucket: row for row in rows if row.part == "bucket" and row.period == 0}
    kinds: tuple[tuple[str, str, str, Callable[[UsefulRow], int]], ...] = (
        ("success", "success", colours.series[2], lambda row: row.successes),
        ("failure", "failed", colours.series[1], lambda row: row.judged - row.successes),
        ("units without a verdict", "", colours.series[0], lambda row: row.with_outcome - row.judged),
        ("no outcome yet", "open", colours.muted, lambda row: row.open_tasks),
    )
    series = []
    for name, only, colour, read in kinds:
        values = [float(read(found[n])) if n in found else None for n in range(window.buckets)]
        if any(values):
            series.append(Series(name, values, colour, to={"only": only} if only else {}))
    return bars(window.starts(), series, colours, x=over(window.from_, window.to))


def spoken_course(rows: Sequence[UsefulRow]) -> str:
    """Lowest and highest cost per unit of the period's buckets."""
    told = [
        row.cost_per_unit.value
        for row in rows
        if row.part == "bucket" and row.period == 0 and row.cost_per_unit.value is not None
    ]
    return (
        f"Cost per unit between {usd(min(told))} and {usd(max(told))}." if told else "Nothing has an outcome."
    )


def unit_table(found: Sequence[UnitLine]) -> Table:
    """Units by workload, dearest first."""
    return Table("Units by workload", UNITS, tuple(_line(one) for one in found))


def _course(
    window: Window, rows: Sequence[UsefulRow], colours: Palette, read: Callable[[UsefulRow], Estimate],
    words: Callable[[float | None], str], y: dict[str, str],
) -> Chart:  # fmt: skip
    series = []
    for period, colour, dash, name in (
        (1, colours.muted, "dot", "before"),
        (0, colours.series[0], "solid", "per unit"),
    ):
        found = {
            row.bucket: row
            for row in rows
            if row.part == "bucket" and row.period == period and row.with_outcome >= FEW_TASKS
        }
        told = [read(found[n]) if n in found else None for n in range(window.buckets)]
        values = [one.value if one else None for one in told]
        texts = [_said(one, words) for one in told]
        if any(value is not None for value in values):
            series.append(Series(name, values, colour, dash, 2.5 - period, texts, before=period == 1))
    return lines(window.starts(), series, colours, y=y, x=over(window.from_, window.to), height=260)


def _said(one: Estimate | None, words: Callable[[float | None], str]) -> str:
    if one is None:
        return UNKNOWN
    around = bounds(one)
    between = f" ({words(around[0])} to {words(around[1])})" if around else ""
    return f"{words(one.value)}{between} over {plural(one.sample, 'task')}"


def _line(one: UnitLine) -> Line:
    row = one.now
    cost, tokens = row.cost_per_unit, row.tokens_per_unit
    around = bounds(cost)
    thin = "few tasks" if row.with_outcome < FEWEST else ""
    return Line(
        (
            cells.name(row.workload),
            Cell(row.unit or "none stated", row.unit),
            cells.number(row.units, sub=plural(row.with_outcome, "task")),
            Cell(
                usd(cost.value), cost.value, sub=_beside(one.cost, thin), subtone=TONES.get(one.cost.tone, ""),
                title=f"95 % interval {usd(around[0])} to {usd(around[1])}" if around else "",
            ),
            Cell(
                count(tokens.value), tokens.value, sub=_beside(one.tokens, thin),
                subtone=TONES.get(one.tokens.tone, ""),
            ),
            Cell(
                share(row.success.value), row.success.value, sub=_beside(one.success, ""),
                subtone=TONES.get(one.success.tone, ""),
            ),
            cells.money(row.failed_usd, sub=share(row.failed_usd / row.cost_usd) if row.cost_usd else ""),
            cells.number(row.open_tasks, sub=usd(row.open_usd) if row.open_usd else ""),
        ),
        id=row.workload,
        href=links.href("workload", {"workload": row.workload}),
    )  # fmt: skip


def _beside(change: Change, thin: str) -> str:
    return " · ".join(part for part in (change.text, thin) if part)
