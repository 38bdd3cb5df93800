"""The ClickHouse HTTP interface through clickhouse-connect, as the dashboard and strangers use it."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import clickhouse_connect
import pandas as pd
import pytest
from clickhouse_connect import common
from clickhouse_connect.driver.exceptions import DatabaseError

from dashboard.data.client import Ledger
from dashboard.serving.settings import DashboardSettings
from tests.collector.conftest import RunningCollector, slow_queries


@pytest.fixture(scope="module")
def reader(collector: RunningCollector) -> Any:
    return collector.client(tz_mode="aware")


@pytest.fixture(scope="module")
def writer(collector: RunningCollector) -> Any:
    return collector.client("collector", tz_mode="aware")


@pytest.fixture(scope="module")
def table(writer: Any) -> str:
    writer.command(
        "CREATE TABLE IF NOT EXISTS strangers (id UInt64, name String, cost Nullable(Decimal(18, 12)),"
        " tags Array(String), at DateTime64(3, 'UTC'), kind LowCardinality(String)) ENGINE = MergeTree ORDER BY id"
    )
    writer.command("TRUNCATE TABLE strangers")
    at = dt.datetime(2026, 11, 1, 12, 30, 15, 250_000, tzinfo=dt.UTC)
    writer.insert(
        "strangers",
        [[1, "one", Decimal("0.018157500001"), ["a", "b'c"], at, "x"], [2, "två\t\\", None, [], at, "y"]],
        column_names=["id", "name", "cost", "tags", "at", "kind"],
    )
    return "strangers"


def test_rows_inserted_as_native_come_back_exactly(reader: Any, table: str) -> None:
    rows = reader.query(f"SELECT * FROM {table} ORDER BY id").result_rows
    at = dt.datetime(2026, 11, 1, 12, 30, 15, 250_000, tzinfo=dt.UTC)
    assert rows == [
        (1, "one", Decimal("0.018157500001"), ["a", "b'c"], at, "x"),
        (2, "två\t\\", None, [], at, "y"),
    ]


@pytest.mark.parametrize("compress", [True, False, "gzip", "zstd", "lz4"])
def test_every_compression_both_ways(collector: RunningCollector, compress: bool | str) -> None:
    writer = collector.client("collector", compress=compress)
    writer.command("CREATE TABLE IF NOT EXISTS packed (a UInt32, b String) ENGINE = Memory")
    writer.command("TRUNCATE TABLE packed")
    summary = writer.insert(
        "packed", [[number, "x" * 50] for number in range(30_000)], column_names=["a", "b"]
    )
    assert summary.written_rows == 30_000
    found = collector.client(compress=compress).query("SELECT count(), sum(a), any(b) FROM packed").first_row
    assert found == (30_000, sum(range(30_000)), "x" * 50)


def test_typed_parameters(reader: Any) -> None:
    row = reader.query(
        "SELECT {s:String}, {n:UInt8}, {a:Array(String)}, {d:DateTime64(3, 'UTC')}, {o:Nullable(String)},"
        " {t:Identifier} FROM system.{b:Identifier}",
        parameters={
            "s": "it's a \\ and a\ttab\nline 'q' ünï",
            "n": 7,
            "a": ["x'y", "\\z", ""],
            "d": dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=dt.UTC),
            "o": None,
            "t": "dummy",
            "b": "one",
        },
    ).first_row
    assert row == (
        "it's a \\ and a\ttab\nline 'q' ünï",
        7,
        ["x'y", "\\z", ""],
        dt.datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=dt.UTC),
        None,
        0,
    )


def test_parameters_as_form_fields(collector: RunningCollector) -> None:
    client = collector.client(form_encode_query_params=True)
    assert client.query("SELECT {s:String}", parameters={"s": "x" * 200_000}).first_row == ("x" * 200_000,)
    many = list(range(50_000))
    assert client.query("SELECT length({a:Array(UInt32)})", parameters={"a": many}).first_row == (50_000,)


def test_external_data(reader: Any) -> None:
    from clickhouse_connect.driver.external import ExternalData

    data = ExternalData(
        file_name="movies.csv", data=b"1,alien\n2,heat\n", fmt="CSV", structure="id UInt8, title String"
    )
    assert reader.query("SELECT title FROM movies WHERE id = 2", external_data=data).first_row == ("heat",)
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        reader.query("SELECT * FROM movies")
    sly = ExternalData(
        file_name="sly.csv", data=b"1\n", fmt="CSV", structure="a UInt8) ENGINE = URL('http://x', CSV"
    )
    with pytest.raises(DatabaseError):
        reader.query("SELECT * FROM sly", external_data=sly)


def test_frames_and_arrow(reader: Any, table: str) -> None:
    frame = reader.query_df(f"SELECT id, name, kind FROM {table} ORDER BY id")
    assert list(frame["id"]) == [1, 2]
    arrow = reader.query_arrow(f"SELECT id, cost FROM {table} ORDER BY id")
    assert arrow.num_rows == 2
    streamed = 0
    with reader.query_df_stream("SELECT number FROM numbers(2000000)") as stream:
        for block in stream:
            streamed += len(block)
    assert streamed == 2_000_000


def test_frames_in(writer: Any, reader: Any) -> None:
    writer.command("CREATE TABLE IF NOT EXISTS framed (a Int64, b String) ENGINE = Memory")
    writer.insert_df("framed", pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}))
    assert reader.query("SELECT sum(a) FROM framed").first_row == (6,)
    assert writer.raw_insert("framed", insert_block=b"10,q\n", fmt="CSV").written_rows == 1
    assert (
        writer.raw_insert("framed", ["b", "a"], b'{"a": 5, "b": "r"}\n', fmt="JSONEachRow").written_rows == 1
    )
    assert reader.command("SELECT count() FROM framed") == 5


def test_commands(writer: Any, reader: Any) -> None:
    assert reader.command("SELECT 1") == 1
    assert reader.command("SELECT 'x', 2") == ["x", "2"]
    summary = writer.command("CREATE TABLE IF NOT EXISTS commanded (a UInt8) ENGINE = MergeTree ORDER BY a")
    assert summary.query_id()
    writer.command("INSERT INTO commanded VALUES (1), (2)")
    writer.command("INSERT INTO commanded SELECT number FROM numbers({n:UInt8})", parameters={"n": 3})
    assert reader.command("SELECT count() FROM commanded") == 5
    writer.command("DROP TABLE commanded")
    assert reader.command("EXISTS TABLE commanded") == 0


def test_an_empty_result_keeps_its_columns(reader: Any) -> None:
    result = reader.query("SELECT 1 AS a, 'x' AS b LIMIT 0")
    assert result.column_names == ("a", "b")
    assert result.result_rows == []
    assert reader.query("SELECT number FROM numbers(10) WHERE number > 20").result_rows == []


def test_summary_and_query_id(reader: Any) -> None:
    result = reader.query("SELECT number FROM numbers(1000)", settings={"query_id": "my-own-id"})
    assert result.summary["read_rows"] == "1000"
    assert result.summary["result_rows"] == "1000"
    assert result.query_id == "my-own-id"


@pytest.mark.parametrize(
    ("sql", "code", "name"),
    [
        ("SELEC 1", 62, "SYNTAX_ERROR"),
        ("SELECT * FROM no_such_table", 60, "UNKNOWN_TABLE"),
        ("SELECT no_such_column FROM system.one", 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT 1; SELECT 2", 62, "SYNTAX_ERROR"),
        ("SELECT {missing:String}", 456, "UNKNOWN_QUERY_PARAMETER"),
        ("DROP TABLE tasks", 164, "READONLY"),
        ("INSERT INTO tasks VALUES (1)", 164, "READONLY"),
        ("SET readonly = 0", 164, "READONLY"),
        ("SYSTEM FLUSH LOGS", 164, "READONLY"),
        ("KILL QUERY WHERE 1", 164, "READONLY"),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 497, "ACCESS_DENIED"),
    ],
)
def test_errors_carry_clickhouse_codes(reader: Any, sql: str, code: int, name: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        reader.query(sql) if not sql.startswith(
            ("DROP", "INSERT", "SET", "SYSTEM", "KILL")
        ) else reader.command(sql)
    assert raised.value.code == code
    assert raised.value.name == name


def test_an_error_in_the_middle_of_a_stream_is_seen(reader: Any) -> None:
    sql = "SELECT throwIf(number = 4000000) AS a, randomString(20) AS b FROM numbers(5000000)"
    with pytest.raises(Exception, match="FUNCTION_THROW_IF"), reader.query_row_block_stream(sql) as stream:
        for _ in stream:
            pass


@pytest.fixture
def _strict_client() -> Iterator[None]:
    """The client's answer to an unknown setting holds for its whole process; other tests choose another."""
    before = common.get_setting("invalid_setting_action")
    common.set_setting("invalid_setting_action", "error")
    yield
    common.set_setting("invalid_setting_action", before)


