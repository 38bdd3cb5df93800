"""Calls as OTLP spans in the standard's names, so that an import goes the way of everything that arrives live.

In: calls. Out: export requests in protobuf. Ids are hashes of what names the call: read again it is the same span.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from cli.importers.records import Call, sendable
from sdk_hooks import attributes as names

SCOPE = "spanledger.import."


def request(calls: Iterable[Call]) -> bytes:
    """One export request with all `calls`."""
    made = ExportTraceServiceRequest()
    scopes: dict[tuple[str, str, str, str], Any] = {}
    for call in calls:
        where = (call.service, call.environment, call.source, call.version)
        if where not in scopes:
            resource = made.resource_spans.add()
            _put(resource.resource.attributes, {"service.name": call.service or call.source})
            _put(resource.resource.attributes, {"deployment.environment.name": call.environment})
            _put(resource.resource.attributes, {names.IMPORTED: True})
            scopes[where] = resource.scope_spans.add()
            scopes[where].scope.name = SCOPE + call.source
            scopes[where].scope.version = sendable(call.version)
        scopes[where].spans.append(_span(call))
    return bytes(made.SerializeToString())


def ids(call: Call) -> tuple[bytes, bytes]:
    """Trace id and span id: those of the live span where the file names them, else hashes of source and key."""
    digest = hashlib.sha256(f"{call.source}\0{call.key}".encode(errors="replace")).digest()
    trace_id = bytes.fromhex(call.trace_id) if _is_hex(call.trace_id, 32) else digest[:16]
    span_id = bytes.fromhex(call.span_id) if _is_hex(call.span_id, 16) else digest[16:24]
    return trace_id, span_id


def _span(call: Call) -> Span:
    trace_id, span_id = ids(call)
    start_ns = _ns(call.started_at)
    span = Span(
        trace_id=trace_id,
        span_id=span_id,
        name=sendable(f"{call.operation} {call.response_model or call.request_model}".strip()),
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=max(_ns(call.ended_at), start_ns) if call.ended_at else start_ns,
    )
    if _is_hex(call.parent_span_id, 16):
        span.parent_span_id = bytes.fromhex(call.parent_span_id)
    if call.error_type:
        span.status.code = Status.STATUS_CODE_ERROR
    _put(span.attributes, _attributes(call))
    return span


def _attributes(call: Call) -> dict[str, object]:
    first_chunk_s = (call.first_chunk_at - call.started_at).total_seconds() if call.first_chunk_at else None
    return {
        "gen_ai.operation.name": call.operation,
        "gen_ai.provider.name": call.provider,
        "gen_ai.request.model": call.request_model,
        "gen_ai.response.model": call.response_model,
        "gen_ai.response.id": call.response_id,
        "gen_ai.usage.input_tokens": call.input_tokens,
        "gen_ai.usage.output_tokens": call.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": call.cache_read_tokens,
        "gen_ai.usage.cache_write.input_tokens": call.cache_write_tokens,
        "spanledger.usage.cache_write_long_tokens": call.cache_write_long_tokens,
        "gen_ai.usage.reasoning.output_tokens": call.reasoning_tokens,
        "gen_ai.usage.cost": _decimal_text(call.reported_cost_usd),
        "gen_ai.response.time_to_first_chunk": first_chunk_s,
        "gen_ai.conversation.id": call.session,
        "gen_ai.agent.name": call.agent,
        "error.type": call.error_type,
        "spanledger.task.id": call.task,
        "spanledger.workload": call.workload,
        **call.labels,
    }


def _put(attributes: Any, items: Mapping[str, object]) -> None:
    """Adds what is known; text that is empty and None are not."""
    for key, value in items.items():
        if value is None or value == "":
            continue
        held = attributes.add(key=key).value
        if isinstance(value, bool):
            held.bool_value = value
        elif isinstance(value, int):
            held.int_value = min(value, 2**63 - 1)
        elif isinstance(value, float):
            held.double_value = value
        else:
            held.string_value = sendable(str(value))


def _decimal_text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def _is_hex(text: str, digits: int) -> bool:
    return len(text) == digits and text.strip("0") != "" and all(c in "0123456789abcdef" for c in text)
