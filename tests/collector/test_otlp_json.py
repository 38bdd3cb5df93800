"""OTLP/JSON in protobuf: the same request either way, and one bad span alone left out."""

import base64
import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.otlp.json_form import BadJson, traces_from_json
from tests.collector.otlp_bodies import START_NS, request


def as_otlp_json(message: ExportTraceServiceRequest) -> dict[str, Any]:
    """The request as senders write it: hex ids, enums as numbers."""
    fields = MessageToDict(message, use_integers_for_enums=True)
    for resource in fields["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64decode(span[name]).hex()
    return fields


def convert(fields: object) -> ExportTraceServiceRequest:
    found = traces_from_json(json.dumps(fields).encode())
    assert (found.rejected, found.reason) == (0, "")
    return ExportTraceServiceRequest.FromString(found.body)


def one_span(**changes: Any) -> dict[str, Any]:
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "chat m",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 1_000_000_000),
        **changes,
    }
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [span]}]}]}


@given(st.integers(0, 5), st.text(max_size=20))
def test_the_same_request_either_way(spans: int, label: str) -> None:
    message = request(label, spans)
    assert convert(as_otlp_json(message) if spans else {"resourceSpans": []}) == (
        message if spans else ExportTraceServiceRequest()
    )


def test_what_real_senders_write() -> None:
    attributes = [
        {"key": "as.text", "value": {"intValue": "42"}},
        {"key": "as.number", "value": {"intValue": 43}},
        {"key": "float", "value": {"doubleValue": 1}},
        {"key": "empty", "value": {}},
        {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "x"}, {}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}}},
        {"key": "bytes", "value": {"bytesValue": "AQI="}},
        {"key": "later", "value": {"stringValue": "x", "someFutureField": 1}},
    ]
    message = convert(
        one_span(
            traceId="5B8EFFF798038103D269B633813FC60C",
            kind="SPAN_KIND_CLIENT",
            status={"code": "STATUS_CODE_ERROR", "message": "no"},
            startTimeUnixNano=1790000000000000000,
            attributes=attributes,
            links=[{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}],
            events=[{"name": "e", "timeUnixNano": "5"}],
            flags=257,
            unknownField={"deep": [1, 2]},
            parentSpanId="",
        )
    )
    span = message.resource_spans[0].scope_spans[0].spans[0]
    values = {attribute.key: attribute.value for attribute in span.attributes}
    assert (values["as.text"].int_value, values["as.number"].int_value) == (42, 43)
    assert values["empty"].WhichOneof("value") is None
    assert values["bytes"].bytes_value == b"\x01\x02"
    assert (span.kind, span.status.code) == (3, 2)
    assert span.links[0].span_id.hex() == "eee19b7ec3c1b174"
    assert span.parent_span_id == b""
    assert span.start_time_unix_nano == 1_790_000_000_000_000_000


def test_senders_from_before_2022_lose_nothing() -> None:
    """As @opentelemetry/exporter-trace-otlp-http 0.27 writes it."""
    fields = one_span(startTimeUnixNano=1795184723493008100, kind=1)
    resource = fields["resourceSpans"][0]
    (scope,) = resource.pop("scopeSpans")
    library = {"name": "x", "version": "1"}
    resource["instrumentationLibrarySpans"] = [{**scope, "instrumentationLibrary": library}, dict(scope)]
    message = convert(fields)
    found = message.resource_spans[0].scope_spans
    assert [(found_scope.scope.name, len(found_scope.spans)) for found_scope in found] == [("x", 1), ("", 1)]


def test_ids_as_protobuf_writes_them_in_json() -> None:
    ids = {"traceId": "W47/95gDgQPSabYzgT/GDA==", "spanId": "7uGbfsPBsXQ=", "parentSpanId": "7uGbfsPBsXU="}
    span = convert(one_span(**ids)).resource_spans[0].scope_spans[0].spans[0]
    assert span.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert (span.span_id.hex(), span.parent_span_id.hex()) == ("eee19b7ec3c1b174", "eee19b7ec3c1b175")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"traceId": "A" * 22 + "=="}, "all zeros"),
        ({"traceId": "abc"}, "traceId is 3 characters, must be 32"),
        ({"traceId": "z" * 32}, "not hexadecimal"),
        ({"traceId": "0" * 32}, "all zeros"),
        ({"spanId": None}, "spanId is 0 characters"),
        ({"parentSpanId": "12"}, "parentSpanId is 2 characters"),
        ({"traceId": 7}, "traceId is a int"),
        ({"startTimeUnixNano": "-5"}, "span 'chat m'"),
        ({"attributes": [{"key": "a", "value": {"intValue": "many"}}]}, "span 'chat m'"),
        ({"attributes": "none"}, "span 'chat m'"),
        ({"links": [{"traceId": "1"}]}, "a link of span"),
        ({"links": [3]}, "span 'chat m'"),
    ],
)
def test_one_bad_span_is_left_out_alone(changes: dict[str, Any], said: str) -> None:
    fields = one_span(**changes)
    fields["resourceSpans"][0]["scopeSpans"][0]["spans"].append(
        one_span(name="good")["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    )
    found = traces_from_json(json.dumps(fields).encode())
    spans = ExportTraceServiceRequest.FromString(found.body).resource_spans[0].scope_spans[0].spans
    assert [span.name for span in spans] == ["good"]
    assert found.rejected == 1
    assert said in found.reason


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"3", b'"x"', b"\xff\xfe", b'{"resourceSpans": 3}', b'{"resourceSpans": [3]}',
     b'{"resourceSpans": [{"scopeSpans": {"a": 1}}]}', b"[" * 100_000, b'{"a":' * 5000],
)  # fmt: skip
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadJson):
        traces_from_json(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["traceId", "name", "attributes", "events", "links", "status", "kind"]), json_values
    )
)
def test_no_span_can_break_it(changes: dict[str, Any]) -> None:
    found = traces_from_json(json.dumps(one_span(**changes)).encode())
    assert found.rejected in (0, 1)
    ExportTraceServiceRequest.FromString(found.body)
