"""The budget rules: multi-window burn of the excess over plan, and the forecast for the end of the period.

In: a budget, its seasonal plan, spend in windows. Out: Findings. Pure.
A cost budget is there to be spent, so what is judged is the excess over the plan, not the spending.
Windows after the multi-window table of the Google SRE workbook, stated for a month.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import numpy as np

from analytics.alerts.model import Finding, Scope, Standing, scope_words
from analytics.figures.numbers import share, usd
from analytics.seasonal import WEEK, Floats

Period = Literal["month", "week", "day", "hour"]
Spend = Callable[[datetime, datetime], float | None]
"""USD spent in [from, to); None when nothing is known of that time."""

MONTH_H: Final = 720.0
HOUR: Final = timedelta(hours=1)
Z80: Final = 1.2816
"""Standard normal quantile at 0.9: an 80 % interval leaves a tenth on either side."""


@dataclass(frozen=True)
class BurnWindow:
    """Fires when `over` of the month's budget was spent beyond plan in `long`, and `short` still runs that hot."""

    long: timedelta
    short: timedelta
    over: float
    severity: str

    @property
    def ratio(self) -> float:
        """Burn of the short window at which it still runs hot: 1 + over * month / long."""
        return 1 + self.over * MONTH_H / (self.long / HOUR)


WINDOWS: Final = (
    BurnWindow(timedelta(hours=1), timedelta(minutes=5), 0.02, "page"),
    BurnWindow(timedelta(hours=6), timedelta(minutes=30), 0.05, "page"),
    BurnWindow(timedelta(days=1), timedelta(hours=2), 0.10, "ticket"),
    BurnWindow(timedelta(days=3), timedelta(hours=6), 0.10, "ticket"),
)


@dataclass(frozen=True)
class BudgetPlan:
    """A limit on spend by calendar period (UTC), spread over the hours of the week by `profile` (USD, 168 hours)."""

    scope: Scope
    period: Period
    limit_usd: float
    profile: Floats

    def planned(self, from_: datetime, to: datetime) -> float:
        """USD of the budget that belong to [from_, to): the period's limit by the seasonal share of that time."""
        begin, end = bounds(self.period, from_)
        whole = self._weight(begin, end)
        return self.limit_usd * self._weight(from_, to) / whole if whole > 0 else 0.0

    @property
    def month_usd(self) -> float:
        """The limit for 720 hours."""
        hours = {"month": MONTH_H, "week": float(WEEK), "day": 24.0, "hour": 1.0}[self.period]
        return self.limit_usd * MONTH_H / hours

    def _weight(self, from_: datetime, to: datetime) -> float:
        first, last = from_.timestamp() / 3600, to.timestamp() / 3600
        hours = np.arange(int(first), int(np.ceil(last)))
        inside = np.minimum(hours + 1, last) - np.maximum(hours, first)
        return float((inside * self.profile[hours % WEEK]).sum())


def burn_finding(rule: str, plan: BudgetPlan, spend: Spend, now: datetime, min_excess_usd: float) -> Finding:
    """The gravest window that fires; else the one nearest to it.

    min_excess_usd: USD an hour, on the mean over the long window; small budgets would page on cents without it.
    """
    found = [_window(rule, plan, spend, now, window, min_excess_usd) for window in WINDOWS]
    order = (Standing.BREACH, Standing.HOLD, Standing.CLEAR, Standing.UNKNOWN)
    return min(found, key=lambda one: order.index(one.standing))


def _window(
    rule: str, plan: BudgetPlan, spend: Spend, now: datetime, window: BurnWindow, min_excess_usd: float
) -> Finding:
    from_ = now - window.long
    spent, recent = spend(from_, now), spend(now - window.short, now)
    planned, planned_recent = plan.planned(from_, now), plan.planned(now - window.short, now)
    excess = None if spent is None else spent - planned
    over = None if excess is None else excess / plan.month_usd
    burn = None if recent is None or planned_recent <= 0 else recent / planned_recent
    if over is None or burn is None or excess is None:
        standing = Standing.UNKNOWN
    elif over >= window.over and burn >= window.ratio and excess >= min_excess_usd * (window.long / HOUR):
        standing = Standing.BREACH
    else:
        standing = Standing.HOLD if over >= window.over / 2 and burn >= window.ratio / 2 else Standing.CLEAR
    hours = int(window.long / HOUR)
    return Finding(
        rule=rule,
        scope=plan.scope,
        standing=standing,
        severity=window.severity,
        value=over,
        limit=window.over,
        unit="ratio",
        summary=f"{scope_words(plan.scope)} spent {usd(excess)} beyond plan in {hours} h, "
        f"{share(over)} of a month's budget of {usd(plan.month_usd)}",
        from_=from_,
        to=now,
        expected=planned,
        excess_usd=excess,
        note="nothing is known of that time" if standing is Standing.UNKNOWN else "",
        details={"spent": usd(spent), "planned": usd(planned), "burn": f"{burn:.1f}" if burn else ""},
    )


