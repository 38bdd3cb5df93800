"""The table of workloads, dearest first: spend and its course, P50 and P95 together, and the rates.

In: rows of both periods. Out: a Table, or CSV text.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.figures.change import Better, Kind, Tone, compare
from analytics.figures.estimates import LEVELS, Estimate, proportion, quantile, total
from analytics.figures.numbers import UNKNOWN, count, share, usd
from analytics.overview import FEW_FOR_P95, TOO_FEW_FOR_P95
from analytics.periods import Window
from analytics.rows import CallWorkload, TaskWorkload
from dashboard.data.pages import OverviewData
from dashboard.parts import links
from dashboard.tables import cells
from dashboard.tables.table import Cell, Column, Line, Table, csv_text

COLUMNS = (
    Column("Workload", align="left", first=True),
    Column(
        "Spend",
        help="Cost of the calls that started in the period, at list price; the bar is its share.",
        query="call_workloads",
    ),
    Column("Spend over time", align="left", kind="spark", rank="low"),
    Column("Tasks", rank="mid", help="Tasks that ended in the period.", query="task_figures"),
    Column("P50 / task", help="Half of the tasks cost less.", query="task_figures"),
    Column("P95 / task", help="95 of 100 tasks cost less. Hidden under 20 tasks.", query="task_figures"),
    Column(
        "Per useful output",
        rank="low",
        help="Cost of tasks with an outcome, failures included, divided by the useful units they made.",
        query="task_figures",
    ),
    Column("Success", rank="mid", help="Share of judged tasks that succeeded.", query="task_figures"),
    Column(
        "Escalation",
        rank="low",
        help="Share of tries that a higher tier had to follow.",
        query="task_figures",
    ),
    Column("Cache hits", rank="low", help="Input tokens read from a cache.", query="call_workloads"),
)


@dataclass(frozen=True)
class _Pair:
    spend: CallWorkload | None
    now: TaskWorkload | None
    before: TaskWorkload | None


def workload_table(found: OverviewData, window: Window, covered: bool) -> Table:
    """The table; a row leads to its workload."""
    all_usd = sum(row.spend_usd for row in found.spend)
    lines = tuple(
        Line(
            _cells(name, pair, all_usd, window, covered),
            id=name,
            href=links.href("workload", {"workload": name}),
        )
        for name, pair in _pairs(found).items()
    )
    return Table("Workloads, dearest first", COLUMNS, lines)


def workload_csv(found: OverviewData) -> str:
    """The same rows with plain numbers; unknown is empty."""
    spend = ("spend_usd", "previous_spend_usd", "calls", "unpriced", "cache_read", "cache_known")
    done = (
        "tasks",
        "priced_tasks",
        "outcome_cost_usd",
        "units_made",
        "judged",
        "successes",
        "attempts",
        "escalations",
    )
    rows = [
        [
            name,
            *(getattr(pair.spend, part, "") for part in spend),
            *(_level_usd(pair.now, level) for level in (0.5, 0.95)),
            *(getattr(pair.now, part, "") for part in done),
        ]
        for name, pair in _pairs(found).items()
    ]
    return csv_text(("workload", *spend, "p50_usd", "p95_usd", *done), rows)


def _level_usd(row: TaskWorkload | None, level: float) -> float | str:
    return row.cost_levels_usd[LEVELS.index(level)] if row and row.priced_tasks else ""


def _pairs(found: OverviewData) -> dict[str, _Pair]:
    spend = {row.workload: row for row in found.spend if row.calls}
    now = {row.workload: row for row in found.workloads if row.period == 0}
    before = {row.workload: row for row in found.workloads if row.period == 1}
    names = [*spend, *(name for name in now if name not in spend)]
    return {name: _Pair(spend.get(name), now.get(name), before.get(name)) for name in names}


def _cells(name: str, pair: _Pair, all_usd: float, window: Window, covered: bool) -> tuple[Cell, ...]:
    spend, now = pair.spend, pair.now
    return (
        cells.name(name),
        _spend(spend, all_usd, covered),
        _course(spend, window),
        Cell(text=count(now.tasks), order=now.tasks) if now else Cell(UNKNOWN),
        _level(0.50, now, pair.before, covered),
        _level(0.95, now, pair.before, covered),
        _useful(now),
        _rate(now, pair.before, "successes", "judged", Better.HIGHER, covered),
        _rate(now, pair.before, "escalations", "attempts", Better.LOWER, covered),
        Cell(share(spend.cache_read / spend.cache_known), spend.cache_read / spend.cache_known)
        if spend and spend.cache_known
        else Cell(UNKNOWN, title="not reported"),
    )


def _spend(row: CallWorkload | None, all_usd: float, covered: bool) -> Cell:
    if row is None:
        return Cell(UNKNOWN)
    if row.unpriced == row.calls:
        return Cell("unpriced", None, tone="bad", title="no call of this workload has a known price")
    now = total(row.spend_usd, row.calls)
    # The call count of the period before is not at hand; its spend tells whether there was any.
    before = total(row.previous_spend_usd, row.calls if row.previous_spend_usd else 0)
    change = compare(Kind.MONEY, Better.NEITHER, now, before, covered=covered)
    note = f"{count(row.unpriced)} unpriced" if row.unpriced else ""
    return Cell(
        text=usd(row.spend_usd),
        order=row.spend_usd,
        share=row.spend_usd / all_usd if all_usd else None,
        sub=" · ".join(part for part in (change.text, note) if part),
    )


def _course(row: CallWorkload | None, window: Window) -> Cell:
    if row is None:
        return Cell()
    values = [0.0] * window.buckets
    for bucket, spend in zip(row.buckets, row.spends_usd, strict=True):
        if bucket < len(values):
            values[bucket] = spend
    return Cell(text=f"highest {usd(max(values))}", values=tuple(values))


def _level(level: float, now: TaskWorkload | None, before: TaskWorkload | None, covered: bool) -> Cell:
    fewest = TOO_FEW_FOR_P95 if level == 0.95 else 1
    if now is None or now.priced_tasks < fewest:
        return Cell(UNKNOWN, title="too few priced tasks" if now else "no task ended")
    here = quantile(level, now.cost_levels_usd, now.priced_tasks)
    earlier = quantile(level, before.cost_levels_usd, before.priced_tasks) if before else Estimate(None, 0)
    change = compare(Kind.MONEY, Better.LOWER, here, earlier, covered=covered)
    few = "few tasks" if level == 0.95 and now.priced_tasks < FEW_FOR_P95 else ""
    return Cell(
        text=usd(here.value),
        order=here.value,
        sub=" · ".join(part for part in (change.text, few) if part),
        subtone=change.tone.value,
        title=change.why,
    )


def _useful(row: TaskWorkload | None) -> Cell:
    if row is None or not row.units_made:
        return Cell(UNKNOWN, title="no useful output recorded")
    value = row.outcome_cost_usd / row.units_made
    return Cell(usd(value), value)


def _rate(
    now: TaskWorkload | None, before: TaskWorkload | None, hits: str, of: str, better: Better, covered: bool
) -> Cell:
    here, earlier = (
        proportion(getattr(row, hits), getattr(row, of)) if row else Estimate(None, 0)
        for row in (now, before)
    )
    if here.value is None:
        return Cell(UNKNOWN, title="none recorded")
    change = compare(Kind.RATE, better, here, earlier, covered=covered)
    return Cell(
        share(here.value), here.value, sub=change.text if change.tone in (Tone.GOOD, Tone.BAD) else "",
        subtone=change.tone.value,
    )  # fmt: skip
