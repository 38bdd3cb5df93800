"""What an hour usually costs: the plan by hour of the week, and how far the hours since were off it.

In: hourly cost by scope, NaN where nothing is known. Out: plans, residuals, their EWMA. Pure.
Unknown hours (a gap in the data) are carried over: they raise nothing and clear nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WEEK: Final = 168
WEEKS: Final = 4
FEWEST_WEEKS: Final = 2
"""Weeks that must be known at an hour of the week before it has a plan; a residual is needed beside it."""

EWMA: Final = 0.3
FLOOR: Final = 0.05
WARM_UP: Final = 72
RECENT: Final = 12
"""Hours left out of the spread, so that an incident does not widen the band it is judged by."""

LOWEST, HIGHEST = -3.0, 6.0
"""Residuals are cut here: an hour's extreme need not keep an alert firing for a day, nor an idle one hide the next."""

CHANCE: Final = 0.7
NORMAL_MAD: Final = 1.4826
SMALL_SHARE: Final = 0.05


@dataclass(frozen=True)
class Course:
    """Scopes x hours: `plan` USD an hour, `residual` in units of spread, `ewma` of it; `spread` per scope and hour.

    NaN where there is no plan yet (learning) or the hour is unknown.
    """

    plan: Floats
    residual: Floats
    ewma: Floats
    spread: Floats


def course(cost: Floats, first: int) -> Course:
    """The course of all scopes, with residuals from hour `first` on (columns before it are history only).

    cost: scopes x hours, USD, contiguous UTC hours, NaN = unknown. The plan of an hour is the median of the same
    hour of the last four weeks, smoothed with its neighbours. A residual within what the hours beside it would
    have is none: a change to or from daylight saving time moves traffic by an hour against UTC.
    """
    small = _small(cost)
    # One hour beyond the end: its plan is known, and the last hour's neighbour.
    logs = np.log(np.pad(cost, ((0, 0), (0, 1)), constant_values=np.nan) + small)
    rough = _same_hour_median(logs)
    plan = _smooth(rough)
    begin = max(0, first - WARM_UP)
    spread = _spreads(logs - plan, begin)
    residual = np.full_like(logs, np.nan)
    off = _outside_band(logs[:, begin:], plan[:, begin:], rough[:, begin:], spread[:, begin:])
    residual[:, begin:] = np.clip(off / spread[:, begin:], LOWEST, HIGHEST)
    level = _ewma(residual, begin)
    usd = np.maximum(0.0, np.exp(plan) - small)
    return Course(usd[:, :-1], residual[:, :-1], level[:, :-1], spread[:, :-1])


def threshold(sigmas: float, weight: float = EWMA) -> float:
    """`sigmas` standard deviations of an EWMA of independent unit residuals."""
    return float(sigmas * np.sqrt(weight / (2 - weight)))