@pytest.mark.usefixtures("_strict_client")
def test_settings_apply_to_their_request_alone(reader: Any) -> None:
    asked = "SELECT getSetting('max_block_size')"
    usual = reader.command(asked)
    assert reader.query(asked, settings={"max_block_size": 777}).first_row == (777,)
    for _ in range(12):
        assert reader.command(asked) == usual
    with pytest.raises(DatabaseError, match="no_such_setting"):
        reader.query("SELECT 1", settings={"no_such_setting": 1})
    with pytest.raises(DatabaseError) as raised:
        reader.query("SELECT count() FROM numbers(100000000000)", settings={"max_execution_time": 1})
    assert raised.value.code == 159
    assert reader.query("SELECT 1 SETTINGS max_block_size = 5").first_row == (1,)


def test_a_reader_cannot_unlock_itself(reader: Any) -> None:
    assert reader.command("SELECT getSetting('readonly')") == 1
    with pytest.raises(DatabaseError) as raised:
        reader.query("SELECT 1 SETTINGS readonly = 0")
    assert raised.value.code == 164


def test_client_wide_settings(collector: RunningCollector) -> None:
    client = collector.client(settings={"max_block_size": 1234, "join_use_nulls": 1})
    assert client.command("SELECT getSetting('max_block_size')") == 1234


