"""ClickHouse's own compressed blocks: answers to compress=1 (JDBC drivers), bodies with decompress=1 (Rust, Go).

In and out: chunks. A block: checksum (16 bytes), method, sizes (4 + 4), data. The checksum is CityHash128 of the
release that ClickHouse kept (1.0.2), over everything after it. A small block never unpacks into a large one unseen.
Source: https://clickhouse.com/docs/native-protocol/compression
"""

import struct
from collections.abc import Iterator

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

from collector.http.body import BadBody, BodyTooLarge, unpack

MAX_BLOCK_BYTES = 1024 * 1024
MAX_READ_BYTES = 64 * 1024 * 1024
"""Larger blocks of a sender are refused; ClickHouse's own clients write 1 MiB."""
_CHECKSUM = struct.Struct("<QQ")
_HEAD = struct.Struct("<BII")
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
_LOW = (1 << 64) - 1


class BlockWriter:
    """Packs one answer that leaves in chunks, with the interface of BodyWriter."""

    def feed(self, chunk: bytes) -> bytes:
        """`chunk` in blocks of at most MAX_BLOCK_BYTES each."""
        starts = range(0, len(chunk), MAX_BLOCK_BYTES)
        return b"".join(_block(chunk[at : at + MAX_BLOCK_BYTES]) for at in starts)

    def finish(self) -> bytes:
        """Nothing: a block is complete as it leaves."""
        return b""


class BlockReader:
    """Unpacks one body that arrives in chunks, with the interface of BodyReader."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What the blocks that `chunk` completes unpack to. Raises BadBody."""
        self._held += chunk
        at = 0
        while (size := self._size(at)) and at + size <= len(self._held):
            yield _unpacked(bytes(self._held[at : at + size]))
            at += size
        del self._held[:at]

    def finish(self) -> None:
        """The body ended here. Raises BadBody if more must come."""
        if self._held:
            raise BadBody("the body ends inside a compressed block")

    def _size(self, at: int) -> int:
        """Bytes of the block at `at`, checksum included; 0 when its head is not there yet."""
        if len(self._held) - at < _CHECKSUM.size + _HEAD.size:
            return 0
        _, packed, plain = _HEAD.unpack_from(self._held, at + _CHECKSUM.size)
        if not _HEAD.size <= packed <= MAX_READ_BYTES or plain > MAX_READ_BYTES:
            raise BadBody("the body is not made of ClickHouse's compressed blocks (decompress=1)")
        return int(_CHECKSUM.size + packed)


def checksum(content: bytes) -> bytes:
    """The 16 bytes before a block whose other bytes are `content`."""
    found: int = CityHash128(content)
    return _CHECKSUM.pack(found >> 64, found & _LOW)


def _block(data: bytes) -> bytes:
    packed: bytes = lz4.block.compress(data, store_size=False)
    content = _HEAD.pack(_LZ4, _HEAD.size + len(packed), len(data)) + packed
    return checksum(content) + content


def _unpacked(block: bytes) -> bytes:
    content = block[_CHECKSUM.size :]
    if checksum(content) != block[: _CHECKSUM.size]:
        raise BadBody("the checksum of a compressed block does not match; it was damaged on its way")
    method, _, size = _HEAD.unpack_from(content)
    data = content[_HEAD.size :]
    if method == _LZ4:
        try:
            plain: bytes = lz4.block.decompress(data, uncompressed_size=size)
        except lz4.block.LZ4BlockError as error:
            raise BadBody(f"a compressed block is not LZ4: {error}") from None
    elif method == _ZSTD:
        try:
            plain = unpack(data, "zstd", size)
        except BodyTooLarge as error:
            raise BadBody(f"a compressed block: {error}") from None
    elif method == _NONE:
        plain = data
    else:
        raise BadBody(f"a block is compressed by method {method:#x}; LZ4, ZSTD and none are known")
    if len(plain) != size:
        raise BadBody(f"a compressed block unpacks to {len(plain)} bytes, its head says {size}")
    return plain
