"""One call of litellm is one exact span, by whatever way it reaches the provider."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
litellm = pytest.importorskip("litellm")

import sdk_hooks  # noqa: E402 - litellm reads the variable when it is imported
from sdk_hooks import attributes as names  # noqa: E402
from sdk_hooks.providers.litellm_api import APIS  # noqa: E402
from sdk_hooks.providers.report import Report  # noqa: E402
from tests.hooks import wire  # noqa: E402
from tests.hooks.conftest import Spans, attributes  # noqa: E402
from tests.hooks.scripted_server import Reply, ScriptedServer  # noqa: E402

ASK: list[dict[str, str]] = [{"role": "user", "content": "a secret question"}]
GPT = {
    names.OPERATION_NAME: "chat",
    names.PROVIDER_NAME: "openai",
    names.REQUEST_MODEL: "gpt-6-sol",
    names.RESPONSE_MODEL: "gpt-6-sol-2026-05-05",
    names.RESPONSE_ID: "chatcmpl-1",
    names.INPUT_TOKENS: 1000,
    names.CACHE_READ_TOKENS: 600,
    names.CACHE_WRITE_TOKENS: 256,
    names.OUTPUT_TOKENS: 80,
    names.REASONING_TOKENS: 30,
    names.RATE_LIMIT_REMAINING_TOKENS: 149000,
    names.RATE_LIMIT_TOKENS: 150000,
    names.USAGE_MISSING_REASON: None,
}
CLAUDE = {
    names.OPERATION_NAME: "chat",
    names.PROVIDER_NAME: "anthropic",
    names.REQUEST_MODEL: "claude-sonnet-5",
    names.INPUT_TOKENS: 2400,
    names.CACHE_READ_TOKENS: 2000,
    names.CACHE_WRITE_TOKENS: 300,
    names.OUTPUT_TOKENS: 50,
    names.USAGE_MISSING_REASON: None,
}


def part(span: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    return {name: span.get(name) for name in of}


litellm.suppress_debug_info = True


def gpt(server: ScriptedServer, **more: Any) -> Any:
    to = {"api_base": f"{server.url}/v1", "api_key": "k", "max_retries": 0}
    return litellm.completion(model="openai/gpt-6-sol", messages=ASK, **to, **more)


def claude(server: ScriptedServer, **more: Any) -> Any:
    to = {"api_base": server.url, "api_key": "k", "max_tokens": 64}
    return litellm.completion(model="anthropic/claude-sonnet-5", messages=ASK, **to, **more)


def test_over_the_openai_client(server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS))
    assert gpt(server).choices[0].message.content == "the answer"
    assert part(spans.call(), GPT) == GPT
    assert "secret" not in repr(spans.call())


def test_a_stream_over_the_openai_client(server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.chat_stream(usage=True))
    stream = gpt(server, stream=True, stream_options={"include_usage": True})
    assert isinstance(stream, litellm.CustomStreamWrapper)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == "the answer"
    assert part(spans.call(), GPT) == GPT


def test_over_http_of_its_own(server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(body=wire.message(), headers=wire.RATE_LIMITS))
    assert claude(server).choices[0].message.content == "the answer"
    assert part(spans.call(), CLAUDE) == CLAUDE
    assert spans.call()[names.CACHE_WRITE_LONG_TOKENS] == 180
    assert spans.call()[names.RATE_LIMIT_REMAINING_TOKENS] == 79000
    assert spans.call()[names.RATE_LIMIT_TOKENS] == 80000


def test_a_stream_over_http_of_its_own(server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream())
    stream = claude(server, stream=True)
    assert isinstance(stream, litellm.CustomStreamWrapper)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "the answer"
    assert part(spans.call(), CLAUDE) == CLAUDE
    assert 0 < spans.call()[names.TIME_TO_FIRST_CHUNK] < 10


def test_a_stream_closed_early(server: ScriptedServer, spans: Spans) -> None:
    server.add(wire.anthropic_stream(), wire.chat_stream(usage=True))
    for ask in (claude, gpt):
        stream = ask(server, stream=True)
        next(stream)
        stream.close()
    reasons = [attributes(span)[names.USAGE_MISSING_REASON] for span in spans.calls()]
    assert reasons == ["closed_early", "closed_early"]


def test_async(server: ScriptedServer, spans: Spans) -> None:
    async def run() -> str:
        to = {"api_base": server.url, "api_key": "k", "max_tokens": 64}
        await litellm.acompletion(model="anthropic/claude-sonnet-5", messages=ASK, **to)
        stream = await litellm.acompletion(model="anthropic/claude-sonnet-5", messages=ASK, stream=True, **to)
        words = [chunk.choices[0].delta.content or "" async for chunk in stream]
        await litellm.acompletion(
            model="openai/gpt-6-sol", messages=ASK, api_base=f"{server.url}/v1", api_key="k"
        )
        return "".join(words)

    server.add(Reply(body=wire.message()), wire.anthropic_stream())
    server.add(Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS))
    assert asyncio.run(run()) == "the answer"
    whole, streamed, other = (attributes(span) for span in spans.calls())
    assert part(whole, CLAUDE) == CLAUDE
    assert part(streamed, CLAUDE) == CLAUDE
    assert part(other, GPT) == GPT


def test_a_refused_call(server: ScriptedServer, spans: Spans) -> None:
    refusal = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}
    server.add(Reply(429, refusal), Reply(429, {"error": {"message": "slow", "type": "tokens"}}))
    with pytest.raises(litellm.RateLimitError):
        claude(server)
    with pytest.raises(litellm.RateLimitError):
        gpt(server)
    assert len(spans.calls()) == 2
    for span in map(attributes, spans.calls()):
        assert span[names.HTTP_STATUS_CODE] == 429
        assert names.USAGE_MISSING_REASON not in span


def test_tries_again_as_one_call(server: ScriptedServer, spans: Spans) -> None:
    server.add(Reply(500, {"error": {"message": "broken"}}), Reply(body=wire.completion()))
    to = {"api_base": f"{server.url}/v1", "api_key": "k"}
    litellm.completion(model="openai/gpt-6-sol", messages=ASK, num_retries=1, **to)
    assert spans.call()[names.INPUT_TOKENS] == 1000
    assert spans.call()[names.RETRIES] == 1


def test_embeddings_and_responses(server: ScriptedServer, spans: Spans) -> None:
    to = {"api_base": f"{server.url}/v1", "api_key": "k"}
    data = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    usage = {"prompt_tokens": 9, "total_tokens": 9}
    server.add(Reply(body={"object": "list", "model": "m", "data": data, "usage": usage}))
    litellm.embedding(model="openai/text-embedding-3-small", input=["text"], **to)
    server.add(Reply(body=wire.response()))
    litellm.responses(model="openai/gpt-6-sol", input="q", **to)
    embedded, answered = (attributes(span) for span in spans.all())
    assert (embedded[names.OPERATION_NAME], embedded[names.INPUT_TOKENS]) == ("embeddings", 9)
    assert (answered[names.INPUT_TOKENS], answered[names.OUTPUT_TOKENS]) == (1000, 80)


def test_names_imported_before(server: ScriptedServer, spans: Spans) -> None:
    from litellm import completion

    server.add(Reply(body=wire.message()))
    completion(
        model="anthropic/claude-sonnet-5", messages=ASK, api_base=server.url, api_key="k", max_tokens=5
    )
    assert part(spans.call(), CLAUDE) == CLAUDE


def test_other_peoples_spans_are_completed(server: ScriptedServer, spans: Spans) -> None:
    tracer = spans.provider.get_tracer("openinference.instrumentation.litellm")
    server.add(Reply(body=wire.completion(), headers=wire.OPENAI_RATE_LIMITS))
    with tracer.start_as_current_span("chat", attributes={names.OPERATION_NAME: "chat"}):
        gpt(server)
    assert len(spans.all()) == 1
    assert spans.call()[names.INPUT_TOKENS] == 1000


def test_an_answer_from_its_cache_is_free() -> None:
    # litellm's own cache needs packages of its proxy, so the mark that it sets is set here.
    answer = litellm.ModelResponse(**wire.completion())
    answer._hidden_params["cache_hit"] = True
    report = Report()
    APIS["completion"].read_response(answer, report)
    assert report.told[names.CACHE_HIT] is True
    assert report.told[names.INPUT_TOKENS] == 1000


def test_a_limit_counts_a_call_over_another_client_once(server: ScriptedServer, spans: Spans) -> None:
    over_gpt = {"model": "openai/gpt-6-sol", "messages": ASK, "api_base": f"{server.url}/v1", "api_key": "k"}
    server.add(*(Reply(body=wire.completion()) for _ in range(3)))
    sdk_hooks.set_limits(sdk_hooks.Limit("task", calls=2), shared=False)
    try:
        with sdk_hooks.task("t"):
            for _ in range(2):
                litellm.completion(**over_gpt)
            with pytest.raises(sdk_hooks.BudgetExceeded):
                litellm.completion(**over_gpt)
    finally:
        sdk_hooks.set_limits()
    assert len(server.requests) == len(spans.calls()) == 2


def test_a_call_that_a_callback_makes_is_a_call_of_its_own(server: ScriptedServer, spans: Spans) -> None:
    ask = {"messages": ASK, "max_tokens": 5, "api_base": server.url, "api_key": "k"}
    judged = asyncio.Event()

    class Judge(litellm.integrations.custom_logger.CustomLogger):  # type: ignore[name-defined,misc]
        async def async_log_success_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            if "claude" in kwargs["model"]:
                await litellm.acompletion(model="anthropic/judge", **ask)
                judged.set()

    async def main() -> None:
        await litellm.acompletion(model="anthropic/claude-sonnet-5", **ask)
        await asyncio.wait_for(judged.wait(), 60)

    server.add(Reply(body=wire.message()), Reply(body=wire.message()))
    before, litellm.callbacks = litellm.callbacks, [Judge()]
    try:
        asyncio.run(main())
    finally:
        litellm.callbacks = before
    assert sorted(attributes(call)[names.REQUEST_MODEL] for call in spans.calls()) == [
        "claude-sonnet-5",
        "judge",
    ]
