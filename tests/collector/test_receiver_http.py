"""OTLP over HTTP against the specification, on a real collector with its real schema."""

import contextlib
import gzip
import http.client
import json
import os
import threading
import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from backports import zstd
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector.otlp.intake import REMARKS
from tests.collector.conftest import RunningCollector, slow_queries
from tests.collector.otlp_bodies import body, request
from tests.collector.test_otlp_json import as_otlp_json, one_span

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
LIMIT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def post(
    collector: RunningCollector,
    content: bytes,
    content_type: str | None = PROTOBUF,
    encoding: str = "",
    path: str = "/v1/traces",
    method: str = "POST",
    **headers: str,
) -> Answer:
    """One request to the OTLP/HTTP port."""
    connection = http.client.HTTPConnection("127.0.0.1", collector.info.otlp_http_port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type:
        sent["Content-Type"] = content_type
    if encoding:
        sent["Content-Encoding"] = encoding
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it was all sent
        connection.request(method, path, content, sent)
    answer = connection.getresponse()
    found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def stored(collector: RunningCollector, label: str) -> int:
    """How many distinct spans of the service `label` are in otel_traces."""
    sql = "SELECT uniqExact(TraceId, SpanId) FROM otel_traces WHERE ServiceName = {label:String}"
    count = collector.client().query(sql, parameters={"label": label}).first_row[0]
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda content: zlib.compress(content, wbits=-15)),
        ("zlib", zlib.compress),
        ("zstd", zstd.compress),
    ],
)
@pytest.mark.parametrize("content_type", [PROTOBUF, JSON, "application/json; charset=utf-8"])
def test_spans_are_there_when_the_sender_hears(
    collector: RunningCollector, encoding: str, pack: Any, content_type: str
) -> None:
    label = f"heard {encoding} {content_type} {pack(b'')!r}"
    message = request(label)
    content = (
        message.SerializeToString()
        if content_type == PROTOBUF
        else json.dumps(as_otlp_json(message)).encode()
    )
    answer = post(collector, pack(content), content_type, encoding)
    assert answer.status == 200
    assert answer.headers["content-type"] == content_type.partition(";")[0]
    if content_type == PROTOBUF:
        assert ExportTraceServiceResponse.FromString(answer.body) == ExportTraceServiceResponse()
    else:
        assert json.loads(answer.body) == {}
    assert stored(collector, label) == 3


def test_protobuf_and_json_store_the_same_row(collector: RunningCollector) -> None:
    for label, content_type in (("same-protobuf", PROTOBUF), ("same-json", JSON)):
        message = request(label, spans=1)
        message.resource_spans[0].scope_spans[0].spans[0].trace_id = b"t" * 16
        content = (
            message.SerializeToString()
            if content_type == PROTOBUF
            else json.dumps(as_otlp_json(message)).encode()
        )
        assert post(collector, content, content_type).status == 200
    sql = (
        "SELECT Timestamp, TraceId, SpanName, SpanKind, SpanAttributes, Duration, StatusCode, ScopeName"
        " FROM otel_traces WHERE ServiceName = {label:String}"
    )
    rows = [
        collector.client().query(sql, parameters={"label": label}).first_row
        for label in ("same-protobuf", "same-json")
    ]
    assert rows[0] is not None
    assert rows[0] == rows[1]


def test_an_empty_request_is_fine(collector: RunningCollector) -> None:
    assert post(collector, b"").status == 200
    assert post(collector, b"{}", JSON).body == b"{}"


def test_partial_success_says_how_many_and_why(collector: RunningCollector) -> None:
    fields = one_span(traceId="abc")
    fields["resourceSpans"][0]["resource"] = {
        "attributes": [{"key": "service.name", "value": {"stringValue": "partial"}}]
    }
    fields["resourceSpans"][0]["scopeSpans"][0]["spans"] += one_span()["resourceSpans"][0]["scopeSpans"][0][
        "spans"
    ]
    answer = post(collector, json.dumps(fields).encode(), JSON)
    assert answer.status == 200
    told = json.loads(answer.body)["partialSuccess"]
    assert told["rejectedSpans"] == "1"
    assert "must be 32 hex digits" in told["errorMessage"]
    assert stored(collector, "partial") == 1


@pytest.mark.parametrize(
    ("content", "content_type", "encoding", "status"),
    [
        (body("cut")[:-7], PROTOBUF, "", 400),
        (b"\xff\xff\xff", PROTOBUF, "", 400),
        (b"not gzip", PROTOBUF, "gzip", 400),
        (gzip.compress(body("cut"))[:-9], PROTOBUF, "gzip", 400),
        (b"{", JSON, "", 400),
        (b"[]", JSON, "", 400),
        (body("typed"), "text/plain", "", 415),
        (body("typed"), None, "", 415),
        (body("typed"), PROTOBUF, "smoke", 415),
        (b"x" * (LIMIT_BYTES + 1), PROTOBUF, "", 413),
        (gzip.compress(b"\0" * (LIMIT_BYTES + 1)), PROTOBUF, "gzip", 413),
    ],
)
def test_refusals(
    collector: RunningCollector, content: bytes, content_type: str | None, encoding: str, status: int
) -> None:
    answer = post(collector, content, content_type, encoding)
    assert answer.status == status
    if content_type == PROTOBUF:
        assert answer.headers["content-type"] == PROTOBUF
        assert Status.FromString(answer.body).message
    else:
        assert json.loads(answer.body)["message"]


def test_other_paths_and_methods(collector: RunningCollector) -> None:
    assert post(collector, b"", path="/v1/profiles").status == 404
    answer = post(collector, b"", method="GET")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert post(collector, b"", method="GET", path="/healthz").status == 200


