"""Gemini's Interactions API: each interaction that is made is one exact span."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from google import genai
from google.genai import types

from sdk_hooks import attributes as names
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer

USAGE = {
    "total_input_tokens": 2400,
    "total_cached_tokens": 2000,
    "total_tool_use_tokens": 100,
    "total_output_tokens": 30,
    "total_thought_tokens": 20,
    "total_tokens": 2550,
    "grounding_tool_count": [{"type": "google_search", "count": 2}],
}
EXACT = {
    names.OPERATION_NAME: "generate_content",
    names.PROVIDER_NAME: "gcp.gemini",
    names.REQUEST_MODEL: "gemini-3-flash",
    names.RESPONSE_ID: "int_1",
    names.INPUT_TOKENS: 2500,
    names.CACHE_READ_TOKENS: 2000,
    names.OUTPUT_TOKENS: 50,
    names.REASONING_TOKENS: 20,
    names.WEB_SEARCHES: 2,
    names.FINISH_REASONS: ("completed",),
    names.USAGE_MISSING_REASON: None,
}
ASK: dict[str, Any] = {"model": "gemini-3-flash", "input": 'a secret "model": "none" question'}


def interaction(status: str = "completed") -> dict[str, Any]:
    made = {"id": "int_1", "model": "gemini-3-flash", "status": status, "steps": []}
    times = {"created": "2026-11-01T00:00:00Z", "updated": "2026-11-01T00:00:00Z"}
    return {**made, **times, **({"usage": USAGE} if status == "completed" else {})}


def stream(stop_after: int | None = None) -> Reply:
    events = [
        {"event_type": "interaction.created", "interaction": interaction("in_progress")},
        {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "the answer"}},
        {"event_type": "interaction.completed", "interaction": interaction()},
    ]
    chunks = [f"event: {event['event_type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    return Reply(chunks=[*chunks, b"event: done\ndata: [DONE]\n\n"][:stop_after])


@pytest.fixture
def gemini(server: ScriptedServer, spans: Spans) -> genai.Client:
    return genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.url))


def told(spans: Spans) -> dict[str, Any]:
    (span,) = spans.all()
    assert "secret" not in str(span.to_json())
    return {name: attributes(span).get(name) for name in EXACT}


def test_whole(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=interaction()))
    assert gemini.interactions.create(**ASK).id == "int_1"
    assert told(spans) == EXACT


def test_streamed(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(stream())
    assert len(list(gemini.interactions.create(**ASK, stream=True))) == 3
    assert told(spans) == EXACT
    assert attributes(spans.all()[0])[names.TIME_TO_FIRST_CHUNK] > 0


def test_async(server: ScriptedServer, spans: Spans) -> None:
    async def ask() -> None:
        gemini = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.url))
        assert (await gemini.aio.interactions.create(**ASK)).id == "int_1"
        assert len([event async for event in await gemini.aio.interactions.create(**ASK, stream=True)]) == 3

    server.add(Reply(body=interaction()), stream())
    asyncio.run(ask())
    for span in spans.all():
        assert {name: attributes(span).get(name) for name in EXACT} == EXACT
    assert len(spans.all()) == 2


def test_a_stream_that_ends_too_soon(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(stream(stop_after=2))
    list(gemini.interactions.create(**ASK, stream=True))
    call = told(spans)
    assert (call[names.OUTPUT_TOKENS], call[names.USAGE_MISSING_REASON]) == (None, "stream_truncated")


def test_in_the_background(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=interaction("in_progress")), Reply(body=interaction()))
    gemini.interactions.create(**ASK, background=True)
    gemini.interactions.get("int_1")
    assert told(spans)[names.USAGE_MISSING_REASON] == "background"


def test_refused(server: ScriptedServer, spans: Spans) -> None:
    once = types.HttpRetryOptions(attempts=1)
    options = types.HttpOptions(base_url=server.url, retry_options=once)
    gemini = genai.Client(api_key="k", http_options=options)
    refusal = {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}
    server.add(*(Reply(429, refusal) for _ in range(5)))
    with pytest.raises(Exception, match="429"):
        gemini.interactions.create(**ASK)
    (span,) = spans.all()
    call = attributes(span)
    assert call[names.ERROR_TYPE] == "RESOURCE_EXHAUSTED"
    assert call[names.HTTP_STATUS_CODE] == 429
    assert names.USAGE_MISSING_REASON not in call
