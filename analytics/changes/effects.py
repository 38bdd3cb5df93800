"""What a change did in production: tasks under a commit, pull request or prompt version beside those before it.

In: rows of `change_days` and `change_levels`. Out: one Effect for every workload and value that followed another.
The typical cost is compared on logarithms, so that a few dear tasks do not decide; the error holds what tasks differ
by and what days differ by, because tasks of one day move together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol

from analytics.figures.estimates import Estimate, proportion
from analytics.gate.tails import student_quantile

FEWEST_TASKS: Final = 30
"""Fewer tasks than this on either side: nothing is said."""

SMALL: Final = 0.02
"""A typical cost that moved less than this is not called a change, however certain."""

EVERY_WORKLOAD: Final = "all workloads"
"""The workload under which the gate keeps its verdict on the whole."""

LEVEL: Final = 0.99
"""Of every interval: a page lists many changes at once, so 95 of 100 would call too many by chance."""

DAYS_A_MONTH: Final = 30.4


class Outcome(StrEnum):
    """What production says of a change."""

    DEARER = "dearer"
    CHEAPER = "cheaper"
    NONE_SHOWN = "no difference shown"
    TOO_FEW = "too few tasks"


@dataclass(frozen=True)
class ChangeDay:
    """Query `change_days`."""

    workload: str
    value: str
    day: date
    tasks: int
    priced_tasks: int
    cost_usd: float
    log_mean: float
    log_variance: float
    log_tasks: int
    judged: int
    successes: int
    first_task: datetime
    last_task: datetime


@dataclass(frozen=True)
class ChangeLevels:
    """Query `change_levels`."""

    workload: str
    value: str
    priced_tasks: int
    p50_usd: float
    p95_usd: float
    changes: tuple[str, ...]
    pull_requests: tuple[str, ...]


@dataclass(frozen=True)
class ChangeSpread:
    """Query `change_spread`."""

    value: str
    step: int
    tasks: int


@dataclass(frozen=True)
class GateVerdict:
    """Query `gate_verdicts`."""

    pull_request: str
    head_change: str
    workload: str
    verdict: str
    reason: str
    typical_ratio: float | None
    typical_low: float | None
    typical_high: float | None
    cases: int
    decided_at: datetime
    overridden_by: str
    override_reason: str


@dataclass(frozen=True)
class Side:
    """Tasks of a workload under one value. cost_usd, p50_usd, p95_usd: mean and percentiles of priced tasks."""

    value: str
    tasks: int
    priced_tasks: int
    days: int
    cost_usd: float
    p50_usd: float
    p95_usd: float
    success: Estimate
    first_task: datetime
    last_task: datetime

    @property
    def unpriced_tasks(self) -> int:
        """Tasks whose cost is not known whole."""
        return self.tasks - self.priced_tasks


@dataclass(frozen=True)
class Effect:
    """One change of one workload. ratio: typical cost of a task after to before, with its 99 % interval.

    monthly_usd: what it costs or saves in a month of as many tasks as there were a day since; all None: too few tasks.
    """

    workload: str
    before: Side
    after: Side
    outcome: Outcome
    ratio: float | None
    low: float | None
    high: float | None
    monthly_usd: float | None
    changes: tuple[str, ...]
    pull_requests: tuple[str, ...]


def effects(days: Sequence[ChangeDay], levels: Sequence[ChangeLevels]) -> list[Effect]:
    """Every value of every workload beside the one whose first task came before its own; the latest first.

    A value that is seen again after another keeps the place of its first task.
    """
    level_of = {(row.workload, row.value): row for row in levels}
    by_value: dict[tuple[str, str], list[ChangeDay]] = {}
    for row in days:
        if (row.workload, row.value) in level_of:
            by_value.setdefault((row.workload, row.value), []).append(row)
    found = []
    for workload in sorted({workload for workload, _ in by_value}):
        mine = [rows for (name, _), rows in by_value.items() if name == workload]
        mine.sort(key=lambda rows: (min(row.first_task for row in rows), rows[0].value))
        for before, after in itertools.pairwise(mine):
            found.append(_effect(before, after, level_of))
    return sorted(found, key=lambda effect: (effect.after.first_task, effect.workload), reverse=True)


def gate_of(effect: Effect, gates: Sequence[GateVerdict]) -> GateVerdict | None:
    """The latest verdict on the change: on its own workload if there is one, else on all."""
    names = {effect.after.value, *effect.changes, *effect.pull_requests}
    mine = [
        gate
        for gate in gates
        if (gate.pull_request or gate.head_change) and names & {gate.pull_request, gate.head_change}
    ]
    mine.sort(key=lambda gate: (gate.workload == effect.workload, gate.decided_at), reverse=True)
    return next((gate for gate in mine if gate.workload in (effect.workload, EVERY_WORKLOAD)), None)


def _effect(
    before: Sequence[ChangeDay],
    after: Sequence[ChangeDay],
    level_of: dict[tuple[str, str], ChangeLevels],
) -> Effect:
    sides = [_side(rows, level_of[(rows[0].workload, rows[0].value)]) for rows in (before, after)]
    level = level_of[(after[0].workload, after[0].value)]
    ratio = low = high = monthly = None
    outcome = Outcome.TOO_FEW
    if min(sum(row.log_tasks for row in rows) for rows in (before, after)) >= FEWEST_TASKS:
        ratio, low, high = typical_ratio(before, after)
        outcome = _outcome(ratio, low, high)
        a_day = sides[1].tasks / max(1.0, (sides[1].last_task - sides[1].first_task).total_seconds() / 86400)
        monthly = (sides[1].cost_usd - sides[0].cost_usd) * a_day * DAYS_A_MONTH
    return Effect(
        after[0].workload, sides[0], sides[1], outcome, ratio, low, high, monthly,
        level.changes, level.pull_requests,
    )  # fmt: skip


def _side(rows: Sequence[ChangeDay], level: ChangeLevels) -> Side:
    priced = sum(row.priced_tasks for row in rows)
    return Side(
        value=level.value,
        tasks=sum(row.tasks for row in rows),
        priced_tasks=priced,
        days=len(rows),
        cost_usd=sum(row.cost_usd for row in rows) / priced if priced else math.nan,
        p50_usd=level.p50_usd,
        p95_usd=level.p95_usd,
        success=proportion(sum(row.successes for row in rows), sum(row.judged for row in rows)),
        first_task=min(row.first_task for row in rows),
        last_task=max(row.last_task for row in rows),
    )


class LogDay(Protocol):
    """Logarithms of a day's task costs: how many, their mean, their sample variance."""

    @property
    def log_tasks(self) -> int: ...
    @property
    def log_mean(self) -> float: ...
    @property
    def log_variance(self) -> float: ...


