"""The table of workloads, dearest first: spend and its course, P50 and P95 together, and the rates.

In: rows of both periods. Out: a Table, or CSV text.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.changes import Better, Kind, Tone, compare
from analytics.estimates import Estimate, proportion, total
from analytics.numbers import UNKNOWN, count, share, usd
from analytics.overview import FEW_FOR_P95, TOO_FEW_FOR_P95
from analytics.periods import Window
from analytics.rows import CallWorkload, TaskWorkload
from dashboard import links
from dashboard.data import OverviewData
from dashboard.table import Cell, Column, Line, Table, csv_text

COLUMNS = (
    Column("Workload", align="left", first=True),
    Column(
        "Spend",
        help="Cost of the calls that started in the period, at list price; the bar is its share.",
        query="call_workloads",
    ),
    Column("Spend over time", align="left", kind="spark", rank="low"),
    Column("Tasks", rank="mid", help="Tasks that ended in the period.", query="task_workloads"),
    Column("P50 / task", help="Half of the tasks cost less.", query="task_workloads"),
    Column("P95 / task", help="95 of 100 tasks cost less. Hidden under 20 tasks.", query="task_workloads"),
    Column(
        "Per useful output",
        rank="low",
        help="Cost of tasks with an outcome, failures included, divided by the useful units they made.",
        query="task_workloads",
    ),
    Column("Success", rank="mid", help="Share of judged tasks that succeeded.", query="task_workloads"),
    Column(
        "Escalation",
        rank="low",
        help="Share of tries that a higher tier had to follow.",
        query="task_workloads",
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
    """The same rows with plain numbers."""
    header = (
        "workload", "spend_usd", "previous_spend_usd", "calls", "unpriced_calls", "tasks", "p50_usd",
        "p95_usd", "outcome_cost_usd", "useful_units", "judged", "successes", "attempts", "escalations",
        "cache_read_tokens",
        "cache_known_input_tokens",
    )  # fmt: skip
    rows = []
    for name, pair in _pairs(found).items():
        spend, now = pair.spend, pair.now
        rows.append(
            [
                name,
                *(
                    _or_empty(spend, part)
                    for part in ("spend_usd", "previous_spend_usd", "calls", "unpriced")
                ),
                *(
                    _or_empty(now, part)
                    for part in ("tasks", "p50_usd", "p95_usd", "outcome_cost_usd", "units_made")
                ),
                *(_or_empty(now, part) for part in ("judged", "successes", "attempts", "escalations")),
                *(_or_empty(spend, part) for part in ("cache_read", "cache_known")),
            ]
        )
    return csv_text(header, rows)


def _pairs(found: OverviewData) -> dict[str, _Pair]:
    spend = {row.workload: row for row in found.spend if row.calls}
    now = {row.workload: row for row in found.workloads if row.period == 0}
    before = {row.workload: row for row in found.workloads if row.period == 1}
    names = [*spend, *(name for name in now if name not in spend)]
    return {name: _Pair(spend.get(name), now.get(name), before.get(name)) for name in names}


def _cells(name: str, pair: _Pair, all_usd: float, window: Window, covered: bool) -> tuple[Cell, ...]:
    spend, now = pair.spend, pair.now
    return (
        Cell(text=name or "(no name)", order=name.lower()),
        _spend(spend, all_usd, covered),
        _course(spend, window),
        Cell(text=count(now.tasks), order=now.tasks) if now else Cell(UNKNOWN),
        _level("p50_usd", now, pair.before, covered, 1),
        _level("p95_usd", now, pair.before, covered, TOO_FEW_FOR_P95),
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


def _level(
    field: str, now: TaskWorkload | None, before: TaskWorkload | None, covered: bool, fewest: int
) -> Cell:
    if now is None or now.priced_tasks < fewest:
        return Cell(UNKNOWN, title="too few priced tasks" if now else "no task ended")
    value: float = getattr(now, field)
    earlier = Estimate(getattr(before, field), before.priced_tasks) if before else Estimate(None, 0)
    change = compare(Kind.MONEY, Better.LOWER, Estimate(value, now.priced_tasks), earlier, covered=covered)
    few = field == "p95_usd" and now.priced_tasks < FEW_FOR_P95
    # Without an interval for each row, only large changes are coloured.
    loud = change.amount is not None and abs(change.amount) >= 0.1 and change.tone in (Tone.GOOD, Tone.BAD)
    return Cell(
        text=usd(value),
        order=value,
        sub=" · ".join(part for part in (change.text, "few tasks" if few else "") if part),
        subtone=change.tone.value if loud else "",
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


def _or_empty(row: object | None, name: str) -> object:
    return "" if row is None else getattr(row, name)
