"""ClickHouse's own compressed blocks both ways: compress=1 (JDBC drivers) and decompress=1 (Rust, Go, rotel)."""

import struct

import lz4.block
import pytest
from backports import zstd

from collector.clickhouse.blocks import BlockReader, BlockWriter, checksum
from collector.http.body import BadBody
from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_raw import ask

NONE, LZ4, ZSTD = 0x02, 0x82, 0x90


def block(plain: bytes, method: int = LZ4, told_size: int | None = None) -> bytes:
    """What a driver writes, its checksum right."""
    packed = {
        NONE: bytes,
        LZ4: lambda data: lz4.block.compress(data, store_size=False),
        ZSTD: zstd.compress,
    }.get(method, bytes)(plain)
    size = len(plain) if told_size is None else told_size
    content = struct.pack("<BII", method, 9 + len(packed), size) + packed
    return checksum(content) + content


def unpacked(body: bytes) -> bytes:
    """What a driver reads, every checksum compared."""
    found, at = b"", 0
    while at < len(body):
        method, packed, plain = struct.unpack_from("<BII", body, at + 16)
        content = body[at + 16 : at + 16 + packed]
        assert body[at : at + 16] == checksum(content)
        assert method == LZ4
        found += lz4.block.decompress(content[9:], uncompressed_size=plain)
        at += 16 + packed
    return found


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, 0x3DF09DFC64C09A2B3CB540C392E51E29),
        (3, 0x904C24441E897AE0EAD37D2C71AF49A5),
        (40, 0x54D196B23982124F6B063802571562F5),
        (300, 0xDB51129120EB68E5B914B72E3214660D),
    ],
)
def test_the_checksum_is_the_one_that_drivers_compute(size: int, expected: int) -> None:
    low, high = struct.unpack("<QQ", checksum(bytes(n * 7 % 256 for n in range(size))))
    assert low << 64 | high == expected, "CityHash128 1.0.2"


@pytest.mark.parametrize("rows", [0, 3, 400_000])
def test_an_answer_in_blocks_is_the_answer(collector: RunningCollector, rows: int) -> None:
    sql = f"SELECT number, toString(number) FROM numbers({rows}) FORMAT RowBinaryWithNamesAndTypes"
    packed = ask(collector, sql, compress="1", headers={"Accept-Encoding": "lz4"})
    assert packed.status == 200
    assert "content-encoding" not in packed.headers
    assert unpacked(packed.body) == ask(collector, sql).body


def test_a_refusal_stays_plain(collector: RunningCollector) -> None:
    refused = ask(collector, "SELECT nothing FROM system.one", compress="1")
    assert (refused.status, refused.body[:9]) == (404, b"Code: 47.")


@pytest.mark.parametrize("method", [NONE, LZ4, ZSTD])
def test_a_query_in_blocks_is_the_query(collector: RunningCollector, method: int) -> None:
    body = block(b"SELECT 20 ", method) + block(b"", method) + block(b"+ 1", method)
    assert ask(collector, body, decompress="1").body == b"21\n"


def test_rows_in_blocks_are_inserted(collector: RunningCollector) -> None:
    make = "CREATE OR REPLACE TABLE in_blocks (n UInt32) ENGINE = Memory"
    assert ask(collector, make, user="collector").status == 200
    rows = b"".join(struct.pack("<I", number) for number in range(500_000))
    body = BlockWriter().feed(rows)
    insert = {"query": "INSERT INTO in_blocks FORMAT RowBinary", "decompress": "1"}
    assert ask(collector, body, user="collector", **insert).status == 200
    assert ask(collector, "SELECT count(), sum(n) FROM in_blocks").body == b"500000\t124999750000\n"


@pytest.mark.parametrize(
    "body",
    [
        b"SELECT 1 -- a statement that nobody packed",
        block(b"SELECT 1")[:-1],
        block(b"SELECT 1")[:-1] + b"x",
        block(b"SELECT 1", told_size=7),
        block(b"SELECT 1", ZSTD, told_size=7),
        block(b"SELECT 1", told_size=2**32 - 1),
        block(b"SELECT 1", method=0x42),
    ],
    ids=["plain", "cut", "damaged", "too long", "too long in zstd", "enormous", "unknown method"],
)
def test_damaged_blocks_are_refused(collector: RunningCollector, body: bytes) -> None:
    refused = ask(collector, body, decompress="1")
    assert (refused.status, refused.body[:10]) == (400, b"Code: 117.")


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_blocks_may_arrive_in_any_pieces(step: int) -> None:
    whole = block(b"abc" * 1000) + block(b"tail", NONE)
    reader = BlockReader()
    pieces = [piece for at in range(0, len(whole), step) for piece in reader.feed(whole[at : at + step])]
    reader.finish()
    assert b"".join(pieces) == b"abc" * 1000 + b"tail"
    cut = BlockReader()
    assert list(cut.feed(whole[:-1])) == [b"abc" * 1000]
    with pytest.raises(BadBody):
        cut.finish()
