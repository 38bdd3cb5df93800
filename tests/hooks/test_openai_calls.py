"""One openai call is one exact span: Chat Completions, Responses, embeddings; whole, streamed, raw, async."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import openai
import pytest

import sdk_hooks
from sdk_hooks import attributes as names
from tests.hooks import wire
from tests.hooks.conftest import Spans, attributes
from tests.hooks.scripted_server import Reply, ScriptedServer

ASK: dict[str, Any] = {"model": "gpt-6-sol", "messages": [{"role": "user", "content": "a secret question"}]}
USAGE = {
    names.OPERATION_NAME: "chat",
    names.PROVIDER_NAME: "openai",
    names.REQUEST_MODEL: "gpt-6-sol",
    names.RESPONSE_MODEL: "gpt-6-sol-2026-05-05",
    names.INPUT_TOKENS: 1000,
    names.OUTPUT_TOKENS: 80,
    names.CACHE_READ_TOKENS: 600,
    names.CACHE_WRITE_TOKENS: 256,
    names.REASONING_TOKENS: 30,
    names.RETRIES: 0,
    names.RATE_LIMIT_REMAINING_TOKENS: 149000,
    names.RATE_LIMIT_REMAINING_CALLS: 59,
    names.RATE_LIMIT_TOKENS: 150000,
    names.RATE_LIMIT_CALLS: 60,
    names.USAGE_MISSING_REASON: None,
}
CHAT = {**USAGE, names.RESPONSE_ID: "chatcmpl-1", names.FINISH_REASONS: ("stop",)}
RESPONSE = {
    **USAGE,
    names.RESPONSE_ID: "resp_1",
    names.FINISH_REASONS: ("completed",),
    names.CACHE_WRITE_LONG_TOKENS: 200,
    names.SERVICE_CLASS: "priority",
}


def part(span: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: span.get(name) for name in of}


def test_a_chat(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS))
    gpt.chat.completions.create(**ASK)
    expected = {**CHAT, names.SERVICE_CLASS: "flex"}
    assert part(spans.call(), expected) == expected
    assert "secret" not in repr(spans.call())


def test_a_chat_stream_with_usage(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True))
    stream = gpt.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True})
    assert type(stream) is openai.Stream
    assert len(list(stream)) == 5
    expected = {**CHAT, names.REQUEST_STREAM: True, names.SERVICE_CLASS: "standard"}
    assert part(spans.call(), expected) == expected
    assert spans.call()[names.TIME_TO_FIRST_CHUNK] > 0


def test_a_chat_stream_without_usage_says_why(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    server.add(wire.chat_stream(usage=False))
    assert len(list(gpt.chat.completions.create(**ASK, stream=True))) == 4
    span = spans.call()
    assert span[names.USAGE_MISSING_REASON] == "include_usage_not_set"
    assert names.INPUT_TOKENS not in span
    assert span[names.FINISH_REASONS] == ("stop",)
    assert b"include_usage" not in server.requests[0].body


def test_stream_usage_completed_on_request(server: ScriptedServer, spans: Spans) -> None:
    sdk_hooks.instrument(tracer_provider=spans.provider, complete_stream_usage=True)
    client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1")
    server.add(wire.chat_stream(usage=True))
    chunks = list(client.chat.completions.create(**ASK, stream=True))
    assert server.requests[0].json()["stream_options"] == {"include_usage": True}
    assert [len(chunk.choices) for chunk in chunks] == [1, 1, 1, 1]
    assert part(spans.call(), CHAT) == CHAT


def test_the_chat_stream_helper(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True))
    with gpt.chat.completions.stream(**ASK, stream_options={"include_usage": True}) as stream:
        assert stream.get_final_completion().choices[0].message.content == "the answer"
    assert part(spans.call(), CHAT) == CHAT


@pytest.mark.parametrize("leave", ["close", "with", "drop"])
def test_a_stream_closed_early(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans, leave: str) -> None:
    server.add(wire.chat_stream(usage=True))
    stream = gpt.chat.completions.create(**ASK, stream=True)
    if leave == "with":
        with stream:
            next(stream)
    else:
        next(stream)
        if leave == "close":
            stream.close()
    del stream
    gc.collect()
    assert spans.call()[names.USAGE_MISSING_REASON] in ("closed_early", "dropped")
    assert names.INPUT_TOKENS not in spans.call()


def test_the_helper_closed_early(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True))
    with gpt.chat.completions.stream(**ASK) as stream:
        next(iter(stream))
    assert spans.call()[names.USAGE_MISSING_REASON] == "closed_early"


def test_a_broken_stream(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True, stop_after=2, cut=True))
    with pytest.raises(openai.APIConnectionError):
        list(gpt.chat.completions.create(**ASK, stream=True))
    assert spans.call()[names.USAGE_MISSING_REASON] == "stream_broken"
    assert not spans.calls()[0].status.is_ok


def test_a_truncated_stream(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True, stop_after=2))
    list(gpt.chat.completions.create(**ASK, stream=True))
    assert spans.call()[names.USAGE_MISSING_REASON] == "stream_truncated"
    assert spans.call()[names.ERROR_TYPE] == "stream_truncated"


def test_a_response(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.response(), headers=wire.OPENAI_RATE_LIMITS))
    assert gpt.responses.create(model="gpt-6-sol", input="a secret question").output_text == "the answer"
    assert part(spans.call(), RESPONSE) == RESPONSE
    assert "secret" not in repr(spans.call())


def test_a_response_stream(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.response_stream())
    assert len(list(gpt.responses.create(model="gpt-6-sol", input="q", stream=True))) == 3
    assert part(spans.call(), RESPONSE) == RESPONSE
    assert spans.call()[names.TIME_TO_FIRST_CHUNK] > 0


def test_a_response_in_the_background(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.response("queued")))
    gpt.responses.create(model="gpt-6-sol", input="q", background=True)
    assert spans.call()[names.USAGE_MISSING_REASON] == "background"


def test_a_failed_response(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    failed = {**wire.response("failed"), "error": {"code": "server_error", "message": "broken"}}
    server.add(Reply(body=failed))
    gpt.responses.create(model="gpt-6-sol", input="q")
    assert spans.call()[names.ERROR_TYPE] == "server_error"
    assert not spans.calls()[0].status.is_ok


def test_an_incomplete_response(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    body = {**wire.response("incomplete"), "incomplete_details": {"reason": "max_output_tokens"}}
    server.add(Reply(body=body))
    gpt.responses.create(model="gpt-6-sol", input="q")
    assert spans.call()[names.FINISH_REASONS] == ("max_output_tokens",)


def test_embeddings(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    body = {
        "object": "list",
        "model": "text-embedding-3-small",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    }
    server.add(Reply(body=body))
    gpt.embeddings.create(model="text-embedding-3-small", input="text", encoding_format="float")
    span = spans.named("embeddings text-embedding-3-small")
    assert (span[names.INPUT_TOKENS], span[names.OUTPUT_TOKENS]) == (9, 0)


def test_a_refused_call(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    refusal = {"error": {"message": "slow down", "type": "tokens", "code": "rate_limit_exceeded"}}
    server.add(*[Reply(429, refusal, headers={"retry-after-ms": "1"})] * 2)
    with pytest.raises(openai.RateLimitError):
        gpt.chat.completions.create(**ASK)
    span = spans.call()
    assert (span[names.HTTP_STATUS_CODE], span[names.RETRIES]) == (429, 1)
    assert span[names.ERROR_TYPE] == "tokens"
    assert names.USAGE_MISSING_REASON not in span


def test_raw_responses(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS))
    assert gpt.chat.completions.with_raw_response.create(**ASK).parse().id == "chatcmpl-1"
    assert part(spans.call(), CHAT) == CHAT


def test_a_raw_stream(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True))
    raw = gpt.chat.completions.with_raw_response.create(**ASK, stream=True)
    assert len(list(raw.parse())) == 5
    assert part(spans.call(), CHAT) == CHAT


def test_streaming_responses(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS))
    with gpt.chat.completions.with_streaming_response.create(**ASK) as raw:
        assert raw.parse().id == "chatcmpl-1"
    assert part(spans.call(), CHAT) == CHAT


def test_async(async_gpt: openai.AsyncOpenAI, server: ScriptedServer, spans: Spans) -> None:
    async def run() -> None:
        await async_gpt.chat.completions.create(**ASK)
        async with async_gpt.responses.with_streaming_response.create(model="gpt-6-sol", input="q") as raw:
            assert (await raw.parse()).id == "resp_1"

    server.add(
        Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS),
        Reply(body=wire.response(), headers=wire.OPENAI_RATE_LIMITS),
    )
    asyncio.run(run())
    chat, response = (attributes(span) for span in spans.calls())
    assert part(chat, CHAT) == CHAT
    assert part(response, RESPONSE) == RESPONSE


def test_async_streams(async_gpt: openai.AsyncOpenAI, server: ScriptedServer, spans: Spans) -> None:
    async def run() -> int:
        stream = await async_gpt.responses.create(model="gpt-6-sol", input="q", stream=True)
        return len([event async for event in stream])

    server.add(wire.response_stream())
    assert asyncio.run(run()) == 3
    assert part(spans.call(), RESPONSE) == RESPONSE


def test_azure_is_named(server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.completion()))
    azure = openai.AzureOpenAI(api_key="k", azure_endpoint=server.url, api_version="2026-01-01")
    azure.chat.completions.create(**ASK)
    assert spans.call()[names.PROVIDER_NAME] == "azure.ai.openai"
    assert "/deployments/gpt-6-sol/" in server.requests[0].path


def test_other_endpoints_make_no_span(gpt: openai.OpenAI, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body={"id": "x", "results": [], "model": "m"}))
    gpt.moderations.create(input="text")
    assert spans.all() == []


def test_content_of_a_stream(server: ScriptedServer, spans: Spans) -> None:
    sdk_hooks.instrument(tracer_provider=spans.provider, content=True)
    client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1")
    server.add(wire.chat_stream(usage=True))
    list(client.chat.completions.create(**ASK, stream=True))
    assert "a secret question" in spans.call()[names.INPUT_MESSAGES]
    assert "the answer" in spans.call()[names.OUTPUT_MESSAGES]


def test_a_stream_of_lines(async_gpt: openai.AsyncOpenAI, server: ScriptedServer, spans: Spans) -> None:
    async def lines() -> int:
        async with async_gpt.chat.completions.with_streaming_response.create(**ASK, stream=True) as raw:
            return len([line async for line in raw.iter_lines()])

    server.add(wire.chat_stream(usage=True), wire.chat_stream(usage=True, stop_after=2))

    async def both() -> list[int]:
        async with async_gpt:
            return [await lines(), await lines()]

    assert asyncio.run(both()) == [12, 4]
    whole, cut = (attributes(call) for call in spans.calls())
    assert whole[names.OUTPUT_TOKENS] == 80
    assert cut[names.ERROR_TYPE] == cut[names.USAGE_MISSING_REASON] == "stream_truncated"


@pytest.mark.parametrize("how", ["plain", "raw", "stream", "cancel"])
def test_the_usage_of_an_answer_made_in_the_background(
    how: str, gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body=wire.response("queued")), Reply(body=wire.response("in_progress")))
    with sdk_hooks.task("t", id="t1"):
        gpt.responses.create(model="gpt-6-sol", input="a secret question", background=True)
    gpt.responses.retrieve("resp_1")
    server.add(wire.response_stream() if how == "stream" else Reply(body=wire.response()))
    server.add(Reply(body=wire.response()))
    if how == "plain":
        gpt.responses.retrieve("resp_1")
    elif how == "raw":
        gpt.responses.with_raw_response.retrieve("resp_1")
    elif how == "stream":
        assert len(list(gpt.responses.retrieve("resp_1", stream=True))) == 3
    else:
        gpt.responses.cancel("resp_1")
    gpt.responses.retrieve("resp_1")
    first, late = spans.calls()
    assert attributes(first)[names.USAGE_MISSING_REASON] == "background"
    call = attributes(late)
    assert (call[names.INPUT_TOKENS], call[names.OUTPUT_TOKENS]) == (1000, 80)
    assert (call[names.TASK_ID], call[names.RESPONSE_ID]) == ("t1", "resp_1")
    assert (late.parent, late.start_time) == (first.parent, first.start_time)
    assert (late.end_time or 0) > (first.end_time or 0)


def test_answers_that_are_fetched_again_are_no_calls(
    gpt: openai.OpenAI, server: ScriptedServer, spans: Spans
) -> None:
    server.add(Reply(body=wire.response()), Reply(body=wire.response()))
    gpt.responses.create(model="gpt-6-sol", input="q")
    gpt.responses.retrieve("resp_1")
    assert len(spans.calls()) == 1
