"""One call in pieces or told twice: chunks of a stream, answers of two ids, one emitter in two vocabularies."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.accounting.test_recognition import BUCKETS, CHAT, STRANGER, buckets
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import pairs, span

STARTED = {
    "input_tokens": 10,
    "cache_read_input_tokens": 60,
    "cache_creation_input_tokens": 30,
    "output_tokens": 1,
}
ANTHROPIC = [
    {"type": "message_start", "message": {"id": "msg_abcd1234", "content": [], "usage": STARTED}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "not to be kept"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}},
]
OPENAI_USAGE: dict[str, Any] = {
    "prompt_tokens": 100,
    "completion_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 60},
}
OPENAI = [
    {"id": "chatcmpl-abcd1", "choices": [{"delta": {"content": "not to be kept"}}], "usage": None},
    {"id": "chatcmpl-abcd1", "choices": [], "usage": OPENAI_USAGE},
]
SO_FAR = [
    {"id": "chatcmpl-abcd1", "usage": {"prompt_tokens": 100, "completion_tokens": n}} for n in (1, 4, 7)
]
ANSWERS = [
    {"id": f"chatcmpl-abcd{n}", "usage": {"prompt_tokens": 100, "completion_tokens": n}} for n in (5, 7)
]
SAMPLES = [
    {"usage.input_tokens": 100, "usage.output_tokens": n, "gen_ai.response.id": f"r{n}"} for n in (5, 7)
]
ALIKE = [{**SAMPLES[0], "gen_ai.response.id": f"r{n}"} for n in (5, 7)]
NOTHING = (None,) * len(BUCKETS)


def told_in(ledger: Ledger, events: list[Mapping[str, Any]], more: Mapping[str, Any] | None = None) -> Row:
    said = span("c", {**CHAT, **(more or {})})
    for n, event in enumerate(events):
        said.events.append(Span.Event(name="chunk", time_unix_nano=n + 1, attributes=pairs(event)))
    ledger.clear()
    ledger.take(said, scope=STRANGER)
    return ledger.call("c")


def as_json(chunks: list[Any]) -> list[Mapping[str, Any]]:
    return [{"acme.chunk": json.dumps(chunk)} for chunk in chunks]


@pytest.mark.parametrize(
    ("chunks", "meant"),
    [
        (ANTHROPIC, (10, 60, 30, 0, 7)),
        (OPENAI, (40, 60, None, None, 7)),
        (SO_FAR, (100, None, None, None, 7)),
        (ANSWERS, NOTHING),
    ],
    ids=["start and end", "at the end", "all so far", "two answers"],
)
def test_chunks_of_a_stream_tell_what_the_answer_would(
    ledger: Ledger, chunks: list[Any], meant: tuple[int | None, ...]
) -> None:
    assert buckets(told_in(ledger, as_json(chunks))) == meant


def test_chunks_tell_the_parts_of_a_whole_that_the_span_tells(ledger: Ledger) -> None:
    whole = {
        "mlflow.chat.tokenUsage": json.dumps({"input_tokens": 100, "output_tokens": 7, "total_tokens": 107})
    }
    assert buckets(told_in(ledger, as_json(OPENAI), whole))[:2] == (40, 60)
    other = {
        "mlflow.chat.tokenUsage": json.dumps({"input_tokens": 100, "output_tokens": 9, "total_tokens": 109})
    }
    assert buckets(told_in(ledger, as_json(OPENAI), other)) == (100, None, None, None, 9)


@pytest.mark.parametrize("events", [SAMPLES, ALIKE], ids=["of two lengths", "alike"])
def test_two_answers_with_ids_of_their_own_are_not_one(ledger: Ledger, events: list[Any]) -> None:
    row = told_in(ledger, events)
    assert (buckets(row), row["pricing_status"]) == (NOTHING, "missing_usage")


def test_two_choices_of_one_answer_are_one_call(ledger: Ledger) -> None:
    choice = {"usage.input_tokens": 100, "usage.output_tokens": 7}
    row = told_in(ledger, [{**choice, "index": n} for n in (0, 1)])
    assert buckets(row)[::4] == (100, 7)


def langfuse(usage: Mapping[str, int | Mapping[str, int]]) -> dict[str, str]:
    return {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "gpt-5.4-mini",
        "langfuse.observation.usage_details": json.dumps(usage),
    }


CLIENT = langfuse({**OPENAI_USAGE, "completion_tokens": 70, "total_tokens": 170})
FRAMEWORK = langfuse({"input": 40, "input_cache_read": 60, "output": 70, "total": 170})


def test_one_emitter_in_two_vocabularies_and_two_traces_tells_one_call(ledger: Ledger) -> None:
    ledger.clear()
    ledger.send(span("client", CLIENT, trace="a", at=0.1, took=1), scope="langfuse-sdk")
    ledger.take(span("framework", FRAMEWORK, trace="b", took=1.2), scope="langfuse-sdk")
    (row,) = ledger.calls()
    assert (buckets(row)[:2], row["suppressed_spans"]) == ((40, 60), 1)


def test_one_emitter_in_one_vocabulary_tells_two_calls_alike(ledger: Ledger) -> None:
    ledger.clear()
    ledger.send(span("one", CLIENT, trace="a", at=0.1, took=1), scope="langfuse-sdk")
    ledger.take(span("other", CLIENT, trace="b", took=1.2), scope="langfuse-sdk")
    assert len(ledger.calls()) == 2


def test_an_observation_of_level_error_was_refused(ledger: Ledger) -> None:
    said = {**langfuse({}), "langfuse.observation.level": "ERROR"}
    del said["langfuse.observation.usage_details"]
    ledger.clear()
    ledger.take(span("c", said), scope="langfuse-sdk")
    assert ledger.call("c")["pricing_status"] == "not_billed"
