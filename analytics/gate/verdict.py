"""From paired costs to a verdict: FAIL, WARN, PASS with proof, or INCONCLUSIVE.

In: paired costs and settings. Out: Judgement, with every number the verdict rests on. The same costs give the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.gate.pairing import PairedCosts
from analytics.gate.permute import bill_below, compare_sides
from analytics.gate.power import detectable, run_spread, runs_needed
from analytics.gate.settings import GateSettings
from analytics.gate.statistics import (
    Interval,
    log_ratios,
    quantile_interval,
    tail_mean,
    typical,
    typical_upper,
)

ONE_SIDED = 0.05
NOTHING_SPENT = "no run of either side cost anything"


class Verdict(StrEnum):
    """What the gate says, gravest first."""

    FAIL = "FAIL"
    WARN = "WARN"
    INCONCLUSIVE = "INCONCLUSIVE"
    PASS = "PASS"


@dataclass(frozen=True)
class Measure:
    """One statistic: head over base, and how often chance alone gives as much; p is adjusted for three looks."""

    ratio: float
    p_rise: float
    p_fall: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class SideCosts:
    """One side: USD a run, over paired cases."""

    runs: int
    mean_usd: float
    p50: Interval
    p95: Interval


@dataclass(frozen=True)
class Judgement:
    """The verdict on one workload, or on the suite.

    typical: exp of the Hodges-Lehmann estimate; bill: sum of case means; tail: mean of the costliest tenth.
    typical_upper: one-sided 95 % bound. bill_proof_p: chance that the bill grew by `bill_proof` or more.
    spread: run-to-run SD of ln cost; detectable, needed_runs: None without repeats.
    """

    verdict: Verdict
    reason: str
    cases: int
    base: SideCosts
    head: SideCosts
    typical: Measure
    bill: Measure
    tail: Measure
    typical_upper: float
    bill_proof_p: float
    spread: float | None
    detectable: float | None
    needed_runs: int | None
    is_cheaper: bool


def judge(paired: PairedCosts, settings: GateSettings) -> Judgement:
    """The verdict on these cases, at least one."""
    ratios = log_ratios(paired)
    middle = typical(ratios)
    test = compare_sides(paired, settings.permutations)
    base, head = _side(paired, 0), _side(paired, 1)
    bill = over(float(paired.case_means(1).sum()), float(paired.case_means(0).sum()))
    tail = over(float(tail_mean(paired.side(1))), float(tail_mean(paired.side(0))))
    if base.mean_usd > 0 and head.mean_usd > 0:
        first = Measure(middle.value, test.rise[0], test.fall[0], middle.low, middle.high)
    else:
        # The logarithm of nothing is a stand-in that orders cases, and is no ratio to show.
        first = Measure(over(head.mean_usd, base.mean_usd), test.rise[0], test.fall[0])
    measures = (
        first,
        Measure(bill, test.rise[1], test.fall[1]),
        Measure(tail, test.rise[2], test.fall[2]),
    )
    upper = typical_upper(ratios)
    proof = bill_below(paired, 1 + settings.bill_proof, settings.permutations)
    verdict, reason = decide(measures, upper, proof, len(paired.cases), settings)
    if base.mean_usd <= 0 and head.mean_usd <= 0:
        verdict, reason = Verdict.INCONCLUSIVE, NOTHING_SPENT
    spread = run_spread(paired)
    runs = min(int(paired.base_runs.sum()), int(paired.head_runs.sum()))
    return Judgement(
        verdict,
        reason,
        len(paired.cases),
        base,
        head,
        *measures,
        upper,
        proof,
        spread,
        None if spread is None else detectable(spread, runs),
        None if not spread else max(0, runs_needed(spread, settings.proof) - runs),
        any(measure.p_fall <= settings.warn_level for measure in measures),
    )


def decide(
    measures: tuple[Measure, Measure, Measure],
    upper: float,
    proof_p: float,
    cases: int,
    settings: GateSettings,
) -> tuple[Verdict, str]:
    """The verdict and the one sentence it rests on."""
    names = ("typical cost", "the bill", "the costliest tenth")
    margins = (settings.margin, settings.margin, settings.tail_margin)
    for measure, name, margin in zip(measures, names, margins, strict=True):
        if measure.p_rise <= settings.fail_level and measure.ratio >= 1 + margin:
            return Verdict.FAIL, f"{name} rose {by_how_much(measure.ratio)} (p {measure.p_rise:.2g})"
    certain = [(m, name) for m, name in zip(measures, names, strict=True) if m.p_rise <= settings.warn_level]
    if certain:
        measure, name = min(certain, key=lambda found: found[0].p_rise)
        why = (
            "real, but below the margin"
            if measure.p_rise <= settings.fail_level
            else "not certain enough to fail"
        )
        return Verdict.WARN, f"{name} rose {by_how_much(measure.ratio)} (p {measure.p_rise:.2g}), {why}"
    if cases < settings.min_cases:
        return Verdict.INCONCLUSIVE, f"{cases} cases are too few to pass, {settings.min_cases} are needed"
    if upper >= 1 + settings.proof:
        return Verdict.INCONCLUSIVE, f"a typical rise of {settings.proof:.0%} is not ruled out".replace(
            "%", " %"
        )
    if proof_p > ONE_SIDED:
        return Verdict.INCONCLUSIVE, f"a bill higher by {settings.bill_proof:.0%} is not ruled out".replace(
            "%", " %"
        )
    return Verdict.PASS, (
        f"a typical rise of {settings.proof:.0%} and a bill higher by {settings.bill_proof:.0%} are ruled out"
    ).replace("%", " %")


def worst(verdicts: list[Verdict]) -> Verdict:
    """The gravest: FAIL, WARN, INCONCLUSIVE, PASS."""
    return min(verdicts, key=list(Verdict).index)


def _side(paired: PairedCosts, side: int) -> SideCosts:
    costs = paired.side(side)
    return SideCosts(
        len(costs),
        float(paired.case_means(side).mean()),
        quantile_interval(costs, 0.5),
        quantile_interval(costs, 0.95),
    )


def over(head: float, base: float) -> float:
    """Head over base; 1 where both are nothing, infinite where only base is."""
    if base > 0:
        return head / base
    return 1.0 if head <= 0 else float(np.inf)


def by_how_much(ratio: float) -> str:
    """`by 18 %`, or that there was nothing before."""
    return f"by {100 * (ratio - 1):,.0f} %" if np.isfinite(ratio) else "from nothing"
