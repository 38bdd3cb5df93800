"""Support triage: a cascade from the cheapest tier upwards, every answer checked, the last one judged.
Most tickets end at the first attempt; in one week a new policy makes the cheap tier fail more often."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.story import NS, SUPPORT, Story
from examples.past.warmth import AUTOMATIC_S, SHORT_S, Warmth

TENANTS = ("acme", "globex", "initech", "umbrella", "stark")
TENANT_WEIGHTS = (34, 26, 18, 14, 8)
WEEKDAY, WEEKEND = 195, 92
_PREFIX_TOKENS = 2304


@dataclass(frozen=True)
class _Tier:
    name: str
    provider: str
    model: str
    accepted: float
    accepted_in_the_bad_week: float


CASCADE = (
    _Tier("nano", "openai", "gpt-5.6-luna", 0.74, 0.47),
    _Tier("standard", "anthropic", "claude-sonnet-5-5", 0.86, 0.82),
    _Tier("premium", "anthropic", "claude-opus-5-5", 1.0, 1.0),
)
_SIGNALS = ("self_confidence", "schema", "checker")
_FAULTS = {"openai": ("rate_limit_exceeded", 429), "anthropic": ("overloaded_error", 529)}


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One ticket."""
    tenant = dice.choices(TENANTS, TENANT_WEIGHTS)[0]
    environment = "staging" if dice.random() < 0.05 else "production"
    task = TaskBuilder(
        dice,
        story,
        SUPPORT,
        "support-triage",
        begins,
        tenant,
        environment=environment,
        architecture="cascade",
        unit="ticket",
    )
    # The ticket with the articles found for it.
    ticket_tokens = skewed(dice, 2400, 0.5)
    cascade_id, attempt, came_from, signal = task.new_id(), 0, "", ""
    with task.agent("triage"):
        for tier in CASCADE:
            made = _answer(task, warmth, tier, ticket_tokens)
            made = replace(made, cascade_id=cascade_id, escalated_from=came_from, signal=signal)
            attempt = _attempt(task, made, attempt)
            bad_week = story.escalations_rose(task.now_ns)
            accepted = dice.random() < (tier.accepted_in_the_bad_week if bad_week else tier.accepted)
            if accepted:
                break
            came_from = tier.name
            signal = dice.choices(_SIGNALS, (20, 15, 65) if bad_week else (55, 30, 15))[0]
        task.call(_judge(dice, ticket_tokens))
    task.tool("update_ticket", 0.1 + dice.random() * 0.4)
    success = dice.random() < 0.955
    outcome = Outcome(success, "reply-check", "model_judge", 1.0 if success else 0.0)
    return task.finish(outcome, _late(dice, task.now_ns, success))


def _attempt(task: TaskBuilder, made: Call, attempt: int) -> int:
    """Makes the call, after a failed try now and then; gives the number of the last attempt."""
    dice, attempt = task.dice, attempt + 1
    draw = dice.random()
    if draw < 0.009:
        # The provider refuses for good; the same tier is tried once more: a retry, not an escalation.
        error, status = _FAULTS[made.provider]
        refused = replace(
            made,
            tokens=None,
            error=error,
            status_code=status,
            finish="",
            first_chunk_s=None,
            retries=2,
            attempt=attempt,
        )
        task.call(refused, 3.0 + dice.random() * 4)
        task.wait(1 + dice.random() * 3)
        attempt += 1
        made = replace(made, escalated_from="", signal="")
    elif draw < 0.03:
        made = replace(made, retries=1)
    task.call(replace(made, attempt=attempt))
    return attempt


def _answer(task: TaskBuilder, warmth: Warmth, tier: _Tier, ticket_tokens: int) -> Call:
    dice = task.dice
    prefix = f"{task.environment}/{tier.model}/{task.release.prompt_version}"
    output = skewed(dice, 210)
    if tier.provider == "openai":
        warm = warmth.is_warm(prefix, task.now_ns, AUTOMATIC_S)
        tokens = Tokens(
            fresh_input=ticket_tokens,
            cache_read=_PREFIX_TOKENS if warm else 0,
            cache_write_short=0 if warm else _PREFIX_TOKENS,
            output=output,
        )
    else:
        warm = warmth.is_warm(prefix, task.now_ns, SHORT_S)
        thinking = skewed(dice, 180) if tier.name == "premium" else 0
        tokens = Tokens(
            fresh_input=ticket_tokens,
            cache_read=_PREFIX_TOKENS if warm else 0,
            cache_write_short=0 if warm else _PREFIX_TOKENS,
            output=output + thinking,
            reasoning=thinking,
        )
    return Call(
        provider=tier.provider,
        model=tier.model,
        tokens=tokens,
        tier=tier.name,
        finish="stop" if tier.provider == "openai" else "end_turn",
        streamed=True,
        first_chunk_s=round(0.25 + dice.random() * 0.9, 4),
        step="answer",
        remaining_tokens=dice.randrange(200_000, 2_000_000),
    )


def _judge(dice: random.Random, ticket_tokens: int) -> Call:
    tokens = Tokens(fresh_input=260 + ticket_tokens + skewed(dice, 210), output=skewed(dice, 28, 0.3))
    return Call("openai", "gpt-5.6-luna", tokens, tier="nano", step="judge")


def _late(dice: random.Random, ended_ns: int, success: bool) -> tuple[Outcome, ...]:
    """A person's verdict, hours later, on every twelfth ticket: reopened, or confirmed."""
    if dice.random() >= 0.08:
        return ()
    stands = dice.random() < 0.55
    decided_ns = ended_ns + int((2 + dice.random() * 50) * 3600) * NS
    good = success and stands
    return (Outcome(good, "support-lead", "human", 1.0 if good else 0.0, decided_ns),)
