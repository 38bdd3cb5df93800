"""OTLP requests kept in files as protobuf, read piece by piece: the one reader of every command.

In: a buffered stream. Out: payloads, one resource each, and what is wrong with the file: as Fault, or raised if strict.
Requests may stand plain (joined they are one request), or each behind its length: a varint, or four bytes as the
Collector's file exporter writes it, packed with zstd or not. Must never hold more than one request.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Literal, overload

from collector.errors import CollectorError
from collector.http.body import BadBody, BodyTooLarge, unpack
from collector.otlp.frames import PAYLOAD_FIELD, BrokenFrames, check_frames

REQUEST_BYTES = 256 * 1024 * 1024
HEAD_BYTES = 1 << 16
CUT_OFF = "the file ends inside a request: it was cut off"
BROKEN = "broken request"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PAYLOAD = PAYLOAD_FIELD << 3 | 2
_RESOURCE_STARTS = b"\x0a\x12\x1a"
_VARINT, _LENGTH, _FIXED = 0, 2, {1: 8, 5: 4}


class BrokenFile(CollectorError):
    """What a strict reader raises at the first fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be read; ends_file: nothing after it can be either."""

    reason: str
    ends_file: bool


Pieces = Iterator[bytes | Fault]
Framing = Callable[[BufferedReader], Pieces]


def framing_of(head: bytes, is_whole: bool) -> Framing | None:
    """How requests stand in a file that begins with `head`; None where it holds none."""
    if _is_frame(head, 0, is_whole):
        return _plain
    if len(head) > 5 and head[0] == 0:
        body = head[4 : 4 + int.from_bytes(head[:4], "big")]
        if body.startswith(_ZSTD) or _is_frame(body, 0, False):
            return _behind_four_bytes
    size, at = number_at(head, 0)
    if size and at and _is_frame(head[at : at + size], 0, at + size <= len(head)):
        return _behind_varint
    return None


@overload
def read_payloads(stream: BufferedReader, framing: Framing, *, strict: Literal[True]) -> Iterator[bytes]: ...


@overload
def read_payloads(stream: BufferedReader, framing: Framing, *, strict: Literal[False]) -> Pieces: ...


def read_payloads(stream: BufferedReader, framing: Framing, *, strict: bool) -> Pieces:
    """Payloads in their order. strict: raises BrokenFile in place of the first Fault."""
    for piece in framing(stream):
        if strict and isinstance(piece, Fault):
            raise BrokenFile(piece.reason)
        yield piece


def payloads_of(body: bytes) -> Iterator[bytes]:
    """The payloads of a request whose frames were checked."""
    at = 0
    while at < len(body):
        tag, at = number_at(body, at)
        if tag & 7 == _LENGTH:
            size, at = number_at(body, at)
            if tag == _PAYLOAD:
                yield body[at : at + size]
            at += size
        elif tag & 7 == _VARINT:
            at = number_at(body, at)[1]
        else:
            at += _FIXED[tag & 7]


def framed(payload: bytes) -> bytes:
    """A payload as a request of its own."""
    size, head = len(payload), bytearray((_PAYLOAD,))
    while size > 0x7F:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    head.append(size)
    return bytes(head) + payload


def number_at(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at` and where it ends; (0, 0) when there is none."""
    value = shift = 0
    for index in range(at, min(at + 10, len(data))):
        value |= (data[index] & 0x7F) << shift
        if data[index] < 0x80:
            return value, index + 1
        shift += 7
    return 0, 0


def _is_frame(data: bytes, at: int, is_whole: bool) -> bool:
    """Whether a resource's frame stands at `at`, and after it another field or the end."""
    if len(data) < at + 3 or data[at] != _PAYLOAD:
        return False
    size, start = number_at(data, at + 1)
    if not start or start >= len(data) or data[start] not in _RESOURCE_STARTS:
        return False
    end = start + size
    if end == len(data):
        return True
    if end < len(data):
        return data[end] >> 3 > 0 and (data[end] & 7 in (_VARINT, _LENGTH) or data[end] & 7 in _FIXED)
    return not is_whole or at == 0


def _plain(stream: BufferedReader) -> Pieces:
    """Frames of requests that stand one after the other; fields that OTLP does not know are skipped."""
    while stream.peek(1)[:1]:
        tag = _read_number(stream)
        wire = -1 if tag is None else tag & 7
        size = _read_number(stream) if wire in (_LENGTH, _VARINT) else _FIXED.get(wire)
        if tag is None or size is None:
            yield Fault(CUT_OFF if tag is None or wire in (_LENGTH, _VARINT) else BROKEN, True)
            return
        if wire == _VARINT and tag >> 3:
            continue
        if not tag >> 3 or size > REQUEST_BYTES or (tag >> 3 == PAYLOAD_FIELD and wire != _LENGTH):
            yield Fault(BROKEN, True)
            return
        payload = stream.read(size)
        if len(payload) < size:
            yield Fault(CUT_OFF, True)
            return
        if tag == _PAYLOAD:
            yield payload


def _behind_varint(stream: BufferedReader) -> Pieces:
    while stream.peek(1)[:1]:
        size = _read_number(stream)
        yield from _message(stream, size)
        if size is None:
            return


def _behind_four_bytes(stream: BufferedReader) -> Pieces:
    while head := stream.read(4):
        size = int.from_bytes(head, "big") if len(head) == 4 else None
        yield from _message(stream, size)
        if size is None:
            return


def _message(stream: BufferedReader, size: int | None) -> Pieces:
    body = stream.read(size) if size is not None and size <= REQUEST_BYTES else b""
    if size is None or len(body) < size:
        yield Fault(CUT_OFF, True)
        return
    try:
        body = unpack(body, "zstd", REQUEST_BYTES) if body.startswith(_ZSTD) else body
        check_frames(body)
    except (BadBody, BodyTooLarge, BrokenFrames):
        yield Fault(BROKEN, False)
        return
    yield from payloads_of(body)


def _read_number(stream: BufferedReader) -> int | None:
    value = shift = 0
    while shift < 70 and (byte := stream.read(1)):
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    return None
