"""Names that nobody listed: what is usage there, and what only looks like it."""

import json
from typing import Any

import pytest

from tests.accounting.test_recognition import BUCKETS, CHAT, IN, OPENAI, OUT, STRANGER, buckets, one
from tests.ledger.ledger import Ledger
from tests.ledger.spans import span

NOTHING = (None,) * len(BUCKETS)
AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "claude-sonnet-4-5"}


@pytest.mark.parametrize(
    "beside",
    [
        {"agent.total_usage.cache_read_input_tokens": 50000},
        {"thread.usage.cache_read_tokens": 900},
        {"gen_ai.request.thinking_tokens": 10000},
        {"llm.config.thinking_tokens": 10000},
        {"usage.lifetime.reasoning_tokens": 9000},
        {"usage.cost.input": 3.0, "usage.cost.output": 15.0},
        {"quota.input_tokens": 400000, "quota.output_tokens": 80000},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_totals_limits_and_prices_beside_counts_change_nothing(
    ledger: Ledger, beside: dict[str, Any]
) -> None:
    plain = one(ledger, {IN: 1000, OUT: 100})
    row = one(ledger, {IN: 1000, OUT: 100, **beside})
    assert (buckets(row), row["list_cost_usd"]) == (buckets(plain), plain["list_cost_usd"])


@pytest.mark.parametrize(
    "told",
    [
        {"quota.input_tokens": 400000, "quota.output_tokens": 80000},
        {"conversation.usage.input_tokens": 9000, "conversation.usage.output_tokens": 900},
        {"context_window.input_tokens": 128000, "context_window.output_tokens": 16000},
        {"llm.token_price.prompt": 3, "llm.token_price.completion": 15},
    ],
    ids=lambda told: next(iter(told)),
)
def test_totals_limits_and_prices_are_no_usage(ledger: Ledger, told: dict[str, Any]) -> None:
    row = one(ledger, told)
    assert (buckets(row), row["pricing_status"]) == (NOTHING, "missing_usage")


def test_counts_stand_although_prices_have_the_same_last_words(ledger: Ledger) -> None:
    said = {
        "usage.tokens.input": 10,
        "usage.tokens.output": 5,
        "usage.cost.input": 0.0,
        "usage.cost.output": 0.0,
    }
    row = one(ledger, said)
    assert (row["fresh_input_tokens"], row["output_tokens"]) == (10, 5)


def test_a_running_total_of_an_agent_is_no_call_of_its_own(ledger: Ledger) -> None:
    ledger.clear()
    for n in range(1, 4):
        total = {"agent.total_usage.input_tokens": 1000 * n, "agent.total_usage.output_tokens": 100 * n}
        ledger.take(
            span("boss", {"agent.model": "claude-sonnet-4-5", **total}, trace=f"t{n}", took=5),
            span("c", {**CHAT, IN: 1000, OUT: 100}, trace=f"t{n}", parent="boss", at=1),
            scope=STRANGER,
        )
    assert [(row["fresh_input_tokens"], row["output_tokens"]) for row in ledger.calls()] == [(1000, 100)] * 3


def test_an_agent_without_a_recorded_call_keeps_what_it_used(ledger: Ledger) -> None:
    ledger.clear()
    ledger.take(
        span("boss", {**AGENT, "acme.usage.input_tokens": 900, "acme.usage.output_tokens": 90}),
        scope=STRANGER,
    )
    (row,) = ledger.calls()
    assert (row["fresh_input_tokens"], row["output_tokens"], row["pricing_status"]) == (900, 90, "priced")
    assert "aggregate_without_calls" in row["pricing_note"]


def test_tokens_of_a_tool_are_no_call(ledger: Ledger) -> None:
    ledger.clear()
    ledger.take(
        span("boss", AGENT, took=5),
        span("c", {**CHAT, IN: 100, OUT: 10}, parent="boss", at=1),
        span(
            "t",
            {
                "gen_ai.operation.name": "execute_tool",
                "tool.tokens.input_tokens": 5,
                "tool.tokens.output_tokens": 6,
            },
            parent="boss",
            at=2,
        ),
        scope=STRANGER,
    )
    (row,) = ledger.calls()
    assert (row["fresh_input_tokens"], row["output_tokens"]) == (100, 10)


@pytest.mark.parametrize("provider", ["xai", "cerebras", "perplexity"])
def test_a_service_named_like_its_provider_keeps_it(ledger: Ledger, provider: str) -> None:
    told = {**CHAT, "gen_ai.provider.name": provider, IN: 1000, OUT: 100}
    found = []
    for service in (provider, "my-app"):
        ledger.clear()
        ledger.take(span("c", told), scope=STRANGER, service=service)
        found.append(ledger.call("c")["provider"])
    assert found[0] == found[1] != ""


def test_the_model_of_a_machine_is_no_model_asked(ledger: Ledger) -> None:
    ledger.clear()
    ledger.take(span("c", {"device.model": "tesla-3", IN: 100, OUT: 10}), scope=STRANGER)
    assert not any(row["request_model"] or row["response_model"] for row in ledger.calls())


def test_short_text_under_unlisted_names_is_not_kept(ledger: Ledger) -> None:
    one(
        ledger,
        {IN: 70, OUT: 7, "acme.question": "What is the secret of Jane?", "acme.plan": "enterprise plan"},
    )
    kept = json.dumps(ledger.rows("SELECT * FROM otel_traces"))
    assert "secret" not in kept
    assert "enterprise plan" in kept


ANSWER = {
    "id": "chatcmpl-0123456",
    "model": "gpt-5.4-mini",
    "usage": OPENAI,
    "choices": [{"text": "said in confidence " * 400}],
}


@pytest.mark.parametrize(
    "said",
    [
        {"acme.usage": OPENAI},
        {"acme.usage": json.dumps(OPENAI)},
        {"acme.result": ANSWER},
        {"acme.result": json.dumps(ANSWER)},
        {"acme.llm.response": json.dumps({**ANSWER, "choices": []})},
        {"acme.llm.response": {"raw": {"deep": {"usage": OPENAI}}}},
    ],
    ids=["map", "text", "answer as map", "answer as text", "short answer", "deep"],
)
def test_usage_objects_under_names_nobody_listed(ledger: Ledger, said: dict[str, Any]) -> None:
    row = one(ledger, said)
    assert row["cache_read_tokens"] == 60
    assert row["fresh_input_tokens"] == 70 - 60 - (row["cache_write_short_tokens"] or 0)
    assert row["output_tokens"] == 7
    assert b"in confidence" not in ledger.engine.run("SELECT * FROM otel_traces", fmt="TSVRaw")


@pytest.mark.parametrize(
    "said",
    [
        {"acme.session.usage": OPENAI},
        {"acme.token_limits": {"input_tokens": 100, "output_tokens": 7}},
        {"acme.token_settings": {"max_tokens": 100}},
        {"acme.total_usage": json.dumps(OPENAI)},
    ],
)
def test_objects_that_are_no_usage_of_the_call(ledger: Ledger, said: dict[str, Any]) -> None:
    assert one(ledger, said)["pricing_status"] == "missing_usage"


def test_an_object_under_an_unlisted_name_gives_way_to_listed_counts(ledger: Ledger) -> None:
    row = one(ledger, {IN: 70, OUT: 7, "acme.usage": OPENAI})
    assert (row["fresh_input_tokens"], row["output_tokens"]) == (70, 7)
