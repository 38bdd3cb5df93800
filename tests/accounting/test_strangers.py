"""What real emitters taught: zeros that mean unknown, aliases, lost cache writes, counts told twice."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.accounting.test_recognition import (
    ANTHROPIC,
    BUCKETS,
    CHAT,
    IN,
    OBJECTS,
    OPENAI,
    OUT,
    READ,
    STRANGER,
    WRITE,
    buckets,
    one,
)
from tests.ledger.ledger import Ledger
from tests.ledger.spans import pairs, span

OPENINFERENCE = "openinference.instrumentation.new_framework"
PROMPT, COMPLETION = "llm.token_count.prompt", "llm.token_count.completion"
EMBEDDING = {"openinference.span.kind": "EMBEDDING", "llm.model_name": "text-embedding-3-small", PROMPT: 9}
NOTHING = (None,) * len(BUCKETS)


def test_all_zeros_are_no_measurement(ledger: Ledger) -> None:
    zeros = {IN: 0, OUT: 0, READ: 0, WRITE: 0}
    ledger.clear()
    agent = {"gen_ai.operation.name": "invoke_agent", IN: 0, OUT: 0}
    ledger.take(
        span("boss", agent, took=5), span("c", {**CHAT, **zeros}, parent="boss", at=1), scope=STRANGER
    )
    (row,) = ledger.calls()
    assert (buckets(row), row["pricing_status"]) == (NOTHING, "missing_usage")
    ledger.take(span("lonely", agent, trace="other"), scope=STRANGER)
    assert len(ledger.calls()) == 1, "an agent that knows of no tokens is no call"
    row = one(ledger, {IN: 50, OUT: 0})
    assert buckets(row)[-1] == 0, "an empty answer is measured"


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ({"gen_ai.request.model": "openai/gpt-5.4-mini"}, {"gen_ai.request.model": "gpt-5.4-mini", IN: 70}),
        ({"gen_ai.request.model": "smart", IN: 70}, {"gen_ai.request.model": "gpt-5.4-mini", IN: 70}),
        ({"gen_ai.request.model": "smart"}, {"gen_ai.request.model": "gpt-5.4-mini", IN: 70}),
        ({"gen_ai.request.model": "smart", IN: 70}, {"gen_ai.request.model": "gpt-5.4-mini"}),
    ],
    ids=["prefix", "alias, both know", "alias, inner knows", "alias, outer knows"],
)
def test_a_router_around_a_client_is_one_call(
    ledger: Ledger, outer: dict[str, Any], inner: dict[str, Any]
) -> None:
    said = [{**CHAT, **each, **({OUT: 7} if IN in each else {})} for each in (outer, inner)]
    ledger.clear()
    ledger.send(span("router", said[0], took=3), scope="router")
    ledger.take(span("client", said[1], parent="router", at=1), scope=STRANGER)
    (row,) = ledger.calls()
    assert (row["fresh_input_tokens"], row["output_tokens"], row["suppressed_spans"]) == (70, 7, 1)


def test_a_fallback_to_another_model_stays_two_calls(ledger: Ledger) -> None:
    said = {**CHAT, OUT: 7}
    ledger.clear()
    ledger.take(
        span("first", {**said, "gen_ai.request.model": "claude-opus-4-5", IN: 90}, took=3),
        span("second", {**said, "gen_ai.request.model": "gpt-5.4-mini", IN: 70}, parent="first", at=1),
        scope=STRANGER,
    )
    assert {row["fresh_input_tokens"] for row in ledger.calls()} == {90, 70}


def test_an_embedding_told_on_two_levels_is_one_and_has_a_price(ledger: Ledger) -> None:
    outer = {"ai.operationId": "ai.embed", "ai.model.id": "text-embedding-3-small", "ai.usage.tokens": 9}
    ledger.clear()
    ledger.take(
        span("outer", outer, took=3),
        span("inner", {**outer, "ai.operationId": "ai.embed.doEmbed"}, parent="outer", at=1),
        scope="ai",
    )
    ledger.take(span("plain", EMBEDDING, trace="other", at=90), scope=OPENINFERENCE)
    rows = ledger.calls()
    assert [(row["fresh_input_tokens"], row["pricing_status"]) for row in rows] == [(9, "priced")] * 2


def test_what_tells_nothing_of_the_cache_is_marked_whoever_tells_it(ledger: Ledger) -> None:
    said = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-5.4-mini", PROMPT: 70, COMPLETION: 7}
    for scope in (OPENINFERENCE, "opentelemetry.instrumentation.openai.v1", "some.scope"):
        ledger.clear()
        ledger.take(span("c", said), scope=scope)
        assert "cache_not_reported" in ledger.call("c")["pricing_note"]


def test_an_object_in_two_vocabularies_is_settled_by_its_total_or_marked(ledger: Ledger) -> None:
    mixed = {
        "prompt_tokens": 100,
        "completion_tokens": 7,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 30,
    }
    for more, fresh, note in (
        ({}, 10, "cache_inclusion_assumed"),
        ({"total_tokens": 107}, 10, ""),
        ({"prompt_tokens": 10}, 10, ""),
    ):
        row = one(ledger, {"gen_ai.usage.raw": json.dumps({**mixed, **more})})
        assert row["fresh_input_tokens"] == fresh
        assert ("cache_inclusion_assumed" in row["pricing_note"]) == bool(note)


def test_an_object_that_lost_the_cache_writes_goes_behind_the_attributes(ledger: Ledger) -> None:
    gemini = {"prompt_token_count": 100, "cached_content_token_count": 60, "candidates_token_count": 7}
    answer = json.dumps({"usage_metadata": {**gemini, "total_token_count": 107}})
    told = {IN: 100, READ: 60, WRITE: 30, OUT: 7, "output.value": answer}
    assert buckets(one(ledger, told)) == (10, 60, 30, 0, 7)
    row = one(ledger, {"output.value": answer})
    assert (buckets(row)[:2], row["pricing_note"]) == ((40, 60), "cache_write_not_reported")


@pytest.mark.parametrize(
    ("scope", "said", "output", "note"),
    [
        ("gcp.vertex.agent", {"gen_ai.provider.name": "openai", OUT: 10}, 7, ""),
        ("gcp.vertex.agent", {"gen_ai.provider.name": "gcp.gemini", OUT: 7}, 7, ""),
        ("anthropic", {OUT: 1, "gen_ai.request.streaming": True}, None, "output_incomplete"),
        (
            "anthropic",
            {OUT: 7, "gen_ai.request.streaming": True, "gen_ai.usage.streaming_tokens": 5},
            7,
            "",
        ),
        ("openlit.otel.tracing", {OUT: 7, "gen_ai.request.is_stream": True}, 7, "usage_estimated"),
    ],
    ids=["thinking twice", "thinking once", "placeholder", "counted", "guessed"],
)
def test_emitters_that_err_in_the_output(
    ledger: Ledger, scope: str, said: Mapping[str, Any], output: int | None, note: str
) -> None:
    renamed = "gen_ai.usage.prompt_tokens" if scope == "anthropic" else IN
    wanted = dict(said)
    if scope == "anthropic":
        wanted["gen_ai.usage.completion_tokens"] = wanted.pop(OUT)
    if scope == "openlit.otel.tracing":
        wanted["gen_ai.provider.name"] = "openai"
    thinking = {"gen_ai.usage.reasoning.output_tokens": 3} if scope == "gcp.vertex.agent" else {}
    row = one(ledger, {renamed: 70, **thinking, **wanted}, scope)
    assert row["output_tokens"] == output
    assert note in row["pricing_note"]


def test_a_stream_that_does_not_say_so_shows_by_the_order_of_its_attributes(ledger: Ledger) -> None:
    scope, model = "opentelemetry.instrumentation.anthropic", {"gen_ai.response.model": "claude-sonnet-4-5"}
    usage = {IN: 100, READ: 60, WRITE: 30, OUT: 7, "gen_ai.response.finish_reasons": ["stop"]}
    assert "output_overstated" in one(ledger, {**usage, **model}, scope)["pricing_note"]
    assert "output_overstated" not in one(ledger, {**model, **usage}, scope)["pricing_note"]


@pytest.mark.parametrize("value", ["70", 70.0, 70], ids=["text", "double", "integer"])
def test_a_count_is_a_count_in_any_type(ledger: Ledger, value: object) -> None:
    assert one(ledger, {IN: value, OUT: 7})["fresh_input_tokens"] == 70


def test_usage_as_a_map_and_in_camel_case(ledger: Ledger) -> None:
    flat = {"input_tokens": 10, "output_tokens": 7, "cache_read_input_tokens": 60}
    assert buckets(one(ledger, {"gen_ai.usage": flat}))[:2] == (10, 60)
    assert buckets(one(ledger, {"gen_ai.usage": OPENAI})) == buckets(
        one(ledger, {"usage": json.dumps(OPENAI)})
    )
    assert (
        one(ledger, {"gen_ai.usage": OPENAI})["cache_read_tokens"]
        == OPENAI["prompt_tokens_details"]["cached_tokens"]
    )
    camel = {"inputTokens": 10, "outputTokens": 7, "cacheReadInputTokens": 60, "cacheWriteInputTokens": 30}
    assert buckets(one(ledger, {"usage": json.dumps(camel)})) == (10, 60, 30, 0, 7)


def with_event(attributes: Mapping[str, Any], name: str = "usage") -> Span:
    told = span("c", CHAT)
    told.events.append(Span.Event(name=name, time_unix_nano=1, attributes=pairs(attributes)))
    return told


def test_usage_under_names_nobody_knows_is_missing_never_wrong(ledger: Ledger) -> None:
    for said in (
        {"acme.spent.in": 100, "acme.spent.out": 7},
        {"acme.request.max_tokens": 100, "acme.limit.output_tokens": 7, "acme.limit.input_tokens": 9},
        {"acme.session.usage.input_tokens": 100, "acme.session.usage.output_tokens": 7},
        {"acme.cache_read.input_tokens": 60},
    ):
        row = one(ledger, said)
        assert (buckets(row), row["pricing_status"]) == (NOTHING, "missing_usage"), said


def flat(prefix: str, usage: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, value in usage.items():
        found |= flat(f"{prefix}.{key}", value) if isinstance(value, dict) else {f"{prefix}.{key}": value}
    return found


@pytest.mark.parametrize("where", ["on the span", "on an event"])
def test_a_usage_object_written_out_under_unlisted_names(ledger: Ledger, where: str) -> None:
    ledger.clear()
    for name, (usage, _) in OBJECTS.items():
        said = flat("acme.raw.usage", usage)
        told = span("c", {**CHAT, **said}) if where == "on the span" else with_event(said)
        told = span("c", {**CHAT, **said}) if where == "on the span" else with_event(said)
        told.trace_id = name.encode().ljust(16, b".")
        ledger.send(told, scope=STRANGER)
    ledger.catch_up()
    rows = {row["trace_id"]: row for row in ledger.calls()}
    found = {name: buckets(rows[name.encode().ljust(16, b".").hex()]) for name in OBJECTS}
    assert found == {name: wanted for name, (_, wanted) in OBJECTS.items()}


def test_usage_on_an_event_under_its_proper_names(ledger: Ledger) -> None:
    ledger.clear()
    ledger.take(with_event({IN: 100, OUT: 7, "acme.response.model": "claude-sonnet-4-5"}), scope=STRANGER)
    assert buckets(ledger.call("c")) == (100, None, None, None, 7)


def test_events_that_tell_of_several_calls_tell_of_none(ledger: Ledger) -> None:
    told = with_event({IN: 100, OUT: 7})
    told.events.append(Span.Event(name="usage", time_unix_nano=2, attributes=pairs({IN: 50, OUT: 9})))
    ledger.clear()
    ledger.take(told, scope=STRANGER)
    assert buckets(ledger.call("c")) == NOTHING


def test_a_part_under_an_unlisted_name_beside_counts_under_listed_ones(ledger: Ledger) -> None:
    said = {"gen_ai.usage.input_tokens.cache_read": 60, "gen_ai.usage.output_tokens.reasoning": 3}
    row = one(ledger, {IN: 100, OUT: 7, **said})
    assert (buckets(row)[:2], row["reasoning_tokens"]) == ((40, 60), 3)
    assert row["pricing_note"] == "cache_inclusion_assumed"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"error.type": "RateLimitError"}, "not_billed"),
        ({"error.type": "asyncio.CancelledError"}, "missing_usage"),
        ({"error.type": "X", "gen_ai.response.finish_reasons": ["stop"]}, "missing_usage"),
        ({"error.type": "X", "gen_ai.response.time_to_first_chunk": 0.4}, "missing_usage"),
    ],
    ids=["refused", "cancelled", "answered", "begun"],
)
def test_what_failed_after_the_answer_began_is_not_free(
    ledger: Ledger, said: dict[str, Any], status: str
) -> None:
    told = span("c", {**CHAT, **said})
    told.status.code = told.status.STATUS_CODE_ERROR
    ledger.clear()
    ledger.take(told, scope=STRANGER)
    assert ledger.call("c")["pricing_status"] == status


def test_the_sum_of_calls_that_stand_behind_a_frameworks_spans_is_no_call(ledger: Ledger) -> None:
    kind = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-5.4-mini"}
    ledger.clear()
    ledger.take(
        span("all", {**kind, PROMPT: 140, COMPLETION: 14}, took=9),
        span("first", kind, parent="all", at=1),
        span("call1", {**kind, PROMPT: 70, COMPLETION: 7}, parent="first", at=1.1, took=0.5),
        span("second", kind, parent="all", at=4),
        span("call2", {**kind, PROMPT: 70, COMPLETION: 7}, parent="second", at=4.1, took=0.5),
        scope="mlflow.tracing.provider",
    )
    assert [row["output_tokens"] for row in ledger.calls()] == [7, 7]


@pytest.mark.parametrize(("counted", "is_doubtful"), [(200, True), (101, False)])
def test_an_even_count_of_who_counts_streams_twice_is_marked(
    ledger: Ledger, counted: int, is_doubtful: bool
) -> None:
    ledger.clear()
    ledger.take(span("c", {**CHAT, IN: counted, OUT: 7}), scope="pydantic-ai", version="0.7.6")
    assert ("usage_may_be_doubled" in ledger.call("c")["pricing_note"]) == is_doubtful


def test_a_model_named_only_in_the_parameters_of_the_request(ledger: Ledger) -> None:
    ledger.clear()
    said = {
        "gen_ai.span.kind": "LLM",
        "gen_ai.request.parameters": '{"model": "gpt-5.4-mini", "stream": true}',
    }
    ledger.take(span("c", {**said, IN: 70, OUT: 7}), scope="traceai_openai")
    row = ledger.call("c")
    assert (row["response_model"], row["pricing_status"]) == ("gpt-5.4-mini", "priced")


def test_a_framework_in_place_of_the_provider_leaves_the_model_its_price(ledger: Ledger) -> None:
    for provider, model in (
        ("agent", "gpt-5.4-mini"),
        ("google-gla", "gemini-2.5-flash"),
        ("openai.chat", "gpt-5.4-mini"),
        ("gcp.vertex.agent", "gemini-2.5-flash"),
    ):
        ledger.clear()
        said = {"gen_ai.provider.name": provider, "gen_ai.request.model": model, IN: 70, OUT: 7}
        ledger.take(span("c", {**CHAT, **said}), scope=STRANGER, resource={"service.name": "agent"})
        assert ledger.call("c")["pricing_status"] == "priced", provider


def test_a_step_that_only_prepares_a_request_is_no_call(ledger: Ledger) -> None:
    said = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-5.4-mini"}
    prepared = span("prepared", said)
    prepared.name = "OpenAI._prepare_chat_with_tools"
    ledger.clear()
    ledger.take(
        prepared,
        span("call", {**said, PROMPT: 70, COMPLETION: 7}, at=1),
        scope="openinference.instrumentation.llama_index",
    )
    assert [row["output_tokens"] for row in ledger.calls()] == [7]


def test_of_two_reports_the_one_that_knows_the_cache_writes_stands(ledger: Ledger) -> None:
    ledger.clear()
    ledger.send(
        span("outer", {**CHAT, IN: 100, READ: 60, OUT: 7}, took=3),
        scope="openinference.instrumentation.openai",
    )
    inner = {**CHAT, "gen_ai.usage.raw": json.dumps({**ANTHROPIC, "cache_creation": None})}
    ledger.take(span("inner", inner, parent="outer", at=1), scope="other.scope")
    (row,) = ledger.calls()
    assert (buckets(row), row["suppressed_spans"]) == ((10, 60, 30, 0, 7), 1)


def test_content_under_a_frameworks_own_names_is_not_kept(ledger: Ledger) -> None:
    said = {
        "genkit:metadata:subtype": "model",
        "genkit:name": "openai/gpt-5.4-mini",
        "genkit:input": "secret words",
        "genkit:output": json.dumps({"message": "secret words", "usage": OPENAI}),
    }
    ledger.clear()
    ledger.take(span("c", said), scope="genkit-tracer")
    assert buckets(ledger.call("c"))[:2] == (6, 60)
    assert "secret" not in json.dumps(ledger.rows("SELECT * FROM otel_traces"))


def test_text_under_unlisted_names_is_not_kept_and_identifiers_are(ledger: Ledger) -> None:
    secret = "a secret sentence of the user, told to nobody else. " * 8
    told = span(
        "c",
        {
            **CHAT,
            IN: 70,
            OUT: 7,
            "acme.thing": secret,
            "acme.list": json.dumps([{"role": "user", "content": secret}]),
            "acme.run.id": "run-" + "0a1b2c3d" * 40,
            "acme.plan": "enterprise plan",
        },
    )
    spoken = {"acme.input": "a secret word", "response.text": "a secret answer", "acme.region": "eu west"}
    told.events.append(Span.Event(name="data", time_unix_nano=1, attributes=pairs(spoken)))
    ledger.clear()
    ledger.take(told, scope=STRANGER)
    kept = json.dumps(ledger.rows("SELECT * FROM otel_traces"))
    assert "secret" not in kept
    assert all(text in kept for text in ("run-0a1b2c3d", "enterprise plan", "eu west"))
