"""What each release of the week did to the cost of a task: after against before, at the same hours of the day.

In: rows of `review_releases` over two weeks. Out: effects, dearest first.
Source: for every hour of the day with tasks on both sides, mean cost after less mean cost before, weighted by the
tasks after; the interval is that of a sum of independent means. Before: the seven days up to the first task.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from analytics.review.rows import ReviewRelease
from analytics.weeks import Week

SURE: Final = 1.96
FEWEST: Final = 20


@dataclass(frozen=True)
class Effect:
    """One release. per_task_usd: mean change with its 95 % interval; week_usd: times its tasks of the week; None
    where fewer than 20 tasks stand on either side."""

    workload: str
    change: str
    pull_request: str
    prompt_version: str
    at: datetime
    tasks: int
    before_tasks: int
    before_usd: float | None
    per_task_usd: float | None
    low_usd: float | None
    high_usd: float | None
    week_usd: float | None
    success: float | None
    success_before: float | None

    @property
    def is_sure(self) -> bool:
        return (
            self.low_usd is not None and self.high_usd is not None and (self.low_usd > 0 or self.high_usd < 0)
        )


@dataclass
class _Side:
    tasks: int = 0
    cost: float = 0.0
    cost2: float = 0.0
    judged: int = 0
    successes: int = 0

    def add(self, row: ReviewRelease) -> None:
        self.tasks += row.tasks
        self.cost += row.cost_usd
        self.cost2 += row.cost2
        self.judged += row.judged
        self.successes += row.successes

    @property
    def mean(self) -> float:
        return self.cost / self.tasks

    @property
    def variance_of_mean(self) -> float:
        if self.tasks < 2:
            return self.mean**2
        spread = max(0.0, self.cost2 - self.cost * self.mean) / (self.tasks - 1)
        return spread / self.tasks


def effects(rows: Sequence[ReviewRelease], week: Week) -> list[Effect]:
    """Every release whose first task ended in the week, those with the largest effect first."""
    found = []
    keys = dict.fromkeys((r.workload, r.change, r.pull_request, r.prompt_version) for r in rows)
    for key in keys:
        mine = [r for r in rows if (r.workload, r.change, r.pull_request, r.prompt_version) == key]
        at = min(row.first_seen for row in mine)
        if not week.from_ <= at < week.to:
            continue
        others = [r for r in rows if r.workload == key[0] and r not in mine]
        before = [r for r in others if at - timedelta(days=7) <= r.first_seen < at]
        # A workload seen for the first time has nothing before it.
        if before:
            found.append(_effect(key, at, mine, before))
    found.sort(key=lambda one: (one.week_usd is None, -abs(one.week_usd or 0.0)))
    return found


def _effect(
    key: tuple[str, str, str, str],
    at: datetime,
    mine: Sequence[ReviewRelease],
    before: Sequence[ReviewRelease],
) -> Effect:
    after_all, before_all = _sum(mine), _sum(before)
    workload, change, pull_request, version = key
    per_task = low = high = total = None
    hours = sorted({row.hour for row in mine} & {row.hour for row in before})
    pairs = [
        (_sum([r for r in mine if r.hour == h]), _sum([r for r in before if r.hour == h])) for h in hours
    ]
    pairs = [(a, b) for a, b in pairs if a.tasks and b.tasks]
    weight = sum(a.tasks for a, _ in pairs)
    if weight >= FEWEST and sum(b.tasks for _, b in pairs) >= FEWEST:
        per_task = sum(a.tasks * (a.mean - b.mean) for a, b in pairs) / weight
        variance = sum((a.tasks / weight) ** 2 * (a.variance_of_mean + b.variance_of_mean) for a, b in pairs)
        low, high = per_task - SURE * math.sqrt(variance), per_task + SURE * math.sqrt(variance)
        total = per_task * after_all.tasks
    return Effect(
        workload,
        change,
        pull_request,
        version,
        at,
        after_all.tasks,
        before_all.tasks,
        before_all.mean if before_all.tasks else None,
        per_task,
        low,
        high,
        total,
        after_all.successes / after_all.judged if after_all.judged else None,
        before_all.successes / before_all.judged if before_all.judged else None,
    )


def _sum(rows: Sequence[ReviewRelease]) -> _Side:
    side = _Side()
    for row in rows:
        side.add(row)
    return side
