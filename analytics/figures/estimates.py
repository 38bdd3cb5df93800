"""How far a measured figure may be off by chance alone.

Takes sums and sample quantiles, gives values with a standard error; no clock, no I/O.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEVELS: Final = (0.40, 0.45, 0.48, 0.50, 0.52, 0.55, 0.60, 0.90, 0.925, 0.95, 0.975, 0.99)
"""Levels that the query `task_totals` returns in `cost_levels_usd`."""


@dataclass(frozen=True)
class Estimate:
    """A figure, the number of things it is taken over, and its standard error.

    value is None when nothing was measured. error is on the logarithm of money and on a rate itself; None
    when unknown (a plain total, or too few to tell).
    """

    value: float | None
    sample: int
    error: float | None = None


def quantile(level: float, levels_usd: Sequence[float], sample: int) -> Estimate:
    """A quantile of task cost with the error of its logarithm.

    The error is that of an order statistic, sqrt(p(1-p)/n) in ranks, carried over to money by the slope of
    the sample's own quantile function around the level.
    """
    if sample == 0:
        return Estimate(None, 0)
    here = LEVELS.index(level)
    value = levels_usd[here]
    if value <= 0 or sample < 2:
        return Estimate(value, sample)
    rank_error = math.sqrt(level * (1 - level) / sample)
    low = _interpolate(levels_usd, level - rank_error)
    high = _interpolate(levels_usd, level + rank_error)
    if low <= 0:
        return Estimate(value, sample)
    return Estimate(value, sample, (math.log(high) - math.log(low)) / 2)


def proportion(hits: int, of: int) -> Estimate:
    """A share of `of` things, with the Agresti-Coull error, which stays honest near 0 and 1."""
    if of == 0:
        return Estimate(None, 0)
    centre = (hits + 2) / (of + 4)
    return Estimate(hits / of, of, math.sqrt(centre * (1 - centre) / (of + 4)))


def ratio(groups: Sequence[tuple[float, float]], sample: int) -> Estimate:
    """A ratio of two sums, given as (top, bottom) of groups, with the error of its logarithm between groups."""
    top, bottom = sum(group[0] for group in groups), sum(group[1] for group in groups)
    if bottom <= 0:
        return Estimate(None, sample)
    value = top / bottom
    error = ratio_error(groups)
    return Estimate(value, sample, error / value if error is not None and value > 0 else None)


def per_unit(top: float, units: float, top2: float, top_units: float, units2: float, tasks: int) -> Estimate:
    """A ratio of two sums over independent tasks; its error is on the logarithm, by the delta method.

    top2, units2: sums of squares; top_units: sum of products; units: the sum below. None without units.
    """
    if units <= 0:
        return Estimate(None, tasks)
    value = top / units
    if value <= 0 or tasks < 2:
        return Estimate(value, tasks)
    # Var(sum x - R sum y), divided by the sum of units.
    spread = max(0.0, top2 - 2 * value * top_units + value * value * units2)
    return Estimate(value, tasks, math.sqrt(spread * tasks / (tasks - 1)) / units / value)


def ratio_error(groups: Sequence[tuple[float, float]]) -> float | None:
    """Standard error of a ratio of sums (top, bottom) when things inside a group move together.

    None under two groups, where nothing can be said.
    """
    bottom = sum(group[1] for group in groups)
    if len(groups) < 2 or bottom <= 0:
        return None
    value = sum(group[0] for group in groups) / bottom
    spread = sum((group[0] - value * group[1]) ** 2 for group in groups)
    return math.sqrt(spread * len(groups) / (len(groups) - 1)) / bottom


def total(value: float, sample: int) -> Estimate:
    """A sum: what it is, no error."""
    return Estimate(value, sample)


def _interpolate(values: Sequence[float], level: float) -> float:
    if level <= LEVELS[0]:
        return values[0]
    for left, right, low, high in zip(LEVELS, LEVELS[1:], values, values[1:], strict=False):
        if level <= right:
            return low + (high - low) * (level - left) / (right - left)
    return values[-1]
