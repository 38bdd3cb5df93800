"""The small reading of our own reports gives the very rows that the full reading gives."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.engine.typed import numbers
from sdk_hooks import attributes as names
from sql.catalogue import statement
from tests.ledger.ledger import Ledger, Row, only
from tests.ledger.spans import SONNET, agent, call, span, task

IN, OUT, THOUGHT = names.INPUT_TOKENS, names.OUTPUT_TOKENS, names.REASONING_TOKENS
READ, WRITE, LONG = names.CACHE_READ_TOKENS, names.CACHE_WRITE_TOKENS, names.CACHE_WRITE_LONG_TOKENS
TOTAL, NOTE = "gen_ai.usage.total_tokens", "spanledger.usage.note"
SAID = {names.OPERATION_NAME: "chat", names.PROVIDER_NAME: "anthropic", names.REQUEST_MODEL: SONNET}

USAGE: dict[str, dict[str, object]] = {
    "none": {},
    "cache inside": {IN: 100, READ: 60, WRITE: 10, OUT: 5},
    "all cached": {IN: 70, READ: 60, WRITE: 10, OUT: 5},
    "cache larger than the whole": {IN: 20, READ: 60, WRITE: 10, OUT: 5},
    "only together larger": {IN: 100, READ: 60, WRITE: 60, OUT: 5},
    "total without the cache": {IN: 100, READ: 60, OUT: 5, TOTAL: 165},
    "total with the cache": {IN: 100, READ: 60, OUT: 5, TOTAL: 105},
    "total below its parts": {IN: 100, OUT: 50, TOTAL: 120},
    "total of nothing": {IN: 100, OUT: 50, TOTAL: 0},
    "long writes": {IN: 100, WRITE: 30, LONG: 20, OUT: 5},
    "long writes alone": {IN: 100, LONG: 20, OUT: 5},
    "more long writes than writes": {IN: 100, WRITE: 10, LONG: 20, OUT: 5},
    "lifetime long": {IN: 100, WRITE: 30, names.CACHE_WRITE_LIFETIME: "long", OUT: 5},
    "lifetime Long": {IN: 100, WRITE: 30, names.CACHE_WRITE_LIFETIME: "Long", OUT: 5},
    "lifetime short": {IN: 100, WRITE: 30, names.CACHE_WRITE_LIFETIME: "short", OUT: 5},
    "lifetime without writes": {IN: 100, names.CACHE_WRITE_LIFETIME: "long", OUT: 5},
    "cache not told": {IN: 100, OUT: 5},
    "zeros": {IN: 0, READ: 0, WRITE: 0, LONG: 0, OUT: 0, THOUGHT: 0},
    "input only": {IN: 100},
    "output only": {OUT: 5},
    "cache only": {READ: 60, WRITE: 10},
    "thinking": {IN: 100, OUT: 50, THOUGHT: 20},
    "more thinking than output": {IN: 100, OUT: 5, THOUGHT: 6},
    "thinking without output": {IN: 100, THOUGHT: 6},
    "negative input": {IN: -1, OUT: 5},
    "negative output": {IN: 10, OUT: -5},
    "negative reads": {IN: 10, READ: -5, OUT: 5},
    "negative writes": {IN: 10, READ: 8, WRITE: -5, OUT: 5},
    "negative long writes": {IN: 10, WRITE: 5, LONG: -5, OUT: 5},
    "negative thinking": {IN: 10, OUT: 5, THOUGHT: -1},
    "absurd input": {IN: 2**40, OUT: 5},
    "absurd output": {IN: 5, OUT: 2**62},
    "absurd reads": {IN: 5, READ: 2**63 - 1, WRITE: 2**63 - 1, OUT: 2},
    "at the limit": {IN: 10**9, OUT: 10**9},
    "over the limit": {IN: 10**9 + 1, OUT: 1},
    "beyond any number": {IN: "9" * 30, OUT: 5},
    "words": {IN: "many", OUT: ""},
    "texts": {IN: "100", READ: "60", OUT: "5"},
    "fractions": {IN: 100.0, OUT: 5.5},
    "older names": {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 5},
    "both names": {IN: 100, "gen_ai.usage.prompt_tokens": 90, OUT: 5},
    "partial": {IN: 100, OUT: 5, NOTE: "output_partial"},
    "another note": {IN: 100, OUT: 5, NOTE: "something"},
    "missing, and why": {names.USAGE_MISSING_REASON: "stream_ended_early"},
    "half, and why": {IN: 100, names.USAGE_MISSING_REASON: "connection_lost"},
    "searches": {IN: 100, OUT: 5, "spanledger.usage.web_searches": 3},
    "absurd searches": {IN: 100, OUT: 5, "spanledger.usage.web_searches": 2**40},
    "answered by a cache": {names.CACHE_HIT: True},
    "answered by a cache, with usage": {names.CACHE_HIT: True, IN: 100, OUT: 5},
    "answered by a cache, absurdly": {names.CACHE_HIT: "HIT", IN: -100},
    "not answered by a cache": {names.CACHE_HIT: False, IN: 100, OUT: 5},
}
LABELS: dict[str, object] = {
    names.RESPONSE_MODEL: '"claude-sonnet-4-5-20250929"',
    names.RESPONSE_ID: "msg_1",
    names.FINISH_REASONS: ["max_tokens", "stop"],
    names.TIME_TO_FIRST_CHUNK: 0.3,
    names.CONVERSATION_ID: '"chat-7"',
    names.AGENT_NAME: "planner",
    names.ERROR_TYPE: "overloaded_error",
    names.SERVER_ADDRESS: "bedrock-runtime.eu-central-1.amazonaws.com",
    names.TASK_ID: "ticket-1",
    names.CASE_ID: "case-1",
    names.RUN_ID: "run-1",
    names.WORKLOAD: "refunds",
    names.TENANT: "acme",
    names.TIER: "nano",
    names.CASCADE_ID: "cascade-1",
    names.ATTEMPT: 2,
    names.ESCALATION_SIGNAL: "low_confidence",
    names.ESCALATION_FROM_TIER: "nano",
    names.ABANDONED: True,
    names.AGENT_ROLE: "worker",
    names.ARCHITECTURE: "orchestrator",
    names.PROMPT_VERSION: "v7",
    names.PROMPT_PREFIX_HASH: "abc",
    names.PROMPT_PREFIX_TOKENS: 900,
    names.CHANGE_COMMIT: "0f3c2a1",
    names.CHANGE_PULL_REQUEST: "12",
    names.LATENCY_CLASS: "interactive",
    names.SERVICE_CLASS: "batch",
    names.BATCH_ID: "batch-1",
    names.BATCH_CUSTOM_ID: "one",
    names.STEP: "draft",
    names.RETRIES: 1,
    names.RATE_LIMIT_REMAINING_TOKENS: 4000,
    names.RATE_LIMIT_REMAINING_CALLS: 40,
    names.RATE_LIMIT_TOKENS: 5000,
    names.RATE_LIMIT_CALLS: 50,
}
OTHER_WORDS: dict[str, dict[str, object]] = {
    **{f"{name} left empty": {name: ""} for name in LABELS},
    **{f"{name} as a word": {name: "Some Word"} for name in LABELS},
    **{f"{name} below zero": {name: -1} for name in LABELS},
    **{
        f"provider {told}": {names.PROVIDER_NAME: told}
        for told in ("", "Gemini", "langchain", "aws", '"xai"')
    },
    "nothing at all": dict.fromkeys(SAID, ""),
    "embeddings": {names.OPERATION_NAME: "embeddings", IN: 1000},
    "embeddings of nothing": {names.OPERATION_NAME: "embeddings"},
    "an answer kept": {names.OUTPUT_MESSAGES: '[{"role": "assistant", "finish_reason": "tool_call"}]'},
    "vertex": {names.SERVER_ADDRESS: "europe-west4-aiplatform.googleapis.com"},
    "stream": {names.REQUEST_STREAM: True, IN: 100, OUT: 5},
}


def table(ledger: Ledger) -> list[Row]:
    return ledger.rows("SELECT * FROM work_candidates ORDER BY trace_id, span_id, started_at")


def both_readings(ledger: Ledger, *spans: Span, **of: Any) -> tuple[list[Row], list[Row]]:
    """What the full and the small statement read from these spans."""
    ledger.clear()
    ledger.send(*spans, **of)
    ledger.engine.run("INSERT INTO work_pairs SELECT DISTINCT ingested_at, trace_id FROM call_reports")
    held = {"held": numbers(told_of_reports(ledger)["held"])}
    found = []
    for name, params in (("batch_read", None), ("batch_read_own", held)):
        ledger.engine.run("TRUNCATE TABLE work_candidates")
        ledger.engine.run(statement(f"keeper/{name}").text, params)
        found.append(table(ledger))
    return found[0], found[1]


def told_of_reports(ledger: Ledger) -> Row:
    return only(ledger.rows(statement("keeper/batch_foreign").text))


def is_foreign(ledger: Ledger) -> bool:
    return bool(told_of_reports(ledger)["is_foreign"])


def spans_of(extras: Mapping[str, Mapping[str, object]], **of: Any) -> list[Span]:
    return [span(name, {**SAID, **extra}, trace=name, **of) for name, extra in extras.items()]


@pytest.mark.parametrize("labels", [{}, LABELS], ids=["bare", "labelled"])
@pytest.mark.parametrize("of", [{}, {"error": True}, {"took": 0.0}, {"parent": "above"}], ids=str)
def test_usage_is_read_alike(ledger: Ledger, labels: dict[str, object], of: dict[str, Any]) -> None:
    spans = spans_of({name: {**labels, **usage} for name, usage in USAGE.items()}, **of)
    full, small = both_readings(ledger, *spans)
    assert len(full) >= len(USAGE) - 1
    assert small == full
    assert {row["usage_status"] for row in full} == {"reported", "missing", "conflicting", "free"}
    assert not is_foreign(ledger)


def test_labels_are_read_alike(ledger: Ledger) -> None:
    others = spans_of({name: {**LABELS, IN: 100, OUT: 5, **words} for name, words in OTHER_WORDS.items()})
    carriers = [
        task("root", "ticket-1", "refunds", {IN: 100, OUT: 5}, trace="aggregate"),
        agent("worker", "planner", {IN: 100, READ: 20, OUT: 5}, trace="aggregate", parent="root"),
        call("c", {"acme.team": "blue"}, trace="aggregate", parent="worker"),
    ]
    full, small = both_readings(
        ledger,
        *others,
        *carriers,
        service="desk",
        version="1.2.3b4",
        resource={names.ENVIRONMENT: "staging", names.TENANT: "of the resource"},
    )
    assert len(full) == len(others) + len(carriers)
    assert small == full
    assert {row["region"] for row in full} >= {"eu-central-1", "europe-west4", ""}
    assert not is_foreign(ledger)


_COUNT = st.none() | st.integers(-3, 300) | st.sampled_from([10**9, 2**31, 2**63 - 1, -(2**63), "7", "x", ""])
_SPAN = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys((IN, OUT, READ, WRITE, LONG, THOUGHT, TOTAL), _COUNT),
        names.CACHE_WRITE_LIFETIME: st.sampled_from(["long", "short", "LONG", ""]),
        names.CACHE_HIT: st.booleans(),
        names.OPERATION_NAME: st.sampled_from(["chat", "embeddings", "invoke_agent", "CHAT", ""]),
        names.FINISH_REASONS: st.sampled_from([["stop"], [], ["a", "b"], "stop"]),
        names.ATTEMPT: st.integers(-1, 70_000),
        NOTE: st.sampled_from(["output_partial", "output_partial,x"]),
    },
)


@given(drawn=st.lists(_SPAN, min_size=50, max_size=150), took=st.sampled_from([0.0, 1.5]))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_our_hooks_may_say_is_read_alike(
    ledger: Ledger, drawn: list[dict[str, object]], took: float
) -> None:
    extras = [{key: item for key, item in extra.items() if item is not None} for extra in drawn]
    spans = [span(f"c{n}", {**SAID, **extra}, trace=f"t{n}", took=took) for n, extra in enumerate(extras)]
    full, small = both_readings(ledger, *spans)
    assert full
    assert small == full
    assert not is_foreign(ledger)


@pytest.mark.parametrize(
    ("extra", "of"),
    [
        ({IN: 100, OUT: 5}, {"scope": "openinference.instrumentation.anthropic"}),
        ({"gen_ai.usage.raw": '{"input_tokens": 5, "output_tokens": 6}'}, {}),
        ({"output.value": '{"usage": {"input_tokens": 5, "output_tokens": 6}}'}, {}),
        ({"gen_ai.usage.cost": 0.5}, {}),
        ({"langfuse.observation.cost_details": '{"total": 0.5}'}, {}),
        ({"anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 5, WRITE: 5}, {}),
        ({"ai.usage.inputTokenDetails.noCacheTokens": 5, READ: 5}, {}),
        ({"ttft_ms": 300}, {}),
        ({"duration": 2.0}, {}),
        ({"speed": "fast"}, {}),
        ({"openai.response.service_tier": "flex"}, {}),
        ({"anthropic.usage.inference_geo": "us"}, {}),
        ({"llm.system": "anthropic", names.PROVIDER_NAME: ""}, {}),
    ],
    ids=str,
)
def test_what_our_hooks_never_send_is_read_in_full(
    ledger: Ledger, extra: dict[str, object], of: dict[str, Any]
) -> None:
    both_readings(ledger, span("c", {**SAID, IN: 100, OUT: 5, **extra}), call("own", trace="u"), **of)
    assert is_foreign(ledger)


def test_the_small_reading_holds_the_rule_of_our_hooks(ledger: Ledger) -> None:
    rule = ledger.rows("SELECT * FROM emitter_rules WHERE scope IN ('sdk_hooks', 'sdk_hooks.*')")
    assert [(r["cached"], r["reads"], r["writes"], r["reasoning"], r["flags"]) for r in rule] == [
        ("inside", "reported", "reported", "inside", "lifetime_known")
    ]
    assert [(r["provider"], r["convention"]) for r in rule] == [("", "")]


def test_a_role_that_only_the_full_reading_knows_calls_for_it() -> None:
    full, small, check = (
        statement(f"keeper/{name}").text for name in ("batch_read", "batch_read_own", "batch_foreign")
    )
    known = {
        int(n)
        for listed in re.findall(r"indexOf\(roles, r\)\]\)?, \[([\d, ]+)\]", full)
        for n in listed.split(",")
    }
    known |= {int(n) for n in re.findall(r"has\(roles, (\d+)\)", full)}
    read = {int(n) for n in re.findall(r"attr\((\d+)\)", small)} | {17, 88}
    foreign = {
        int(n) for listed in re.findall(r"hasAny\(held, \[([\d, ]+)\]", check) for n in listed.split(",")
    }
    assert len(known) > 60
    # Whether a call is a stream matters only of emitters that err in streams.
    assert known - read - foreign == {84}
    assert not read & foreign
