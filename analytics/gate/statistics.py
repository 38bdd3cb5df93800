"""What the gate looks at: the typical change, the bill and the costliest tenth, with their uncertainty.

In: paired costs. Out: numbers. Logarithms of runs that cost nothing are taken at a floor that both sides share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analytics.gate.pairing import Floats, PairedCosts

TAIL_SHARE = 0.10
FLOOR_SHARE = 0.01
SAME = 12
"""Decimal places of a log ratio that tell costs apart; below lies what sums of one cost differ by in floating point."""
EXACT_WALSH = 400
"""Up to so many cases all Walsh averages are written down; beyond, they are searched."""


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float


def logs_of(paired: PairedCosts) -> Floats:
    """ln cost, shaped as the costs. A run below a hundredth of its case's mean counts as that hundredth."""
    mean = np.nanmean(paired.costs, axis=1, keepdims=True)
    floor = np.where(mean > 0, FLOOR_SHARE * mean, 1.0)
    logs: Floats = np.log(np.maximum(paired.costs, floor))
    return logs


def log_ratios(paired: PairedCosts) -> Floats:
    """Of each case, mean ln cost of head less that of base: (n,)."""
    logs = logs_of(paired)
    at = np.arange(logs.shape[1])
    first = at < paired.base_runs[:, None]
    second = ~first & ~np.isnan(logs)
    filled = np.nan_to_num(logs)
    base = (filled * first).sum(1) / paired.base_runs
    head = (filled * second).sum(1) / paired.head_runs
    return as_ratio(head - base)


def as_ratio(differences: Floats) -> Floats:
    """Differences of logarithms without what rounding alone makes of equal costs."""
    ratios: Floats = np.round(differences, SAME)
    return ratios


def signed_ranks(ratios: Floats) -> Floats:
    """Wilcoxon's signed-rank sum along the last axis. Equal sizes keep the order of their cases."""
    order = np.argsort(np.abs(ratios), axis=-1, kind="stable")
    signs = np.sign(np.take_along_axis(ratios, order, -1))
    sums: Floats = signs @ np.arange(1.0, ratios.shape[-1] + 1)
    return sums


def tail_mean(costs: Floats) -> Floats:
    """Mean of the costliest tenth (rounded up) along the last axis."""
    size = costs.shape[-1]
    count = tail_count(size)
    means: Floats = np.partition(costs, size - count, axis=-1)[..., size - count :].mean(-1)
    return means


def tail_count(size: int) -> int:
    """How many runs are the costliest tenth."""
    return max(1, math.ceil(TAIL_SHARE * size - 1e-9))


def typical(ratios: Floats, level: float = 0.95) -> Interval:
    """exp of the Hodges-Lehmann median of Walsh averages with its two-sided interval.

    Source: Hollander and Wolfe, Nonparametric Statistical Methods, on the signed-rank statistic.
    """
    n = len(ratios)
    count = n * (n + 1) // 2
    skip = _skipped(n, NormalDist().inv_cdf((1 + level) / 2))
    middle = (walsh(ratios, (count + 1) // 2) + walsh(ratios, count // 2 + 1)) / 2
    low = walsh(ratios, skip + 1) if skip >= 0 else -math.inf
    high = walsh(ratios, count - skip) if skip >= 0 else math.inf
    return Interval(*(_exp(value) for value in (middle, low, high)))


def typical_upper(ratios: Floats, level: float = 0.95) -> float:
    """One-sided upper bound of the typical ratio; infinite when there are too few cases."""
    n = len(ratios)
    skip = _skipped(n, NormalDist().inv_cdf(level))
    return _exp(walsh(ratios, n * (n + 1) // 2 - skip)) if skip >= 0 else math.inf


def walsh(ratios: Floats, rank: int) -> float:
    """The Walsh average (x_i + x_j) / 2, i <= j, of this rank, from 1."""
    ordered = np.sort(ratios)
    n = len(ordered)
    if n <= EXACT_WALSH:
        first, second = np.triu_indices(n)
        averages = (ordered[first] + ordered[second]) / 2
        return float(np.partition(averages, rank - 1)[rank - 1])
    low, high = float(ordered[0]), float(ordered[-1])
    for _ in range(60):
        middle = (low + high) / 2
        up_to = np.searchsorted(ordered, 2 * middle - ordered, side="right")
        if int(np.maximum(up_to - np.arange(n), 0).sum()) >= rank:
            high = middle
        else:
            low = middle
    return high


def quantile_interval(costs: Floats, share: float, level: float = 0.95) -> Interval:
    """A sample quantile with the distribution-free interval between two order statistics."""
    ordered = np.sort(costs)
    n = len(ordered)
    chances = _binomial(n, share)
    low = int(np.searchsorted(chances, (1 - level) / 2))
    high = int(np.searchsorted(chances, (1 + level) / 2)) + 1
    value = float(np.quantile(ordered, share))
    return Interval(value, float(ordered[max(low - 1, 0)]), float(ordered[min(high, n) - 1]))


def _skipped(n: int, z: float) -> int:
    return math.floor(n * (n + 1) / 4 - z * math.sqrt(n * (n + 1) * (2 * n + 1) / 24))


def _binomial(n: int, share: float) -> Floats:
    """P(at most k) for k = 0..n."""
    k = np.arange(n + 1)
    lgamma = np.array([math.lgamma(i + 1) for i in range(n + 1)])
    logs = lgamma[n] - lgamma[k] - lgamma[n - k] + k * math.log(share) + (n - k) * math.log1p(-share)
    return np.asarray(np.cumsum(np.exp(logs)))


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
