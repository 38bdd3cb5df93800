"""A long coding session: many turns over one growing conversation, cached, and compacted when too long."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from typing import Any

import anthropic

import sdk_hooks
from examples.agents.running import Clients, TaskReport, main
from examples.agents.texts import house_rules, tool_output
from examples.wire.tokens import canonical, estimate_tokens

WORKLOAD = "coding-session"
PROMPT_VERSION = "code-v33"
MODEL, SCOUT = "claude-opus-5-5", "claude-haiku-4-5"
TEAMS = ("platform", "payments", "mobile", "data")
COMPACT_FROM_TOKENS = 24_000
TURNS = 9
_RULES = house_rules("a careful programmer", 9000)
_PATH = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
_TOOLS: list[Any] = [
    {"name": name, "description": f"{name} in the working copy", "input_schema": _PATH}
    for name in ("read_file", "edit_file", "run_tests", "grep", "shell")
]


def run(clients: Clients) -> Iterator[TaskReport]:
    """Works through coding sessions of many turns each."""
    for number in range(clients.tasks):
        yield _session(clients, number)


def _session(clients: Clients, number: int) -> TaskReport:
    dice = random.Random(f"{clients.seed}/session/{number}")
    with (
        sdk_hooks.task(
            WORKLOAD,
            tenant=dice.choice(TEAMS),
            prompt_version=PROMPT_VERSION,
            unit="merged change",
            architecture="single",
            latency_class="interactive",
        ) as task,
        sdk_hooks.agent("coder"),
    ):
        messages: list[Any] = []
        compactions = 0
        for turn in range(TURNS):
            wish = f"Session {number}, change {turn}: " + tool_output("issue", f"{clients.seed}/{turn}", 200)
            messages.append({"role": "user", "content": wish})
            _turn(clients.anthropic, messages)
            if turn % 4 == 3:
                _scout(clients.anthropic, wish)
            if estimate_tokens(canonical(_plain(messages))) > COMPACT_FROM_TOKENS:
                messages = _compact(clients.anthropic, messages)
                compactions += 1
        success = dice.random() < 0.85
        task.outcome(
            success, checker="test-suite", checker_kind="deterministic", useful_units=1.0 if success else 0.0
        )
    return TaskReport(f"session {number}", success, f"{TURNS} turns, {compactions} compactions")


def _turn(client: anthropic.Anthropic, messages: list[Any]) -> None:
    """Calls the model until it stops asking for tools; appends to `messages`."""
    with sdk_hooks.step("turn"):
        while True:
            with client.messages.stream(
                model=MODEL, max_tokens=4000, system=_system(), tools=_TOOLS, messages=_marked(messages)
            ) as stream:
                answer = stream.get_final_message()
            messages.append({"role": "assistant", "content": _plain(answer.content)})
            results = []
            for block in answer.content:
                if block.type == "tool_use":
                    with sdk_hooks.tool(block.name, call_id=block.id):
                        output = tool_output(block.name, canonical(block.input), 900)
                    results.append({"type": "tool_result", "tool_use_id": block.id, "content": output})
            if not results:
                return
            messages.append({"role": "user", "content": results})


def _scout(client: anthropic.Anthropic, wish: str) -> None:
    """A cheap helper with a small context of its own looks something up."""
    with sdk_hooks.agent("scout", role="worker"), sdk_hooks.step("scout"):
        client.messages.create(
            model=SCOUT,
            max_tokens=400,
            messages=[{"role": "user", "content": f"Where in the code is this?\n{wish}"}],
        )


def _compact(client: anthropic.Anthropic, messages: list[Any]) -> list[Any]:
    """A summary in place of the conversation."""
    wish = {"role": "user", "content": "Sum up what was done, what is open, and which files matter."}
    with sdk_hooks.step("compact"):
        answer = client.messages.create(
            model=MODEL,
            max_tokens=3000,
            system=_system(),
            tools=_TOOLS,
            tool_choice={"type": "none"},
            messages=_marked([*messages, wish]),
        )
    summary = "".join(block.text for block in answer.content if block.type == "text")
    return [{"role": "user", "content": f"What was done so far: {summary}"}]


def _system() -> list[Any]:
    """The rules, cached for an hour: they outlive every pause in a session."""
    return [{"type": "text", "text": _RULES, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]


def _marked(messages: list[Any]) -> list[Any]:
    """The messages with a cache breakpoint on the last block, so that the next turn reads all of this one."""
    last = messages[-1]
    blocks = last["content"]
    if isinstance(blocks, str):
        blocks = [{"type": "text", "text": blocks}]
    marked = [*blocks[:-1], {**blocks[-1], "cache_control": {"type": "ephemeral"}}]
    return [*messages[:-1], {**last, "content": marked}]


def _plain(content: Any) -> Any:
    """Content blocks of the client's own classes as plain JSON values."""
    if isinstance(content, list):
        return [_plain(block) for block in content]
    return content.to_dict() if hasattr(content, "to_dict") else content


if __name__ == "__main__":
    sys.exit(main("coding-agent", run, tasks=2))
