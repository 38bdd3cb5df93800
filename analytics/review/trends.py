"""Eight weeks of the review's numbers with their 95 % intervals, and where the month's spend is heading.

In: rows of `review_weeks` and `review_days`. Out: trends, a forecast.
Intervals: order statistics for percentiles, Wilson for rates, delta method for ratios of sums. Under 30 tasks a
point is too thin to be compared.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, stdev
from typing import Final

from analytics.figures.estimates import per_unit, quantile
from analytics.figures.numbers import count, share, usd
from analytics.review.rows import ReviewDay, ReviewWeek
from analytics.weeks import TREND_WEEKS, Week

SURE: Final = 1.96
THIN: Final = 30
EIGHTY: Final = 1.2816
"""Standard errors of an 80 % interval."""


@dataclass(frozen=True)
class Point:
    """One week; None where nothing was measured."""

    week: date
    value: float | None
    low: float | None
    high: float | None
    sample: int

    @property
    def thin(self) -> bool:
        return self.sample < THIN


@dataclass(frozen=True)
class Trend:
    """One number over eight weeks, the asked one last. `lower_is_better` is None where neither way is."""

    key: str
    label: str
    meaning: str
    points: tuple[Point, ...]
    texts: tuple[str, ...]
    of: str
    kind: str
    lower_is_better: bool | None

    @property
    def now(self) -> Point:
        return self.points[-1]

    @property
    def before(self) -> Point:
        return self.points[-2]

    @property
    def text(self) -> str:
        return self.texts[-1]

    @property
    def change(self) -> float | None:
        """Relative change on the week before, difference for rates; None where either week is thin."""
        if self.now.value is None or self.before.value is None or self.now.thin or self.before.thin:
            return None
        if self.kind == "rate":
            return self.now.value - self.before.value
        return self.now.value / self.before.value - 1 if self.before.value > 0 else None

    @property
    def sure(self) -> bool:
        """Whether the intervals of both weeks do not overlap."""
        a, b = self.now, self.before
        if None in (a.low, a.high, b.low, b.high):
            return False
        assert a.low is not None
        assert a.high is not None
        assert b.low is not None
        assert b.high is not None
        return a.low > b.high or a.high < b.low

    @property
    def change_text(self) -> str:
        if self.change is None:
            return ""
        if self.kind == "rate":
            return f"{self.change * 100:+.1f} pp".replace("-", "−")
        return f"{self.change * 100:+.0f} %".replace("-", "−") if abs(self.change) >= 0.005 else "±0 %"


@dataclass(frozen=True)
class Forecast:
    """Spend of the month by its end, with an 80 % band; so_far is what is spent by the end of the week."""

    month: str
    so_far_usd: float
    expected_usd: float
    low_usd: float
    high_usd: float


def trends(rows: Sequence[ReviewWeek], week: Week) -> list[Trend]:
    """P50, P95, success, tokens and cost per useful output, escalation, of the totals of each week."""
    mine = {row.week: row for row in rows if row.part == "total"}
    units = {name for row in mine.values() for name in row.units}
    unit = next(iter(units)) if len(units) == 1 else "useful output"
    return [_trend(measure, unit, mine, week) for measure in _measures()]


def forecast(days: Sequence[ReviewDay], week: Week) -> Forecast | None:
    """The month that holds the week's last day: spent so far, and the rest by the same weekdays of four weeks."""
    last = week.monday + timedelta(days=6)
    spend: dict[date, float] = {}
    for row in days:
        spend[row.day] = spend.get(row.day, 0.0) + row.spend_usd
    history = [last - timedelta(days=n) for n in range(28)]
    if len(spend) < 7 or not any(spend.get(day) for day in history):
        return None
    first = last.replace(day=1)
    so_far = sum(spend.get(first + timedelta(days=n), 0.0) for n in range(last.day))
    left = [
        last + timedelta(days=n + 1) for n in range(calendar.monthrange(last.year, last.month)[1] - last.day)
    ]
    known = [day for day in history if day >= min(spend)]
    usual = {n: fmean([spend.get(d, 0.0) for d in known if d.weekday() == n] or [0.0]) for n in range(7)}
    rest = sum(usual[day.weekday()] for day in left)
    spread = [spend.get(day, 0.0) - usual[day.weekday()] for day in known]
    off = EIGHTY * (stdev(spread) if len(spread) > 1 else 0.0) * math.sqrt(len(left))
    low = so_far + max(0.0, rest - off)
    return Forecast(f"{last:%B %Y}", so_far, so_far + rest, low, so_far + rest + off)


