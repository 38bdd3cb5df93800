"""Inbox screening: every mail is looked at by the cheapest model, a thousand times a day and more.
A call costs next to nothing, so that a hundredth of a cent counts; what is left of its rate limit swings most."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.seasons import AROUND_THE_CLOCK
from examples.past.story import SCREENING, Story
from examples.past.warmth import Warmth

TENANTS = ("acme", "globex", "initech", "umbrella")
A_MAIL_BY_HOUR, ON_WEEKENDS = 1.85, 0.8
MODEL = "gpt-5.6-luna"
_RULES_TOKENS = 610
"""Shorter than what the model caches."""


def begun_on(day: datetime) -> list[datetime]:
    """A run every full hour of the day that begins at `day`."""
    return [day + timedelta(hours=hour, minutes=5) for hour in range(24)]


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One run over the mails that have come in; too short a prompt for a cache, so `warmth` stays untouched."""
    task = TaskBuilder(
        dice, story, SCREENING, "inbox-screening", begins, dice.choice(TENANTS),
        architecture="single", unit="inbox run",
    )  # fmt: skip
    often = A_MAIL_BY_HOUR * AROUND_THE_CLOCK[begins.hour] * (ON_WEEKENDS if begins.weekday() >= 5 else 1.0)
    mails = max(3, round(often * dice.uniform(0.8, 1.2)))
    with task.agent("screener"):
        for _ in range(mails):
            _screen(task)
    return task.finish(Outcome(True, "labels-known", "deterministic", 1.0))


def _screen(task: TaskBuilder) -> None:
    dice = task.dice
    if dice.random() < 0.002:
        refused = Call(
            "openai", MODEL, None, tier="nano", step="label", error="rate_limit_exceeded", status_code=429, finish="",
            retries=2,
        )  # fmt: skip
        task.call(refused, 2.0 + dice.random() * 3)
    tokens = Tokens(fresh_input=_RULES_TOKENS + skewed(dice, 340, 0.6), output=skewed(dice, 14, 0.2))
    task.call(
        Call(
            "openai", MODEL, tokens, tier="nano", finish="stop", step="label",
            remaining_tokens=round(2_000_000 * min(1.0, abs(dice.gauss(0.45, 0.2)) + 0.02)),
        )
    )  # fmt: skip
