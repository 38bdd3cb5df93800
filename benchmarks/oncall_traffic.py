"""Hourly cost with a known truth, for the shift detector: quiet autocorrelated traffic, and incidents put into it.

In: a seeded generator. Out: scopes x hours of USD. Never: a look at the code under test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
WEEK = 168


@dataclass(frozen=True)
class Traffic:
    """`cost` in USD, scopes x hours."""

    cost: Floats

    def with_incidents(self, starts: npt.NDArray[np.int64], factor: float, hours: int = 6) -> Traffic:
        """Scope i costs `factor` times as much for some hours from `starts[i]` on."""
        cost = self.cost.copy()
        for scope, start in enumerate(starts):
            cost[scope, start : start + hours] *= factor
        return Traffic(cost)


def quiet(rng: np.random.Generator, scopes: int, weeks: int) -> Traffic:
    """Daily and weekly rhythm, growth of -3 to +5 % a week, AR(1) noise (0.3 to 0.8) and heavy-tailed shot noise."""
    hours = np.arange(weeks * WEEK)

    def each(low: float, high: float) -> Floats:
        return rng.uniform(low, high, (scopes, 1))

    day = each(0.2, 1.2) * np.cos(2 * np.pi * (hours - each(10, 16)) / 24)
    half_day = each(0, 0.3) * np.cos(4 * np.pi * (hours - each(0, 12)) / 24)
    weekend = -each(0, 1.0) * ((hours // 24) % 7 >= 5)
    growth = np.log1p(each(-0.03, 0.05)) * hours / WEEK
    memory, size, shot = each(0.3, 0.8), each(0.1, 0.35), each(0.05, 0.25)
    steps = rng.normal(size=(scopes, len(hours))) * size * np.sqrt(1 - memory**2)
    slow = np.empty_like(steps)
    slow[:, 0] = steps[:, 0]
    for hour in range(1, len(hours)):
        slow[:, hour] = memory[:, 0] * slow[:, hour - 1] + steps[:, hour]
    noise = slow + shot * rng.standard_t(4, size=steps.shape) / np.sqrt(2)
    level = rng.normal(1, 1, (scopes, 1))
    return Traffic(np.exp(level + day + half_day + weekend + growth + noise))