Reader = Callable[[ReviewWeek], tuple[float | None, float | None, float | None, int]]
"""Value, low and high end of its interval, sample."""


@dataclass(frozen=True)
class _Measure:
    """One number of the week; {unit} in its label is what tasks make."""

    key: str
    label: str
    meaning: str
    read: Reader
    words: Callable[[float | None], str]
    of: str
    kind: str
    lower_is_better: bool


def _measures() -> Sequence[_Measure]:
    judged, done = "judged tasks", "tasks with an outcome"
    spent = "All tokens of tasks with an outcome, over the units they made."
    paid = "Cost of tasks with an outcome, failures included, over units made."
    return (
        _Measure("p50", "P50 cost per task", "Half of the tasks cost less.", _level(0.50), usd, "tasks", "money", True),
        _Measure("p95", "P95 cost per task", "95 of 100 tasks cost less.", _level(0.95), usd, "tasks", "money", True),
        _Measure("success", "Success rate", "Of judged tasks.", _wilson, share, judged, "rate", False),
        _Measure("tokens", "Tokens per {unit}", spent, _tokens_per_unit, count, done, "money", True),
        _Measure("useful", "Cost per {unit}", paid, _cost_per_unit, usd, done, "money", True),
        _Measure(
            "escalation", "Escalation rate", "Tries that a higher tier had to follow.", _escalation, share, "tries",
            "rate", True,
        ),
    )  # fmt: skip


def _trend(measure: _Measure, unit: str, rows: dict[date, ReviewWeek], week: Week) -> Trend:
    points = []
    for number in range(TREND_WEEKS):
        monday = week.monday - timedelta(weeks=TREND_WEEKS - 1 - number)
        row = rows.get(monday)
        value, low, high, sample = measure.read(row) if row else (None, None, None, 0)
        points.append(Point(monday, value, low, high, sample))
    texts = tuple(measure.words(p.value) for p in points)
    return Trend(
        measure.key, measure.label.replace("{unit}", unit), measure.meaning, tuple(points), texts, measure.of,
        measure.kind, measure.lower_is_better,
    )  # fmt: skip


def _level(level: float) -> Reader:
    def read(row: ReviewWeek) -> tuple[float | None, float | None, float | None, int]:
        if not row.priced_tasks or (level > 0.9 and row.priced_tasks < 20):
            return None, None, None, row.priced_tasks
        found = quantile(level, row.cost_levels_usd, row.priced_tasks)
        return *_around(found.value, found.error), row.priced_tasks

    return read


def _wilson(row: ReviewWeek) -> tuple[float | None, float | None, float | None, int]:
    return *wilson(row.successes, row.judged), row.judged


def _escalation(row: ReviewWeek) -> tuple[float | None, float | None, float | None, int]:
    return *wilson(row.escalations, row.attempts), row.attempts


def wilson(hits: int, of: int) -> tuple[float | None, float | None, float | None]:
    """A share with its Wilson interval at 95 %."""
    if not of:
        return None, None, None
    p, z2 = hits / of, SURE * SURE
    centre = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = SURE / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    return p, max(0.0, centre - half), min(1.0, centre + half)


def _tokens_per_unit(row: ReviewWeek) -> tuple[float | None, float | None, float | None, int]:
    if row.units_made <= 0 or not row.with_outcome:
        return None, None, None, row.with_outcome
    found = per_unit(
        row.outcome_tokens,
        row.units_made,
        row.sum_tokens2,
        row.sum_tokens_units,
        row.sum_units2,
        row.with_outcome,
    )
    return *_around(found.value, found.error), found.sample


def _cost_per_unit(row: ReviewWeek) -> tuple[float | None, float | None, float | None, int]:
    if row.units_made <= 0 or not row.with_outcome:
        return None, None, None, row.with_outcome
    found = per_unit(
        row.outcome_cost_usd,
        row.units_made,
        row.sum_cost2,
        row.sum_cost_units,
        row.sum_units2,
        row.with_outcome,
    )
    return *_around(found.value, found.error), found.sample


def _around(value: float | None, error: float | None) -> tuple[float | None, float | None, float | None]:
    if value is None or error is None or value <= 0:
        return value, None, None
    return value, value * math.exp(-SURE * error), value * math.exp(SURE * error)
