"""Native blocks as clients of a newer protocol read them (`client_protocol_version`): clickhouse-go, and so Grafana.

In: Native of revision 0, as the engine writes it, in chunks. Out: the same blocks with what revision 54454 adds: a
block info, and a mark before each column's values. Refuses types whose size it cannot tell.
Source: https://clickhouse.com/docs/native-protocol/server#block
"""

import re
import struct
from collections.abc import Callable
from functools import cache

from collector.clickhouse.tokens import tokens
from collector.engine.result import EngineError

MARKED_REVISION = 54454
"""From here on blocks are rewritten. Clients of older ones (clickhouse-connect) find out that they need not be."""
_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Block info: no overflow, no bucket."""
_NO_CUSTOM_SERIALIZATION = b"\x00"
_WIDTHS = {
    1: "UInt8 Int8 Bool Enum8 Nothing",
    2: "UInt16 Int16 Enum16 Date BFloat16",
    4: "UInt32 Int32 Float32 Date32 DateTime Time IPv4 Decimal32",
    8: "UInt64 Int64 Float64 DateTime64 Time64 Decimal64",
    16: "UInt128 Int128 UUID IPv6 Decimal128",
    32: "UInt256 Int256 Decimal256",
}
_WIDTH = {name: width for width, names in _WIDTHS.items() for name in names.split()}
_DECIMAL_WIDTHS = ((9, 4), (18, 8), (38, 16), (76, 32))
_NAMED = re.compile(r"(?:`(?:[^`\\]|\\.)*`|\w+) (?=[A-Z])")
_HAS_KEYS = 1 << 9
_WORD = struct.Struct("<Q")

Skip = Callable[[bytes, int, int], int]
"""(data, start, rows) -> end of the values. Raises IndexError where the data end before."""


class NativeWriter:
    """Rewrites one answer that leaves in chunks, with the interface of BodyWriter."""

    def __init__(self) -> None:
        self._held = b""
        self._pieces: list[bytes] = []
        self._size = 0
        self._wanted = 0

    def feed(self, chunk: bytes) -> bytes:
        """The blocks that `chunk` completes. Raises EngineError for a type of unknown size."""
        self._pieces.append(chunk)
        self._size += len(chunk)
        if self._size < self._wanted:
            return b""
        self._held, self._pieces = b"".join(self._pieces), []
        done, at = [], 0
        while at < len(self._held):
            try:
                block, at = self._block(at)
            except IndexError:
                break
            done.append(block)
        self._held = self._held[at:]
        self._pieces, self._size = [self._held], len(self._held)
        # A large block is walked anew with twice as much of it, not with every chunk.
        self._wanted = 2 * len(self._held)
        return b"".join(done)

    def finish(self) -> bytes:
        """The rest: blocks that were not walked yet, and whatever follows them (an error in the middle)."""
        self._wanted = 0
        return self.feed(b"") + self._held

    def _block(self, at: int) -> tuple[bytes, int]:
        data = self._held
        columns, at = _varint(data, begun := at)
        rows, at = _varint(data, at)
        parts = [_INFO, data[begun:at]]
        for _ in range(columns):
            begun = at
            _, at = _text(data, at)
            kind, at = _text(data, at)
            parts += [data[begun:at], _NO_CUSTOM_SERIALIZATION]
            begun = at
            if rows:
                prefix, skip = _reader(kind)
                at = skip(data, at + prefix, rows)
            if at > len(data):
                raise IndexError
            parts.append(data[begun:at])
        return b"".join(parts), at


@cache
def _reader(kind: str) -> tuple[int, Skip]:
    """Bytes that stand before the values of a column of this type, and how to pass over the values."""
    name, _, inner = kind.partition("(")
    arguments = _arguments(inner[:-1]) if inner else []
    if name == "String":
        return 0, _skip_texts
    if name == "FixedString":
        return 0, _fixed(int(arguments[0]))
    if name == "Decimal":
        return 0, _fixed(next(width for digits, width in _DECIMAL_WIDTHS if int(arguments[0]) <= digits))
    if name in _WIDTH or name.startswith("Interval"):
        return 0, _fixed(_WIDTH.get(name, 8))
    if name == "Nullable":
        prefix, skip = _reader(arguments[0])
        return prefix, lambda data, at, rows: skip(data, at + rows, rows)
    if name == "Array":
        return _array(*_reader(arguments[0]))
    if name == "Tuple":
        return _tuple(arguments)
    if name == "Map":
        return _array(*_tuple(arguments))
    if name == "Nested":
        return _array(*_tuple(arguments))
    if name == "SimpleAggregateFunction":
        return _reader(arguments[1])
    if name == "LowCardinality":
        return _WORD.size, _low_cardinality(arguments[0])
    raise EngineError(
        48, "NOT_IMPLEMENTED", f"client_protocol_version with a column of type {kind}: ask for another format"
    )


def _fixed(width: int) -> Skip:
    return lambda data, at, rows: at + width * rows


def _array(prefix: int, skip: Skip) -> tuple[int, Skip]:
    def skip_array(data: bytes, at: int, rows: int) -> int:
        end = at + _WORD.size * rows
        count = _word(data, end - _WORD.size)
        return skip(data, end, count) if count else end

    return prefix, skip_array


def _tuple(kinds: list[str]) -> tuple[int, Skip]:
    readers = [_reader(_NAMED.sub("", kind, count=1) if _NAMED.match(kind) else kind) for kind in kinds]

    def skip_tuple(data: bytes, at: int, rows: int) -> int:
        for _, skip in readers:
            at = skip(data, at, rows)
        return at

    return sum(prefix for prefix, _ in readers), skip_tuple


def _low_cardinality(kind: str) -> Skip:
    _, skip_keys = _reader(
        kind.removeprefix("Nullable(").removesuffix(")") if kind.startswith("Nullable(") else kind
    )

    def skip(data: bytes, at: int, rows: int) -> int:
        flags, at = _word(data, at), at + _WORD.size
        if flags & _HAS_KEYS:
            at = skip_keys(data, at + _WORD.size, _word(data, at))
        return at + _WORD.size + rows * (1 << (flags & 0xFF))

    return skip


def _skip_texts(data: bytes, at: int, rows: int) -> int:
    for _ in range(rows):
        size = data[at]
        at += 1
        if size >= 0x80:
            size, at = _varint(data, at - 1)
        at += size
    return at


def _arguments(inner: str) -> list[str]:
    """`inner` at its outer commas."""
    parts, start = [], 0
    for token in tokens(inner):
        if token.depth == 0 and token.is_sign(","):
            parts.append(inner[start : token.start].strip())
            start = token.end
    return [*parts, inner[start:].strip()]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _text(data: bytes, at: int) -> tuple[str, int]:
    size, at = _varint(data, at)
    if at + size > len(data):
        raise IndexError
    return data[at : at + size].decode("utf-8", "replace"), at + size


def _word(data: bytes, at: int) -> int:
    if at + _WORD.size > len(data):
        raise IndexError
    return int(_WORD.unpack_from(data, at)[0])
