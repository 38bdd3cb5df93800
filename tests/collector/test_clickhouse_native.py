"""Native for clients that say client_protocol_version, as clickhouse-go does: what they read is what was asked."""

import json
import struct

import pytest

from collector.clickhouse.native import NativeWriter
from collector.engine.result import EngineError
from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_blocks import unpacked
from tests.collector.test_clickhouse_raw import ask

REVISION = "54460"
INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
COLUMNS = """
    number, toString(number) AS text, [number, 2] AS list, toLowCardinality(toString(number % 3)) AS low,
    CAST(NULL, 'Nullable(UInt16)') AS none, map('a', number, 'b', 1) AS pairs, repeat('x', 300) AS long,
    CAST([('k', 'v')], 'Array(Tuple(a LowCardinality(String), `b c` Nullable(String)))') AS deep,
    toDecimal64(1.5, 4) AS price, toDateTime64('2026-01-01', 6, 'UTC') AS moment, toFixedString('abc', 5) AS fixed,
    CAST('b, c(', 'Enum8(\\'a\\' = 1, \\'b, c(\\' = 2)') AS choice, emptyArrayString() AS empty, tuple(1, 'x') AS pair,
    CAST(NULL, 'LowCardinality(Nullable(String))') AS low_none
"""


def test_the_smallest_answer_byte_by_byte(collector: RunningCollector) -> None:
    told = ask(collector, "SELECT 1 AS a FORMAT Native", client_protocol_version=REVISION).body
    assert told == INFO + b"\x01\x01" + b"\x01a" + b"\x05UInt8" + b"\x00" + b"\x01"
    for revision in ("", "0", "54405", "many"):
        plain = ask(collector, "SELECT 1 AS a FORMAT Native", client_protocol_version=revision).body
        assert plain == b"\x01\x01\x01a\x05UInt8\x01", "older clients find out by this answer"


def without_additions(data: bytes, kinds: list[tuple[bytes, bytes]]) -> bytes:
    """What the engine wrote, from what the client reads: block infos and the marks of columns taken out again."""
    parts = []
    for block in data.split(INFO)[1:]:
        for name, kind in kinds:
            head = bytes([len(name)]) + name + (bytes([len(kind)]) if len(kind) < 128 else b"") + kind
            assert block.count(head + b"\x00") == 1
            block = block.replace(head + b"\x00", head)
        parts.append(block)
    return b"".join(parts)


@pytest.mark.parametrize("rows", [0, 1, 3000])
@pytest.mark.parametrize("step", [997, 10**9])
def test_additions_change_no_value(collector: RunningCollector, rows: int, step: int) -> None:
    sql = f"SELECT {COLUMNS} FROM numbers({rows})"
    described = json.loads(ask(collector, f"{sql} FORMAT JSONCompact").body)["meta"]
    kinds = [(column["name"].encode(), column["type"].encode()) for column in described]
    plain = ask(collector, f"{sql} FORMAT Native").body
    writer = NativeWriter()
    pieces = [writer.feed(plain[at : at + step]) for at in range(0, len(plain), step)]
    assert without_additions(b"".join([*pieces, writer.finish()]), kinds) == plain
    told = ask(collector, f"{sql} FORMAT Native", client_protocol_version=REVISION).body
    assert without_additions(told, kinds) == plain


def test_a_long_answer_in_compressed_blocks(collector: RunningCollector) -> None:
    sql = "SELECT number AS n, toString(number) AS s FROM numbers(400000) FORMAT Native"
    answer = ask(collector, sql, client_protocol_version=REVISION, compress="1")
    plain = unpacked(answer.body)
    at = total = 0
    while at < len(plain):
        assert plain[at : at + len(INFO)] == INFO
        rows, at = _varint(plain, at + len(INFO) + 1)
        at += len(b"\x01n\x06UInt64\x00")
        total += sum(struct.unpack_from(f"<{rows}Q", plain, at))
        at += 8 * rows + len(b"\x01s\x06String\x00")
        for _ in range(rows):
            at += 1 + plain[at]
    assert total == sum(range(400_000))


def test_an_error_in_the_middle_is_told_as_ever(collector: RunningCollector) -> None:
    sql = "SELECT throwIf(number = 3000000), randomPrintableASCII(20) FROM numbers(4000000) FORMAT Native"
    answer = ask(collector, sql, client_protocol_version=REVISION)
    assert answer.body.startswith(INFO)
    assert b"__exception__" in answer.body[-400:]
    assert b"FUNCTION_THROW_IF" in answer.body[-400:]


def test_columns_of_unknown_size_are_refused(collector: RunningCollector) -> None:
    sql = "SELECT sumState(number) FROM numbers(3) FORMAT Native"
    refused = ask(collector, sql, client_protocol_version=REVISION)
    assert (refused.status, refused.code) == (501, "48")
    with pytest.raises(EngineError):
        NativeWriter().feed(ask(collector, sql).body)
    assert ask(collector, sql).status == 200


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