def week_profile(cost: Floats, first_hour: int) -> Floats:
    """USD by UTC hour of the week, one row a scope: medians over the last four weeks, unknown hours left out.

    first_hour: hours since the epoch of column 0. Hours of the week that were never known get the scope's mean.
    A scope without any known hour gets ones: a flat plan. No hour is planned at nothing, so that ratios stay finite.
    """
    tail = cost[:, -WEEKS * WEEK :]
    begin = first_hour + cost.shape[1] - tail.shape[1]
    by_week = np.full((cost.shape[0], WEEKS + 1, WEEK), np.nan)
    hours = np.arange(begin, begin + tail.shape[1])
    by_week[:, hours // WEEK - begin // WEEK, hours % WEEK] = tail
    ranked = np.sort(by_week, axis=1)  # NaN last
    count = np.isfinite(by_week).sum(axis=1)
    low = np.take_along_axis(ranked, np.maximum(0, (count - 1) // 2)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ranked, (count // 2)[:, None], axis=1)[:, 0]
    known = np.isfinite(tail)
    amount = known.sum(axis=1)
    mean = np.divide(
        np.where(known, tail, 0.0).sum(axis=1), amount, out=np.ones(cost.shape[0]), where=amount > 0
    )
    mean = np.where(mean > 0, mean, 1.0)
    found = np.where(count > 0, (low + np.where(np.isfinite(high), high, low)) / 2, mean[:, None])
    return np.asarray(np.maximum(found, SMALL_SHARE * mean[:, None]), dtype=np.float64)


def weeks_known(cost: Floats) -> Floats:
    """Weeks of history by scope: from its first hour with cost to the end."""
    active = np.nan_to_num(cost) > 0
    first = np.where(active.any(axis=1), active.argmax(axis=1), cost.shape[1])
    return np.asarray((cost.shape[1] - first) / WEEK, dtype=np.float64)


def _small(cost: Floats) -> Floats:
    """What is added before the logarithm: a twentieth of the scope's mean hour, so that idle hours stay finite."""
    known = np.isfinite(cost)
    count = known.sum(axis=1)
    mean = np.divide(
        np.where(known, cost, 0.0).sum(axis=1), count, out=np.zeros(cost.shape[0]), where=count > 0
    )
    return np.asarray(np.maximum(SMALL_SHARE * mean, 1e-9)[:, None], dtype=np.float64)


def _same_hour_median(logs: Floats) -> Floats:
    weeks = [_shifted(logs, WEEK * week) for week in range(1, WEEKS + 1)]
    stacked = np.sort(np.stack(weeks), axis=0)  # NaN last
    known = np.isfinite(stacked).sum(axis=0)
    low = np.take_along_axis(stacked, np.maximum(0, (known - 1) // 2)[None], axis=0)[0]
    high = np.take_along_axis(stacked, np.maximum(0, known // 2).clip(0, WEEKS - 1)[None], axis=0)[0]
    return np.asarray(np.where(known >= FEWEST_WEEKS, (low + high) / 2, np.nan), dtype=np.float64)


def _smooth(plan: Floats) -> Floats:
    weights = np.zeros_like(plan)
    total = np.zeros_like(plan)
    for shift, weight in ((-1, 0.25), (0, 0.5), (1, 0.25)):
        moved = _shifted(plan, shift)
        known = np.isfinite(moved)
        total += np.where(known, moved, 0.0) * weight
        weights += known * weight
    smooth = np.divide(total, weights, out=np.full_like(plan, np.nan), where=weights > 0)
    return np.asarray(np.where(np.isfinite(plan), smooth, np.nan), dtype=np.float64)


def _outside_band(logs: Floats, plan: Floats, rough: Floats, spread: Floats) -> Floats:
    """How far `logs` lie outside what this hour and those beside it would have.

    Smoothing blunts steep edges, so the medians themselves count too, less what chance alone adds to a median of four.
    """
    low, high = _beside(plan)
    rough_low, rough_high = _beside(rough)
    low = np.fmin(low, rough_low + CHANCE * spread)
    high = np.fmax(high, rough_high - CHANCE * spread)
    return np.asarray(logs - np.clip(logs, low, high), dtype=np.float64)


def _beside(values: Floats) -> tuple[Floats, Floats]:
    before, after = _shifted(values, 1), _shifted(values, -1)
    return np.fmin(np.fmin(before, values), after), np.fmax(np.fmax(before, values), after)


def _spreads(plain: Floats, begin: int) -> Floats:
    """The pooled spread of the four weeks before, by scope; taken anew every day, not every hour."""
    found = np.full_like(plain, np.nan)
    for start in range(begin, plain.shape[1], 24):
        window = plain[:, max(0, start - WEEKS * WEEK) : max(0, start - RECENT)]
        known = np.isfinite(window).sum(axis=1) >= WEEK // 2
        sizes = np.where(np.isfinite(window), np.abs(window), np.inf)
        ranked = np.sort(sizes, axis=1)
        middle = np.maximum(0, np.isfinite(window).sum(axis=1) - 1) // 2
        mad = ranked[np.arange(len(ranked)), middle] if window.shape[1] else np.full(len(plain), np.nan)
        found[:, start : start + 24] = np.where(known, np.maximum(NORMAL_MAD * mad, FLOOR), np.nan)[:, None]
    return found


def _ewma(residual: Floats, begin: int) -> Floats:
    found = np.full_like(residual, np.nan)
    level = np.zeros(residual.shape[0])
    for hour in range(begin, residual.shape[1]):
        now = residual[:, hour]
        known = np.isfinite(now)
        level = np.where(known, EWMA * np.where(known, now, 0.0) + (1 - EWMA) * level, level)
        found[:, hour] = np.where(known, level, np.nan)
    return found


def _shifted(values: Floats, by: int) -> Floats:
    """Column t of the result is column t - by; NaN beyond the edge."""
    found = np.full_like(values, np.nan)
    if by > 0 and by < values.shape[1]:
        found[:, by:] = values[:, :-by]
    elif by < 0 and -by < values.shape[1]:
        found[:, :by] = values[:, -by:]
    elif by == 0:
        found[:] = values
    return found
