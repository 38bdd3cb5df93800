"""How small a change the suite can see, and how many runs a change of a given size takes.

In: paired costs, or a spread. Out: shares and counts.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from analytics.gate.pairing import Floats, PairedCosts
from analytics.gate.statistics import logs_of

LEVEL = 0.05
POWER = 0.8
MAD_TO_SD = 1.4826


def run_spread(paired: PairedCosts) -> float | None:
    """Run-to-run standard deviation of ln cost within a case; None without repeats.

    Robust: 1.4826 times the median absolute difference of runs of one case and side, over sqrt 2.
    """
    logs = logs_of(paired)
    at = np.arange(logs.shape[1])
    differences: list[Floats] = []
    for lag in range(1, logs.shape[1]):
        first, second = logs[:, :-lag], logs[:, lag:]
        same = (at[:-lag] < paired.base_runs[:, None]) == (at[lag:] < paired.base_runs[:, None])
        keep = same & ~np.isnan(first) & ~np.isnan(second)
        differences.append(np.abs(first - second)[keep])
    found = np.concatenate(differences) if differences else np.zeros(0)
    if not len(found):
        return None
    return float(MAD_TO_SD * np.median(found) / math.sqrt(2))


def _reach(level: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - level) + normal.inv_cdf(power)


def detectable(spread: float, runs_a_side: int, level: float = LEVEL, power: float = POWER) -> float:
    """The smallest true rise that shows with this power, as a share. runs_a_side: cases times repeats."""
    return math.exp(_reach(level, power) * spread * math.sqrt(2 / runs_a_side)) - 1


def runs_needed(spread: float, rise: float, level: float = LEVEL, power: float = POWER) -> int:
    """Runs a side (cases times repeats) for a true rise to show with this power."""
    return math.ceil(2 * spread**2 * _reach(level, power) ** 2 / math.log1p(rise) ** 2)
