"""The nightly batch: one digest an account; documents are read in a message batch, then summed up.
One batch serves all accounts, so each request says which account's task it is charged to."""

from __future__ import annotations

import contextvars
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sdk_hooks
from examples.agents.running import Clients, TaskReport, main
from examples.agents.texts import articles, house_rules

WORKLOAD = "nightly-digest"
PROMPT_VERSION = "digest-v7"
READER, WRITER = "claude-haiku-4-5", "gpt-5.4-mini"
TENANTS = ("acme", "globex", "initech", "umbrella", "stark", "wayne")
STEPS = ("extract", "classify")
POLL_S = 0.05
_RULES = house_rules("a reader of reports", 600)


@dataclass
class _Account:
    """One account's digest in the making; all of them are open at once, each in a context of its own."""

    number: int
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    task: sdk_hooks.Task = field(init=False)
    notes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.task = sdk_hooks.task(
            WORKLOAD,
            tenant=TENANTS[self.number % len(TENANTS)],
            prompt_version=PROMPT_VERSION,
            unit="digest",
            latency_class="offline",
        )
        self.context.run(self.task.__enter__)

    def request(self, seed: int, step: str) -> Any:
        """The batched request of one step."""
        document = articles(f"{seed}/{self.number}", 4000)
        return {
            "custom_id": f"account-{self.number:04d}-{step}",
            "params": {
                "model": READER,
                "max_tokens": 800,
                "system": _RULES,
                "messages": [{"role": "user", "content": f"{step.capitalize()} this report: {document}"}],
            },
        }

    def at(self, step: str) -> sdk_hooks.Scope:
        """A step of the task, for its batched request to be charged to."""

        def opened() -> sdk_hooks.Scope:
            with sdk_hooks.step(step) as scope:
                return scope

        return self.context.run(opened)

    def close(self, success: bool) -> TaskReport:
        """Ends the task with its outcome."""
        self.task.outcome(
            success,
            checker="schema-check",
            checker_kind="deterministic",
            useful_units=1.0 if success else 0.0,
        )
        self.context.run(self.task.__exit__, None, None, None)
        return TaskReport(f"account {self.number}", success, f"{len(self.notes)} notes")


def run(clients: Clients) -> Iterator[TaskReport]:
    """Makes the digests of all accounts through one batch."""
    accounts = [_Account(number) for number in range(clients.tasks)]
    requests = [account.request(clients.seed, step) for account in accounts for step in STEPS]
    by_id = {f"account-{a.number:04d}-{step}": (a, step) for a in accounts for step in STEPS}
    batches = clients.anthropic.messages.batches
    with sdk_hooks.batch_tasks({name: account.at(step) for name, (account, step) in by_id.items()}):
        batch = batches.create(requests=requests)
        while batches.retrieve(batch.id).processing_status != "ended":
            time.sleep(POLL_S)
        for line in batches.results(batch.id):
            account, step = by_id[line.custom_id]
            if line.result.type == "succeeded":
                blocks = line.result.message.content
                account.notes[step] = "".join(block.text for block in blocks if block.type == "text")
    for account in accounts:
        summary = account.context.run(_summarise, clients, account)
        yield account.close(bool(summary) and len(account.notes) == len(STEPS))


def _summarise(clients: Clients, account: _Account) -> str:
    """The digest itself; nobody waits, so it may take its time at a lower price."""
    with sdk_hooks.step("summarise"):
        answer = clients.openai.chat.completions.create(
            model=WRITER,
            service_tier="flex",
            messages=[
                {"role": "system", "content": _RULES},
                {
                    "role": "user",
                    "content": "\n".join([f"Account {account.number}", *account.notes.values()]),
                },
            ],
        )
    return answer.choices[0].message.content or ""


if __name__ == "__main__":
    sys.exit(main("nightly-digest", run, tasks=8))
