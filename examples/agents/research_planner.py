"""Research: a premium model plans and reviews, cheap workers search and read side by side.
Every fifth question goes to a single agent instead, so that the two ways can be compared."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator
from typing import Any

import openai

import sdk_hooks
from examples.agents.running import Clients, TaskReport, main
from examples.agents.texts import as_json, house_rules, question, tool_output

WORKLOAD = "research-planner"
PROMPT_VERSION = "plan-v15"
ORCHESTRATOR, WORKER, SINGLE = "claude-opus-5-5", "gpt-5.6-luna", "claude-sonnet-5-5"
TENANTS = ("globex", "acme", "wayne", "initech")
MOST_STEPS = 8
_PLANNER_RULES = house_rules("a research lead", 2600)
_WORKER_RULES = house_rules("a researcher", 1200)
_TEXT = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
_NAMES = ("search", "fetch_page", "run_query")
_ROLES = ("researcher", "researcher", "analyst", "fact-checker")
_PLAN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "parts": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4},
        "confidence": {"type": "number"},
    },
    "required": ["parts", "confidence"],
}
_REVIEW: dict[str, Any] = {
    "type": "object",
    "properties": {
        "findings": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 8},
        "grounded": {"type": "boolean"},
    },
    "required": ["findings", "grounded"],
}


def run(clients: Clients) -> Iterator[TaskReport]:
    """Answers research questions, mostly with an orchestrator and workers."""
    for number in range(clients.tasks):
        yield _research(clients, number)


def _research(clients: Clients, number: int) -> TaskReport:
    asked = question(clients.seed, number)
    single = number % 5 == 4
    with sdk_hooks.task(
        WORKLOAD,
        tenant=random.Random(f"{clients.seed}/tenant/{number}").choice(TENANTS),
        prompt_version=PROMPT_VERSION,
        unit="finding",
        architecture="single" if single else "orchestrator-worker",
        latency_class="interactive",
    ) as task:
        findings = _alone(clients, asked) if single else _together(clients, asked)
        task.outcome(
            bool(findings),
            checker="citation-check",
            checker_kind="deterministic",
            useful_units=float(len(findings)),
        )
    return TaskReport(f"question {number}", bool(findings), f"{len(findings)} findings")


def _together(clients: Clients, asked: str) -> list[str]:
    with sdk_hooks.agent("planner", role="orchestrator"):
        plan = _think(clients, "plan", f"Plan how to answer: {asked}", _PLAN)
        parts = [str(part) for part in _texts(plan.get("parts"))] or [asked]
        notes = asyncio.run(_workers(clients.openai, parts))
        review = _think(clients, "review", f"{asked}\n\n" + "\n\n".join(notes), _REVIEW)
    return _texts(review.get("findings")) if review.get("grounded") else []


def _think(clients: Clients, step: str, prompt: str, schema: dict[str, Any]) -> dict[str, object]:
    with sdk_hooks.step(step):
        message = clients.anthropic.messages.create(
            model=ORCHESTRATOR,
            max_tokens=4000,
            system=[{"type": "text", "text": _PLANNER_RULES, "cache_control": {"type": "ephemeral"}}],
            thinking={"type": "enabled", "budget_tokens": 1024},
            messages=[{"role": "user", "content": prompt}],
            output_config={"format": {"type": "json_schema", "schema": schema}},
        )
    return as_json("".join(block.text for block in message.content if block.type == "text"))


async def _workers(client: openai.OpenAI, parts: list[str]) -> list[str]:
    """All workers at once, each on its own part."""
    address = str(client.base_url)
    async with openai.AsyncOpenAI(base_url=address, api_key=client.api_key, max_retries=3) as shared:
        jobs = [_work(shared, _ROLES[n % len(_ROLES)], part) for n, part in enumerate(parts)]
        return await asyncio.gather(*jobs)


async def _work(client: openai.AsyncOpenAI, name: str, part: str) -> str:
    """One worker: uses tools until it has something to say."""
    tools: Any = [{"type": "function", "name": n, "parameters": _TEXT, "strict": False} for n in _NAMES]
    given: Any = part
    earlier: str | None = None
    async with sdk_hooks.agent(name, role="worker"):
        for _ in range(MOST_STEPS):
            response = await client.responses.create(
                model=WORKER,
                instructions=_WORKER_RULES,
                input=given,
                tools=tools,
                previous_response_id=earlier,
            )
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                return response.output_text
            given, earlier = [], response.id
            for call in calls:
                async with sdk_hooks.tool(call.name, call_id=call.call_id):
                    found = tool_output(call.name, call.arguments)
                given.append({"type": "function_call_output", "call_id": call.call_id, "output": found})
    return ""


def _alone(clients: Clients, asked: str) -> list[str]:
    """One agent with the same tools; its conversation is cached as it grows."""
    tools: Any = [{"name": name, "input_schema": _TEXT} for name in _NAMES]
    messages: list[Any] = [{"role": "user", "content": asked}]
    with sdk_hooks.agent("solo"):
        for _ in range(MOST_STEPS):
            answer = clients.anthropic.messages.create(
                model=SINGLE,
                max_tokens=2000,
                system=_PLANNER_RULES,
                cache_control={"type": "ephemeral"},
                tools=tools,
                messages=messages,
            )
            messages.append({"role": "assistant", "content": answer.content})
            results = []
            for block in answer.content:
                if block.type == "tool_use":
                    with sdk_hooks.tool(block.name, call_id=block.id):
                        found = tool_output(block.name, str(block.input))
                    results.append({"type": "tool_result", "tool_use_id": block.id, "content": found})
            if not results:
                text = "".join(block.text for block in answer.content if block.type == "text")
                return [line for line in text.split(". ") if line][:4]
            messages.append({"role": "user", "content": results})
    return []


def _texts(value: object) -> list[str]:
    return [str(item) for item in value if item] if isinstance(value, list) else []


if __name__ == "__main__":
    sys.exit(main("research-planner", run, tasks=5))
