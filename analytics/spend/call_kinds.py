"""The kinds of call of a workload: how often, how fast, how full their context, how near their limits.

In: rows of `call_kinds` and `calls_in_flight`. Out: figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.facts.providers import context_window
from analytics.figures.figure import figure
from analytics.figures.numbers import count, plural, seconds, share
from analytics.overview import Figure
from analytics.spend.headroom import Headroom, headroom_words

OFTEN: Final = 1000
"""Calls a day from which on a kind of call deserves a look by itself."""


@dataclass(frozen=True)
class CallKind:
    """Query `call_kinds`."""

    workload: str
    agent: str
    step: str
    provider: str
    model: str
    tier: str
    calls: int
    tasks: int
    spend_usd: float
    unpriced: int
    failed: int
    refused: int
    p50_first_s: float | None
    p95_first_s: float | None
    p99_first_s: float | None
    streamed: int
    p50_s: float | None
    p95_s: float | None
    p50_input: float | None
    p95_input: float | None
    max_input: int
    least_tokens_left: int | None
    p5_tokens_left: float | None
    least_calls_left: int | None
    limits_seen: int

    @property
    def context_share(self) -> float | None:
        """P95 of its input over the model's window, None where either is unknown."""
        window = context_window(self.model)
        return self.p95_input / window.value if window and self.p95_input is not None else None


@dataclass(frozen=True)
class InFlight:
    """Query `calls_in_flight`."""

    part: str
    bucket: int
    calls: int
    most_at_once: int
    p50_first_s: float | None
    p95_first_s: float | None
    p99_first_s: float | None
    streamed: int
    refused: int


def figures(
    kinds: Sequence[CallKind], flight: Sequence[InFlight], days: float, limits: Sequence[Headroom] = ()
) -> list[Figure]:
    """P99 to the first token, most in flight, what is called a thousand times a day, refusals and headroom."""
    whole = next((row for row in flight if row.part == "total" and row.calls), None)
    often = [kind for kind in kinds if kind.calls / days >= OFTEN]
    refused = sum(kind.refused for kind in kinds)
    calls = sum(kind.calls for kind in kinds)
    streamed = whole.streamed if whole else 0
    return [
        figure(
            "first",
            "P99 time to first token",
            seconds(whole.p99_first_s if whole else None),
            "99 of 100 streamed calls gave their first chunk sooner. Calls that do not stream, or do not report it, "
            "are not in it.",
            "calls_in_flight",
            sample=plural(streamed, "streamed call"),
            known=streamed > 0,
            remark=f"P50 {seconds(whole.p50_first_s)}, P95 {seconds(whole.p95_first_s)}"
            if whole and streamed
            else "",
        ),
        figure(
            "flight",
            "Most calls in flight",
            count(whole.most_at_once if whole else None),
            "Highest number of calls that ran at the same moment in the period, batched ones left out.",
            "calls_in_flight",
            sample=plural(whole.calls if whole else 0, "call"),
            known=whole is not None,
        ),
        figure(
            "often",
            "Called 1,000 times a day",
            count(len(often)),
            "Kinds of call (agent, step, model) made at least a thousand times a day on average: each hundredth of a "
            "cent counts there.",
            "call_kinds",
            sample=f"of {plural(len(kinds), 'kind')}",
            remark=f"{share(sum(k.calls for k in often) / calls)} of calls" if often and calls else "",
        ),
        figure(
            "limits",
            "Refused by a rate limit",
            count(refused),
            "Calls that ended in a rate-limit or overload error (429, 529), after the client's own retries. Headroom "
            "is what the provider said was left.",
            "call_kinds",
            sample=plural(calls, "call"),
            remark=headroom_words(limits),
        ),
    ]