def spent_finding(rule: str, plan: BudgetPlan, spend: Spend, now: datetime) -> Finding:
    """Whether the period's budget is spent. It clears with the next period."""
    begin, end = bounds(plan.period, now)
    spent = spend(begin, now)
    standing = Standing.UNKNOWN if spent is None else Standing.CLEAR
    if spent is not None and spent >= plan.limit_usd:
        standing = Standing.BREACH
    return Finding(
        rule=rule, scope=plan.scope, standing=standing, severity="page", value=spent, limit=plan.limit_usd, unit="usd",
        summary=f"{scope_words(plan.scope)} has spent {usd(spent)} of the {usd(plan.limit_usd)} for this {plan.period}",
        from_=begin, to=now, expected=plan.planned(begin, now),
        excess_usd=None if spent is None else max(0.0, spent - plan.planned(begin, now)),
        details={"period ends": end.strftime("%Y-%m-%d %H:%M UTC")},
    )  # fmt: skip


@dataclass(frozen=True)
class Forecast:
    """Spend of the whole period: so far, projected, and an 80 % interval, USD."""

    spent_usd: float
    projected_usd: float
    low_usd: float
    high_usd: float


def forecast(spent_usd: float, profile: Floats, days: Floats, now: datetime, end: datetime) -> Forecast:
    """So far plus what the hours that are left usually cost, at the level of the last week.

    profile: USD by UTC hour of the week. days: USD of the last whole days, oldest first, NaN = unknown; their
    scatter about the profile gives the interval, taken as independent from day to day.
    """
    hours = np.arange(int(np.ceil(now.timestamp() / 3600)), int(end.timestamp() / 3600))
    part = hours[0] - now.timestamp() / 3600 if len(hours) else (end - now) / HOUR
    usual = float(profile[hours % WEEK].sum() + part * profile[int(now.timestamp() // 3600) % WEEK])
    first_day = int(now.timestamp() // 86_400) - len(days)
    per_day = np.array(
        [
            profile[np.arange(24 * day, 24 * day + 24) % WEEK].sum()
            for day in range(first_day, first_day + len(days))
        ]
    )
    known = np.isfinite(days) & (per_day > 0)
    ratios = days[known] / per_day[known] if known.any() else np.ones(1)
    level = float(np.median(ratios[-7:]))
    scatter = float(np.std(ratios[-28:])) if len(ratios) > 2 else 0.5
    left_days = max((end - now) / timedelta(days=1), 1e-9)
    # The level itself is known to the error of a median of a week.
    error = usual * scatter * np.sqrt(1 / left_days + 1.57 / min(7, len(ratios)))
    middle = spent_usd + usual * level
    return Forecast(spent_usd, middle, max(spent_usd, middle - Z80 * error), middle + Z80 * error)


def forecast_finding(
    rule: str, plan: BudgetPlan, found: Forecast, now: datetime, over: float = 1.05
) -> Finding:
    """Whether the period will end above `over` times its budget, and surely above the budget itself."""
    begin, end = bounds(plan.period, now)
    ratio = found.projected_usd / plan.limit_usd
    is_sure = found.low_usd > plan.limit_usd
    standing = Standing.BREACH if ratio > over and is_sure else Standing.CLEAR if ratio < 1 else Standing.HOLD
    return Finding(
        rule=rule, scope=plan.scope, standing=standing, severity="ticket", value=ratio, limit=over, unit="times",
        summary=f"{scope_words(plan.scope)} is heading for {usd(found.projected_usd)} this {plan.period} "
        f"(80 % between {usd(found.low_usd)} and {usd(found.high_usd)}), budget {usd(plan.limit_usd)}",
        from_=begin, to=end, expected=plan.limit_usd, excess_usd=found.projected_usd - plan.limit_usd,
        details={"spent so far": usd(found.spent_usd)},
    )  # fmt: skip


def bounds(period: Period, moment: datetime) -> tuple[datetime, datetime]:
    """The calendar period (UTC; weeks begin on Monday) that holds `moment`."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "hour":
        begin = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return begin, begin + HOUR
    if period == "day":
        return day, day + timedelta(days=1)
    if period == "week":
        begin = day - timedelta(days=day.weekday())
        return begin, begin + timedelta(days=7)
    begin = day.replace(day=1)
    return begin, (begin + timedelta(days=32)).replace(day=1)
