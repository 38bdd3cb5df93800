"""The shift rule: cost that left its seasonal plan, by an EWMA of residuals.

In: hourly cost by scope. Out: one Finding a scope. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from analytics.alerts.model import Finding, Scope, Standing, scope_words
from analytics.figures.numbers import usd
from analytics.seasonal import Course, Floats, course, threshold, weeks_known

SIGMAS: Final = 4.3
"""Tuned to 0.1 false alarms a week and scope on quiet autocorrelated traffic; benchmarks/oncall_detection.py."""

CLEAR_SHARE: Final = 0.5
EXCESS_HOURS: Final = 6
FEWEST_WEEKS: Final = 3.0
LOOK_BACK: Final = 48


@dataclass(frozen=True)
class Hours:
    """Hourly cost: `cost[i, t]` USD of scope `scopes[i]` in hour `first_hour + t` since the epoch; NaN = unknown."""

    scopes: tuple[Scope, ...]
    first_hour: int
    cost: Floats

    def at(self, column: int) -> datetime:
        """Start of a column's hour."""
        return datetime.fromtimestamp((self.first_hour + column) * 3600, UTC)

    @property
    def end(self) -> datetime:
        """The moment after the last hour."""
        return self.at(self.cost.shape[1])


@dataclass(frozen=True)
class ShiftRule:
    """`sigmas` of the EWMA to fire; at least `min_excess_usd` beyond the plan in the last six hours."""

    name: str
    severity: str = "ticket"
    sigmas: float = SIGMAS
    min_excess_usd: float = 1.0


def shift_findings(
    rule: ShiftRule, hours: Hours, found: Course | None = None, column: int | None = None
) -> list[Finding]:
    """The standing of every scope at the end of `column` (default: the last hour).

    found: the course of `hours`, when it is at hand; it must reach back LOOK_BACK hours before `column`.
    """
    last = hours.cost.shape[1] - 1 if column is None else column
    if last < 0:
        return []
    done = found or course(hours.cost, max(0, last - LOOK_BACK))
    weeks = weeks_known(hours.cost[:, : last + 1])
    return [
        _finding(rule, hours, done, number, last, float(weeks[number])) for number in range(len(hours.scopes))
    ]


def _finding(rule: ShiftRule, hours: Hours, done: Course, number: int, last: int, weeks: float) -> Finding:
    scope, limit = hours.scopes[number], threshold(rule.sigmas)
    begin = max(0, last + 1 - EXCESS_HOURS)
    cost, plan = hours.cost[number, begin : last + 1], done.plan[number, begin : last + 1]
    known = np.isfinite(cost) & np.isfinite(plan)
    excess = float((cost - plan)[known].sum())
    value = float(done.ewma[number, last])
    expected, actual = float(plan[known].sum()), float(cost[known].sum())
    standing = _standing(value, limit, weeks, excess >= rule.min_excess_usd)
    since = _onset(done.residual[number], last) if standing is Standing.BREACH else None
    times = actual / expected if expected > 0 else None
    said = f"{times:.1f} times" if times is not None and times < 1000 else "far above"
    return Finding(
        rule=rule.name,
        scope=scope,
        standing=standing,
        severity=rule.severity,
        value=value if np.isfinite(value) else None,
        limit=limit,
        unit="sigma",
        summary=f"{scope_words(scope)} costs {said} what it usually does: {usd(actual)} in "
        f"{int(known.sum())} h, expected {usd(expected)}",
        from_=hours.at(begin),
        to=hours.at(last + 1),
        since=hours.at(since) if since is not None else None,
        expected=expected,
        excess_usd=excess,
        note="needs three weeks of history" if standing is Standing.LEARNING else "",
        details={"cost": usd(actual), "planned": usd(expected), "excess": usd(excess)},
    )


def _standing(value: float, limit: float, weeks: float, is_large: bool) -> Standing:
    if weeks < FEWEST_WEEKS:
        return Standing.LEARNING
    if not np.isfinite(value):
        return Standing.UNKNOWN
    if value > limit:
        return Standing.BREACH if is_large else Standing.HOLD
    return Standing.CLEAR if value < CLEAR_SHARE * limit else Standing.HOLD


def _onset(residual: Floats, last: int) -> int:
    """The hour from which the residuals lie above their plan: where their sum up to `last` is largest.

    Each hour has to be half a spread above the plan to count for the shift rather than for what was before it.
    """
    tail = residual[max(0, last + 1 - LOOK_BACK) : last + 1]
    gains = np.cumsum((np.nan_to_num(tail) - 0.5)[::-1])
    return last - int(np.argmax(gains))


def merged(scopes: Sequence[Scope], costs: Floats) -> Floats:
    """The sum over all scopes, one row; an hour is unknown when it is for all."""
    known = np.isfinite(costs).any(axis=0)
    return np.asarray(np.where(known, np.nansum(costs, axis=0), np.nan)[None, :], dtype=np.float64)


def hour_of(moment: datetime) -> int:
    """Whole hours since the epoch."""
    return int(moment.timestamp() // 3600)


HOUR: Final = timedelta(hours=1)
