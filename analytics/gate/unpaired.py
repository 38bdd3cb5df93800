"""Head against production, where no cases pair: costs of tasks by day, with the days' own ups and downs in the error.

In: costs of tasks of both sides by day. Out: UnpairedJudgement. Tasks of one day move together, so a side is worth as
many observations as it has days, not as it has tasks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.bridge.resample import seed_of
from analytics.gate.pairing import Floats
from analytics.gate.settings import GateSettings
from analytics.gate.statistics import as_ratio, quantile_interval, tail_mean
from analytics.gate.tails import student_quantile, student_upper
from analytics.gate.verdict import NOTHING_SPENT, Measure, SideCosts, Verdict, decide, over

FEWEST_TASKS = 30
FEWEST_DAYS = 3
FLOOR_SHARE = 0.01
REPEATS = 200
ONE_SIDED = 0.95
TAIL_COUNT = 10

Statistic = Callable[[Floats], float]


@dataclass(frozen=True)
class UnpairedJudgement:
    """A verdict against production. day_spread: SD of a day's ln typical cost beyond its sampling error.

    detectable: the smallest true rise of the typical cost that shows in 8 of 10 trials.
    """

    verdict: Verdict
    reason: str
    base: SideCosts
    head: SideCosts
    base_days: int
    head_days: int
    typical: Measure
    bill: Measure
    tail: Measure
    typical_upper: float
    bill_upper: float
    day_spread: float
    detectable: float


@dataclass(frozen=True)
class _Compared:
    """ln ratio of one statistic, its standard error and degrees of freedom."""

    log_ratio: float
    error: float
    freedom: float

    def measure(self, looks: int) -> Measure:
        """One-sided p-values, adjusted for `looks`."""
        if self.error <= 0:
            rise = 1.0 if self.log_ratio <= 0 else 0.0
            return Measure(math.exp(self.log_ratio), rise, 1.0 if self.log_ratio >= 0 else 0.0)
        t = self.log_ratio / self.error
        half = student_quantile(0.975, self.freedom) * self.error
        return Measure(
            math.exp(self.log_ratio),
            min(1.0, looks * student_upper(t, self.freedom)),
            min(1.0, looks * student_upper(-t, self.freedom)),
            math.exp(self.log_ratio - half),
            math.exp(self.log_ratio + half),
        )

    def upper(self) -> float:
        """One-sided 95 % bound of the ratio."""
        return math.exp(self.log_ratio + student_quantile(ONE_SIDED, self.freedom) * self.error)


def judge_unpaired(
    base: Sequence[Floats], head: Sequence[Floats], settings: GateSettings
) -> UnpairedJudgement:
    """base, head: costs of tasks, one array a day. Bonferroni over the three statistics.

    The error of each is that of sampling tasks (bootstrapped within the sides) and that of the days: the variance of
    the daily values of the base beyond sampling, over the days of each side. Degrees of freedom: days of base - 1.
    """
    sides = [_floored(day) for day in base], [_floored(day) for day in head]
    pooled = [np.concatenate(side) for side in (base, head)]
    statistics = (_log_mean, _log_total, _log_tail)
    compared = [_compare(statistic, sides[0], sides[1]) for statistic in statistics]
    notes = [
        SideCosts(
            len(costs), float(costs.mean()), quantile_interval(costs, 0.5), quantile_interval(costs, 0.95)
        )
        for costs in pooled
    ]
    spent = [note.mean_usd for note in notes]
    measures = tuple(_shown(each.measure(len(compared)), spent[0], spent[1]) for each in compared)
    typical, bill, tail = measures
    upper, bill_upper = compared[0].upper(), compared[1].upper()
    verdict, reason = _decide((typical, bill, tail), upper, bill_upper, pooled, len(base), settings)
    if not any(spent):
        verdict, reason = Verdict.INCONCLUSIVE, NOTHING_SPENT
    reach = student_quantile(ONE_SIDED, compared[0].freedom) + student_quantile(0.8, compared[0].freedom)
    return UnpairedJudgement(
        verdict, reason, notes[0], notes[1], len(base), len(head), typical, bill, tail, upper, bill_upper,
        _day_spread(_log_mean, sides[0]), math.expm1(reach * compared[0].error),
    )  # fmt: skip


def _decide(
    measures: tuple[Measure, Measure, Measure],
    upper: float,
    bill_upper: float,
    pooled: Sequence[Floats],
    days: int,
    settings: GateSettings,
) -> tuple[Verdict, str]:
    few = min(len(costs) for costs in pooled)
    if few < FEWEST_TASKS:
        return Verdict.INCONCLUSIVE, f"{few} tasks are too few, {FEWEST_TASKS} are needed on each side"
    if days < FEWEST_DAYS:
        return Verdict.INCONCLUSIVE, (
            f"{days} days of production do not show how much days differ, {FEWEST_DAYS} are needed"
        )
    proof = 0.0 if bill_upper < 1 + settings.bill_proof else 1.0
    return decide(measures, upper, proof, settings.min_cases, settings)


def _shown(measure: Measure, base_usd: float, head_usd: float) -> Measure:
    """The measure as it is; where a side cost nothing its stand-in orders the sides and is no ratio to show."""
    if base_usd > 0 and head_usd > 0:
        return measure
    return Measure(over(head_usd, base_usd), measure.p_rise, measure.p_fall)


def _floored(costs: Floats) -> Floats:
    mean = costs.mean() if len(costs) else 0.0
    return np.asarray(np.maximum(costs, FLOOR_SHARE * mean if mean > 0 else 1e-12))


def _log_mean(costs: Floats) -> float:
    return float(np.log(costs).mean())


def _log_total(costs: Floats) -> float:
    return math.log(float(costs.mean()))


def _log_tail(costs: Floats) -> float:
    return math.log(float(tail_mean(costs)))


def _compare(statistic: Statistic, base: Sequence[Floats], head: Sequence[Floats]) -> _Compared:
    b, h = np.concatenate(base), np.concatenate(head)
    days = _day_spread(statistic, base) ** 2 * (1 / len(base) + 1 / len(head))
    error = math.sqrt(_sampling(statistic, b) + _sampling(statistic, h) + days)
    return _Compared(float(as_ratio(np.array(statistic(h) - statistic(b)))), error, max(1.0, len(base) - 1.0))


def _day_spread(statistic: Statistic, days: Sequence[Floats]) -> float:
    full = [day for day in days if len(day) >= TAIL_COUNT]
    if len(full) < 2:
        return 0.0
    values = np.array([statistic(day) for day in full])
    sampling = float(np.mean([_sampling(statistic, day) for day in full]))
    return math.sqrt(max(0.0, float(values.var(ddof=1)) - sampling))


def _sampling(statistic: Statistic, costs: Floats) -> float:
    """Variance of the statistic when tasks are drawn anew; seeded from the costs."""
    if len(costs) < 2:
        return 0.0
    if statistic is _log_mean:
        return float(np.log(costs).var(ddof=1)) / len(costs)
    if statistic is _log_total:
        return float(costs.var(ddof=1)) / len(costs) / float(costs.mean()) ** 2
    rng = np.random.default_rng(seed_of(costs))
    drawn = [statistic(costs[rng.integers(len(costs), size=len(costs))]) for _ in range(REPEATS)]
    return float(np.var(drawn, ddof=1))
