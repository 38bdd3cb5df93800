"""Slow drift: steps in a series that each pull request hid, such as ten steps of 2 %.

In: ln cost by night, in order. Out: the best piecewise constant fit. Source: the exact Potts fit of Friedrich et al.
2008 with absolute deviations, and a penalty of 4 ln n a step as in airspeed velocity.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

FEWEST_NIGHTS = 8
PENALTY = 4.0
SHORTEST = 3
"""Nights a level must last to be one."""


@dataclass(frozen=True)
class Step:
    """A change of level: the night from which it holds, and head over base there."""

    night: int
    ratio: float


@dataclass(frozen=True)
class Drift:
    """steps: changes of level. total_ratio: the last level over the first. noise: SD of a night around its level.

    trend_ratio: growth over the series by a robust slope, which sees many small steps that no single one shows.
    """

    steps: tuple[Step, ...]
    total_ratio: float
    trend_ratio: float
    trend_p: float
    noise: float
    nights: int

    def is_drift(self, margin: float, level: float = 0.01) -> bool:
        """Whether the cost rose by `margin` or more over the series, by its steps or by a certain trend."""
        return self.total_ratio >= 1 + margin or (self.trend_p <= level and self.trend_ratio >= 1 + margin)


def drift(series: Sequence[float]) -> Drift:
    """Steps and trend of a series of ln cost; one value has no drift."""
    series = [float(value) for value in series]
    n = len(series)
    noise = _noise(series)
    if n < FEWEST_NIGHTS:
        return Drift((), 1.0, 1.0, 1.0, noise, n)
    starts = _fit(series, PENALTY * math.log(n) * noise / 2)
    levels = [median(series[a:b]) for a, b in zip(starts, [*starts[1:], n], strict=True)]
    steps = tuple(
        Step(start, math.exp(after - before))
        for start, (before, after) in zip(starts[1:], pairwise(levels), strict=True)
    )
    slope, p = _trend(series)
    return Drift(steps, math.exp(levels[-1] - levels[0]), math.exp(slope * (n - 1)), p, noise, n)


def _noise(series: Sequence[float]) -> float:
    """Robust SD of a night around its level, from differences of neighbours; never quite zero."""
    differences = [abs(b - a) for a, b in pairwise(series)]
    spread = 1.4826 * median(differences) / math.sqrt(2) if differences else 0.0
    return max(spread, 1e-6)


def _fit(series: Sequence[float], penalty: float) -> list[int]:
    """Starts of the levels that minimise absolute deviations plus `penalty` a step."""
    n = len(series)
    best = [0.0] + [math.inf] * n
    origin = [0] * (n + 1)
    costs = [_deviations(series, start) for start in range(n)]
    for end in range(1, n + 1):
        for start in range(max(0, end) - 1, -1, -1):
            if end - start < min(SHORTEST, n):
                continue
            value = best[start] + costs[start][end - start - 1] + (penalty if start else 0.0)
            if value < best[end]:
                best[end], origin[end] = value, start
    starts = []
    end = n
    while end > 0:
        end = origin[end]
        starts.append(end)
    return starts[::-1]


def _deviations(series: Sequence[float], start: int) -> list[float]:
    """Sum of absolute deviations from the median of series[start:start + k], for k = 1, 2, ..."""
    ordered: list[float] = []
    found = []
    for value in series[start:]:
        insort(ordered, value)
        half = len(ordered) // 2
        found.append(sum(ordered[-half:]) - sum(ordered[:half]) if half else 0.0)
    return found


def _trend(series: Sequence[float]) -> tuple[float, float]:
    """Theil-Sen slope a night, and the two-sided p of Kendall's test by its normal approximation."""
    n = len(series)
    slopes = [(series[j] - series[i]) / (j - i) for i in range(n) for j in range(i + 1, n)]
    score = sum((slope > 0) - (slope < 0) for slope in slopes)
    sd = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    z = (abs(score) - 1) / sd if score else 0.0
    return median(slopes), math.erfc(max(0.0, z) / math.sqrt(2))
