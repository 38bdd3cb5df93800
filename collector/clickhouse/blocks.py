"""Answers in ClickHouse's own compressed blocks, which drivers ask for with compress=1.

In: chunks of an answer. Out: blocks: checksum (16 bytes), method, sizes (4 + 4), data in LZ4. The checksum is
CityHash128 of the release that ClickHouse kept (1.0.2), over everything after it.
Source: https://clickhouse.com/docs/native-protocol/compression; CityHash by Google (MIT)
"""

import struct

import lz4.block

MAX_BLOCK_BYTES = 1024 * 1024
_LZ4 = 0x82
_HEAD = struct.Struct("<BII")
_K0, _K1, _K2, _K3 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
_MUL = 0x9DDFEA08EB382D69
_ONES = (1 << 64) - 1
_LOOP_BYTES = 128

Pair = tuple[int, int]


class BlockWriter:
    """Packs one answer that leaves in chunks, with the interface of BodyWriter."""

    def feed(self, chunk: bytes) -> bytes:
        """`chunk` in blocks of at most MAX_BLOCK_BYTES each."""
        starts = range(0, len(chunk), MAX_BLOCK_BYTES)
        return b"".join(_block(chunk[at : at + MAX_BLOCK_BYTES]) for at in starts)

    def finish(self) -> bytes:
        """Nothing: a block is complete as it leaves."""
        return b""


def _block(data: bytes) -> bytes:
    packed: bytes = lz4.block.compress(data, store_size=False)
    content = _HEAD.pack(_LZ4, _HEAD.size + len(packed), len(data)) + packed
    return struct.pack("<QQ", *city_hash_128(content)) + content


def city_hash_128(data: bytes) -> Pair:
    """CityHash128 1.0.2 of `data`: the low and the high 64 bits."""
    if len(data) >= 16:
        first, second = struct.unpack_from("<QQ", data)
        return _with_seed(data[16:], (first ^ _K3, second))
    if len(data) >= 8:
        size = len(data) * _K0 & _ONES
        return _with_seed(b"", (_word(data, 0) ^ size, _word(data, len(data) - 8) ^ _K1))
    return _with_seed(data, (_K0, _K1))


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _rotate(value: int, by: int) -> int:
    return (value >> by | value << (64 - by)) & _ONES


def _mix(value: int) -> int:
    return value ^ value >> 47


def _hash_16(low: int, high: int) -> int:
    one = _mix((low ^ high) * _MUL & _ONES)
    return _mix((high ^ one) * _MUL & _ONES) * _MUL & _ONES


def _hash_short(data: bytes) -> int:
    size = len(data)
    if size > 8:
        low, high = _word(data, 0), _word(data, size - 8)
        return _hash_16(low, _rotate(high + size & _ONES, size)) ^ high
    if size >= 4:
        low = int.from_bytes(data[:4], "little")
        return _hash_16(size + (low << 3), int.from_bytes(data[-4:], "little"))
    if size > 0:
        low = data[0] + (data[size >> 1] << 8)
        high = size + (data[-1] << 2)
        return _mix(low * _K2 & _ONES ^ high * _K3 & _ONES) * _K2 & _ONES
    return _K2


def _murmur(data: bytes, seed: Pair) -> Pair:
    a, b = seed
    size = len(data)
    if size <= 16:
        a = _mix(a * _K1 & _ONES) * _K1 & _ONES
        c = b * _K1 + _hash_short(data) & _ONES
        d = _mix(a + (_word(data, 0) if size >= 8 else c) & _ONES)
    else:
        c = _hash_16(_word(data, size - 8) + _K1 & _ONES, a)
        d = _hash_16(b + size & _ONES, c + _word(data, size - 16) & _ONES)
        a = a + d & _ONES
        for at in range(0, size - 16, 16):
            a = (a ^ _mix(_word(data, at) * _K1 & _ONES) * _K1 & _ONES) * _K1 & _ONES
            b ^= a
            c = (c ^ _mix(_word(data, at + 8) * _K1 & _ONES) * _K1 & _ONES) * _K1 & _ONES
            d ^= c
    a, b = _hash_16(a, c), _hash_16(d, b)
    return a ^ b, _hash_16(b, a)


def _weak(words: tuple[int, ...], a: int, b: int) -> Pair:
    w, x, y, z = words
    a = a + w & _ONES
    b = _rotate(b + a + z & _ONES, 21)
    kept = a
    a = a + x + y & _ONES
    return a + z & _ONES, b + _rotate(a, 44) + kept & _ONES


def _with_seed(data: bytes, seed: Pair) -> Pair:
    size = len(data)
    if size < _LOOP_BYTES:
        return _murmur(data, seed)
    x, y = seed
    z = size * _K1 & _ONES
    v0 = _rotate(y ^ _K1, 49) * _K1 + _word(data, 0) & _ONES
    v: Pair = (v0, _rotate(v0, 42) * _K1 + _word(data, 8) & _ONES)
    w: Pair = (
        _rotate(y + z & _ONES, 35) * _K1 + x & _ONES,
        _rotate(x + _word(data, 88) & _ONES, 53) * _K1 & _ONES,
    )
    for at in range(0, size - size % _LOOP_BYTES, 64):
        words = struct.unpack_from("<8Q", data, at)
        x = _rotate(x + y + v[0] + words[2] & _ONES, 37) * _K1 & _ONES
        y = _rotate(y + v[1] + words[6] & _ONES, 42) * _K1 & _ONES
        x, y, z = x ^ w[1], y ^ v[0], _rotate(z ^ w[0], 33)
        v = _weak(words[:4], v[1] * _K1 & _ONES, x + w[0] & _ONES)
        w = _weak(words[4:], z + w[1] & _ONES, y)
        z, x = x, z
    y = y + _rotate(w[0], 37) * _K0 + z & _ONES
    x = x + _rotate(v[0] + z & _ONES, 49) * _K0 & _ONES
    left = size % _LOOP_BYTES
    for done in range(32, left + 32, 32):
        y = _rotate(y - x & _ONES, 42) * _K0 + v[1] & _ONES
        w = (w[0] + _word(data, size - done + 16) & _ONES, w[1])
        x = _rotate(x, 49) * _K0 + w[0] & _ONES
        w = (w[0] + v[0] & _ONES, w[1])
        v = _weak(struct.unpack_from("<4Q", data, size - done), v[0], v[1])
    x, y = _hash_16(x, v[0]), _hash_16(y, w[0])
    return _hash_16(x + v[1] & _ONES, w[1]) + y & _ONES, _hash_16(x + w[1] & _ONES, y + v[1] & _ONES)
