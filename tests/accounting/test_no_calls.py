"""Work around a model that uses none, and sums over calls: neither is a call, however it is named."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.accounting.test_recognition import CHAT, IN, OUT, STRANGER, buckets
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import request, span, trace_bytes

MODEL = "gen_ai.request.model"
SUM = {"input_tokens": 300, "output_tokens": 30}
OF_WORK = [
    "agent.usage",
    "run.usage",
    "crew.usage_metrics",
    "agent_usage",
    "team.token_usage",
    "workflow.tokens",
]
SHAPES = ["object", "json", "flat"]
BASES: dict[str, dict[str, str]] = {
    "nothing": {},
    "a model": {MODEL: "claude-sonnet-4-5"},
    "an agent": {"gen_ai.operation.name": "invoke_agent"},
    "a call": CHAT,
}
APART_S = 600.0
NO_CALLS = ["count_tokens", "tokenize", "cache_lookup", "list_models", "rerank", "guardrail", "moderation"]
NO_CALLS += ["fetch_response", "upload_file", "vector_search", "create_batch"]
WORDS = ["generate", "messages", "completion", "response", "converse", "embeddings"]


def stand(
    ledger: Ledger, programs: Mapping[str, Sequence[Span]], scope: str = STRANGER
) -> dict[str, list[Row]]:
    """The calls of each program; all are sent at once, each in a trace, a service and ten minutes of its own."""
    content, names = b"", {}
    for n, (name, spans) in enumerate(programs.items()):
        names[trace_bytes(name).hex()] = name
        for each in spans:
            each.trace_id = trace_bytes(name)
            each.start_time_unix_nano += round(n * APART_S * 1e9)
            each.end_time_unix_nano += round(n * APART_S * 1e9)
        content += request(spans, scope=scope, service=f"service {n}")
    ledger.clear()
    ledger.send_bytes(content)
    ledger.catch_up()
    found: dict[str, list[Row]] = {name: [] for name in programs}
    for row in ledger.calls():
        found[names[row["trace_id"]]].append(row)
    return found


def one_each(programs: Mapping[str, Mapping[str, Any]], **place: Any) -> dict[str, list[Span]]:
    return {name: [span("c", said, **place)] for name, said in programs.items()}


def told(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return sorted(buckets(row)[::4] for row in rows)


def test_a_word_that_means_other_work_as_well_needs_more_than_itself(ledger: Ledger) -> None:
    more: list[dict[str, Any]] = [
        {},
        {"db.system": "chroma"},
        {"gen_ai.provider.name": "openai"},
        {MODEL: "gpt-5.4-mini"},
        {OUT: 7},
    ]
    programs = {
        f"{word} {n}": {"gen_ai.operation.name": word, **more[n]} for word in WORDS for n in range(len(more))
    }
    found = stand(ledger, one_each(programs))
    assert {name: len(rows) for name, rows in found.items()} == {
        name: int(name[-1] > "1") for name in programs
    }


def test_a_call_that_failed_before_its_model_was_known_is_a_call(ledger: Ledger) -> None:
    programs = {word: {"gen_ai.operation.name": word} for word in ["chat", *WORDS]}
    found = stand(ledger, one_each(programs, error=True))
    assert [[row["pricing_status"] for row in rows] for rows in found.values()] == [["not_billed"]] * len(
        programs
    )


def test_the_type_of_a_request_to_something_else_is_no_kind_of_call(ledger: Ledger) -> None:
    names = ["http.operation.type", "db.operation.type", "rpc.call_type"]
    found = stand(ledger, one_each({name: {name: "completion", "retry.tokens_left": 5} for name in names}))
    assert not any(found.values())


def test_a_span_called_chat_that_went_well_and_says_nothing_is_no_call(ledger: Ledger) -> None:
    for is_error in (False, True):
        bare = span("c", {}, title="chat gpt-5.4-mini", error=is_error)
        assert len(stand(ledger, {"c": [bare]}, "openlit.otel.tracing")["c"]) == is_error


def test_work_around_a_model_is_no_call(ledger: Ledger) -> None:
    used = [{}, {IN: 100}, {IN: 100, OUT: 0}, {"acme.usage.input_tokens": 100}]
    programs = {
        f"{word} {n}": {**CHAT, "gen_ai.operation.name": word, **used[n]}
        for word in NO_CALLS
        for n in range(len(used))
    }
    assert not any(stand(ledger, one_each(programs)).values())


def test_work_that_tells_of_an_answer_is_kept(ledger: Ledger) -> None:
    found = stand(ledger, one_each({"c": {**CHAT, "gen_ai.operation.name": "guardrail", IN: 100, OUT: 7}}))
    assert told(found["c"]) == [(100, 7)]


def test_counting_tokens_is_no_call_by_its_title(ledger: Ledger) -> None:
    openinference = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-5.4-mini", IN: 100}
    titles = ["count_tokens", "anthropic.messages.count_tokens", "models.countTokens", "tokenize"]
    programs = {
        f"{title} {n}": [span("c", said, title=title)]
        for title in titles
        for n, said in enumerate(({**CHAT, IN: 100}, openinference))
    }
    assert not any(stand(ledger, programs).values())
    assert stand(ledger, {"c": [span("c", {**CHAT, IN: 100}, title="chat about tokenizers")]})["c"]


def told_as(name: str, shape: str) -> dict[str, Any]:
    if shape == "flat":
        return {f"{name}.{key}": count for key, count in SUM.items()}
    return {name: SUM if shape == "object" else json.dumps(SUM)}


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_what_a_whole_piece_of_work_took_is_the_sum_of_its_calls(ledger: Ledger, calls: int) -> None:
    programs = {
        f"{name}, {base}, {shape}": [
            span("boss", {**BASES[base], **told_as(name, shape)}, took=9),
            *(
                span(f"c{n}", {**CHAT, IN: 100 + n, OUT: 10}, parent="boss", at=1 + 2 * n)
                for n in range(calls)
            ),
        ]
        for name in OF_WORK
        for base in BASES
        for shape in SHAPES
    }
    found = stand(ledger, programs)
    meant = [(100 + n, 10) for n in range(calls)] or [(300, 30)]
    assert {name: told(rows) for name, rows in found.items()} == dict.fromkeys(programs, meant)
    marked = {"aggregate_without_calls" in row["pricing_note"] for rows in found.values() for row in rows}
    assert marked == {calls == 0}


def test_what_a_piece_of_work_took_is_not_the_calls_own(ledger: Ledger) -> None:
    own, sums = {"input_tokens": 100, "output_tokens": 10}, told_as("agent.usage", "flat")
    programs = {
        "objects": {"acme.usage": json.dumps(own), "agent.usage": json.dumps(SUM)},
        "flat": {"acme.usage.input_tokens": 100, "acme.usage.output_tokens": 10, **sums},
        "a part": {IN: 100, OUT: 10, "agent.usage.cache_read_input_tokens": 30},
    }
    for rows in stand(ledger, one_each({name: {**CHAT, **said} for name, said in programs.items()})).values():
        (row,) = rows
        assert buckets(row) == (100, None, None, None, 10)
        assert "aggregate_without_calls" not in row["pricing_note"]


def test_the_use_of_a_machine_is_no_usage(ledger: Ledger) -> None:
    machine = {"model": "acme-9000"}
    parts = ("gpu", "disk", "memory", "network", "cpu")
    flat = {
        f"{what} flat": {**machine, f"{what}.usage.input": 5, f"{what}.usage.output": 7} for what in parts
    }
    objects: dict[str, dict[str, Any]] = {
        what: {**machine, f"{what}.usage": json.dumps({"input": 5, "output": 7})} for what in parts
    }
    assert not any(stand(ledger, one_each(flat | objects)).values())
