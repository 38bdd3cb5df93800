"""OTLP requests for tests: small, deterministic, with the attributes the ledger knows."""

import hashlib
import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# An hour ago: the table lets go of spans older than its retention.
START_NS = time.time_ns() - 3_600_000_000_000


def ids(label: str, index: int) -> tuple[bytes, bytes]:
    """A trace id and a span id, the same for the same words."""
    digest = hashlib.sha256(f"{label}/{index}".encode()).digest()
    return digest[:16], digest[16:24]


def request(
    label: str, spans: int = 3, padding: int = 0, start_ns: int = START_NS
) -> ExportTraceServiceRequest:
    """`spans` chat spans whose ServiceName is `label`."""
    made = ExportTraceServiceRequest()
    resource = made.resource_spans.add()
    service = resource.resource.attributes.add(key="service.name")
    service.value.string_value = label
    scope = resource.scope_spans.add()
    scope.scope.name = "tests"
    for index in range(spans):
        trace_id, span_id = ids(label, index)
        span = scope.spans.add(trace_id=trace_id, span_id=span_id, name="chat m", kind=3)
        span.start_time_unix_nano = start_ns + index
        span.end_time_unix_nano = start_ns + index + 1_000_000
        for key, value in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "m")):
            span.attributes.add(key=key).value.string_value = value
        span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 10 + index
        span.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = 0
        if padding:
            span.attributes.add(key="padding").value.string_value = "p" * padding
    return made


def body(label: str, spans: int = 3, padding: int = 0) -> bytes:
    """The request in protobuf."""
    return request(label, spans, padding).SerializeToString()