def typical_ratio(before: Sequence[LogDay], after: Sequence[LogDay]) -> tuple[float, float, float]:
    """Ratio of geometric means with its interval by Student's t on the days."""
    means, variances, counts = zip(*(_pooled(rows) for rows in (before, after)), strict=True)
    days = [len(rows) for rows in (before, after)]
    of_days = max(_day_variance(rows) for rows in (before, after))
    error = math.sqrt(
        sum(v / n for v, n in zip(variances, counts, strict=True)) + of_days * (1 / days[0] + 1 / days[1])
    )
    freedom = sum(days) - 2 if of_days and sum(days) > 2 else sum(counts) - 2
    half = student_quantile((1 + LEVEL) / 2, freedom) * error
    difference = means[1] - means[0]
    return math.exp(difference), math.exp(difference - half), math.exp(difference + half)


def _pooled(rows: Sequence[LogDay]) -> tuple[float, float, int]:
    """Mean and sample variance of all tasks' logarithms, from those of the days."""
    used = [row for row in rows if row.log_tasks]
    count = sum(row.log_tasks for row in used)
    mean = sum(row.log_mean * row.log_tasks for row in used) / count
    squares = sum(
        (row.log_variance * (row.log_tasks - 1) if row.log_tasks > 1 else 0.0)
        + row.log_tasks * (row.log_mean - mean) ** 2
        for row in used
    )
    return mean, squares / (count - 1), count


def _day_variance(rows: Sequence[LogDay]) -> float:
    """Variance of the days' typical cost beyond what sampling tasks explains; 0 where days are too few to tell."""
    full = [row for row in rows if row.log_tasks >= 10]
    if len(full) < 3:
        return 0.0
    mean = sum(row.log_mean for row in full) / len(full)
    between = sum((row.log_mean - mean) ** 2 for row in full) / (len(full) - 1)
    sampling = sum(row.log_variance / row.log_tasks for row in full) / len(full)
    return max(0.0, between - sampling)


def _outcome(ratio: float, low: float, high: float) -> Outcome:
    if low > 1 and ratio >= 1 + SMALL:
        return Outcome.DEARER
    if high < 1 and ratio <= 1 - SMALL:
        return Outcome.CHEAPER
    return Outcome.NONE_SHOWN