def test_temporary_tables_and_databases_do_not_survive(writer: Any, reader: Any) -> None:
    writer.command("USE system")
    assert writer.command("SELECT currentDatabase()") == "spanledger"
    assert reader.command("SELECT currentDatabase()") == "spanledger"


def test_queries_run_side_by_side(collector: RunningCollector) -> None:
    with slow_queries(collector, 2) as any_answered:
        assert [collector.client().command("SELECT 1") for _ in range(3)] == [1, 1, 1]
        assert not any_answered()


def test_the_async_client(collector: RunningCollector) -> None:
    async def work() -> list[Any]:
        client = await clickhouse_connect.get_async_client(
            host="127.0.0.1",
            port=collector.info.clickhouse_port,
            username="default",
            password=collector.reader_password,
            database="spanledger",
        )
        async with client:
            answers = await asyncio.gather(
                *(client.query(f"SELECT {number}, sleep(0.2)") for number in range(8))
            )
            with pytest.raises(DatabaseError):
                await client.query("SELECT * FROM no_such_table")
            total = 0
            async with await client.query_row_block_stream("SELECT number FROM numbers(500000)") as stream:
                async for block in stream:
                    total += len(block)
            return [*(answer.first_row[0] for answer in answers), total]

    assert asyncio.run(work()) == [*range(8), 500_000]


def test_wrong_passwords(collector: RunningCollector) -> None:
    for user, password in (("default", "wrong"), ("collector", collector.reader_password), ("nobody", "")):
        with pytest.raises(DatabaseError) as raised:
            clickhouse_connect.get_client(
                host="127.0.0.1", port=collector.info.clickhouse_port, username=user, password=password
            )
        assert raised.value.code == 516


def test_a_missing_database(collector: RunningCollector) -> None:
    client = collector.client()
    with pytest.raises(DatabaseError) as raised:
        client.query("SELECT 1", settings={"database": "nowhere"})
    assert raised.value.code == 81


def test_the_dashboard_s_own_client_reads_each_day_by_itself_on_two_threads(
    collector: RunningCollector,
) -> None:
    """Merging a week's days with one another costs a query of tasks several times what it costs alone."""
    client = Ledger(DashboardSettings(data=collector.folder.root))._connect()
    names = ("do_not_merge_across_partitions_select_final", "max_threads")
    found = client.query(f"SELECT {', '.join(f'getSetting({name!r})' for name in names)}").first_row
    assert [int(value) for value in found] == [1, 2]
