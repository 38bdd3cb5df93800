"""Support triage: the cheapest model answers first, a checker decides whether a dearer one must."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from typing import Any

import openai

import sdk_hooks
from examples.agents.running import Clients, TaskReport, main
from examples.agents.texts import TOPICS, articles, as_json, house_rules, ticket

WORKLOAD = "support-triage"
PROMPT_VERSION = "triage-v23"
TIERS = ("nano", "standard", "premium")
CHEAP, MODELS = "gpt-5.6-luna", {"standard": "claude-sonnet-5-5", "premium": "claude-opus-5-5"}
TENANTS = ("acme", "globex", "initech", "umbrella", "stark")
LEAST_CONFIDENCE = 0.7
_RULES = house_rules("a support agent", 2000)
_REPLY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "topic": {"type": "string", "enum": list(TOPICS)},
        "reply": {"type": "string"},
        "source": {"type": "string"},
        "confidence": {"type": "number"},
    },
    "required": ["topic", "reply", "source", "confidence"],
    "additionalProperties": False,
}
_VERDICT: dict[str, Any] = {
    "type": "object",
    "properties": {"accept": {"type": "boolean"}, "reason": {"type": "string"}},
    "required": ["accept", "reason"],
    "additionalProperties": False,
}


def run(clients: Clients) -> Iterator[TaskReport]:
    """Answers support tickets through a cascade of three tiers."""
    for number in range(clients.tasks):
        yield _answer_ticket(clients, number)


def _answer_ticket(clients: Clients, number: int) -> TaskReport:
    text = ticket(clients.seed, number)
    tenant = random.Random(f"{clients.seed}/tenant/{number}").choice(TENANTS)
    with (
        sdk_hooks.task(
            WORKLOAD,
            tenant=tenant,
            prompt_version=PROMPT_VERSION,
            unit="ticket",
            architecture="cascade",
            latency_class="interactive",
        ) as task,
        sdk_hooks.agent("triage"),
    ):
        reply, tier = _cascade(clients, f"{text}\n\n{articles(text)}")
        with sdk_hooks.step("judge"):
            success = bool(reply) and _judge(clients.openai, text, reply)
        with sdk_hooks.tool("update_ticket"):
            pass
        task.outcome(
            success, checker="reply-check", checker_kind="model_judge", useful_units=1.0 if success else 0.0
        )
    return TaskReport(f"ticket {number}", success, f"answered by {tier}")


def _cascade(clients: Clients, prompt: str) -> tuple[str, str]:
    """The first answer that passes the checks, and its tier; the last one when none does."""
    reply, tier, retried = "", TIERS[0], False
    with sdk_hooks.cascade("answer") as cascade:
        for attempt in cascade.attempts(*TIERS):
            tier = attempt.tier
            try:
                reply = _ask(clients, attempt.tier, prompt)
            except Exception:  # noqa: BLE001  # whatever the client raises, the ticket wants an answer
                # A refused call says nothing about the tier: once more, then past it.
                if retried:
                    attempt.fallback()
                else:
                    attempt.retry()
                retried = True
                continue
            problem = problem_of(reply)
            if problem is None:
                attempt.accept()
            else:
                attempt.escalate(signal=problem)
    return reply, tier


def problem_of(reply: str) -> Any:
    """Why a reply is not good enough, as an escalation signal, or None when it is."""
    fields = as_json(reply)
    if set(fields) != set(_REPLY["required"]) or not fields["reply"]:
        return "schema"
    confidence = fields["confidence"]
    if not isinstance(confidence, int | float) or confidence < LEAST_CONFIDENCE:
        return "self_confidence"
    return None if fields["source"] and fields["topic"] in TOPICS else "checker"


def _ask(clients: Clients, tier: str, prompt: str) -> str:
    if tier == "nano":
        return _ask_openai(clients.openai, prompt)
    with clients.anthropic.messages.stream(
        model=MODELS[tier],
        max_tokens=1500,
        system=[{"type": "text", "text": _RULES, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": prompt}],
        output_config={"format": {"type": "json_schema", "schema": _REPLY}},
    ) as stream:
        return "".join(stream.text_stream)


def _ask_openai(client: openai.OpenAI, prompt: str) -> str:
    chunks = client.chat.completions.create(
        model=CHEAP,
        messages=[{"role": "system", "content": _RULES}, {"role": "user", "content": prompt}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": _REPLY, "strict": True},
        },
        stream=True,
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def _judge(client: openai.OpenAI, text: str, reply: str) -> bool:
    answer = client.chat.completions.create(
        model=CHEAP,
        messages=[{"role": "user", "content": f"Does this reply help?\n\n{text}\n\nReply: {reply}"}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "verdict", "schema": _VERDICT, "strict": True},
        },
    )
    return as_json(answer.choices[0].message.content or "").get("accept") is True


if __name__ == "__main__":
    sys.exit(main("support-triage", run, tasks=12))
