"""Chat Completions, Responses and embeddings, spoken with the real openai client."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest

from examples.provider_server import API_KEY, ProviderServer
from tests.examples.conftest import Clock

MINI, LUNA = "gpt-5.4-mini", "gpt-5.6-luna"
PARAMETERS: Any = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
CHAT_TOOL: Any = {"type": "function", "function": {"name": "search", "parameters": PARAMETERS}}
TOOL: Any = {"type": "function", "name": "search", "parameters": PARAMETERS, "strict": False}


def ask(text: str, model: str = MINI, **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def test_a_completion_counts_its_tokens(gpt: openai.OpenAI) -> None:
    completion = gpt.chat.completions.create(**ask("Where is order 4711?"))

    assert completion.usage is not None
    text = completion.choices[0].message.content or ""
    assert completion.usage.completion_tokens == -(-len(text) // 4)
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )
    assert completion.service_tier == "default"


def test_a_stream_tells_usage_only_when_asked(gpt: openai.OpenAI) -> None:
    silent = list(gpt.chat.completions.create(**ask("Explain."), stream=True))
    telling = list(
        gpt.chat.completions.create(**ask("Explain."), stream=True, stream_options={"include_usage": True})
    )

    assert all(chunk.usage is None for chunk in silent)
    assert telling[-1].usage is not None
    assert telling[-1].choices == []
    said = "".join(chunk.choices[0].delta.content or "" for chunk in silent)
    assert telling[-1].usage.completion_tokens == -(-len(said) // 4)


def test_the_chat_stream_helper_collects_a_tool_call(gpt: openai.OpenAI) -> None:
    with gpt.chat.completions.stream(
        **ask("Search it."), tools=[CHAT_TOOL], extra_headers={"x-demo-steps": "1"}
    ) as stream:
        final = stream.get_final_completion()

    choice = final.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls
    assert set(json.loads(choice.message.tool_calls[0].function.arguments)) == {"query"}


def test_a_long_prefix_is_cached_by_itself(gpt: openai.OpenAI, clock: Clock) -> None:
    rules = {"role": "system", "content": "Rule of the house. " * 400}

    def details(model: str, text: str) -> tuple[int, int]:
        messages: Any = [rules, {"role": "user", "content": text}]
        completion = gpt.chat.completions.create(model=model, messages=messages)
        assert completion.usage is not None
        assert completion.usage.prompt_tokens_details is not None
        given = completion.usage.prompt_tokens_details
        return given.cached_tokens or 0, given.cache_write_tokens or 0

    read, written = details(LUNA, "one")
    assert read == 0
    assert written % 128 == 0
    assert written >= 1024
    assert details(LUNA, "two") == (written, 0)
    clock.now += 1801
    assert details(LUNA, "three") == (0, written)
    # Older models cache as well but do not report what they write.
    assert details(MINI, "one") == (0, 0)
    assert details(MINI, "two")[0] == written


def test_a_response_keeps_its_parts_in_step(gpt: openai.OpenAI) -> None:
    response = gpt.responses.create(
        model=LUNA, input="Plan the work.", reasoning={"effort": "low"}, instructions="Be short."
    )
    assert response.output_text
    assert response.usage is not None
    assert 0 < response.usage.output_tokens_details.reasoning_tokens < response.usage.output_tokens
    assert [item.type for item in response.output] == ["reasoning", "message"]


def test_a_response_stream_ends_with_the_same_usage(gpt: openai.OpenAI) -> None:
    whole = gpt.responses.create(model=LUNA, input="Plan it.")
    events = list(gpt.responses.create(model=LUNA, input="Plan it.", stream=True))
    with gpt.responses.stream(model=LUNA, input="Plan it.") as stream:
        final = stream.get_final_response()

    assert events[0].type == "response.created"
    last = events[-1]
    assert last.type == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert last.response.usage == final.usage == whole.usage
    assert final.output_text == whole.output_text


def test_a_response_tool_loop_ends(gpt: openai.OpenAI) -> None:
    response = gpt.responses.create(model=LUNA, input="Search the archive.", tools=[TOOL])
    for _ in range(8):
        calls = [item for item in response.output if item.type == "function_call"]
        if not calls:
            break
        results: Any = [
            {"type": "function_call_output", "call_id": call.call_id, "output": "found"} for call in calls
        ]
        response = gpt.responses.create(
            model=LUNA, input=results, previous_response_id=response.id, tools=[TOOL]
        )
    assert response.output_text


def test_the_response_stream_helper_collects_arguments(gpt: openai.OpenAI) -> None:
    with gpt.responses.stream(
        model=LUNA, input="Search.", tools=[TOOL], extra_headers={"x-demo-steps": "1"}
    ) as stream:
        final = stream.get_final_response()
    call = final.output[0]
    assert call.type == "function_call"
    assert set(json.loads(call.arguments)) == {"query"}


def test_a_twelve_hour_prefix_is_a_long_write(gpt: openai.OpenAI) -> None:
    response = gpt.responses.create(
        model=LUNA, input="x " * 4000, prompt_cache_options={"ttl": "12h", "mode": "implicit"}
    )
    assert response.usage is not None
    split = response.usage.input_tokens_details.cache_write_tokens_details
    assert split is not None
    assert split.ttl_12h_tokens == response.usage.input_tokens_details.cache_write_tokens > 0
    assert split.ttl_30m_tokens == 0


def test_a_limit_on_output_is_kept(gpt: openai.OpenAI) -> None:
    long = {"x-demo-output-tokens": "500"}
    chat = gpt.chat.completions.create(**ask("Tell me."), max_completion_tokens=20, extra_headers=long)
    response = gpt.responses.create(model=LUNA, input="Tell me.", max_output_tokens=20, extra_headers=long)

    assert chat.choices[0].finish_reason == "length"
    assert chat.usage is not None
    assert response.usage is not None
    assert chat.usage.completion_tokens == response.usage.output_tokens == 20
    assert response.status == "incomplete"


@pytest.mark.parametrize(
    ("status", "error"),
    [("429", openai.RateLimitError), ("500", openai.InternalServerError), ("400", openai.BadRequestError)],
)
def test_faults_become_the_clients_own_errors(
    gpt: openai.OpenAI, status: str, error: type[openai.APIStatusError]
) -> None:
    with pytest.raises(error):
        gpt.with_options(max_retries=0).chat.completions.create(
            **ask("hello"), extra_headers={"x-demo-fault": status}
        )


def test_limits_are_told_in_headers(gpt: openai.OpenAI) -> None:
    raw = gpt.chat.completions.with_raw_response.create(**ask("hi"), extra_headers={"x-demo-fault": "429:1"})
    assert raw.retries_taken == 1
    assert int(raw.headers["x-ratelimit-remaining-tokens"]) > 0


def test_embeddings_are_unit_vectors(gpt: openai.OpenAI) -> None:
    made = gpt.embeddings.create(model="text-embedding-3-small", input=["order", "refund"])
    assert len(made.data) == 2
    assert sum(value * value for value in made.data[0].embedding) == pytest.approx(1, abs=1e-5)
    assert made.usage.prompt_tokens == 4


def test_the_async_client_answers_and_streams(server: ProviderServer) -> None:
    async def both() -> tuple[Any, Any, Any]:
        async with openai.AsyncOpenAI(base_url=server.openai_url, api_key=API_KEY) as client:
            whole = await client.chat.completions.create(**ask("async"))
            chunks = await client.chat.completions.create(
                **ask("async"), stream=True, stream_options={"include_usage": True}
            )
            last = [chunk async for chunk in chunks][-1]
            async with client.responses.stream(model=LUNA, input="async") as stream:
                response = await stream.get_final_response()
        return whole.usage, last.usage, response

    whole, streamed, response = asyncio.run(both())
    assert whole == streamed
    assert response.usage.output_tokens > 0
