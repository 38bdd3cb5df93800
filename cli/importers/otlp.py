"""OTLP requests kept in files: JSON lines of SPANLEDGER_FILE or a collector's file exporter, and protobuf.

In: objects, or the bytes of a file. Out: requests in protobuf, ready to send, of any signal.
Protobuf may stand plain (requests joined are one request), or each behind its length: a varint, or four bytes as the
collector's file exporter writes it, packed with zstd or not. Must never hold more than one request.
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
from collector.http.body import BadBody, BodyTooLarge, unpack
from collector.otlp.frames import BrokenFrames, check_frames
from collector.otlp.intake import LOGS, METRICS, TRACES
from collector.otlp.json_form import BadJson, from_document, signal_of_document

BODY_BYTES = 2 * 1024 * 1024
REQUEST_BYTES = 256 * 1024 * 1024
CUT_OFF = "the file ends inside a request: it was cut off"
BROKEN = "broken request"
_ZSTD = b"\x28\xb5\x2f\xfd"
_RESOURCE_STARTS = b"\x0a\x12\x1a"


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
        yield from _requests(_frames_of(request.body))


def is_protobuf(head: bytes, is_whole: bool) -> bool:
    """Whether a file that begins with `head` holds export requests in protobuf."""
    return _framing(head, is_whole) is not None


def read_protobuf(source: Source) -> Iterator[Item]:
    """Requests of a file in protobuf."""
    head = bytes(source.stream.peek(1 << 16))
    framing = _framing(head, len(head) >= source.size_bytes)
    assert framing is not None, "asked before"
    yield from _requests(framing(source))


def _framing(head: bytes, is_whole: bool) -> Callable[[Source], Iterator[bytes | Skipped]] | None:
    if _is_frame(head, 0, is_whole):
        return _plain
    if len(head) > 5 and head[0] == 0:
        body = head[4 : 4 + int.from_bytes(head[:4], "big")]
        if body.startswith(_ZSTD) or _is_frame(body, 0, False):
            return _behind_four_bytes
    size, at = _varint(head, 0)
    if size and at and _is_frame(head[at : at + size], 0, at + size <= len(head)):
        return _behind_varint
    return None


def _is_frame(data: bytes, at: int, is_whole: bool) -> bool:
    """Whether a resource's frame stands at `at`, and after it another one or the end."""
    if len(data) < at + 3 or data[at] != 0x0A:
        return False
    size, start = _varint(data, at + 1)
    if not start or start >= len(data) or data[start] not in _RESOURCE_STARTS:
        return False
    end = start + size
    if end == len(data):
        return True
    return data[end] == 0x0A if end < len(data) else not is_whole or at == 0


def _plain(source: Source) -> Iterator[bytes | Skipped]:
    """Frames of requests that stand one after the other."""
    while tag := source.stream.read(1):
        size = _read_varint(source)
        if tag != b"\x0a" or size is None or size > REQUEST_BYTES:
            yield Skipped(BROKEN if size is not None else CUT_OFF, is_fault=True, ends_file=True)
            return
        payload = source.stream.read(size)
        if len(payload) < size:
            yield Skipped(CUT_OFF, is_fault=True, ends_file=True)
            return
        yield payload


def _behind_varint(source: Source) -> Iterator[bytes | Skipped]:
    while source.stream.peek(1)[:1]:
        size = _read_varint(source)
        yield from _message(source, size)
        if size is None:
            return


def _behind_four_bytes(source: Source) -> Iterator[bytes | Skipped]:
    while head := source.stream.read(4):
        size = int.from_bytes(head, "big") if len(head) == 4 else None
        yield from _message(source, size)
        if size is None:
            return


def _message(source: Source, size: int | None) -> Iterator[bytes | Skipped]:
    body = source.stream.read(size) if size is not None and size <= REQUEST_BYTES else b""
    if size is None or len(body) < size:
        yield Skipped(CUT_OFF, is_fault=True, ends_file=True)
        return
    try:
        body = unpack(body, "zstd", REQUEST_BYTES) if body.startswith(_ZSTD) else body
        check_frames(body)
    except (BadBody, BodyTooLarge, BrokenFrames):
        yield Skipped(BROKEN, is_fault=True)
        return
    yield from _frames_of(body)


def _frames_of(body: bytes) -> Iterator[bytes]:
    """The payloads of the outermost frames of a request that was checked."""
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        size, at = _varint(body, at)
        if tag == 0x0A:
            yield body[at : at + size]
        at += size


def _requests(frames: Iterable[bytes | Skipped]) -> Iterator[Item]:
    """Frames as requests of one signal and a size that every collector takes."""
    held: list[bytes] = []
    signal, items, size = "", 0, 0
    for frame in frames:
        if isinstance(frame, Skipped):
            yield frame
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
    """One resource as frames of a request: as it is, or cut when it is large."""
    signal, message, count = _opened(frame)
    if len(frame) <= BODY_BYTES or message is None:
        yield signal, _frame(frame), count
        return
    scopes_name, items_name = _NAMES[signal]
    for scope in getattr(message, scopes_name):
        items = list(getattr(scope, items_name))
        step = max(1, len(items) * BODY_BYTES // max(1, scope.ByteSize()))
        for start in range(0, len(items), step):
            part = type(message)(resource=message.resource)
            within = getattr(part, scopes_name).add(scope=scope.scope)
            getattr(within, items_name).extend(items[start : start + step])
            yield signal, _frame(part.SerializeToString()), len(items[start : start + step])


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


def _frame(payload: bytes) -> bytes:
    size, head = len(payload), bytearray(b"\x0a")
    while size > 0x7F:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    head.append(size)
    return bytes(head) + payload


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` and where it ends; (0, 0) when there is none."""
    value = shift = 0
    for index in range(at, min(at + 10, len(data))):
        value |= (data[index] & 0x7F) << shift
        if data[index] < 0x80:
            return value, index + 1
        shift += 7
    return 0, 0


def _read_varint(source: Source) -> int | None:
    value = shift = 0
    while shift < 70 and (byte := source.stream.read(1)):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    return None