@pytest.mark.parametrize(
    ("path", "message", "response", "field"),
    [
        ("/v1/metrics", ExportMetricsServiceRequest(), ExportMetricsServiceResponse, "rejected_data_points"),
        ("/v1/logs", ExportLogsServiceRequest(), ExportLogsServiceResponse, "rejected_log_records"),
    ],
)
def test_other_signals_are_accepted_and_say_so(
    collector: RunningCollector, path: str, message: Any, response: Any, field: str
) -> None:
    getattr(message, "resource_metrics" if "metrics" in path else "resource_logs").add()
    answer = post(collector, message.SerializeToString(), path=path)
    told = response.FromString(answer.body).partial_success
    assert answer.status == 200
    assert getattr(told, field) == 0
    remark = REMARKS[path.rsplit("/", 1)[1]]
    assert told.error_message == remark
    as_json = post(collector, json.dumps(MessageToDict(message)).encode(), JSON, path=path)
    assert json.loads(as_json.body)["partialSuccess"]["errorMessage"] == remark
    assert post(collector, b"\xff", path=path).status == 400
    assert collector.log.count(f"{path.rsplit('/', 1)[1]} arrive: {remark}") == 1


def corrupted(label: str) -> bytes:
    """Right on the outside, broken within: a span whose length runs past its scope."""
    inner = b"\x12\x0a\x12\x7f" + b"\x0a\x02ab"
    return b"\x0a" + bytes([len(inner)]) + inner


def test_bad_bodies_fall_alone_among_neighbours(collector: RunningCollector) -> None:
    bad = [body("victim")[:-3], corrupted("x"), b"\x0a\x03abc", gzip.compress(b"\0" * (LIMIT_BYTES * 2))]
    outcomes: dict[str, int] = {}

    def send(name: str, content: bytes, encoding: str) -> None:
        outcomes[name] = post(collector, content, encoding=encoding).status

    threads = []
    for number in range(24):
        threads.append(
            threading.Thread(target=send, args=(f"good {number}", body(f"neighbour {number}", 20), ""))
        )
        content = bad[number % len(bad)]
        threads.append(
            threading.Thread(target=send, args=(f"bad {number}", content, "gzip" if number % 4 == 3 else ""))
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for name, status in outcomes.items() if name.startswith("good")} == {200}
    assert {status for name, status in outcomes.items() if name.startswith("bad")} <= {400, 413}
    for number in range(24):
        assert stored(collector, f"neighbour {number}") == 20
    assert stored(collector, "victim") == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400), at=st.integers(0, 10_000), flips=st.binary(min_size=1, max_size=8))
def test_noise_never_breaks_it(collector: RunningCollector, noise: bytes, at: int, flips: bytes) -> None:
    whole = bytearray(body("noise", 4))
    for offset, flip in enumerate(flips):
        whole[(at + offset * 37) % len(whole)] ^= flip
    for content in (noise, bytes(whole), b"\x0a" + bytes([len(noise) % 128]) + noise[: len(noise) % 128]):
        assert post(collector, content).status in (200, 400)
        assert post(collector, content, JSON).status in (200, 400)
    assert collector.process.poll() is None


def test_a_text_that_claims_half_a_petabyte_is_refused_for_good(collector: RunningCollector) -> None:
    """Asked to send again, a client would do so for ever."""
    wrapped = b"\x2a" + b"\x80" * 7 + b"\x01"  # the name of a span, 2 ** 49 bytes long
    for tag in (b"\x12", b"\x12", b"\x0a"):
        wrapped = tag + bytes([len(wrapped)]) + wrapped
    answer = post(collector, wrapped)
    assert answer.status == 400
    assert b"memory" in answer.body
    assert post(collector, body("after the claim")).status == 200


def test_odd_spans_are_stored_or_refused_never_fatal(collector: RunningCollector) -> None:
    message = request("odd", spans=6)
    spans = message.resource_spans[0].scope_spans[0].spans
    spans[0].end_time_unix_nano = 5
    spans[1].trace_id = b"short"
    spans[2].ClearField("start_time_unix_nano")
    spans[3].attributes[2].value.int_value = -(2**63)
    spans[4].attributes.add(key="big").value.string_value = os.urandom(1024).hex() * 500
    spans[5].start_time_unix_nano = 2**64 - 1
    spans[5].name = "\x00'\\\n\t" * 10
    assert post(collector, message.SerializeToString()).status in (200, 400)
    assert post(collector, body("after odd")).status == 200
    assert stored(collector, "after odd") == 3


def test_an_enum_that_nobody_knows_costs_no_span(collector: RunningCollector) -> None:
    message = request("enums")
    spans = message.resource_spans[0].scope_spans[0].spans
    spans[0].kind = -1  # type: ignore[assignment]  # ten bytes on the wire
    spans[1].status.code = -(2**31)  # type: ignore[assignment]
    spans[2].kind = 2**31 - 1  # type: ignore[assignment]
    assert post(collector, message.SerializeToString()).status == 200
    assert stored(collector, "enums") == 3


def test_a_slow_query_does_not_stop_ingest(collector: RunningCollector) -> None:
    with slow_queries(collector, 8) as any_answered:
        assert post(collector, body("meanwhile")).status == 200
        assert not any_answered()


def test_a_bearer_token_if_one_is_set(new_collector: Any) -> None:
    running = new_collector(token="s3cret-token")
    for authorization in (None, "Bearer wrong", "Basic s3cret-token"):
        headers = {"Authorization": authorization} if authorization else {}
        answer = post(running, body("x"), **headers)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert post(running, body("x"), Authorization="Bearer s3cret-token").status == 200
    assert running.stop() == 0
    assert "s3cret" not in running.log
