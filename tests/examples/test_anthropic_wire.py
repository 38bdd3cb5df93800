"""The Messages format, spoken with the real anthropic client."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import httpx2
import pytest

from examples.provider_server import API_KEY, ProviderServer
from tests.examples.conftest import Clock

MODEL = "claude-sonnet-5-5"
TOOL: Any = {
    "name": "look_up",
    "description": "Looks an order up.",
    "input_schema": {
        "type": "object",
        "properties": {"order": {"type": "string"}, "confidence": {"type": "number"}},
        "required": ["order"],
    },
}


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 900, "messages": [{"role": "user", "content": text}], **more}


def test_a_plain_answer_carries_usage_in_disjoint_buckets(claude: anthropic.Anthropic) -> None:
    message = claude.messages.create(**ask("Where is order 4711?"))

    assert message.id.startswith("msg_")
    assert message.content[0].type == "text"
    assert message.usage.input_tokens == -(-len("user: Where is order 4711?") // 4)
    assert message.usage.cache_read_input_tokens == message.usage.cache_creation_input_tokens == 0
    assert message.usage.output_tokens == -(-len(message.content[0].text) // 4)
    assert message.usage.service_tier == "standard"


def test_equal_requests_get_equal_answers_under_different_ids(claude: anthropic.Anthropic) -> None:
    one, two = (claude.messages.create(**ask("What changed?")) for _ in range(2))

    assert one.content == two.content
    assert one.id != two.id


def test_a_stream_says_at_its_end_what_the_whole_answer_says(claude: anthropic.Anthropic) -> None:
    whole = claude.messages.create(**ask("Explain the refund rule."))
    events = list(claude.messages.create(**ask("Explain the refund rule."), stream=True))

    assert [event.type for event in events][:2] == ["message_start", "content_block_start"]
    assert events[-1].type == "message_stop"
    started, delta = events[0], events[-2]
    assert started.type == "message_start"
    assert started.message.usage.output_tokens == 1
    assert delta.type == "message_delta"
    assert delta.usage.output_tokens == whole.usage.output_tokens
    assert delta.usage.input_tokens == whole.usage.input_tokens


def test_the_stream_helper_collects_text_thinking_and_tool_use(claude: anthropic.Anthropic) -> None:
    more: dict[str, Any] = {
        "tools": [TOOL],
        "thinking": {"type": "enabled", "budget_tokens": 400},
        "extra_headers": {"x-demo-steps": "1"},
    }
    with claude.messages.stream(**ask("Find order 12.", **more)) as stream:
        message = stream.get_final_message()

    kinds = [block.type for block in message.content]
    assert kinds == ["thinking", "tool_use"]
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens_details is not None
    assert 0 < message.usage.output_tokens_details.thinking_tokens < message.usage.output_tokens
    call = message.content[1]
    assert call.type == "tool_use"
    assert isinstance(call.input, dict)
    assert set(call.input) == {"order", "confidence"}


def test_a_tool_loop_ends(claude: anthropic.Anthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": "Find order 13 and tell me its state."}]
    for _ in range(8):
        answer = claude.messages.create(model=MODEL, max_tokens=900, messages=messages, tools=[TOOL])
        messages.append({"role": "assistant", "content": answer.content})
        calls = [block for block in answer.content if block.type == "tool_use"]
        if not calls:
            break
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "found"} for call in calls]
        messages.append({"role": "user", "content": results})
    assert answer.stop_reason == "end_turn"
    assert len(messages) >= 4


def test_a_marked_prefix_is_written_then_read_then_forgotten(
    claude: anthropic.Anthropic, clock: Clock
) -> None:
    system = [{"type": "text", "text": "Rule. " * 1200, "cache_control": {"type": "ephemeral"}}]
    first = claude.messages.create(**ask("one", system=system)).usage
    clock.now += 200
    second = claude.messages.create(**ask("two", system=system)).usage
    clock.now += 299
    third = claude.messages.create(**ask("three", system=system)).usage
    clock.now += 301
    fourth = claude.messages.create(**ask("four", system=system)).usage

    prefix = first.cache_creation_input_tokens
    assert prefix is not None
    assert prefix > 1024
    assert first.cache_read_input_tokens == 0
    assert (second.cache_read_input_tokens, second.cache_creation_input_tokens) == (prefix, 0)
    # Reading renews the lifetime: the third comes 499 s after the write.
    assert third.cache_read_input_tokens == prefix
    assert (fourth.cache_read_input_tokens, fourth.cache_creation_input_tokens) == (0, prefix)


def test_both_lifetimes_in_one_request(claude: anthropic.Anthropic) -> None:
    system: list[Any] = [
        {"type": "text", "text": "Long. " * 1500, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "text", "text": "Short. " * 400, "cache_control": {"type": "ephemeral"}},
    ]
    usage = claude.messages.create(**ask("both", system=system)).usage

    assert usage.cache_creation is not None
    long, short = (
        usage.cache_creation.ephemeral_1h_input_tokens,
        usage.cache_creation.ephemeral_5m_input_tokens,
    )
    assert long > short > 0
    assert long + short == usage.cache_creation_input_tokens


def test_a_prefix_below_the_minimum_is_not_cached(claude: anthropic.Anthropic) -> None:
    system = [{"type": "text", "text": "Short rule.", "cache_control": {"type": "ephemeral"}}]
    usage = claude.messages.create(**ask("hello", system=system)).usage
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (0, 0)


def test_a_growing_conversation_reads_what_it_wrote(claude: anthropic.Anthropic) -> None:
    messages: list[Any] = []
    shares = []
    for turn in range(4):
        said = "Start. " * 900 if not turn else f"Go on, {turn}."
        block = {"type": "text", "text": said, "cache_control": {"type": "ephemeral"}}
        answer = claude.messages.create(
            model=MODEL, max_tokens=300, messages=[*messages, {"role": "user", "content": [block]}]
        )
        usage = answer.usage
        read, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
        shares.append(read / (read + written + usage.input_tokens))
        text = next(block.text for block in answer.content if block.type == "text")
        messages += [{"role": "user", "content": said}, {"role": "assistant", "content": text}]
    assert shares[0] == 0
    assert min(shares[1:]) > 0.8


def test_more_than_four_breakpoints_are_refused(claude: anthropic.Anthropic) -> None:
    system: Any = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}] * 5
    with pytest.raises(anthropic.BadRequestError, match="Found 5"):
        claude.messages.create(**ask("hello", system=system))


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, anthropic.RateLimitError), (500, anthropic.InternalServerError), (529, anthropic.APIStatusError)],
)
def test_faults_become_the_clients_own_errors(
    claude: anthropic.Anthropic, status: int, error: type[anthropic.APIStatusError]
) -> None:
    fails = claude.with_options(max_retries=0)
    with pytest.raises(error) as caught:
        fails.messages.create(**ask("hello"), extra_headers={"x-demo-fault": str(status)})
    assert caught.value.status_code == status
    assert (caught.value.response.headers.get("retry-after") is None) == (status == 500)


def test_the_client_tries_again_after_a_rate_limit(claude: anthropic.Anthropic) -> None:
    raw = claude.messages.with_raw_response.create(
        **ask("hello again"), extra_headers={"x-demo-fault": "429:2"}
    )
    assert raw.retries_taken == 2
    assert raw.parse().usage.output_tokens > 0


def test_limits_are_told_in_headers(claude: anthropic.Anthropic) -> None:
    headers = claude.messages.with_raw_response.create(**ask("limits")).headers
    assert int(headers["anthropic-ratelimit-tokens-remaining"]) < int(
        headers["anthropic-ratelimit-tokens-limit"]
    )
    assert headers["request-id"].startswith("req_")


def test_a_stream_can_break_off(claude: anthropic.Anthropic) -> None:
    cut = claude.with_options(max_retries=0)
    stream = cut.messages.create(**ask("long"), stream=True, extra_headers={"x-demo-fault": "cut"})
    with pytest.raises((httpx2.HTTPError, anthropic.APIError)):
        list(stream)


def test_the_asked_for_json_fits_its_schema(claude: anthropic.Anthropic) -> None:
    schema = {
        "type": "object",
        "properties": {"area": {"enum": ["billing", "login"]}, "confidence": {"type": "number"}},
    }
    message = claude.messages.create(
        **ask("sort this", output_config={"format": {"type": "json_schema", "schema": schema}})
    )
    assert message.content[0].type == "text"
    assert '"confidence": 0.' in message.content[0].text


def test_tokens_can_be_counted_beforehand(claude: anthropic.Anthropic) -> None:
    text = "How many?"
    counted = claude.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": text}])
    assert counted.input_tokens == claude.messages.create(**ask(text)).usage.input_tokens


def test_a_batch_ends_and_is_billed_as_one(claude: anthropic.Anthropic) -> None:
    requests: Any = [{"custom_id": f"doc-{n}", "params": ask(f"Sum up document {n}.")} for n in range(3)]
    batch = claude.messages.batches.create(requests=requests)
    assert batch.processing_status == "in_progress"
    while claude.messages.batches.retrieve(batch.id).processing_status != "ended":
        pass
    results = {line.custom_id: line.result for line in claude.messages.batches.results(batch.id)}

    assert set(results) == {"doc-0", "doc-1", "doc-2"}
    first = results["doc-0"]
    assert first.type == "succeeded"
    assert first.message.usage.service_tier == "batch"


def test_the_async_client_answers_and_streams(server: ProviderServer) -> None:
    async def both() -> tuple[int, int]:
        async with anthropic.AsyncAnthropic(base_url=server.anthropic_url, api_key=API_KEY) as client:
            whole = await client.messages.create(**ask("async"))
            async with client.messages.stream(**ask("async")) as stream:
                final = await stream.get_final_message()
        return whole.usage.output_tokens, final.usage.output_tokens

    whole, streamed = asyncio.run(both())
    assert whole == streamed > 0
