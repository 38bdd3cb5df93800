"""The calls that the hooks' benchmarks make: a small one and an agent's, through the real client without a network.

In: whether the client makes spans of its own. Out: clients, and the arguments of `messages.create`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anthropic
import httpx2
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tests.hooks import wire


class Discard(SpanExporter):
    """Takes spans and drops them, so that the cost of exporting, equal for all, does not hide differences."""

    def __init__(self) -> None:
        self.last: ReadableSpan | None = None
        self.spans = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.last = spans[-1]
        self.spans += len(spans)
        return SpanExportResult.SUCCESS


def small_call() -> dict[str, Any]:
    """One question."""
    return {
        "model": "claude-sonnet-5",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Which queue does this ticket belong to?"}],
    }


def agent_call() -> dict[str, Any]:
    """A conversation of 40 messages with 6 tools."""
    tools = [_tool(number) for number in range(6)]
    return {**small_call(), "messages": conversation(40), "tools": tools}


def anthropic_client(open_telemetry: Any) -> anthropic.Anthropic:
    """The official client over a mock transport."""
    limits = {name.lower(): value for name, value in wire.RATE_LIMITS.items()}
    body, headers = wire.message(), {**limits, **USUAL_HEADERS}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=body, headers=headers))
    return anthropic.Anthropic(
        api_key="k", http_client=httpx2.Client(transport=transport), open_telemetry=open_telemetry
    )


USUAL_HEADERS = {
    "date": "Fri, 20 Nov 2026 04:00:00 GMT",
    "server": "cloudflare",
    "cf-ray": "8e5f-FRA",
    "cf-cache-status": "DYNAMIC",
    "connection": "keep-alive",
    "via": "1.1 google",
    "x-robots-tag": "none",
    "strict-transport-security": "max-age=31536000",
    "retry-after": "1",
    "x-envoy-upstream-service-time": "812",
}
"""About as many headers as a provider sends."""


def conversation(messages: int) -> list[dict[str, Any]]:
    """Turns of an agent that calls tools."""
    turns: list[dict[str, Any]] = [{"role": "user", "content": "Fix the failing test in the parser."}]
    while len(turns) < messages:
        call_id = f"toolu_{len(turns)}"
        use = {"type": "tool_use", "id": call_id, "name": "read_0", "input": {"path": "parser.py"}}
        turns.append({"role": "assistant", "content": [{"type": "text", "text": "I look at it. " * 20}, use]})
        result = {"type": "tool_result", "tool_use_id": call_id, "content": "def parse(): ...\n" * 40}
        turns.append({"role": "user", "content": [result]})
    return turns[:messages]


def _tool(number: int) -> dict[str, Any]:
    properties = {"path": {"type": "string"}, "first": {"type": "integer"}, "last": {"type": "integer"}}
    schema = {"type": "object", "properties": properties}
    return {"name": f"read_{number}", "description": "Reads lines of a file. " * 5, "input_schema": schema}
