"""Classes of fault beyond the recorded payloads: emitters nobody listed, late and repeated reports, doubtful sums."""

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, TracesData

from sql.roles import recognised_names
from tests.accounting.case import Case, cases
from tests.accounting.run import rounds
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import pairs, span

BUCKETS = (
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_write_short_tokens",
    "cache_write_long_tokens",
    "output_tokens",
)
IN, OUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
READ, WRITE = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"
TOTAL = "gen_ai.usage.total_tokens"
STRANGER = "some.new.instrumentation"
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
}
ANTHROPIC = {
    "input_tokens": 10,
    "output_tokens": 7,
    "cache_read_input_tokens": 60,
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
    "output_tokens_details": {"thinking_tokens": 3},
}
OPENAI = {
    "prompt_tokens": 70,
    "completion_tokens": 7,
    "total_tokens": 77,
    "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
RESPONSES = {
    "input_tokens": 70,
    "input_tokens_details": {"cached_tokens": 60},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 77,
}
BEDROCK = {
    "inputTokens": 10,
    "outputTokens": 7,
    "totalTokens": 107,
    "cacheReadInputTokens": 60,
    "cacheWriteInputTokens": 30,
}
GEMINI = {
    "promptTokenCount": 70,
    "cachedContentTokenCount": 60,
    "candidatesTokenCount": 4,
    "thoughtsTokenCount": 3,
    "totalTokenCount": 77,
}
LANGCHAIN = {
    "input_tokens": 100,
    "output_tokens": 7,
    "total_tokens": 107,
    "input_token_details": {
        "cache_read": 60,
        "cache_creation": 0,
        "ephemeral_5m_input_tokens": 20,
        "ephemeral_1h_input_tokens": 10,
    },
    "output_token_details": {"reasoning": 3},
}
OBJECTS = {
    "anthropic": (ANTHROPIC, (10, 60, 20, 10, 7)),
    "openai chat": (OPENAI, (6, 60, 4, 0, 7)),
    "openai responses": (RESPONSES, (10, 60, None, None, 7)),
    "bedrock": (BEDROCK, (10, 60, 30, 0, 7)),
    "gemini": (GEMINI, (10, 60, None, None, 7)),
    "langchain": (LANGCHAIN, (10, 60, 20, 10, 7)),
}


def buckets(row: Row) -> tuple[int | None, ...]:
    return tuple(row[name] for name in BUCKETS)


def one(ledger: Ledger, attributes: Mapping[str, Any], scope: str = STRANGER, **place: Any) -> Row:
    ledger.clear()
    ledger.take(span("c", {**CHAT, **attributes}, **place), scope=scope, version="1.0")
    return ledger.call("c")


@pytest.mark.parametrize("how", ["an attribute", "the answer", "python text"])
def test_a_usage_object_is_read_in_the_words_of_who_made_it(ledger: Ledger, how: str) -> None:
    ledger.clear()
    for name, (usage, _) in OBJECTS.items():
        text = {
            "an attribute": ("gen_ai.usage.raw", json.dumps(usage)),
            "the answer": ("output.value", json.dumps({"content": "secret words", "usage": usage})),
            "python text": ("metadata.usage_object", str(usage)),
        }[how]
        ledger.send(span("c", {**CHAT, text[0]: text[1]}, trace=name), scope=STRANGER)
    ledger.catch_up()
    found = {name: buckets(ledger.call("c", name)) for name in OBJECTS}
    assert found == {name: wanted for name, (_, wanted) in OBJECTS.items()}


def test_of_an_answer_only_numbers_are_kept(ledger: Ledger) -> None:
    answer = {"id": "msg_0123456789", "content": [{"text": "secret words"}], "usage": ANTHROPIC}
    tricky = {"content": json.dumps({"usage": {"input_tokens": 999999}}), "usage": OPENAI}
    ledger.clear()
    ledger.take(
        span("c", {**CHAT, "output.value": json.dumps(answer), "input.value": "secret words"}),
        span("d", {**CHAT, "output.value": json.dumps(tricky)}, at=100),
        scope=STRANGER,
        resource={"process.command_args": ["agent", "-p", "secret words"], "process.pid": 7},
    )
    assert buckets(ledger.call("c")) == OBJECTS["anthropic"][1]
    assert buckets(ledger.call("d")) == OBJECTS["openai chat"][1], "text inside an answer is not its usage"
    for table in ("otel_traces", "call_reports", "spans"):
        kept = json.dumps(ledger.rows(f"SELECT * FROM {table}"))
        assert "secret" not in kept
        assert "999999" not in kept


def test_a_component_that_names_its_model_only_in_the_answer(ledger: Ledger) -> None:
    ledger.clear()
    reply = {"replies": [{"content": "secret words", "meta": {"model": "gpt-5.4-mini", "usage": OPENAI}}]}
    said = {"haystack.component.type": "OpenAIChatGenerator", "haystack.component.output": json.dumps(reply)}
    ledger.take(span("c", said), scope="haystack")
    row = ledger.call("c")
    assert (buckets(row), row["response_model"]) == (OBJECTS["openai chat"][1], "gpt-5.4-mini")
    assert "secret" not in json.dumps(ledger.rows("SELECT * FROM otel_traces"))


def test_an_emitter_nobody_listed_is_read_by_arithmetic_or_marked(ledger: Ledger) -> None:
    row = one(ledger, {IN: 100, READ: 60, OUT: 5})
    assert (buckets(row)[0], row["pricing_note"]) == (40, "cache_inclusion_assumed")
    row = one(ledger, {IN: 20, READ: 60, OUT: 5})
    assert (buckets(row)[0], "cache" in row["pricing_note"]) == (20, False)
    row = one(ledger, {IN: 100, READ: 60, OUT: 5, TOTAL: 165})
    assert (buckets(row)[0], "cache" in row["pricing_note"]) == (100, False)
    row = one(ledger, {IN: 100, OUT: 5})
    assert (buckets(row)[0], row["cache_read_tokens"], row["pricing_note"]) == (
        100,
        None,
        "cache_not_reported",
    )
    assert (row["evidence"], row["convention"], row["emitter"]) == ("no cached part", "otel_genai", STRANGER)


def test_the_same_attributes_mean_what_their_emitter_means(ledger: Ledger) -> None:
    said = {IN: 100, READ: 60, WRITE: 10, OUT: 5}
    fresh = {
        scope: one(ledger, said, scope)["fresh_input_tokens"]
        for scope in (
            "opentelemetry.instrumentation.genai.anthropic",
            "opentelemetry.instrumentation.genai.bedrock",
            "openlit.instrumentation.anthropic",
            "agent_framework",
        )
    }
    assert list(fresh.values()) == [30, 100, 100, 100]
    older = {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 5, READ: 60, WRITE: 10}
    assert one(ledger, older, "litellm")["fresh_input_tokens"] == 40, "writes beside, reads inside"


@pytest.mark.parametrize(
    "usage",
    [
        {IN: 100, OUT: 5, TOTAL: 50},
        {IN: 100, OUT: 5, "gen_ai.usage.raw": json.dumps({**ANTHROPIC, "input_tokens": 777})},
    ],
    ids=["a total below its parts", "an object that speaks of other tokens"],
)
def test_a_contradiction_is_a_status(ledger: Ledger, usage: dict[str, Any]) -> None:
    row = one(ledger, usage)
    assert (row["pricing_status"], buckets(row), row["list_cost_usd"]) == (
        "conflicting_usage",
        (None,) * 5,
        None,
    )


def test_a_client_side_cache_hit_is_free_with_its_tokens(ledger: Ledger) -> None:
    row = one(ledger, {IN: 100, OUT: 5, "litellm.cache_hit": True})
    assert (row["pricing_status"], row["list_cost_usd"], row["fresh_input_tokens"]) == ("free", None, 100)


def test_a_stream_that_broke_off_has_no_output(ledger: Ledger) -> None:
    row = one(
        ledger,
        {IN: 100, READ: 0, WRITE: 0, OUT: 3, "gen_ai.request.stream": True},
        "opentelemetry.instrumentation.genai.anthropic",
    )
    assert (row["output_tokens"], row["pricing_status"]) == (None, "missing_usage")
    assert row["pricing_note"] == "output_incomplete"


@pytest.mark.parametrize("with_id", [True, False])
def test_a_second_report_an_hour_later_makes_no_second_call(ledger: Ledger, with_id: bool) -> None:
    ledger.clear()
    said = {**CHAT, IN: 25_000, READ: 20_000, WRITE: 3_000, OUT: 611}
    known = {"gen_ai.response.id": "msg_1"} if with_id else {}
    ledger.take(
        span("client", {**said, **known}, trace="one", at=0.1), scope="opentelemetry.instrumentation.x"
    )
    assert len(ledger.calls()) == 1
    better = {**said, **known, "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 400}
    ledger.take(span("framework", better, trace="two", took=1.2), scope="com.anthropic.sdk.python")
    (row,) = ledger.calls()
    assert (row["cache_write_long_tokens"], row["suppressed_spans"], row["suppressed_why"]) == (
        400,
        1,
        "duplicate",
    )


def test_calls_alike_of_one_emitter_stay_two(ledger: Ledger) -> None:
    ledger.clear()
    said = {**CHAT, IN: 1_000, READ: 0, OUT: 10}
    ledger.take(span("a", said, trace="one"), span("b", said, trace="two"), scope=STRANGER)
    assert len(ledger.calls()) == 2


def test_an_orphan_aggregate_stands_until_its_calls_come(ledger: Ledger) -> None:
    ledger.clear()
    totals = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "a", IN: 300, OUT: 20}
    ledger.take(span("boss", {**totals, "gen_ai.request.model": "claude-sonnet-4-5"}, took=10))
    assert "aggregate_without_calls" in ledger.call("boss")["pricing_note"]
    ledger.take(*(span(f"c{n}", {**CHAT, IN: 150, OUT: 10}, parent="boss", at=n + 1) for n in range(2)))
    assert {row["output_tokens"] for row in ledger.calls()} == {10}
    assert sum(row["suppressed_spans"] for row in ledger.calls()) == 1


def test_an_echo_completes_its_call_and_never_stands(ledger: Ledger) -> None:
    ledger.clear()
    answer = {"messages": [{"usage": ANTHROPIC}]}
    ledger.take(
        span("step", {"traceloop.entity.output": json.dumps(answer)}, took=5),
        span("call", {**CHAT, IN: 100, READ: 60, OUT: 7}, parent="step", at=1),
        span("tool", {"traceloop.entity.output": json.dumps(answer)}, trace="other", took=5),
        scope="opentelemetry.instrumentation.langchain",
    )
    (row,) = ledger.calls()
    assert buckets(row) == OBJECTS["anthropic"][1]
    assert (row["reasoning_tokens"], row["suppressed_why"]) == (3, "echo")


def test_a_session_of_a_coding_agent_is_one_task(ledger: Ledger) -> None:
    ledger.clear()
    said = {"span.type": "llm_request", "gen_ai.request.model": "claude-sonnet-4-5", "session.id": "s1"}
    usage = {"input_tokens": 5, "output_tokens": 7, "cache_read_tokens": 60, "cache_creation_tokens": 0}
    ledger.take(
        *(span(f"c{n}", {**said, **usage}, trace=f"t{n}", at=n * 7200) for n in range(2)),
        scope="com.anthropic.claude_code.tracing",
    )
    assert {(row["task_id"], row["fresh_input_tokens"]) for row in ledger.calls()} == {("s1", 5)}


SNAPSHOT = "calls"


def _sample() -> list[Case]:
    return rounds(cases())[1][:40]


def _told(ledger: Ledger, bodies: list[bytes]) -> list[Row]:
    ledger.clear()
    for body in bodies:
        ledger.send_bytes(body)
    ledger.catch_up()
    return ledger.snapshot()[SNAPSHOT]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_shuffling_spans_between_requests_changes_nothing(ledger: Ledger, seed: int) -> None:
    parts = [
        (r.resource, g.scope, s)
        for case in _sample()
        for r in TracesData.FromString(case.body).resource_spans
        for g in r.scope_spans
        for s in g.spans
        if len(r.scope_spans[0].spans) < 50
    ]
    singles = []
    for resource, scope, one_span in parts:
        whole = ResourceSpans(resource=resource)
        group = whole.scope_spans.add()
        group.scope.CopyFrom(scope)
        group.spans.append(one_span)
        singles.append(TracesData(resource_spans=[whole]).SerializeToString())
    straight = _told(ledger, [b"".join(singles)])
    shuffled = random.Random(seed).sample(singles, len(singles))
    assert _told(ledger, [b"".join(shuffled[::2]), b"".join(shuffled[1::2])]) == straight


@given(
    name=st.text("abcdefghij._", min_size=1, max_size=20).filter(lambda n: n not in recognised_names()),
    value=st.one_of(st.integers(0, 10**6), st.text(max_size=20), st.booleans()),
)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_attribute_that_says_nothing_changes_nothing(ledger: Ledger, name: str, value: object) -> None:
    plain, decked = [], []
    for case in _sample()[:20]:
        data = TracesData.FromString(case.body)
        plain.append(case.body)
        for r in data.resource_spans:
            for g in r.scope_spans:
                for s in g.spans:
                    s.attributes.extend(pairs({name: value}))
        decked.append(data.SerializeToString())
    assert _told(ledger, [b"".join(decked)]) == _told(ledger, [b"".join(plain)])
