"""What could wait for a batch and does not, and what the batches did.

In: rows of `batch_live`, `batch_depth` and `batch_states`. Out: kinds of live calls with a low and a high saving.
Source: a batch takes its discount off every price; high keeps today's cache hits, low loses them all, because
calls of one batch need not find each other's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analytics.facts.providers import batch_discount
from analytics.figures.figure import figure, ratio
from analytics.figures.numbers import count, plural, share, usd
from analytics.overview import Figure
from analytics.verdict import Piece

BATCHED: Final = ("batch",)
AS_CHEAP: Final = ("flex",)
"""Live classes at the price of a batch: they could wait, and would save nothing by it."""
OFFLINE: Final = "offline"


@dataclass(frozen=True)
class BatchLive:
    """Query `batch_live`."""

    workload: str
    agent: str
    step: str
    provider: str
    model: str
    latency_class: str
    service_class: str
    calls: int
    tasks: int
    failed: int
    unpriced: int
    spend_usd: float
    input_usd: float
    output_usd: float
    input: int
    cache_read: int
    fresh_usd_per_token: float | None


@dataclass(frozen=True)
class BatchDepth:
    """Query `batch_depth`."""

    workload: str
    tasks: int
    calls: float
    p95_calls: float
    duration_s: float


@dataclass(frozen=True)
class BatchOutstanding:
    """Query `batch_outstanding`: one batch of one model, submitted in the period."""

    batch_id: str
    provider: str
    model: str
    workload: str
    submitted_at: datetime
    requests: int
    returned: int
    failed: int
    outstanding: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """Live calls that nobody waits for. low and high: what a batch would have saved, None where unknown.

    reason says why there is no estimate; rounds are the batches that a task needs one after another.
    """

    row: BatchLive
    low_usd: float | None
    high_usd: float | None
    reason: str
    rounds: float | None


def waiting(rows: Sequence[BatchLive], depth: Sequence[BatchDepth]) -> list[Waiting]:
    """Live kinds of call whose answer may come within a day, dearest first."""
    rounds = {each.workload: each.calls for each in depth}
    return [
        _waiting(row, rounds.get(row.workload))
        for row in rows
        if row.latency_class == OFFLINE and row.service_class not in BATCHED
    ]


def _waiting(row: BatchLive, rounds: float | None) -> Waiting:
    fact = batch_discount(row.model)
    if fact is None:
        return Waiting(row, None, None, f"no batch price is known for {row.model or 'this model'}", rounds)
    if row.unpriced == row.calls:
        return Waiting(row, None, None, "its calls have no price", rounds)
    if row.service_class in AS_CHEAP:
        return Waiting(row, 0.0, 0.0, "", rounds)
    high = row.spend_usd * fact.value
    if row.fresh_usd_per_token is None:
        return Waiting(row, 0.0, high, "", rounds)
    uncached = (row.input * row.fresh_usd_per_token + row.output_usd) * (1 - fact.value)
    return Waiting(row, max(0.0, min(high, row.spend_usd - uncached)), high, "", rounds)


def between(low: float | None, high: float | None) -> str:
    """A range of amounts, one amount where both ends read the same."""
    first, last = usd(low), usd(high)
    return first if first == last else f"{first} to {last}"


def outstanding_figure(batches: Sequence[BatchOutstanding]) -> Figure:
    """Requests that were submitted and have not come back."""
    requests, missing = sum(b.requests for b in batches), sum(b.outstanding for b in batches)
    blind = sum(1 for batch in batches if not batch.requests)
    return figure(
        "outstanding",
        "Not come back",
        count(missing),
        "Requests of batches submitted in the period without an answer of any kind yet; what they cost is in no "
        "amount.",
        "batch_outstanding",
        sample=f"{plural(requests, 'request')} in {plural(len(batches), 'batch', 'batches')}",
        known=requests > 0,
        remark="" if requests else "no submission recorded",
        unknown=f"{plural(blind, 'batch', 'batches')} told of no requests." if blind else "",
    )


def figures(rows: Sequence[BatchLive], found: Sequence[Waiting]) -> list[Figure]:
    """Live spend that could wait, what a batch would save, what is batched already, what failed there."""
    offline = [row for row in rows if row.latency_class == OFFLINE]
    live = sum(each.row.spend_usd for each in found)
    low = sum(each.low_usd or 0.0 for each in found)
    high = sum(each.high_usd or 0.0 for each in found)
    done = [row for row in rows if row.service_class in BATCHED]
    batched = sum(row.spend_usd for row in done)
    unlabelled = sum(row.spend_usd for row in rows if not row.latency_class)
    no_price = sum(each.row.calls for each in found if each.high_usd is None)
    return [
        figure(
            "live",
            "Live, could wait",
            usd(live),
            "Cost of calls whose latency class is offline, so that nobody waits for the answer, and that were not "
            "sent in a batch all the same.",
            "batch_live",
            sample=plural(sum(each.row.calls for each in found), "call"),
            remark=f"{share(ratio(live, live + batched))} of offline spend" if offline else "",
            unknown=f"{usd(unlabelled)} of spend has no latency class." if unlabelled else "",
        ),
        figure(
            "saving",
            "A batch would save",
            between(low, high),
            "High: the provider's batch discount on what these calls cost, cache hits kept. Low: all cache hits "
            "lost, since calls of one batch need not find each other's cache. For the period shown.",
            "batch_live",
            sample=plural(len(found), "kind") + " of call",
            known=bool(found),
            unknown=f"{plural(no_price, 'call')} without a known batch price." if no_price else "",
        ),
        figure(
            "batched",
            "Sent in batches",
            usd(batched),
            "Cost of calls priced at batch rates.",
            "batch_live",
            sample=plural(sum(row.calls for row in done), "call"),
            known=bool(done),
            remark=f"{share(ratio(batched, batched + live))} of offline spend" if done else "",
        ),
        figure(
            "failed",
            "Failed in batches",
            count(sum(row.failed for row in done)),
            "Batched calls that ended in an error, expired ones included.",
            "batch_live",
            sample=plural(sum(row.calls for row in done), "call"),
            known=bool(done),
        ),
    ]


def verdict(found: Sequence[Waiting], rows: Sequence[BatchLive]) -> list[Piece]:
    """How much could wait, and where."""
    if not any(row.latency_class == OFFLINE for row in rows):
        return [
            Piece("No call in the period is marked as offline, so nothing is known to be able to wait. "),
            Piece("Workloads are marked in spanledger.yaml under latency_classes, or by the hooks."),
        ]
    if not found:
        return [Piece("Everything that can wait is sent in batches.", strong=True)]
    live = sum(each.row.spend_usd for each in found)
    low, high = sum(each.low_usd or 0.0 for each in found), sum(each.high_usd or 0.0 for each in found)
    by_workload: dict[str, float] = {}
    for each in found:
        by_workload[each.row.workload] = by_workload.get(each.row.workload, 0.0) + each.row.spend_usd
    top, most = max(by_workload.items(), key=lambda item: item[1])
    return [
        Piece(usd(live), strong=True),
        Piece(" went to live calls that nobody waits for; batches would have saved "),
        Piece(between(low, high), strong=True),
        Piece(f". {share(ratio(most, live))} of it is "),
        Piece(top, strong=True),
        Piece("."),
    ]
