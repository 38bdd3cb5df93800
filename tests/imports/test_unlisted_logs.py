"""Usage in log records of emitters nobody listed: a call where only a log tells it, one call where a span does too."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from tests.imports.signals import CASES, body, send, true_buckets, truth
from tests.imports.signals import buckets as told_buckets
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import NOON_NS, pairs, request, span, span_bytes, trace_bytes, value

RECORDED = sorted(
    path.name.partition(".otlp-logs")[0] for path in CASES.glob("otel_genai_events__*.otlp-logs.bin")
)
DETAILS = "gen_ai.client.inference.operation.details"
IN, OUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
READ, WRITE = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
}
USAGE = {IN: 1000, READ: 600, WRITE: 300, OUT: 70}
BILLED = (100, 600, 300, 70)
CANARY = "canary-88d1 tell nobody what was said"


def record(
    event: str,
    attributes: Mapping[str, object],
    *,
    at: float = 1.0,
    inside: str = "",
    body: object = None,
) -> LogRecord:
    """One log record `at` seconds after noon; `inside` names the span it was written in."""
    made = LogRecord(observed_time_unix_nano=NOON_NS + round(at * 1e9), event_name=event)
    made.attributes.extend(pairs(attributes))
    if body is not None:
        made.body.CopyFrom(value(body))
    if inside:
        made.trace_id, made.span_id = trace_bytes("t"), span_bytes(inside)
    return made


def logs(*records: LogRecord, scope: str = "acme.agent", service: str = "acme") -> bytes:
    """One export request of log records."""
    made = ExportLogsServiceRequest()
    group = made.resource_logs.add()
    group.resource.attributes.extend(pairs({"service.name": service}))
    within = group.scope_logs.add()
    within.scope.name = scope
    within.log_records.extend(records)
    content: bytes = made.SerializeToString()
    return content


def buckets(row: Row) -> tuple[Any, ...]:
    """Fresh, read, written, output."""
    short, long = row["cache_write_short_tokens"], row["cache_write_long_tokens"]
    written = None if short is None and long is None else (short or 0) + (long or 0)
    return row["fresh_input_tokens"], row["cache_read_tokens"], written, row["output_tokens"]


def taken(ledger: Ledger, *records: LogRecord, **of: str) -> list[Row]:
    ledger.clear()
    send(ledger, "logs", logs(*records, **of))
    ledger.catch_up()
    return sorted(ledger.calls(), key=lambda row: row["started_at"])


@pytest.mark.parametrize("case", RECORDED)
def test_recorded_events_alone_and_beside_their_spans(ledger: Ledger, case: str) -> None:
    assert len(RECORDED) >= 7
    for signals in (("logs",), ("logs", "traces"), ("traces", "logs")):
        ledger.clear()
        for signal in signals:
            send(ledger, signal, body(case, signal))
            ledger.catch_up()
        (row,) = ledger.calls()
        if billed := truth(case).calls:
            assert told_buckets(row) == true_buckets(billed[0]), signals
            assert row["pricing_status"] == "priced"
        else:
            assert row["pricing_status"] == "not_billed"


def test_the_event_of_the_conventions_is_a_call_by_itself(ledger: Ledger) -> None:
    (row,) = taken(ledger, record(DETAILS, {**CHAT, **USAGE, "gen_ai.response.id": "msg_1"}, inside="gone"))
    assert buckets(row) == BILLED
    assert (row["provider"], row["request_model"], row["pricing_status"]) == (
        "anthropic",
        "claude-sonnet-4-5",
        "priced",
    )
    (row,) = taken(ledger, record(DETAILS, {**CHAT, "error.type": "RateLimitError"}))
    assert (row["status"], row["pricing_status"]) == ("error", "not_billed")


@pytest.mark.parametrize("spans_first", [True, False])
@pytest.mark.parametrize("knows_usage", [True, False])
def test_a_call_that_a_span_tells_too_is_one_call(
    ledger: Ledger, spans_first: bool, knows_usage: bool
) -> None:
    told = span("c", {**CHAT, **(USAGE if knows_usage else {}), "gen_ai.response.id": "msg_1"})
    records = (
        record(DETAILS, {**CHAT, **USAGE, "gen_ai.response.id": "msg_1"}, at=0.9, inside="c"),
        record("gen_ai.choice", {**CHAT, **USAGE, "gen_ai.response.id": "msg_1"}, at=0.95, inside="c"),
    )
    ledger.clear()
    scope = "opentelemetry.instrumentation.genai.anthropic"
    for is_span in (spans_first, not spans_first):
        if is_span:
            ledger.send(told, scope=scope)
        else:
            send(ledger, "logs", logs(*records, scope=scope))
        ledger.catch_up()
    (row,) = ledger.calls()
    assert buckets(row) == BILLED
    assert [task["calls"] for task in ledger.tasks()] == [1]


def test_several_records_of_one_call_are_one_call(ledger: Ledger) -> None:
    choices = [
        record("gen_ai.choice", {**CHAT, **USAGE, "index": n}, at=1 + n / 1e6, inside="gone") for n in (0, 1)
    ]
    (row,) = taken(ledger, record(DETAILS, {**CHAT, **USAGE}, inside="gone"), *choices)
    assert buckets(row) == BILLED
    apart = [record(DETAILS, {**CHAT, **USAGE}, at=n, inside=f"gone {n}") for n in (1, 2)]
    assert len(taken(ledger, *apart)) == 2


CLAUDE = {"model": "claude-sonnet-4-5", "input_tokens": "100", "cache_read_tokens": "600"} | {
    "cache_creation_tokens": "300",
    "output_tokens": "70",
    "cost_usd": "0.0031",
    "duration_ms": 2000,
    "session.id": "s-1",
}
CODEX = {
    "model": "gpt-5.4-mini",
    "input_token_count": 1000,
    "cached_token_count": 600,
    "output_token_count": 70,
} | {
    "reasoning_token_count": 20,
    "conversation.id": "s-1",
}
GEMINI = {"model": "gemini-2.5-flash", "input_token_count": 1000, "cached_content_token_count": 600} | {
    "output_token_count": 50,
    "thoughts_token_count": 20,
    "total_token_count": 1070,
    "session.id": "s-1",
    "duration_ms": 2000.5,
}


@pytest.mark.parametrize(
    ("event", "attributes", "billed"),
    [
        ("acme_code.api_request", CLAUDE, (100, 600, 300, 70)),
        ("acme.sse_event", CODEX, (400, 600, None, 70)),
        ("acme-code.api_response", GEMINI, (400, 600, None, 70)),
    ],
    ids=["as Claude Code", "as Codex", "as Gemini CLI"],
)
def test_coding_agents_nobody_listed(
    ledger: Ledger, event: str, attributes: dict[str, object], billed: tuple[int | None, ...]
) -> None:
    named = {**attributes, "event.name": event, "prompt": CANARY}
    rows = taken(ledger, record("", named, at=5), record("", {**named, "request_id": "r2"}, at=60), scope="")
    assert [buckets(row) for row in rows] == [billed, billed]
    assert {row["pricing_status"] for row in rows} == {"priced"}
    assert len({row["task_id"] for row in rows}) == 1, "a session is one task"
    for row in rows:
        assert row["reasoning_tokens"] in (None, 20)
    send(ledger, "logs", logs(record("", named, at=5), scope=""))
    ledger.catch_up()
    assert len(ledger.calls()) == 2, "what is sent again changes nothing"
    for table in ("otel_traces", "call_reports", "llm_calls", "spans"):
        assert b"canary" not in ledger.engine.run(f"SELECT * FROM {table}", fmt="TSVRaw")


def test_an_agent_that_sends_the_event_of_the_conventions_beside_its_own(ledger: Ledger) -> None:
    less = {**CHAT, "gen_ai.request.model": "gemini-2.5-flash", IN: 1000, OUT: 50}
    (row,) = taken(
        ledger,
        record(DETAILS, {**CHAT, "gen_ai.request.model": "gemini-2.5-flash"}, at=3),
        record(DETAILS, less, at=5),
        record("acme-code.api_response", GEMINI, at=5.001),
    )
    assert buckets(row) == (400, 600, None, 70)


def test_usage_inside_the_body(ledger: Ledger) -> None:
    usage = {
        "input_tokens": 100,
        "output_tokens": 70,
        "cache_read_input_tokens": 600,
        "cache_creation_input_tokens": 300,
    }
    answer = {"id": "msg_0123456", "model": "claude-sonnet-4-5", "usage": usage, "content": CANARY}
    for made in (
        record("llm.response", {}, body=answer),
        record("llm.response", {}, body=json.dumps(answer)),
        record("llm.response", {"model": "claude-sonnet-4-5", "usage": usage}),
        record("llm.response", {"model": "claude-sonnet-4-5", "usage": json.dumps(usage)}),
        record(
            "llm.response",
            {"model": "claude-sonnet-4-5", "result": {"message": {"usage": 1}, "usage": usage}},
        ),
    ):
        (row,) = taken(ledger, made)
        assert buckets(row) == BILLED, made
        assert row["response_model"] == "claude-sonnet-4-5"
        assert b"canary" not in ledger.engine.run("SELECT * FROM otel_traces", fmt="TSVRaw")


@pytest.mark.parametrize(
    ("event", "attributes"),
    [
        ("acme.session.end", {"model": "gpt-5.4-mini", "input_tokens": 9000, "output_tokens": 700}),
        ("acme.turn_completed", {"model": "gpt-5.4-mini", "input_tokens": 9000, "output_tokens": 700}),
        ("acme.chat_compression", {"model": "gpt-5.4-mini", "tokens_before": 9000, "tokens_after": 700}),
        ("acme.response", {"model": "gpt-5.4-mini", "session_input_tokens": 9000, "max_tokens": 700}),
        ("acme.response", {"input_tokens": 9000, "output_tokens": 700}),
        ("acme.auth", {"token": "12345", "model": "car"}),
    ],
)
def test_what_tells_of_no_single_call_is_none(
    ledger: Ledger, event: str, attributes: dict[str, object]
) -> None:
    rows = taken(ledger, record(event, attributes))
    assert [row for row in rows if row["output_tokens"] is not None] == []
    assert [row["list_cost_usd"] for row in rows if row["list_cost_usd"] is not None] == []


def test_a_log_beneath_a_step_is_the_call_that_the_step_sums_up(ledger: Ledger) -> None:
    agent = span("boss", {"gen_ai.operation.name": "invoke_agent", IN: 2000, OUT: 140}, took=9)
    ledger.clear()
    send(
        ledger,
        "logs",
        logs(
            *[
                record(DETAILS, {**CHAT, **USAGE, "gen_ai.response.id": f"m{n}"}, at=n, inside="boss")
                for n in (1, 5)
            ]
        ),
    )
    ledger.send_bytes(request([agent], scope="acme.agent"))
    ledger.catch_up()
    assert [buckets(row) for row in ledger.calls()] == [BILLED, BILLED]


@pytest.mark.parametrize(
    "other",
    [
        record("ratelimit.check", {"remaining_tokens": 90000}),
        record("", {"token_count": 12}),
        record("acme.embedding", {"model": "text-embedding-3-small", "input_tokens": 512}, inside="c 1"),
        record("gen_ai.choice", {**CHAT, IN: 1000, OUT: 70}, at=1.001, inside="c 1"),
        record(
            "acme.finished", {"model": "gpt-5.4-mini", "input_tokens": 9, "output_tokens": 3}, inside="c 1"
        ),
    ],
    ids=["limits", "no name", "embedding", "choice", "another call"],
)
@pytest.mark.parametrize("first", [True, False])
def test_other_events_of_a_request_take_no_call_away(ledger: Ledger, other: LogRecord, first: bool) -> None:
    told = [record(DETAILS, {**CHAT, **USAGE}, at=n, inside=f"c {n}") for n in (1, 2, 3)]
    rows = taken(ledger, other, *told) if first else taken(ledger, *told, other)
    assert [buckets(row) for row in rows if row["request_model"] == "claude-sonnet-4-5"] == [BILLED] * 3


def test_a_failed_call_stays_beside_events_of_another(ledger: Ledger) -> None:
    failed = record(DETAILS, {**CHAT, "error.type": "RateLimitError"}, at=1)
    rows = taken(ledger, failed, record("acme-code.api_response", GEMINI, at=5))
    assert [row["status"] for row in rows] == ["error", "ok"]


@pytest.mark.parametrize("poor_first", [True, False])
@pytest.mark.parametrize("apart", [True, False])
def test_of_two_records_of_one_call_the_fuller_stands(ledger: Ledger, poor_first: bool, apart: bool) -> None:
    poor = record("llm.answer", {**CHAT, IN: 1000, OUT: 70}, at=0.99 if poor_first else 0.991, inside="gone")
    full = record("llm.response", {**CHAT, **USAGE}, at=0.991 if poor_first else 0.99, inside="gone")
    ledger.clear()
    for records in [(poor,), (full,)] if apart else [(poor, full)]:
        send(ledger, "logs", logs(*records))
        ledger.catch_up()
    (row,) = ledger.calls()
    assert buckets(row) == BILLED


def test_calls_alike_within_a_second_are_several(ledger: Ledger) -> None:
    votes = [record(DETAILS, {**CHAT, **USAGE}, at=1 + n / 10, inside="boss") for n in range(3)]
    assert [buckets(row) for row in taken(ledger, *votes)] == [BILLED] * 3
    send(ledger, "logs", logs(*votes))
    ledger.catch_up()
    assert len(ledger.calls()) == 3, "what is sent again changes nothing"


COUNTS = {"model": "gpt-5.4-mini", "input_tokens": 1000, "output_tokens": 70}
PARTS = [
    ("acme.agent.done", COUNTS),
    ("acme.agent.finished", COUNTS),
    ("acme.progress", COUNTS),
    ("acme.stream_chunk", COUNTS),
    ("llm.response.delta", COUNTS),
    ("tokenizer.encode", {"model": "gpt-4o", "input_tokens": 512}),
    ("llm.request", {"model": "claude-sonnet-4-5", "prompt_tokens": 900}),
]


@pytest.mark.parametrize(("event", "attributes"), PARTS, ids=[event for event, _ in PARTS])
def test_sums_parts_and_guesses_are_no_calls(
    ledger: Ledger, event: str, attributes: dict[str, object]
) -> None:
    answers = [record("llm.response", COUNTS, at=n) for n in (1, 20)]
    rows = taken(ledger, *answers, *[record(event, attributes, at=n) for n in (2, 30, 60)])
    assert [buckets(row) for row in rows] == [(1000, None, None, 70)] * 2


@pytest.mark.parametrize("event", ["acme.api_request", "acme.llm_request", "acme.agent.llm_response"])
def test_names_like_theirs_that_tell_of_a_call_are_calls(ledger: Ledger, event: str) -> None:
    (row,) = taken(ledger, record(event, COUNTS))
    assert buckets(row) == (1000, None, None, 70)


def test_free_text_in_a_type_or_an_id_is_cut(ledger: Ledger) -> None:
    long = {"error.type": "E" * 300 + CANARY, "session.id": "s" * 300 + CANARY}
    (row,) = taken(ledger, record(DETAILS, {**CHAT, **long}))
    assert (row["error_type"], row["task_id"]) == ("E" * 256, "s" * 256)
    assert b"canary" not in ledger.engine.run("SELECT * FROM otel_traces", fmt="TSVRaw")
