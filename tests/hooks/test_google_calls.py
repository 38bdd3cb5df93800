"""One request of google-genai is one exact span: Gemini API and Vertex AI, whole, streamed, async."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

import sdk_hooks
from sdk_hooks import attributes as names
from tests.hooks.conftest import Spans, attributes
from tests.hooks.google_wire import content, content_stream, refusal
from tests.hooks.scripted_server import Reply, ScriptedServer

MODEL = "gemini-3-flash"
EXACT = {
    names.OPERATION_NAME: "generate_content",
    names.PROVIDER_NAME: "gcp.gemini",
    names.REQUEST_MODEL: MODEL,
    names.RESPONSE_MODEL: "gemini-3-flash-001",
    names.RESPONSE_ID: "resp_g",
    names.FINISH_REASONS: ("STOP",),
    names.INPUT_TOKENS: 2500,
    names.CACHE_READ_TOKENS: 2000,
    names.OUTPUT_TOKENS: 50,
    names.REASONING_TOKENS: 20,
    names.RETRIES: 0,
    names.SERVER_ADDRESS: "127.0.0.1",
    names.USAGE_MISSING_REASON: None,
}


@pytest.fixture
def gemini(server: ScriptedServer, spans: Spans) -> genai.Client:
    options = types.HttpOptions(base_url=server.url, retry_options=types.HttpRetryOptions(attempts=1))
    return genai.Client(api_key="k", http_options=options)


def part(span: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: span.get(name) for name in of}


def only(spans: Spans) -> dict[str, Any]:
    (found,) = spans.all()
    return attributes(found)


def test_a_whole_answer(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=content()))
    answer = gemini.models.generate_content(model=MODEL, contents="a secret question")
    assert answer.text == "the answer"
    assert part(only(spans), EXACT) == EXACT
    assert spans.all()[0].name == f"generate_content {MODEL}"
    assert "secret" not in repr(only(spans))


def test_zero_counts_are_left_out_on_the_wire(
    gemini: genai.Client, server: ScriptedServer, spans: Spans
) -> None:
    body = content(finish="MAX_TOKENS")
    body["usageMetadata"] = {"promptTokenCount": 10, "thoughtsTokenCount": 64, "totalTokenCount": 74}
    server.add(Reply(body=body))
    gemini.models.generate_content(model=MODEL, contents="q")
    span = only(spans)
    assert (span[names.INPUT_TOKENS], span[names.OUTPUT_TOKENS]) == (10, 64)
    assert (span[names.CACHE_READ_TOKENS], span[names.REASONING_TOKENS]) == (0, 64)


def test_a_blocked_prompt(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    usage = {"promptTokenCount": 10, "totalTokenCount": 10}
    server.add(Reply(body={"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage}))
    gemini.models.generate_content(model=MODEL, contents="q")
    assert only(spans)[names.FINISH_REASONS] == ("SAFETY",)
    assert only(spans)[names.OUTPUT_TOKENS] == 0


def test_a_stream_read_to_its_end(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(content_stream())
    pieces = [piece.text for piece in gemini.models.generate_content_stream(model=MODEL, contents="q")]
    assert pieces == ["the ", "ans", "wer"]
    expected = {**EXACT, names.REQUEST_STREAM: True}
    assert part(only(spans), expected) == expected
    assert 0 < only(spans)[names.TIME_TO_FIRST_CHUNK] < 10


@pytest.mark.parametrize("leave", ["close", "drop"])
def test_a_stream_closed_early(
    gemini: genai.Client, server: ScriptedServer, spans: Spans, leave: str
) -> None:
    server.add(content_stream())
    stream: Any = gemini.models.generate_content_stream(model=MODEL, contents="q")
    next(stream)
    if leave == "close":
        stream.close()
    del stream
    gc.collect()
    span = only(spans)
    assert span[names.USAGE_MISSING_REASON] == "closed_early"
    assert span[names.INPUT_TOKENS] == 2500
    assert names.OUTPUT_TOKENS not in span


def test_a_broken_stream(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(content_stream(stop_after=2, cut=True))
    with pytest.raises(Exception, match=r".+"):
        list(gemini.models.generate_content_stream(model=MODEL, contents="q"))
    assert only(spans)[names.USAGE_MISSING_REASON] == "stream_broken"
    assert names.OUTPUT_TOKENS not in only(spans)
    assert not spans.all()[0].status.is_ok


def test_a_truncated_stream(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(content_stream(stop_after=2))
    list(gemini.models.generate_content_stream(model=MODEL, contents="q"))
    assert only(spans)[names.USAGE_MISSING_REASON] == "stream_truncated"


def test_async(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    async def run() -> list[str | None]:
        await gemini.aio.models.generate_content(model=MODEL, contents="q")
        stream = await gemini.aio.models.generate_content_stream(model=MODEL, contents="q")
        return [piece.text async for piece in stream]

    server.add(Reply(body=content()), content_stream())
    assert asyncio.run(run()) == ["the ", "ans", "wer"]
    assert [part(attributes(span), EXACT) for span in spans.all()] == [EXACT, EXACT]


def test_async_stream_closed_early(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    async def run() -> None:
        stream: Any = await gemini.aio.models.generate_content_stream(model=MODEL, contents="q")
        await anext(stream)
        await stream.aclose()

    server.add(content_stream())
    asyncio.run(run())
    gc.collect()
    assert only(spans)[names.USAGE_MISSING_REASON] in ("closed_early", "dropped", "cancelled")


def test_a_chat_with_a_function_is_two_calls(
    gemini: genai.Client, server: ScriptedServer, spans: Spans
) -> None:
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"rain in {city}"

    asks = content()
    asks["candidates"][0]["content"]["parts"] = [
        {"functionCall": {"name": "weather", "args": {"city": "Bern"}}}
    ]
    server.add(Reply(body=asks), Reply(body=content()))
    chat = gemini.chats.create(model=MODEL, config=types.GenerateContentConfig(tools=[weather]))
    assert chat.send_message("q").text == "the answer"
    assert [span.name for span in spans.all()] == [f"generate_content {MODEL}"] * 2


def test_a_refused_call_and_retries(server: ScriptedServer, spans: Spans) -> None:
    retry = types.HttpRetryOptions(attempts=2, initial_delay=0.01, http_status_codes=[429])
    options = types.HttpOptions(base_url=server.url, retry_options=retry)
    client = genai.Client(api_key="k", http_options=options)
    server.add(Reply(429, refusal()), Reply(body=content()))
    client.models.generate_content(model=MODEL, contents="q")
    server.add(Reply(429, refusal()), Reply(429, refusal()))
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model=MODEL, contents="q")
    answered, refused = (attributes(span) for span in spans.all())
    assert part(answered, EXACT) == {**EXACT, names.RETRIES: 1}
    assert refused[names.ERROR_TYPE] == "RESOURCE_EXHAUSTED"
    assert (refused[names.HTTP_STATUS_CODE], refused[names.RETRIES]) == (429, 1)
    assert names.USAGE_MISSING_REASON not in refused


def test_embeddings(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(
        Reply(body={"embeddings": [{"values": [0.5]}], "usageMetadata": {"promptTokenCount": 9}}),
        Reply(body={"embeddings": [{"values": [0.5]}]}),
    )
    gemini.models.embed_content(model="gemini-embedding-001", contents="text")
    gemini.models.embed_content(model="gemini-embedding-001", contents="text")
    told, untold = (attributes(span) for span in spans.all())
    assert told[names.OPERATION_NAME] == "embeddings"
    assert (told[names.INPUT_TOKENS], told[names.OUTPUT_TOKENS]) == (9, 0)
    assert untold[names.USAGE_MISSING_REASON] == "not_reported"


def test_vertex(server: ScriptedServer, spans: Spans) -> None:
    options = types.HttpOptions(base_url=server.url)
    vertex = genai.Client(enterprise=True, api_key="k", http_options=options)
    server.add(Reply(body=content(trafficType="ON_DEMAND_PRIORITY")))
    vertex.models.generate_content(model=MODEL, contents="q")
    expected = {**EXACT, names.PROVIDER_NAME: "gcp.vertex_ai", names.SERVICE_CLASS: "priority"}
    assert part(only(spans), expected) == expected


def test_vertex_embeddings(server: ScriptedServer, spans: Spans) -> None:
    vertex = genai.Client(enterprise=True, api_key="k", http_options=types.HttpOptions(base_url=server.url))
    statistics = {"token_count": 4, "truncated": False}
    server.add(Reply(body={"predictions": [{"embeddings": {"values": [0.5], "statistics": statistics}}] * 2}))
    vertex.models.embed_content(model="text-embedding-005", contents=["one", "two"])
    span = only(spans)
    assert (span[names.REQUEST_MODEL], span[names.INPUT_TOKENS]) == ("text-embedding-005", 8)


def test_pictures_are_no_embeddings(server: ScriptedServer, spans: Spans) -> None:
    vertex = genai.Client(enterprise=True, api_key="k", http_options=types.HttpOptions(base_url=server.url))
    server.add(Reply(body={"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": "aaaa"}]}))
    with pytest.warns(match="generate_images"):
        vertex.models.generate_images(model="imagen-4", prompt="a secret")
    assert spans.all() == []


def test_other_endpoints_make_no_span(gemini: genai.Client, server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body={"totalTokens": 3}))
    gemini.models.count_tokens(model=MODEL, contents="q")
    assert spans.all() == []


def test_content_only_when_switched_on(server: ScriptedServer, spans: Spans) -> None:
    sdk_hooks.instrument(tracer_provider=spans.provider, content=True)
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.url))
    server.add(Reply(body=content()), content_stream())
    config = types.GenerateContentConfig(system_instruction="be kind")
    client.models.generate_content(model=MODEL, contents="a secret question", config=config)
    list(client.models.generate_content_stream(model=MODEL, contents="q"))
    whole, streamed = (attributes(span) for span in spans.all())
    assert "a secret question" in whole[names.INPUT_MESSAGES]
    assert "be kind" in whole[names.SYSTEM_INSTRUCTIONS]
    assert "the answer" in whole[names.OUTPUT_MESSAGES]
    assert "the answer" in json.loads(streamed[names.OUTPUT_MESSAGES])[0]["parts"][0]["content"]


def test_other_peoples_spans_are_completed(
    gemini: genai.Client, server: ScriptedServer, spans: Spans
) -> None:
    tracer = spans.provider.get_tracer("opentelemetry.instrumentation.google_genai")
    server.add(Reply(body=content()))
    with tracer.start_as_current_span("g", attributes={names.OPERATION_NAME: "generate_content"}):
        gemini.models.generate_content(model=MODEL, contents="q")
    assert part(only(spans), EXACT) == EXACT


def test_a_span_around_several_calls_stands_for_none(
    gemini: genai.Client, server: ScriptedServer, spans: Spans
) -> None:
    tracer = spans.provider.get_tracer("opentelemetry.instrumentation.google_genai")
    server.add(Reply(body=content(promptTokenCount=10, totalTokenCount=160)), Reply(body=content()))
    with (
        sdk_hooks.task("t", id="t1"),
        tracer.start_as_current_span("g", attributes={names.OPERATION_NAME: "generate_content"}) as around,
    ):
        gemini.models.generate_content(model=MODEL, contents="q")
        gemini.models.generate_content(model=MODEL, contents="q")
        around.set_attribute(names.INPUT_TOKENS, 2500)
    told = {span.name: attributes(span) for span in spans.all()}
    calls = [attributes(span) for span in spans.all() if span.name.startswith("generate_content")]
    assert [call[names.INPUT_TOKENS] for call in calls] == [110, 2500]
    assert [call[names.OUTPUT_TOKENS] for call in calls] == [50, 50]
    assert (told["g"][names.INPUT_TOKENS], told["g"][names.TASK_ID]) == (2500, "t1")
    assert names.OUTPUT_TOKENS not in told["g"]
