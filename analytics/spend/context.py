"""How prompts grow from turn to turn, where they are cut back, and how near they come to dearer prices.

In: rows of `context_turns`, `context_growth` and `context_models`. Out: figures, a sentence, the pause at which
compacting pays.
Source: with a prompt that grows by g tokens a turn at p USD a token and a compaction that costs K, the cheapest
number of turns between compactions is sqrt(2 K / (p g)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.facts.providers import context_window
from analytics.figures.figure import figure, ratio
from analytics.figures.numbers import count, of_tasks, plural, share, usd
from analytics.overview import Figure
from analytics.verdict import Piece

NEAR = 0.8


@dataclass(frozen=True)
class ContextTurn:
    """Query `context_turns`."""

    workload: str
    agent: str
    turn: int
    calls: int
    p50_input: float
    p95_input: float
    output: float
    mean_usd: float | None
    p50_usd: float | None
    p95_usd: float | None


@dataclass(frozen=True)
class ContextGrowth:
    """Query `context_growth`."""

    workload: str
    agent: str
    model: str
    conversations: int
    mean_turns: float
    p95_turns: float
    first_input: float
    growth: float | None
    compactions: int
    before_compaction: float | None
    after_compaction: float | None
    max_input: int
    sampled: int


@dataclass(frozen=True)
class ContextModel:
    """Query `context_models`."""

    workload: str
    agent: str
    provider: str
    model: str
    service_class: str
    calls: int
    tasks: int
    p50_input: float
    p95_input: float
    max_input: int
    cliff: int | None
    above: int
    near: int
    spend_above_usd: float
    surcharge_usd: float | None
    spend_usd: float
    priced: int = 1

    @property
    def window(self) -> float | None:
        """Tokens that the model can be shown, where known."""
        fact = context_window(self.model)
        return fact.value if fact else None

    @property
    def cliff_share(self) -> float | None:
        """P95 of its input over the cliff: above 1, one call in twenty pays the higher price."""
        return ratio(self.p95_input, self.cliff) if self.cliff else None


def turns_between_compactions(compaction_usd: float, token_usd: float, growth: float) -> float | None:
    """The cheapest number of turns between compactions; None where nothing grows or costs."""
    if growth <= 0 or token_usd <= 0 or compaction_usd <= 0:
        return None
    return math.sqrt(2 * compaction_usd / (token_usd * growth))


def growth_words(row: ContextGrowth) -> str:
    """How one agent's prompt moves, in a few words."""
    if row.growth is None:
        return "one turn only"
    if row.growth <= 0:
        return "does not grow"
    return f"+{count(row.growth)} tokens a turn"


def figures(growth: Sequence[ContextGrowth], models: Sequence[ContextModel]) -> list[Figure]:
    """Longest prompt, growth, compactions, what calls above a cliff cost on top."""
    calls = sum(row.calls for row in models)
    growing = [row for row in growth if row.growth and row.growth > 0]
    fastest = max(growing, key=lambda row: row.growth or 0.0, default=None)
    surcharge = sum(row.surcharge_usd or 0.0 for row in models)
    above = sum(row.above for row in models)
    longest = max(models, key=lambda row: row.max_input, default=None)
    return [
        figure(
            "surcharge",
            "Paid above price cliffs",
            usd(surcharge),
            "What calls whose prompt was longer than a threshold of the price book cost beyond the price below "
            "it: above it every token of the call costs more, not only those beyond.",
            "context_models",
            sample=plural(calls, "call"),
            remark=f"{plural(above, 'call')} above" if above else "none above",
        ),
        *_fullness(models),
        figure(
            "growth",
            "Fastest growth",
            f"+{count(fastest.growth)} a turn" if fastest else "–",
            "Median of the input tokens added from one turn to the next, drops by more than 30 % left out, for the "
            "agent that grows fastest.",
            "context_growth",
            sample=f"{fastest.agent or 'unnamed'} in {fastest.workload}" if fastest else "",
            known=fastest is not None,
        ),
        figure(
            "compactions",
            "Drops by over 30 %",
            count(sum(row.compactions for row in growth)),
            "Turns whose prompt was more than 30 % shorter than the turn before, from above 8,000 tokens: "
            "compactions, or a context that was started again.",
            "context_growth",
            sample=plural(sum(row.conversations for row in growth), "conversation")
            + of_tasks(growth[0].sampled if growth else 1),
            remark=f"longest prompt {count(longest.max_input)}" if longest else "",
        ),
    ]


def _fullness(models: Sequence[ContextModel]) -> list[Figure]:
    """P95 of the context against the model's window, and against the length from which every token costs more."""
    filled = max(
        (row for row in models if row.window), key=lambda row: row.p95_input / (row.window or 1), default=None
    )
    steep = max(
        (row for row in models if row.cliff_share), key=lambda row: row.cliff_share or 0.0, default=None
    )
    unknown = sorted({row.model for row in models if row.window is None})
    return [
        figure(
            "filled",
            "Fullest context at P95",
            share(filled.p95_input / (filled.window or 1) if filled else None),
            "P95 of a call's input tokens over the model's context window, for the agent where it is highest.",
            "context_models",
            sample=f"{filled.agent or 'unnamed'}, {filled.model}" if filled else "",
            known=filled is not None,
            unknown=f"No window is known for {', '.join(unknown[:3])}." if unknown else "",
        ),
        figure(
            "cliff",
            "P95 context against its cliff",
            share(steep.cliff_share if steep else None),
            "P95 of a call's input tokens over the length from which every token costs more, for the agent where it is "
            "highest. From 100 % on, one call in twenty pays more.",
            "context_models",
            sample=f"{steep.agent or 'unnamed'}, {steep.model}" if steep else "",
            known=steep is not None,
            remark=f"{count(steep.p95_input)} of {count(steep.cliff)} tokens" if steep else "no price cliff",
        ),
    ]


def verdict(models: Sequence[ContextModel], growth: Sequence[ContextGrowth]) -> list[Piece]:
    """Whether anybody pays for long prompts, and who comes near."""
    paying = max(models, key=lambda row: row.surcharge_usd or 0.0, default=None)
    total = sum(row.surcharge_usd or 0.0 for row in models)
    if paying is not None and paying.surcharge_usd:
        return [
            Piece(usd(total), strong=True),
            Piece(" was paid on top for prompts above a price cliff, "),
            Piece(f"{paying.agent or paying.model} in {paying.workload}", strong=True),
            Piece(f" most: {share(ratio(paying.above, paying.calls))} of its calls are longer than "),
            Piece(f"{count(paying.cliff)} tokens, from where every token costs more."),
        ]
    near = [row for row in models if row.near]
    if near:
        first = max(near, key=lambda row: row.near / row.calls)
        return [
            Piece("Nobody pays for long prompts yet. "),
            Piece(f"{first.agent or first.model} in {first.workload}", strong=True),
            Piece(
                f" comes nearest: {share(first.near / first.calls)} of its calls stand above four fifths of "
            ),
            Piece(f"{count(first.cliff)} tokens."),
        ]
    growing = [row for row in growth if row.growth and row.growth > 0]
    if not growing:
        return [Piece("No prompt grows from turn to turn, and none is near a price cliff.")]
    most = max(growing, key=lambda row: (row.growth or 0.0) * row.mean_turns)
    return [
        Piece("No prompt is near a price cliff. "),
        Piece(f"{most.agent or 'the unnamed agent'} in {most.workload}", strong=True),
        Piece(f" grows most: {count(most.growth)} tokens a turn over {most.mean_turns:.0f} turns."),
    ]
