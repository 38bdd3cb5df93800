"""Tables and charts of the escalation page."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.figure import ratio
from analytics.figures.numbers import UNKNOWN, count, plural, share, usd
from analytics.periods import Window
from analytics.spend.escalation import EscalationBucket, EscalationDepth, EscalationSignal, Step
from dashboard.charts.figures import Target, over
from dashboard.charts.lines import Series, bars, lines
from dashboard.charts.plain import Chart
from dashboard.charts.theme import Palette
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table

FEWEST = 10
"""Tries in a bucket below which its rate is left out of the chart."""

VERDICTS = {"pays": "good", "loses": "bad", "unsure": "", "": ""}
STEPS = (
    Column("Workload", align="left", first=True),
    Column("Starts at", align="left"),
    Column("Tries", rank="mid", query="escalation_tiers", help="One of several calls counts once."),
    Column(
        "Go up", rank="mid", query="escalation_tiers", help="Share of tries whose answer was not good enough."
    ),
    Column(
        "Break-even",
        rank="mid",
        query="escalation_tiers",
        help="Highest rate at which starting here is cheaper than starting one tier higher: 1 − (c + v) / C, with c a "
        "try here, v what checking one costs inside the cascade, C a try one tier higher.",
    ),
    Column(
        "Verdict", align="left", help="Pays or loses beyond what chance explains; unsure = too close to call."
    ),
    Column(
        "Saved by starting here",
        query="escalation_tiers",
        help="Against sending every one of these tries one tier higher at once.",
    ),
    Column(
        "Thrown away", rank="mid", query="escalation_tiers", help="Cost of answers that were thrown away."
    ),
    Column("A try costs", rank="low", query="escalation_tiers", help="Mean; P95 below it."),
    Column("A try takes", rank="low", query="escalation_tiers", help="Mean seconds."),
)
DEPTHS = (
    Column("Went up", align="left", first=True),
    Column("Highest tier", align="left", rank="mid"),
    Column("Tasks", query="escalation_depth", help="Tasks with a cascade that ended in the period."),
    Column("P50 / task", query="escalation_depth", help="Half of these tasks cost less."),
    Column("P95 / task", query="escalation_depth", help="95 of 100 of these tasks cost less."),
    Column("Mean", rank="low", query="escalation_depth", help="Mean cost of these tasks."),
    Column("Success", query="escalation_depth", help="Share of judged tasks that succeeded."),
    Column(
        "Thrown away",
        rank="mid",
        query="escalation_depth",
        help="Cost of answers in them that were thrown away.",
    ),
    Column("Duration", rank="low", query="escalation_depth", help="Mean."),
)
SIGNALS = (
    Column("Signal", align="left", first=True),
    Column("Workload", align="left"),
    Column("At", align="left"),
    Column(
        "Answers",
        rank="mid",
        query="escalation_signals",
        help="Answers that the signal called not good enough.",
    ),
    Column("Tasks", rank="mid", query="escalation_signals", help="Tasks in which that happened."),
    Column("Thrown away", query="escalation_signals", help="Cost of those answers."),
)


def step_table(found: Sequence[Step], colours: Palette) -> Table:
    """The ladder of every workload; a row leads to the tasks that went up."""
    return Table(
        "Tiers of every workload",
        STEPS,
        tuple(
            Line(
                _step(one, colours),
                id=one.row.workload,
                href=links.href("tasks", {"workload": one.row.workload, "only": "escalated"}),
            )
            for one in found
        ),
    )


def depth_table(rows: Sequence[EscalationDepth], colours: Palette) -> Table:
    """Tasks by how far they went up."""
    return Table(
        "Tasks by how far they went up",
        DEPTHS,
        tuple(
            Line(
                (
                    Cell(times(row.depth), row.depth),
                    cells.tier(row.tier, colours),
                    cells.number(row.tasks),
                    cells.money(row.p50_usd),
                    cells.money(row.p95_usd, sub="few tasks" if row.priced_tasks < 100 else ""),
                    cells.money(row.mean_usd),
                    cells.rate(ratio(row.successes, row.judged), sub=f"of {count(row.judged)}"),
                    cells.money(row.abandoned_usd),
                    cells.duration(row.duration_s),
                )
            )
            for row in rows
            if row.period == 0
        ),
    )


def signal_table(rows: Sequence[EscalationSignal], colours: Palette) -> Table:
    """Why answers were not good enough."""
    most = max((row.abandoned_usd for row in rows), default=0.0)
    return Table(
        "Signals",
        SIGNALS,
        tuple(
            Line(
                (
                    cells.name(row.signal.replace("_", " "), missing="none recorded"),
                    cells.name(row.workload),
                    cells.tier(row.tier, colours),
                    cells.number(row.calls),
                    cells.number(row.tasks),
                    cells.money(row.abandoned_usd, of=most),
                )
            )
            for row in rows
        ),
    )


def rate_chart(window: Window, rows: Sequence[EscalationBucket], colours: Palette) -> Chart:
    """Escalation rate of each tier over time."""
    series = []
    for tier in dict.fromkeys(row.tier for row in rows if row.escalated):
        for period in (1, 0):
            found = {r.bucket: r for r in rows if r.tier == tier and r.period == period}
            values = [
                ratio(found[n].escalated, found[n].attempts)
                if n in found and found[n].attempts >= FEWEST
                else None
                for n in range(window.buckets)
            ]
            texts = [
                f"{share(v)} of {count(found[n].attempts)}" if n in found else UNKNOWN
                for n, v in enumerate(values)
            ]
            colour = colours.tier(tier)
            name = tier or "no tier" if period == 0 else f"{tier} before"
            series.append(
                Series(
                    name, values, colour, "solid" if period == 0 else "dot", 2.5 - period, texts,
                    to={"tier": tier, "only": "escalated"} if tier else {"only": "escalated"},
                    before=period == 1,
                )
            )  # fmt: skip
    return lines(window.starts(), series, colours, y={"tickformat": ".0%"}, x=over(window.from_, window.to))


def depth_chart(rows: Sequence[EscalationDepth], colours: Palette) -> Chart:
    """P50 and P95 cost of tasks by how often they went up."""
    mine = [row for row in rows if row.period == 0 and row.p50_usd is not None]
    places = [f"{times(row.depth)}<br>{row.tier}" for row in mine]
    pair = (
        ("P50", [r.p50_usd for r in mine], colours.series[2]),
        ("P95", [r.p95_usd for r in mine], colours.series[0]),
    )
    behind: list[Target] = [{"depth": str(row.depth), "top": row.tier or None} for row in mine]
    series = [
        Series(name, values, colour, texts=[usd(v) for v in values], points=behind)
        for name, values, colour in pair
    ]
    return bars(places, series, colours, y={"tickprefix": "$", "tickformat": ",.6~f"}, mode="group")


def times(depth: int) -> str:
    """How often a task went up, in words."""
    return {0: "stayed", 1: "once", 2: "twice"}.get(depth, "3 times or more")


def _step(one: Step, colours: Palette) -> tuple[Cell, ...]:
    row = one.row
    saved = one.saved_usd
    return (
        cells.name(row.workload),
        cells.tier(row.tier, colours),
        cells.number(row.attempts),
        cells.rate(one.rate.value),
        cells.rate(one.break_even, title="no higher tier with a known price was tried"),
        cells.word(one.verdict, colours.good if one.verdict == "pays" else "", VERDICTS[one.verdict]),
        cells.money(saved, tone="bad" if saved is not None and saved < 0 else ""),
        cells.money(row.abandoned_usd, sub=plural(row.abandoned, "answer")),
        cells.money(row.mean_usd, sub=f"P95 {usd(row.p95_usd)}" if row.p95_usd is not None else ""),
        cells.duration(row.wait_s),
    )
