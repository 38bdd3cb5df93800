"""The binary framing of AWS event streams: `application/vnd.amazon.eventstream`.
In: an event's name and payload; out: one message. Two checksums guard prelude and message, as AWS has it."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping

MEDIA_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def event(name: str, payload: Mapping[str, object]) -> bytes:
    """One event of a stream, its payload as JSON."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, json.dumps(payload).encode())


def exception(name: str, text: str) -> bytes:
    """The message that ends a stream with an error of the service, such as `throttlingException`."""
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, json.dumps({"message": text}).encode())


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: lengths and their checksum, headers, payload, checksum of everything before."""
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(encoded) + len(payload), len(encoded))
    checked = prelude + struct.pack("!I", zlib.crc32(prelude)) + encoded + payload
    return checked + struct.pack("!I", zlib.crc32(checked))


def _header(name: str, value: str) -> bytes:
    told, content = name.encode(), value.encode()
    return struct.pack("!B", len(told)) + told + struct.pack("!BH", _STRING, len(content)) + content
