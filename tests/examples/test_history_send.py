"""History on the wire: spans say what the plan says, and the sender does what the endpoint asks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from examples.history import SendError, Totals, requests, send, totals
from examples.past.story import UNKNOWN_MODEL
from sdk_hooks import attributes as names
from sdk_hooks.version import VERSION
from tests.examples.conftest import Sink

NOW = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
Attributes = dict[str, object]


def read(span: Span) -> Attributes:
    found: Attributes = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value")
        found[pair.key] = getattr(pair.value, kind)
    return found


def spans_of(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        assert {pair.key for pair in resource.resource.attributes} >= {"service.name", names.ENVIRONMENT}
        for scope in resource.scope_spans:
            assert (scope.scope.name, scope.scope.version) == (names.SCOPE_NAME, VERSION)
            yield from scope.spans


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return list(requests(weeks=1, now=NOW))


def test_bodies_are_the_same_every_time(bodies: list[bytes]) -> None:
    again = requests(weeks=1, now=NOW)
    assert list(itertools.islice(again, 5)) == bodies[:5]


def test_bodies_hold_512_spans_in_the_order_of_time(bodies: list[bytes]) -> None:
    counts = [sum(1 for _ in spans_of(body)) for body in bodies]
    assert set(counts[:-1]) == {512}
    latest = [max(span.end_time_unix_nano for span in spans_of(body)) for body in bodies]
    assert latest == sorted(latest)


def test_the_spans_add_up_to_what_the_plan_says(bodies: list[bytes]) -> None:
    """Read from the wire by another hand: only attributes, no plan."""
    found: dict[str, Totals] = {}
    verdicts: dict[str, tuple[int, str, Attributes]] = {}
    cascades: dict[tuple[str, int], bool] = {}
    for span in itertools.chain.from_iterable(map(spans_of, bodies)):
        said = read(span)
        workload = str(said[names.WORKLOAD])
        into = found.setdefault(workload, Totals())
        into.spans += 1
        operation = said.get(names.OPERATION_NAME)
        into.tasks += operation == names.OPERATION_TASK
        into.tool_calls += operation == names.OPERATION_TOOL
        if names.OUTCOME_SUCCESS in said:
            late = span.end_time_unix_nano if span.name == "outcome" else 0
            task_id = str(said[names.TASK_ID])
            if task_id not in verdicts or verdicts[task_id][0] <= late:
                verdicts[task_id] = (late, workload, said)
        if operation == names.OPERATION_CHAT:
            add_call(into, said)
            if names.ESCALATION_FROM_TIER in said:
                cascades[str(said[names.CASCADE_ID]), int(str(said[names.ATTEMPT]))] = True
                into.escalations += 1
                into.abandoned_calls += 1
    for _, workload, said in verdicts.values():
        found[workload].verdicts += 1
        found[workload].successes += bool(said[names.OUTCOME_SUCCESS])
        found[workload].useful_units += float(str(said[names.OUTCOME_USEFUL_UNITS]))

    wanted = totals(weeks=1, now=NOW)
    for workload, part in wanted.items():
        for name in (each.name for each in fields(Totals)):
            assert getattr(found[workload], name) == getattr(part, name), (workload, name)
    assert found.keys() == wanted.keys()


def add_call(into: Totals, said: Attributes) -> None:
    def count(name: str) -> int:
        return int(str(said.get(name, 0)))

    into.calls += 1
    into.attempts += names.ATTEMPT in said
    into.retries += count(names.RETRIES)
    into.refused_calls += names.ERROR_TYPE in said
    into.missing_usage_calls += names.USAGE_MISSING_REASON in said
    into.abandoned_calls += bool(said.get(names.ABANDONED))
    if names.INPUT_TOKENS not in said:
        return
    read_, written = count(names.CACHE_READ_TOKENS), count(names.CACHE_WRITE_TOKENS)
    long = count(names.CACHE_WRITE_LONG_TOKENS)
    into.answered_calls += 1
    into.unknown_model_calls += said[names.REQUEST_MODEL] == UNKNOWN_MODEL
    into.fresh_input_tokens += count(names.INPUT_TOKENS) - read_ - written
    into.cache_read_tokens += read_
    into.cache_write_short_tokens += written - long
    into.cache_write_long_tokens += long
    into.output_tokens += count(names.OUTPUT_TOKENS)
    into.reasoning_tokens += count(names.REASONING_TOKENS)


def test_all_of_it_arrives_and_progress_is_told(sink: Sink, bodies: list[bytes]) -> None:
    sink.refusals = [(503, "0"), (429, "0"), (503, "")]
    told: list[tuple[int, int]] = []
    summary = send(sink.url, weeks=1, now=NOW, progress=lambda done, total: told.append((done, total)))

    assert sorted(sink.bodies) == sorted(bodies)
    assert told[-1] == (summary.spans, summary.spans)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert summary.totals == totals(weeks=1, now=NOW)
    assert summary.tasks > 2000
    assert {h["content-type"] for h in sink.headers} == {"application/x-protobuf"}


def test_a_refusal_for_good_is_an_error(sink: Sink) -> None:
    sink.refusals = [(400, "")] * 4
    with pytest.raises(SendError, match="answered 400"):
        send(sink.url, weeks=1, now=NOW)


def test_spans_that_were_not_taken_are_an_error(sink: Sink) -> None:
    sink.rejected_spans = 3
    with pytest.raises(SendError, match="refused 3 spans: no"):
        send(sink.url, weeks=1, now=NOW)


def test_a_token_travels_with_every_body(sink: Sink) -> None:
    sink.refusals = [(400, "")] * 4
    with pytest.raises(SendError):
        send(sink.url, weeks=1, now=NOW, token="secret")
    assert {headers["authorization"] for headers in sink.headers} == {"Bearer secret"}


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="expected http://127"):
        send("localhost:4318", weeks=1, now=NOW)
