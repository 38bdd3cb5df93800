"""The catalogue's nightly upkeep: nobody waits for it, yet every call is made live, at full price.
Its four agents each use the prompt cache in one wrong way, so that there is something to find."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.planner import hash_of
from examples.past.story import CATALOGUE, Story
from examples.past.warmth import LONG_S, Warmth

TENANTS = ("globex", "stark", "wayne")
EVERY = timedelta(minutes=12)
FIRST, LAST = timedelta(hours=0), timedelta(hours=6)
SMALL, LARGE = "claude-haiku-4-5", "claude-sonnet-5-5"
_STAMPED, _LONG_LIVED, _LAPSING, _TOO_SHORT = 5200, 3600, 6100, 700


def begun_on(day: datetime) -> list[datetime]:
    """One product family every twelve minutes of the night that begins at `day`."""
    return [day + FIRST + EVERY * number for number in range((LAST - FIRST) // EVERY)]


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One product family."""
    task = TaskBuilder(
        dice,
        story,
        CATALOGUE,
        "catalogue-sync",
        begins,
        dice.choice(TENANTS),
        architecture="pipeline",
        latency_class="offline",
        unit="product page",
    )
    _lapsing(task)
    for _ in range(dice.randrange(3, 6)):
        _stamped(task)
        _long_lived(task, warmth)
    _too_short(task)
    success = dice.random() < 0.97
    pages = float(dice.randrange(4, 9)) if success else 0.0
    return task.finish(Outcome(success, "schema-check", "deterministic", pages))


def _lapsing(task: TaskBuilder) -> None:
    """Written with the short lifetime once a task; the next task comes after it has ended."""
    tokens = Tokens(fresh_input=420, cache_write_short=_LAPSING, output=skewed(task.dice, 160))
    with task.agent("linker"):
        _call(task, SMALL, "nano", "link", tokens, f"{SMALL}/linker", _LAPSING)
        task.tool("read_catalogue", 0.4 + task.dice.random())


def _stamped(task: TaskBuilder) -> None:
    """The time stands in the first line of the prompt, so that every call writes a prefix nobody reads."""
    tokens = Tokens(
        fresh_input=skewed(task.dice, 520), cache_write_short=_STAMPED, output=skewed(task.dice, 120)
    )
    with task.agent("tagger"):
        _call(task, SMALL, "nano", "tag", tokens, f"{SMALL}/tagger/{task.now_ns}", _STAMPED)


def _long_lived(task: TaskBuilder, warmth: Warmth) -> None:
    """Written for an hour at twice the price, though it is read again within minutes."""
    prefix = f"{LARGE}/pricer/{task.tenant}/{task.begins:%Y%m%d%H%M}"
    warm = warmth.is_warm(prefix, task.now_ns, LONG_S)
    tokens = Tokens(
        fresh_input=skewed(task.dice, 610),
        cache_read=_LONG_LIVED if warm else 0,
        cache_write_long=0 if warm else _LONG_LIVED,
        output=skewed(task.dice, 140),
    )
    with task.agent("pricer"):
        _call(task, LARGE, "standard", "price", tokens, prefix, _LONG_LIVED)


def _too_short(task: TaskBuilder) -> None:
    """Marked for the cache, but shorter than the model caches: neither written nor read."""
    tokens = Tokens(fresh_input=_TOO_SHORT + skewed(task.dice, 300), output=skewed(task.dice, 90))
    with task.agent("notes"):
        _call(task, LARGE, "standard", "note", tokens, f"{LARGE}/notes", _TOO_SHORT)


def _call(
    task: TaskBuilder, model: str, tier: str, step: str, tokens: Tokens, prefix: str, prefix_tokens: int
) -> None:
    task.call(
        Call(
            "anthropic",
            model,
            tokens,
            tier=tier,
            step=step,
            finish="end_turn",
            prefix_hash=f"{hash_of(f'{prefix}/{task.release.prompt_version}'):016x}",
            prefix_tokens=prefix_tokens,
        )
    )
