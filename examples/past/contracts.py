"""Contract review: one agent reads a long document and everything said about it again on every turn.
Since appendices are pasted in as a whole, some turns stand above the length from which every token costs more."""

from __future__ import annotations

import random
from datetime import datetime

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.story import CONTRACTS, NS, Story
from examples.past.warmth import Warmth

TENANTS = ("initech", "umbrella", "wayne")
WEEKDAY, WEEKEND = 11, 1
MODEL = "gpt-5.6-terra"
_SYSTEM_TOKENS = 2048
_BLOCK = 128


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One contract; its own document is nobody else's cache, so `warmth` stays untouched."""
    task = TaskBuilder(
        dice, story, CONTRACTS, "contract-review", begins, dice.choice(TENANTS),
        architecture="single", unit="clause checked",
    )  # fmt: skip
    whole = story.appendices_pasted(task.now_ns)
    context = _SYSTEM_TOKENS + skewed(dice, 150_000 if whole else 62_000, 0.3)
    turns, cached = dice.randrange(5, 11), 0
    with task.agent("reviewer"):
        for turn in range(turns):
            written = 0 if cached else _SYSTEM_TOKENS
            output = skewed(dice, 520)
            tokens = Tokens(
                fresh_input=context - cached - written,
                cache_read=cached,
                cache_write_short=written,
                output=output,
            )
            task.call(
                Call(
                    "openai",
                    MODEL,
                    tokens,
                    tier="standard",
                    streamed=True,
                    first_chunk_s=round(1.2 + context / 90_000 + dice.random(), 4),
                    step="clause",
                    remaining_tokens=max(9_000, 2_000_000 - context * 6 - dice.randrange(200_000)),
                )
            )
            cached = context // _BLOCK * _BLOCK
            context += output
            if turn + 1 < turns:
                task.tool("search_precedents", 0.4 + dice.random() * 2)
                context += skewed(dice, 16_000 if whole else 5_000, 0.4)
    success = dice.random() < 0.9
    clauses = float(dice.randrange(12, 40)) if success else 0.0
    return task.finish(None, _late(task, success, clauses))


def _late(task: TaskBuilder, success: bool, clauses: float) -> tuple[Outcome, ...]:
    """A second reader says a day or two later what it was worth; one contract in twenty is never read again."""
    dice = random.Random(f"{task.task_id}/second reading")
    if dice.random() < 0.05:
        return ()
    decided_ns = task.now_ns + int((4 + dice.random() * 44) * 3600) * NS
    return (Outcome(success, "second-reader", "human", clauses, decided_ns),)
