"""Answers in ClickHouse's own compressed blocks, as JDBC drivers ask for them."""

import struct

import lz4.block
import pytest

from collector.clickhouse.blocks import city_hash_128
from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_raw import ask

LZ4 = 0x82


def unpacked(body: bytes) -> bytes:
    """What a driver reads, every checksum compared."""
    found, at = b"", 0
    while at < len(body):
        method, packed, plain = struct.unpack_from("<BII", body, at + 16)
        content = body[at + 16 : at + 16 + packed]
        assert struct.unpack_from("<QQ", body, at) == city_hash_128(content)
        assert method == LZ4
        found += lz4.block.decompress(content[9:], uncompressed_size=plain)
        at += 16 + packed
    return found


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, 0x3DF09DFC64C09A2B3CB540C392E51E29),
        (3, 0x904C24441E897AE0EAD37D2C71AF49A5),
        (5, 0x8A33B16F15C5BE9F6E561CB3E46BE953),
        (12, 0x80614FF5054DBF6A04EEF7733AB7B4C0),
        (20, 0x8E1A6ADA0D4F1DFC0B945D73FE8B0524),
        (40, 0x54D196B23982124F6B063802571562F5),
        (144, 0x692E4B2CA634B28A4FA73D4EEDD250CD),
        (300, 0xDB51129120EB68E5B914B72E3214660D),
        (1000, 0x4253C6E06639463E2DF1AEA0EB8329D7),
    ],
)
def test_the_checksum_is_the_one_that_drivers_compute(size: int, expected: int) -> None:
    low, high = city_hash_128(bytes(n * 7 % 256 for n in range(size)))
    assert low << 64 | high == expected, "as the C library that clickhouse-driver uses computes it"


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
