"""The nightly batch: one digest an account, three batched calls each, at half price and hours later.
From a certain night on a small share of summaries goes to a model that no price list knows."""

from __future__ import annotations

import random
from datetime import datetime

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.story import NIGHTLY, UNKNOWN_MODEL, Story
from examples.past.warmth import Warmth

TENANTS = ("acme", "globex", "initech", "umbrella", "stark", "wayne")
ACCOUNTS = 112
READER, WRITER = "claude-haiku-4-5", "gpt-5.4-mini"


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One account's digest of the day before. Batches share no cache, so `warmth` stays untouched."""
    tenant = dice.choice(TENANTS)
    task = TaskBuilder(
        dice, story, NIGHTLY, "nightly-digest", begins, tenant, latency_class="offline", unit="digest"
    )
    batch = random.Random(f"{story.seed}/batch/{begins:%Y%m%d}")
    reading, writing = f"msgbatch_{batch.getrandbits(96):024x}", f"batch_{batch.getrandbits(96):024x}"
    # A batch takes no custom id twice, so the number alone would not do.
    account = f"account-{dice.randrange(10_000):04d}-{task.task_id[-6:]}"
    document_tokens = skewed(dice, 5200, 0.5)
    expired = dice.random() < 0.004
    with task.agent("digester"):
        for step, output in (("extract", 420), ("classify", 60)):
            tokens = Tokens(fresh_input=640 + document_tokens, output=skewed(dice, output))
            made = Call(
                "anthropic",
                READER,
                tokens,
                tier="nano",
                finish="end_turn",
                step=step,
                service_class="batch",
                batch_id=reading,
                custom_id=f"{account}-{step}",
            )
            task.call(made, 900 + dice.random() * 1500)
        _summarise(task, account, writing, expired)
    success = not expired and dice.random() < 0.965
    return task.finish(Outcome(success, "schema-check", "deterministic", 1.0 if success else 0.0))


def _summarise(task: TaskBuilder, account: str, batch_id: str, expired: bool) -> None:
    dice = task.dice
    trial = task.story.unknown_model_in_use(task.now_ns) and dice.random() < 0.06
    tokens = Tokens(fresh_input=380 + skewed(dice, 900), output=skewed(dice, 520))
    if trial:
        # Self-hosted behind an OpenAI-compatible gateway, answered at once and not in a batch.
        made = Call("openai", UNKNOWN_MODEL, tokens, step="summarise", server="models.internal")
        task.call(made)
        return
    made = Call(
        "openai",
        WRITER,
        None if expired else tokens,
        tier="nano",
        step="summarise",
        error="expired" if expired else "",
        finish="" if expired else "stop",
        service_class="batch",
        batch_id=batch_id,
        custom_id=f"{account}-summarise",
    )
    task.call(made, 86_400.0 if expired else 600 + dice.random() * 2400)
