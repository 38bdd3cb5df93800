"""The nightly batch: one digest an account; documents are read in a message batch, then summed up.
A batch's answers do not pass the client's call, so each is told to OpenTelemetry here, when it comes back."""

from __future__ import annotations

import contextvars
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from anthropic.types import Message
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

import sdk_hooks
from examples.agents.running import Clients, TaskReport, main
from examples.agents.texts import articles, house_rules
from sdk_hooks import attributes as names

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
    submitted_ns = time.time_ns()
    requests = [account.request(clients.seed, step) for account in accounts for step in STEPS]
    batches = clients.anthropic.messages.batches
    batch = batches.create(requests=requests)
    while batches.retrieve(batch.id).processing_status != "ended":
        time.sleep(POLL_S)
    by_id = {f"account-{a.number:04d}-{step}": (a, step) for a in accounts for step in STEPS}
    for line in batches.results(batch.id):
        account, step = by_id[line.custom_id]
        message = line.result.message if line.result.type == "succeeded" else None
        account.context.run(_tell, clients.tracer, message, submitted_ns, batch.id, line.custom_id, step)
        if message is not None:
            account.notes[step] = "".join(block.text for block in message.content if block.type == "text")
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


def _tell(
    tracer: Tracer, message: Message | None, submitted_ns: int, batch_id: str, custom_id: str, step: str
) -> None:
    """One batched call as a span, from when it was submitted to now, with the usage that was billed."""
    about: dict[str, str | int | list[str]] = {
        names.OPERATION_NAME: names.OPERATION_CHAT,
        names.PROVIDER_NAME: "anthropic",
        names.REQUEST_MODEL: READER,
        names.STEP: step,
        names.SERVICE_CLASS: "batch",
        names.BATCH_ID: batch_id,
        names.BATCH_CUSTOM_ID: custom_id,
        names.BATCH_STATE: "returned",
    }
    if message is not None:
        usage = message.usage
        read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        about |= {
            names.RESPONSE_ID: message.id,
            names.RESPONSE_MODEL: message.model,
            names.FINISH_REASONS: [message.stop_reason or ""],
            names.INPUT_TOKENS: usage.input_tokens + read + written,
            names.OUTPUT_TOKENS: usage.output_tokens,
            names.CACHE_READ_TOKENS: read,
            names.CACHE_WRITE_TOKENS: written,
        }
    else:
        about[names.ERROR_TYPE] = "batch_request_failed"
    span = tracer.start_span(
        f"chat {READER}", kind=SpanKind.CLIENT, start_time=submitted_ns, attributes=about
    )
    if message is None:
        span.set_status(Status(StatusCode.ERROR))
    span.end()


if __name__ == "__main__":
    sys.exit(main("nightly-digest", run, tasks=8))
