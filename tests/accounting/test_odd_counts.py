"""Counts in unusual clothes: numbers as text, unknown as -1, fresh input told apart, usage in events, odd names."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.accounting.test_recognition import CHAT, IN, OUT, READ, STRANGER, WRITE, buckets, one
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import pairs, span

CLAUDE = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-sonnet-4-5"}


@pytest.mark.parametrize("value", ["1000.0", "1e3", 1000.0], ids=str)
def test_a_whole_number_may_be_written_as_a_fraction(ledger: Ledger, value: object) -> None:
    row = one(ledger, {IN: value, OUT: "7.0"})
    assert (row["fresh_input_tokens"], row["output_tokens"]) == (1000, 7)


@pytest.mark.parametrize("value", ["7.5", "NaN", "inf", "many"], ids=str)
def test_what_is_no_whole_number_is_unknown(ledger: Ledger, value: str) -> None:
    row = one(ledger, {IN: 1000, OUT: value})
    assert (row["output_tokens"], row["pricing_status"]) == (None, "missing_usage")


def test_minus_one_is_unknown_and_other_negatives_contradict(ledger: Ledger) -> None:
    row = one(ledger, {IN: 1000, OUT: 7, READ: -1, WRITE: -1})
    assert (row["fresh_input_tokens"], row["cache_read_tokens"]) == (1000, None)
    assert row["pricing_note"] == "cache_not_reported"
    assert one(ledger, {IN: 1000, OUT: -1})["pricing_status"] == "missing_usage"
    assert one(ledger, {IN: 1000, OUT: -7})["pricing_status"] == "conflicting_usage"


@pytest.mark.parametrize(
    "said",
    [
        {
            "acme.usage.non_cached_input_tokens": 10,
            "acme.usage.cache_read_input_tokens": 60,
            "acme.usage.cache_creation_input_tokens": 30,
            "acme.usage.output_tokens": 7,
        },
        {
            "acme.usage": json.dumps(
                {
                    "inputTokens": 100,
                    "inputTokenDetails": {
                        "noCacheTokens": 10,
                        "cacheReadTokens": 60,
                        "cacheWriteTokens": 30,
                    },
                    "outputTokens": 7,
                }
            )
        },
    ],
    ids=["beside no total", "beside a total"],
)
def test_fresh_input_told_apart_settles_what_contains_what(ledger: Ledger, said: Mapping[str, Any]) -> None:
    row = one(ledger, said)
    assert buckets(row) == (10, 60, 30, 0, 7)
    assert row["evidence"] == "fresh input is told beside the total"


def in_one_object(whole: int, fresh: int, read: int, written: int, total: int) -> dict[str, str]:
    details = {"noCacheTokens": fresh, "cacheReadTokens": read, "cacheWriteTokens": written}
    usage = {"inputTokens": whole, "inputTokenDetails": details, "outputTokens": 7, "totalTokens": total}
    return {"acme.usage": json.dumps(usage)}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (in_one_object(100, 40, 60, 30, 107), (10, 60, 30)),
        (in_one_object(100, 0, 60, 0, 107), (40, 60, 0)),
        (in_one_object(100, 100, 60, 30, 197), (100, 60, 30)),
        (in_one_object(70, 10, 60, 30, 107), (10, 60, 30)),
        (in_one_object(40, 10, 60, 30, 107), (10, 60, 30)),
        (in_one_object(0, 40, 60, 0, 107), (40, 60, 0)),
    ],
    ids=["writes in it", "a zero nobody knows", "parts beside", "writes beside", "reads beside", "no whole"],
)
def test_fresh_input_told_apart_is_taken_where_it_adds_up(
    ledger: Ledger, said: dict[str, str], meant: tuple[int, ...]
) -> None:
    assert buckets(one(ledger, said))[:3] == meant


@pytest.mark.parametrize(("fresh", "written", "meant"), [(40, 30, 10), (0, 0, 40)])
def test_fresh_input_in_an_attribute_is_taken_where_it_adds_up(
    ledger: Ledger, fresh: int, written: int, meant: int
) -> None:
    said = {IN: 100, OUT: 7, READ: 60, WRITE: written, "ai.usage.inputTokenDetails.noCacheTokens": fresh}
    row = one(ledger, {**said, "gen_ai.provider.name": "openai"})
    assert (row["fresh_input_tokens"], row["cache_read_tokens"]) == (meant, 60)


def test_what_is_no_whole_number_in_an_object_is_unknown(ledger: Ledger) -> None:
    row = one(ledger, {"acme.usage": '{"input_tokens": 100.0, "output_tokens": 12.5}'})
    assert (row["output_tokens"], row["pricing_status"]) == (None, "missing_usage")


def told_in_events(ledger: Ledger, *events: Mapping[str, Any]) -> Row:
    said = span("c", CHAT)
    for n, event in enumerate(events):
        said.events.append(Span.Event(name="chunk", time_unix_nano=n + 1, attributes=pairs(event)))
    ledger.clear()
    ledger.take(said, scope=STRANGER)
    return ledger.call("c")


def test_events_whose_output_grows_tell_of_one_call(ledger: Ledger) -> None:
    grows = [{"usage.input_tokens": 100, "usage.output_tokens": n} for n in (1, 4, 7)]
    assert buckets(told_in_events(ledger, *grows))[::4] == (100, 7)
    started = {"usage.input_tokens": 100, "usage.output_tokens": 1}
    assert buckets(told_in_events(ledger, started, {"usage.output_tokens": 7}))[::4] == (100, 7)


def test_events_of_several_calls_tell_of_none(ledger: Ledger) -> None:
    several = [{"usage.input_tokens": 100 * n, "usage.output_tokens": n} for n in (1, 2)]
    assert told_in_events(ledger, *several)["pricing_status"] == "missing_usage"
    equal = [{"usage.input_tokens": 100 * n, "usage.output_tokens": 1} for n in (1, 2)]
    assert told_in_events(ledger, *equal)["pricing_status"] == "missing_usage"
    shrinks = [{"usage.input_tokens": 100, "usage.output_tokens": n} for n in (7, 4)]
    assert told_in_events(ledger, *shrinks)["pricing_status"] == "missing_usage"


def test_one_object_of_usage_in_an_event_is_read(ledger: Ledger) -> None:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 60, "output_tokens": 7}
    assert buckets(told_in_events(ledger, {"usage": json.dumps(usage)}))[:2] == (10, 60)
    other = {**usage, "output_tokens": 8}
    row = told_in_events(ledger, {"usage": json.dumps(usage)}, {"usage": json.dumps(other)})
    assert row["pricing_status"] == "missing_usage"


@pytest.mark.parametrize(
    "name",
    [
        "session.token_usage",
        "cumulative_usage",
        "usage_limit",
        "token_budget",
        "previous_usage",
        "total_usage",
        "usage.estimate",
        "context_window_tokens",
        "tokens_saved",
        "max_tokens",
        "token_bucket",
        "monthly_usage",
    ],
)
def test_an_object_that_is_no_usage_of_the_call_is_none_in_an_event(ledger: Ledger, name: str) -> None:
    other = json.dumps({"input_tokens": 50000, "output_tokens": 9000})
    assert told_in_events(ledger, {name: other})["pricing_status"] == "missing_usage"
    usage = json.dumps({"input_tokens": 100, "output_tokens": 7})
    assert buckets(told_in_events(ledger, {"usage": usage, name: other}))[::4] == (100, 7)
    assert one(ledger, {name: other})["pricing_status"] == "missing_usage"


def test_what_an_answer_tells_stands_before_objects_under_unlisted_names(ledger: Ledger) -> None:
    said = {"output.value": json.dumps({"content": "x", "usage": {"input_tokens": 10, "output_tokens": 7}})}
    other = json.dumps({"prompt_tokens": 3000, "completion_tokens": 400})
    for name in ("agent.usage", "run.usage", "team.tokens"):
        assert buckets(one(ledger, {**said, name: other}))[::4] == (10, 7)
    call = span("c", {**CHAT, **said})
    call.events.append(Span.Event(name="end", time_unix_nano=1, attributes=pairs({"agent_usage": other})))
    ledger.clear()
    ledger.take(call, scope=STRANGER)
    assert buckets(ledger.call("c"))[::4] == (10, 7)


def test_usage_that_a_tool_tells_is_no_call(ledger: Ledger) -> None:
    tool = span("t", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask"})
    usage = json.dumps({"input_tokens": 3000, "output_tokens": 400})
    tool.events.append(Span.Event(name="end", time_unix_nano=1, attributes=pairs({"usage": usage})))
    ledger.clear()
    ledger.take(tool, scope=STRANGER)
    assert ledger.calls() == []
    ledger.take(span("u", {"gen_ai.operation.name": "execute_tool", "acme.usage": usage}), scope=STRANGER)
    assert ledger.calls() == []


def test_what_one_kind_of_content_took_is_a_part(ledger: Ledger) -> None:
    modal = {
        "gen_ai.usage.text.cache_read.input_tokens": 30,
        "gen_ai.usage.audio.cache_read.input_tokens": 20,
    }
    row = one(ledger, {IN: 100, OUT: 7, **modal})
    assert (row["fresh_input_tokens"], row["cache_read_tokens"]) == (100, None)
    assert row["pricing_note"] == "cache_not_reported"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("api.anthropic.com", "anthropic"),
        ("https://api.openai.com/v1", "openai"),
        ("acme.openai.azure.com", "azure.ai.openai"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "aws.bedrock"),
        ("127.0.0.1:4000", ""),
        ("acme.openai.azure.us", "azure.ai.openai"),
        ("https://us-central1-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("api.x.ai", "x_ai"),
        ("https://llm.fax.ai/v1", ""),
        ("https://coherence.acme.com/v1", ""),
        ("https://api.deepinfra.com/v1/openai", ""),
        ("ibm.watsonx.ai", "ibm.watsonx.ai"),
        ("Amazon Bedrock", "aws.bedrock"),
        ("bedrock_converse", "aws.bedrock"),
        ("Azure OpenAI", "azure.ai.openai"),
        ("openai.chat.completions", "openai"),
        ("google-vertex-anthropic", "gcp.vertex_ai"),
        ("ChatAnthropic", "anthropic"),
        ("litellm_proxy", ""),
        ("acme", "acme"),
    ],
)
def test_a_provider_is_known_by_many_names(ledger: Ledger, said: str, meant: str) -> None:
    assert one(ledger, {"gen_ai.provider.name": said, IN: 100, OUT: 7})["provider"] == meant


@pytest.mark.parametrize("operation", ["anthropic_messages", "aresponses", "acme_ask"])
def test_an_operation_nobody_listed_that_names_model_and_usage_is_a_call(
    ledger: Ledger, operation: str
) -> None:
    ledger.clear()
    ledger.take(span("c", {**CLAUDE, "gen_ai.operation.name": operation, IN: 100, OUT: 7}), scope=STRANGER)
    assert "aggregate_without_calls" not in ledger.call("c")["pricing_note"]


def test_work_that_asks_several_times_is_no_call(ledger: Ledger) -> None:
    ledger.clear()
    said = {**CLAUDE, "gen_ai.operation.name": "run_team", IN: 100, OUT: 7}
    ledger.take(span("boss", said, took=9), span("c", {**CHAT, IN: 100, OUT: 7}, parent="boss", at=1))
    assert [row["span_id"] for row in ledger.calls()] == [ledger.call("c")["span_id"]]


def test_the_kind_of_a_span_counts_under_any_name(ledger: Ledger) -> None:
    ledger.clear()
    answer = json.dumps({"usage": {"input_tokens": 10, "output_tokens": 7}, "model": "claude-sonnet-4-5"})
    ledger.take(span("c", {"acme.span_kind": "llm", "output.value": answer}), scope=STRANGER)
    assert ledger.call("c")["output_tokens"] == 7


def test_input_that_writes_were_taken_from_twice_is_what_the_total_leaves(ledger: Ledger) -> None:
    usage = {
        "input": 0,
        "output": 7,
        "total": 107,
        "input_cache_read": 60,
        "input_cache_creation": 30,
        "input_ephemeral_5m_input_tokens": 20,
        "input_ephemeral_1h_input_tokens": 10,
    }
    said = {"langfuse.observation.usage_details": json.dumps(usage)}
    assert buckets(one(ledger, said, "langfuse-sdk")) == (10, 60, 20, 10, 7)
    whole = {**usage, "total": 97}
    said = {"langfuse.observation.usage_details": json.dumps(whole)}
    assert one(ledger, said, "langfuse-sdk")["fresh_input_tokens"] == 0


TAGGED = {"request_data": json.dumps({"model": "claude-sonnet-4-5", "messages": []})}


@pytest.mark.parametrize("tags", [["LLM"], ["prod", "LLM"], ["LLM", "streaming"]], ids=str)
def test_the_tag_of_logfire_makes_a_call(ledger: Ledger, tags: list[str]) -> None:
    ledger.clear()
    ledger.take(span("c", {**TAGGED, "logfire.tags": tags}, error=True), scope="logfire.anthropic")
    assert ledger.call("c")["pricing_status"] == "not_billed"


@pytest.mark.parametrize(
    "tag", ["chat", "model", "completion", "embedding", "generation", "LLM", "llm", "agent"]
)
def test_tags_of_a_program_make_no_call(ledger: Ledger, tag: str) -> None:
    ledger.clear()
    ledger.take(span("c", {"logfire.tags": [tag], "logfire.msg": "opened"}), scope="logfire")
    assert ledger.calls() == []


@pytest.mark.parametrize("tag", ["prod", "agent", "tool", "embed"])
def test_tags_of_a_program_leave_a_call_as_it_is(ledger: Ledger, tag: str) -> None:
    ledger.clear()
    said = {"gen_ai.request.model": "claude-sonnet-4-5", IN: 100, OUT: 7, "logfire.tags": [tag]}
    ledger.take(span("c", said), scope="logfire.anthropic")
    assert buckets(ledger.call("c"))[::4] == (100, 7)


@pytest.mark.parametrize(
    ("counted", "finish", "known"), [(1, None, None), (5, "end_turn", 5), (1, "end_turn", 1)]
)
def test_a_short_answer_that_ended_is_no_placeholder(
    ledger: Ledger, counted: int, finish: str | None, known: int | None
) -> None:
    ended = {"gen_ai.response.finish_reasons": [finish]} if finish else {}
    told = {**CHAT, IN: 100, OUT: counted, **ended}
    ledger.clear()
    ledger.take(span("c", told), scope="opentelemetry.instrumentation.bedrock", version="0.50.0")
    assert ledger.call("c")["output_tokens"] == known
