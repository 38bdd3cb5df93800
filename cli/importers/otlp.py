"""OTLP requests kept in files: JSON lines of SPANLEDGER_FILE or a collector's file exporter, and protobuf.

In: objects, or the bytes of a file. Out: requests in protobuf, ready to send, of any signal.
Must never hold more than one request.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from cli.importers.files import Source
from cli.importers.json_items import Found
from cli.importers.records import Item, Request, Skipped
from collector.otlp.intake import LOGS, METRICS, TRACES
from collector.otlp.json_form import BadJson, from_document, signal_of_document
from collector.otlp.protobuf_files import (
    BROKEN,
    HEAD_BYTES,
    Fault,
    framed,
    framing_of,
    payloads_of,
    read_payloads,
)
from sdk_hooks import attributes as names

BODY_BYTES = 2 * 1024 * 1024


def is_mine(found: dict[str, Any]) -> bool:
    """Whether an object is an export request."""
    return signal_of_document(found) is not None


def read(found: Iterable[Found]) -> Iterator[Item]:
    """Requests of objects."""
    for document in found:
        if isinstance(document, Skipped):
            yield document
            continue
        signal = signal_of_document(document)
        if signal is None:
            yield Skipped("line that is no OTLP request", is_fault=True)
            continue
        try:
            request = from_document(signal, document)
        except BadJson:
            yield Skipped(BROKEN, is_fault=True)
            continue
        if request.rejected:
            yield Skipped(f"refused: {request.reason}", count=request.rejected, is_fault=True)
        yield from _requests(payloads_of(request.body))


def is_protobuf(head: bytes, is_whole: bool) -> bool:
    """Whether a file that begins with `head` holds export requests in protobuf."""
    return framing_of(head, is_whole) is not None


def read_protobuf(source: Source) -> Iterator[Item]:
    """Requests of a file in protobuf; what cannot be read is left out and told."""
    head = bytes(source.stream.peek(HEAD_BYTES))
    framing = framing_of(head, len(head) >= source.size_bytes)
    assert framing is not None, "asked before"
    yield from _requests(read_payloads(source.stream, framing, strict=False))


def _requests(frames: Iterable[bytes | Fault]) -> Iterator[Item]:
    """Payloads as requests of one signal and a size that every collector takes."""
    held: list[bytes] = []
    signal, items, size = "", 0, 0
    for frame in frames:
        if isinstance(frame, Fault):
            yield Skipped(frame.reason, is_fault=True, ends_file=frame.ends_file)
            continue
        for kind, part, count in _parts(frame):
            if held and (kind != signal or size + len(part) > BODY_BYTES):
                yield Request(signal, b"".join(held), items)
                held, items, size = [], 0, 0
            signal = kind
            held.append(part)
            items, size = items + count, size + len(part)
    if held:
        yield Request(signal, b"".join(held), items)


def _parts(frame: bytes) -> Iterator[tuple[str, bytes, int]]:
    """One resource as frames of a request, as it is or cut when it is large; spans are marked as history."""
    signal, message, count = _opened(frame)
    if signal == TRACES and message is not None:
        message.resource.attributes.add(key=names.IMPORTED).value.bool_value = True
        frame = message.SerializeToString()
    if len(frame) <= BODY_BYTES or message is None:
        yield signal, framed(frame), count
        return
    scopes_name, items_name = _NAMES[signal]
    for scope in getattr(message, scopes_name):
        items = list(getattr(scope, items_name))
        step = max(1, len(items) * BODY_BYTES // max(1, scope.ByteSize()))
        for start in range(0, len(items), step):
            part = type(message)(resource=message.resource)
            within = getattr(part, scopes_name).add(scope=scope.scope)
            getattr(within, items_name).extend(items[start : start + step])
            yield signal, framed(part.SerializeToString()), len(items[start : start + step])


def _opened(frame: bytes) -> tuple[str, Any, int]:
    """Which signal a resource is of; the three nest alike, so what only one of them has decides."""
    for signal, kind in ((TRACES, ResourceSpans), (LOGS, ResourceLogs), (METRICS, ResourceMetrics)):
        try:
            message = kind.FromString(frame)
        except DecodeError:
            continue
        scopes_name, items_name = _NAMES[signal]
        items = [item for scope in getattr(message, scopes_name) for item in getattr(scope, items_name)]
        if items and all(_IS_ONE[signal](item) for item in items[:3]):
            return signal, message, len(items)
    return TRACES, None, 0


_NAMES = {
    TRACES: ("scope_spans", "spans"),
    LOGS: ("scope_logs", "log_records"),
    METRICS: ("scope_metrics", "metrics"),
}
_IS_ONE: dict[str, Callable[[Any], bool]] = {
    TRACES: lambda span: bool(span.start_time_unix_nano or span.end_time_unix_nano),
    LOGS: lambda record: bool(record.time_unix_nano or record.observed_time_unix_nano),
    METRICS: lambda metric: bool(metric.name and metric.WhichOneof("data")),
}
