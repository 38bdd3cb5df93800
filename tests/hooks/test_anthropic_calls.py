"""One anthropic call is one exact span, whether the client emits one of its own or not."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import anthropic
import httpx2
import pytest

import sdk_hooks
from sdk_hooks import attributes as names
from tests.hooks import wire
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer

ASK: dict[str, Any] = {
    "model": "claude-sonnet-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "a secret question"}],
}
EXACT = {
    names.OPERATION_NAME: "chat",
    names.PROVIDER_NAME: "anthropic",
    names.REQUEST_MODEL: "claude-sonnet-5",
    names.RESPONSE_MODEL: "claude-sonnet-5-20260101",
    names.RESPONSE_ID: "msg_1",
    names.FINISH_REASONS: ("end_turn",),
    names.INPUT_TOKENS: 2400,
    names.OUTPUT_TOKENS: 50,
    names.CACHE_READ_TOKENS: 2000,
    names.CACHE_WRITE_TOKENS: 300,
    names.CACHE_WRITE_LONG_TOKENS: 180,
    names.REASONING_TOKENS: 20,
    names.SERVICE_CLASS: "priority",
    names.RETRIES: 0,
    names.RATE_LIMIT_REMAINING_TOKENS: 79000,
    names.RATE_LIMIT_REMAINING_CALLS: 49,
    names.RATE_LIMIT_TOKENS: 80000,
    names.RATE_LIMIT_CALLS: 50,
}


def part(span: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: span.get(name) for name in of}


def test_a_whole_answer(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.message(), headers=wire.RATE_LIMITS))
    answer = claude.messages.create(**ASK)
    assert answer.usage.input_tokens == 100
    assert part(spans.call(), EXACT) == EXACT
    assert "secret" not in repr(spans.call())
    assert names.USAGE_MISSING_REASON not in spans.call()


def test_beta_and_compaction_tokens(
    claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    compaction = {
        "type": "compaction",
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_read_input_tokens": 7,
        "cache_creation_input_tokens": 3,
        "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
    }
    server.add(Reply(body=wire.message(iterations=[compaction]), headers=wire.RATE_LIMITS))
    claude.beta.messages.create(**ASK)
    span = spans.call()
    # They are billed beside the totals, which the client's own span repeats.
    assert span[names.INPUT_TOKENS] == 2420
    assert span[names.OUTPUT_TOKENS] == 55
    assert span[names.CACHE_READ_TOKENS] == 2007
    assert span[names.CACHE_WRITE_TOKENS] == 303
    assert span[names.CACHE_WRITE_LONG_TOKENS] == 182


def test_a_stream_read_to_its_end(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream())
    stream = claude.messages.create(**ASK, stream=True)
    assert type(stream) is anthropic.Stream
    assert [event.type for event in stream][-1] == "message_stop"
    expected = {**EXACT, names.REQUEST_STREAM: True}
    assert part(spans.call(), expected) == expected
    assert 0 < spans.call()[names.TIME_TO_FIRST_CHUNK] < 10


def test_the_stream_helper(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream())
    with claude.messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == "the answer"
        assert stream.get_final_message().usage.output_tokens == 50
    assert part(spans.call(), EXACT) == EXACT


@pytest.mark.parametrize("leave", ["close", "with", "drop"])
def test_a_stream_closed_early_says_what_is_missing(
    claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans, leave: str
) -> None:
    server.add(wire.anthropic_stream())
    stream = claude.messages.create(**ASK, stream=True)
    if leave == "with":
        with stream:
            next(stream)
    else:
        next(stream)
        if leave == "close":
            stream.close()
    del stream
    gc.collect()
    span = spans.call()
    assert span[names.INPUT_TOKENS] == 2400
    assert names.OUTPUT_TOKENS not in span
    reason = span[names.USAGE_MISSING_REASON]
    assert reason in ("closed_early", "dropped") if leave == "drop" else reason == "closed_early"


def test_a_broken_stream(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream(stop_after=4, cut=True))
    stream = claude.messages.create(**ASK, stream=True)
    with pytest.raises(httpx2.RemoteProtocolError):
        list(stream)
    span = spans.call()
    assert span[names.USAGE_MISSING_REASON] == "stream_broken"
    assert span[names.INPUT_TOKENS] == 2400
    assert names.OUTPUT_TOKENS not in span
    assert span[names.ERROR_TYPE]
    assert not spans.calls()[0].status.is_ok


def test_a_truncated_stream(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream(stop_after=4))
    list(claude.messages.create(**ASK, stream=True))
    span = spans.call()
    assert span[names.USAGE_MISSING_REASON] in ("stream_truncated", "stream_broken")
    assert not spans.calls()[0].status.is_ok


def test_an_error_in_the_stream(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    reply = wire.anthropic_stream(stop_after=2)
    assert reply.chunks is not None
    reply.chunks.append(
        b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n'
    )
    server.add(reply)
    with pytest.raises(anthropic.APIStatusError):
        list(claude.messages.create(**ASK, stream=True))
    assert spans.call()[names.ERROR_TYPE] == "overloaded_error"
    assert spans.call()[names.USAGE_MISSING_REASON] == "stream_broken"


def test_a_refused_call(
    claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans, request: pytest.FixtureRequest
) -> None:
    refusal = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    nothing_left = {**wire.RATE_LIMITS, "Anthropic-RateLimit-Requests-Remaining": "0"}
    server.add(*[Reply(429, refusal, headers={**nothing_left, "retry-after-ms": "1"})] * 2)
    with pytest.raises(anthropic.RateLimitError):
        claude.messages.create(**ASK)
    span = spans.call()
    assert span[names.ERROR_TYPE] == "rate_limit_error"
    assert span[names.HTTP_STATUS_CODE] == 429
    assert span[names.RETRIES] == 1
    if "own" in request.node.name:  # the client ends a span of its own before it raises
        assert (span[names.RATE_LIMIT_REMAINING_CALLS], span[names.RATE_LIMIT_CALLS]) == (0, 50)
    assert names.USAGE_MISSING_REASON not in span
    assert not spans.calls()[0].status.is_ok


def test_a_retry_inside_the_client_is_one_call(
    claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    server.add(
        Reply(529, {"error": {}}, headers={"retry-after-ms": "1"}),
        Reply(body=wire.message(), headers=wire.RATE_LIMITS),
    )
    claude.messages.create(**ASK)
    assert part(spans.call(), EXACT) == {**EXACT, names.RETRIES: 1}


def test_nobody_listening(spans: Spans) -> None:
    client = anthropic.Anthropic(
        api_key="k", base_url="http://127.0.0.1:1", max_retries=0, open_telemetry=False
    )
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**ASK)
    assert spans.call()[names.ERROR_TYPE] == "connection_error"


def test_raw_responses(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.message(), headers=wire.RATE_LIMITS))
    raw = claude.messages.with_raw_response.create(**ASK)
    assert raw.parse().id == "msg_1"
    assert part(spans.call(), EXACT) == EXACT


def test_streaming_responses(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.message(), headers=wire.RATE_LIMITS))
    with claude.messages.with_streaming_response.create(**ASK) as raw:
        assert raw.parse().id == "msg_1"
    assert spans.call()[names.SERVER_ADDRESS] == "127.0.0.1"
    assert spans.call()[names.INPUT_TOKENS] == 2400
    assert spans.call()[names.OUTPUT_TOKENS] == 50


def test_a_raw_stream(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream())
    with claude.messages.with_streaming_response.create(**ASK, stream=True) as raw:
        events = list(raw.parse())
    assert len(events) == 7
    assert spans.call()[names.INPUT_TOKENS] == 2400
    assert spans.call()[names.OUTPUT_TOKENS] == 50


@pytest.mark.parametrize("read", ["iter_lines", "iter_bytes", "iter_text", "read", "text"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_the_agent_reads_by_itself(
    stream: bool, read: str, claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans
) -> None:
    server.add(wire.anthropic_stream() if stream else Reply(body=wire.message()))
    with claude.messages.with_streaming_response.create(**ASK, stream=stream) as raw:
        pieces = getattr(raw, read)()
        whole = pieces if isinstance(pieces, (bytes, str)) else list(pieces)
    assert whole
    call = spans.call()
    assert (call[names.INPUT_TOKENS], call[names.OUTPUT_TOKENS]) == (2400, 50)
    assert names.USAGE_MISSING_REASON not in call
    assert call[names.FINISH_REASONS] == ("end_turn",)


def test_a_body_that_is_left_early(claude: anthropic.Anthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream())
    with claude.messages.with_streaming_response.create(**ASK, stream=True) as raw:
        next(iter(raw.iter_lines()))
    call = spans.call()
    assert (call[names.INPUT_TOKENS], call.get(names.OUTPUT_TOKENS)) == (2400, None)
    assert call[names.USAGE_MISSING_REASON] == "closed_early"


async def ask_async(claude: anthropic.AsyncAnthropic) -> None:
    await claude.messages.create(**ASK)


def test_async(async_claude: anthropic.AsyncAnthropic, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.message(), headers=wire.RATE_LIMITS))
    asyncio.run(ask_async(async_claude))
    assert part(spans.call(), EXACT) == EXACT


def test_async_stream(async_claude: anthropic.AsyncAnthropic, server: ScriptedServer, spans: Spans) -> None:
    async def run() -> str:
        async with async_claude.messages.stream(**ASK) as stream:
            return "".join([text async for text in stream.text_stream])

    server.add(wire.anthropic_stream())
    assert asyncio.run(run()) == "the answer"
    assert part(spans.call(), EXACT) == EXACT


def test_async_stream_closed_early(
    async_claude: anthropic.AsyncAnthropic, server: ScriptedServer, spans: Spans
) -> None:
    async def run() -> None:
        stream = await async_claude.messages.create(**ASK, stream=True)
        async for _ in stream:
            break
        await stream.close()

    server.add(wire.anthropic_stream())
    asyncio.run(run())
    assert spans.call()[names.USAGE_MISSING_REASON] == "closed_early"


def test_a_cancelled_call_is_no_error(
    async_claude: anthropic.AsyncAnthropic, server: ScriptedServer, spans: Spans
) -> None:
    hold = threading.Event()

    async def run() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(), 0.3)

    async def read() -> None:
        async for _ in await async_claude.messages.create(**ASK, stream=True):
            continue

    reply = wire.anthropic_stream(stop_after=3)
    reply.hold = hold
    server.add(reply)
    asyncio.run(run())
    hold.set()
    span = spans.call()
    assert span[names.USAGE_MISSING_REASON] in ("cancelled", "closed_early", "stream_truncated")
    assert spans.calls()[0].status.status_code.name == "UNSET"


def test_other_endpoints_make_no_call_span(server: ScriptedServer, spans: Spans) -> None:
    client = anthropic.Anthropic(api_key="k", base_url=server.url, open_telemetry=False)
    server.add(Reply(body={"input_tokens": 5}))
    client.messages.count_tokens(model="claude-sonnet-5", messages=[{"role": "user", "content": "x"}])
    assert spans.all() == []


def test_content_only_when_switched_on(server: ScriptedServer, spans: Spans) -> None:
    sdk_hooks.instrument(tracer_provider=spans.provider, content=True)
    client = anthropic.Anthropic(api_key="k", base_url=server.url, open_telemetry=False)
    server.add(Reply(body=wire.message()))
    client.messages.create(**ASK, system="be kind")
    span = spans.call()
    assert "a secret question" in span[names.INPUT_MESSAGES]
    assert "be kind" in span[names.SYSTEM_INSTRUCTIONS]
    assert "the answer" in span[names.OUTPUT_MESSAGES]


def test_bedrock_and_vertex_are_named(spans: Spans, server: ScriptedServer) -> None:
    server.add(Reply(body=wire.message()))
    vertex = anthropic.AnthropicVertex(
        region="us-east5", project_id="p", access_token="t", base_url=server.url
    )
    vertex.with_options(open_telemetry=False).messages.create(**ASK)
    assert spans.call()[names.PROVIDER_NAME] == "gcp.vertex_ai"
    assert attributes(spans.calls()[0])[names.REQUEST_MODEL] == "claude-sonnet-5"
