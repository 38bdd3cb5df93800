"""The outermost frames of an OTLP body: tag, length, exact end. Nothing inside them is looked at.

In: protobuf bytes. Out: how many frames, or BrokenFrames. Bodies are joined into one insert, so a body that
ends inside a frame would swallow the beginning of its neighbour.
"""

from collector.errors import CollectorError

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIRE_NAMES = {
    _VARINT: "varint",
    _FIXED64: "64-bit",
    _LENGTH: "length-delimited",
    3: "group",
    4: "group end",
    _FIXED32: "32-bit",
}
_MAX_VARINT_BYTES = 10
PAYLOAD_FIELD = 1
"""Field of every OTLP export request that holds what is exported."""


class BrokenFrames(CollectorError):
    """A body whose frames do not end exactly where it ends, or are none of an OTLP export request."""


def check_frames(body: bytes) -> int:
    """How many payload frames `body` holds; 0 for an empty request. Raises BrokenFrames naming the byte.

    Unknown fields are skipped, as protobuf has it.
    Source: https://protobuf.dev/programming-guides/encoding/
    """
    at, end, found = 0, len(body), 0
    while at < end:
        begin = at
        tag, at = _varint(body, at, end)
        field, wire = tag >> 3, tag & 7
        if field == 0 or tag > 0xFFFFFFFF:
            raise BrokenFrames(f"byte {begin}: {tag:#x} is no protobuf field")
        if field == PAYLOAD_FIELD and wire != _LENGTH:
            raise BrokenFrames(f"byte {begin}: field 1 is {_WIRE_NAMES.get(wire, 'unknown')}, not a message")
        if wire == _LENGTH:
            size, at = _varint(body, at, end)
            at += size
            found += field == PAYLOAD_FIELD
        elif wire == _VARINT:
            _, at = _varint(body, at, end)
        elif wire == _FIXED64:
            at += 8
        elif wire == _FIXED32:
            at += 4
        else:
            raise BrokenFrames(f"byte {begin}: wire type {wire} is not used by OTLP")
        if at > end:
            raise BrokenFrames(
                f"byte {begin}: a frame ends at byte {at}, the body at byte {end}; it was cut off"
            )
    return found


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    begin = at
    while at < end:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if at - begin >= _MAX_VARINT_BYTES:
            raise BrokenFrames(f"byte {begin}: a number has more than {_MAX_VARINT_BYTES} bytes")
    raise BrokenFrames(f"byte {begin}: the body ends inside a number")
