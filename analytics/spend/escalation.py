"""Whether starting at a cheap tier pays: rates per tier, abandoned spend, break-even, cost by how far it went.

In: rows of the escalation queries. Out: steps with their break-even, figures, a sentence.
Source: a cheap try pays when e < 1 - (c1 + v) / c2, with e its escalation rate, c1 what it costs, v what
checking it costs, and c2 what a try one tier higher costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.figures.change import Better, Kind, compare
from analytics.figures.estimates import Estimate, proportion
from analytics.figures.figure import figure, ratio
from analytics.figures.numbers import plural, share, usd
from analytics.overview import Figure
from analytics.verdict import Piece

ORDER: Final = ("nano", "standard", "premium")
FEWEST: Final = 30
SURE: Final = 1.96


@dataclass(frozen=True)
class EscalationTier:
    """Query `escalation_tiers`."""

    workload: str
    tier: str
    attempts: int
    escalated: int
    abandoned: int
    unpriced: int
    spend_usd: float
    abandoned_usd: float
    mean_usd: float | None
    p95_usd: float | None
    check_usd: float
    wait_s: float | None


@dataclass(frozen=True)
class EscalationDepth:
    """Query `escalation_depth`."""

    period: int
    depth: int
    tier: str
    tasks: int
    priced_tasks: int
    cost_usd: float
    abandoned_usd: float
    mean_usd: float | None
    p50_usd: float | None
    p95_usd: float | None
    judged: int
    successes: int
    duration_s: float


@dataclass(frozen=True)
class EscalationSignal:
    """Query `escalation_signals`."""

    workload: str
    tier: str
    signal: str
    calls: int
    tasks: int
    abandoned_usd: float
    unpriced: int


@dataclass(frozen=True)
class EscalationBucket:
    """Query `escalation_trend`."""

    period: int
    bucket: int
    tier: str
    attempts: int
    escalated: int
    abandoned_usd: float
    spend_usd: float


@dataclass(frozen=True)
class Step:
    """One tier of one workload beside the tier that follows it.

    break_even is the rate from which on starting here costs more than starting one tier higher; None where no
    higher tier was tried or a price is unknown. saved_usd: what starting here saved (negative: cost).
    """

    row: EscalationTier
    rate: Estimate
    next_tier: str
    break_even: float | None
    saved_usd: float | None

    @property
    def verdict(self) -> str:
        """pays, loses, unsure, or empty where nothing can be said."""
        if self.break_even is None or self.rate.value is None or self.rate.sample < FEWEST:
            return ""
        off = SURE * (self.rate.error or 0.0)
        if self.rate.value + off < self.break_even:
            return "pays"
        return "loses" if self.rate.value - off > self.break_even else "unsure"


def steps(rows: Sequence[EscalationTier]) -> list[Step]:
    """Every tier with tries, by workload, in the order of tiers."""
    found = []
    for workload in dict.fromkeys(row.workload for row in rows):
        mine = sorted((r for r in rows if r.workload == workload and r.attempts), key=_height)
        checks = sum(row.check_usd for row in rows if row.workload == workload)
        tries = sum(row.attempts for row in mine)
        for row, higher in zip(mine, [*mine[1:], None], strict=True):
            found.append(_step(row, higher, checks / tries if tries else 0.0))
    return found


def _step(row: EscalationTier, higher: EscalationTier | None, check_usd: float) -> Step:
    rate = proportion(row.escalated, row.attempts)
    if higher is None or row.mean_usd is None or not higher.mean_usd or rate.value is None:
        return Step(row, rate, higher.tier if higher else "", None, None)
    here = row.mean_usd + check_usd
    saved = row.attempts * (higher.mean_usd - here - rate.value * higher.mean_usd)
    return Step(row, rate, higher.tier, 1 - here / higher.mean_usd, saved)


def _height(row: EscalationTier) -> int:
    return ORDER.index(row.tier) if row.tier in ORDER else len(ORDER)


def figures(
    tiers: Sequence[EscalationTier],
    depths: Sequence[EscalationDepth],
    trend: Sequence[EscalationBucket],
    *,
    covered: bool,
) -> list[Figure]:
    """Rate, spend thrown away, success after escalating, cost of escalated tasks beside others."""
    now, before = _tasks(depths, 0), _tasks(depths, 1)
    earlier = [row for row in trend if row.period == 1]
    return [*_how_often(tiers, earlier, now, before, covered=covered), *_what_it_costs(tiers, now)]


def _how_often(
    tiers: Sequence[EscalationTier],
    earlier: Sequence[EscalationBucket],
    now: Sequence[EscalationDepth],
    before: Sequence[EscalationDepth],
    *,
    covered: bool,
) -> list[Figure]:
    attempts, escalated = sum(r.attempts for r in tiers), sum(r.escalated for r in tiers)
    return [
        figure(
            "rate",
            "Escalation rate",
            share(ratio(escalated, attempts)),
            "Share of the tries in cascades whose answer was not good enough, so that a higher tier had to "
            "follow. Retries at the same tier and fallbacks after an outage are not escalations.",
            "escalation_tiers",
            sample=plural(attempts, "try", "tries"),
            known=attempts > 0,
            change=compare(
                Kind.RATE,
                Better.LOWER,
                proportion(escalated, attempts),
                proportion(sum(r.escalated for r in earlier), sum(r.attempts for r in earlier)),
                covered=covered,
            ),
        ),
        figure(
            "reached",
            "Tasks that went up",
            share(ratio(sum(r.tasks for r in now if r.depth), sum(r.tasks for r in now))),
            "Share of the tasks with a cascade that ended in the period and needed more than their first tier.",
            "escalation_depth",
            sample=plural(sum(r.tasks for r in now), "task"),
            known=bool(now),
            change=compare(
                Kind.RATE,
                Better.LOWER,
                _went_up(now),
                _went_up(before),
                covered=covered,
            ),
        ),
    ]


def _what_it_costs(tiers: Sequence[EscalationTier], now: Sequence[EscalationDepth]) -> list[Figure]:
    abandoned = sum(r.abandoned_usd for r in tiers)
    spend = sum(r.spend_usd + r.check_usd for r in tiers)
    up, straight = [r for r in now if r.depth], [r for r in now if not r.depth]
    unpriced = sum(r.unpriced for r in tiers)
    times = ratio(_mean(up) or 0.0, _mean(straight) or 0.0)
    return [
        figure(
            "abandoned",
            "Thrown away",
            usd(abandoned),
            "Cost of tries whose answer was thrown away.",
            "escalation_tiers",
            sample=plural(sum(r.abandoned for r in tiers), "answer"),
            remark=f"{share(ratio(abandoned, spend))} of cascades",
            unknown=f"{plural(unpriced, 'try', 'tries')} of unknown cost not in it." if unpriced else "",
            known=any(r.attempts for r in tiers),
        ),
        figure(
            "times",
            "An escalated task costs",
            f"{times:.1f} times" if times else "–",
            "Mean cost of the tasks that went up, over the mean cost of those that stayed. P95 stands in the "
            "table: a mean hides the few that went all the way.",
            "escalation_depth",
            sample=plural(sum(r.priced_tasks for r in up), "escalated task"),
            known=bool(times),
            remark=f"{usd(_mean(up))} against {usd(_mean(straight))}" if times else "",
        ),
    ]


def verdict(found: Sequence[Step], shown: Sequence[Figure]) -> list[Piece]:
    """Whether the cheap tiers pay, and the worst place."""
    if not found:
        return [Piece("No cascade ran in the period: nothing was tried at a lower tier first.")]
    decided = [step for step in found if step.saved_usd is not None]
    saved = sum(step.saved_usd or 0.0 for step in decided)
    by_key = {each.key: each for each in shown}
    pieces = [
        Piece(by_key["rate"].text, strong=True),
        Piece(" of tries went up a tier; throwing answers away cost "),
        Piece(by_key["abandoned"].text, strong=True),
        Piece(". "),
    ]
    if not decided:
        return [*pieces, Piece("No higher tier with a known price was tried, so there is no break-even.")]
    word = "saved" if saved >= 0 else "cost"
    pieces += [
        Piece("Starting low still " if saved >= 0 else "Starting low "),
        Piece(f"{word} {usd(abs(saved))}", strong=True),
        Piece(" against starting every cascade one tier higher"),
    ]
    losing = [step for step in decided if step.verdict == "loses"]
    if losing:
        worst = min(losing, key=lambda step: step.saved_usd or 0.0)
        rate, limit = share(worst.rate.value), share(worst.break_even)
        return [
            *pieces,
            Piece(", but "),
            Piece(f"{worst.row.workload} at {worst.row.tier}", strong=True),
            Piece(f" loses: {rate} go up, break-even is {limit}."),
        ]
    near = min(decided, key=lambda step: (step.break_even or 0.0) - (step.rate.value or 0.0))
    return [
        *pieces,
        Piece(
            f". Closest to break-even: {near.row.workload} at {near.row.tier}, {share(near.rate.value)} of at "
            f"most {share(near.break_even)}."
        ),
    ]


def _tasks(rows: Sequence[EscalationDepth], period: int) -> list[EscalationDepth]:
    return [row for row in rows if row.period == period]


def _went_up(rows: Sequence[EscalationDepth]) -> Estimate:
    return proportion(sum(r.tasks for r in rows if r.depth), sum(r.tasks for r in rows))


def _mean(rows: Sequence[EscalationDepth]) -> float | None:
    priced = sum(row.priced_tasks for row in rows if row.mean_usd is not None)
    return sum((row.mean_usd or 0.0) * row.priced_tasks for row in rows) / priced if priced else None
