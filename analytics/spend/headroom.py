"""How much of the providers' rate limits calls found left. In: rows of `call_headroom`. Out: shares and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.figures.numbers import count, share

TIGHT: Final = 0.1
"""Share left from which on a limit is close: as the alert on headroom has it."""


@dataclass(frozen=True)
class Headroom:
    """Query `call_headroom`: what the calls of an agent and model found left of their limits.

    Shares are of the scarcer limit, tokens or calls; amounts are those of the call that found least.
    """

    workload: str
    agent: str
    provider: str
    model: str
    told: int
    least_share: float | None
    p5_share: float | None
    limit_tokens: int | None
    tokens_left: int | None
    limit_calls: int | None
    calls_left: int | None
    refused: int

    @property
    def least_words(self) -> str:
        """What the tightest call found left, in the unit that was scarcer: `150k of 2.00M tokens`."""
        tokens = _part(self.tokens_left, self.limit_tokens)
        calls = _part(self.calls_left, self.limit_calls)
        if tokens is not None and (calls is None or tokens <= calls):
            return f"{count(self.tokens_left)} of {count(self.limit_tokens)} tokens"
        return f"{count(self.calls_left)} of {count(self.limit_calls)} calls" if calls is not None else ""


def tightest(rows: Sequence[Headroom]) -> Headroom | None:
    """The agent that came closest to a limit; None where no call told one."""
    told = [row for row in rows if row.least_share is not None]
    return min(told, key=lambda row: row.least_share or 0.0, default=None)


def headroom_words(rows: Sequence[Headroom]) -> str:
    """The tightest headroom in a few words."""
    row = tightest(rows)
    return f"least headroom {share(row.least_share)}" if row else "no headroom recorded"


def _part(left: int | None, limit: int | None) -> float | None:
    return left / limit if left is not None and limit else None
