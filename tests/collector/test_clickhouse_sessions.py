"""Sessions of the ClickHouse interface: what a client states under a session_id, and nobody else sees."""

from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from collector.clickhouse.external import ExternalTable
from collector.clickhouse.request import read_request
from collector.clickhouse.sessions import MAX_BYTES, MAX_SESSION_BYTES, MAX_SESSIONS, Sessions, read_set
from collector.clickhouse.tokens import tokens
from collector.engine.result import EngineError
from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_raw import ask

BLOCK_SIZE = "SELECT getSetting('max_block_size')"


@pytest.mark.parametrize("user", ["default", "collector"])
def test_temporary_tables_live_in_their_session(collector: RunningCollector, user: str) -> None:
    client = collector.client(user, session_id=f"tables of {user}")
    client.command("CREATE TEMPORARY TABLE mine (a UInt8, b String DEFAULT 'x')")
    client.insert("mine", [[1, "one"], [2, "it's\n"]], column_names=["a", "b"])
    client.command("INSERT INTO mine (a) SELECT number + 3 FROM numbers(2)")
    assert client.query("SELECT a, b FROM mine ORDER BY a").result_rows == [
        (1, "one"),
        (2, "it's\n"),
        (3, "x"),
        (4, "x"),
    ]
    client.command(
        "CREATE TEMPORARY TABLE more ENGINE = MergeTree ORDER BY a AS SELECT a FROM mine WHERE a > 2"
    )
    assert client.query("SELECT count() FROM more JOIN mine USING (a)").first_row == (2,)
    other = collector.client(user, session_id="another")
    with pytest.raises(DatabaseError) as raised:
        other.query("SELECT * FROM mine")
    assert raised.value.code == 60
    client.command("TRUNCATE TABLE mine")
    assert client.query("SELECT count() FROM mine").first_row == (0,)
    client.command("DROP TABLE mine")
    with pytest.raises(DatabaseError):
        client.query("SELECT * FROM mine")
    assert client.query("SELECT count() FROM more").first_row == (2,)


def test_of_two_users_each_has_its_own(collector: RunningCollector) -> None:
    collector.client("collector", session_id="same").command("CREATE TEMPORARY TABLE hers (a UInt8)")
    with pytest.raises(DatabaseError):
        collector.client(session_id="same").query("SELECT * FROM hers")


def test_settings_parameters_and_database_of_a_session(collector: RunningCollector) -> None:
    session = {"session_id": "stated"}
    usual = ask(collector, BLOCK_SIZE).body
    assert ask(collector, "SET max_block_size = 4321, param_who = 'me'", **session).status == 200
    assert ask(collector, BLOCK_SIZE, **session).body == b"4321\n"
    assert ask(collector, BLOCK_SIZE, max_block_size="99", **session).body == b"99\n"
    assert ask(collector, BLOCK_SIZE, **session).body == b"4321\n", "of one request it stays there"
    assert ask(collector, "SELECT {who:String}", **session).body == b"me\n"
    assert ask(collector, "USE system", **session).status == 200
    assert ask(collector, "SELECT currentDatabase()", **session).body == b"system\n"
    assert ask(collector, "SELECT currentDatabase()", database="default", **session).body == b"default\n"
    assert ask(collector, "SET max_block_size = DEFAULT", **session).status == 200
    assert ask(collector, BLOCK_SIZE, **session).body == usual
    ask(collector, "SET max_block_size = 7")
    assert ask(collector, BLOCK_SIZE).body == usual, "without a session it ends with the request"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SET readonly = 0", 164),
        ("SET max_memory_usage = 1", 164),
        ("SET additional_table_filters = 'x'", 164),
        ("SET no_such_setting = 1", 115),
        ("SET max_block_size = 'many'", None),
        ("SET max_block_size", 62),
        ("SET ROLE admin", 48),
        ("USE nowhere", 81),
        ("USE system; SELECT 1", 62),
        ("CREATE TABLE here (a UInt8) ENGINE = Memory", 164),
        ("INSERT INTO tasks SELECT * FROM tasks", 164),
        ("DROP TABLE tasks", 164),
        ("CREATE TEMPORARY TABLE b ENGINE = Buffer('spanledger', 'tasks', 1, 1, 1, 1, 1, 1, 1)", 497),
        ("CREATE TEMPORARY TABLE b ENGINE = File('CSV', '/tmp/x')", 497),
        ("CREATE TEMPORARY TABLE b AS SELECT * FROM file('/etc/passwd', 'LineAsString')", 497),
        ("CREATE TEMPORARY TABLE b (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS disk = 'x'", 164),
        ("CREATE TEMPORARY VIEW b AS SELECT 1", 497),
        ("CREATE TEMPORARY TABLE b AS SELECT number FROM numbers(10000000)", 241),
    ],
)
def test_what_a_session_gives_no_reader(collector: RunningCollector, sql: str, code: int | None) -> None:
    refused = ask(collector, sql, session_id="sly")
    assert refused.status != 200
    assert code is None or refused.code == str(code)
    left = ask(collector, "SELECT count() FROM system.tables WHERE is_temporary", session_id="sly")
    assert left.body == b"0\n"


def test_a_reader_in_a_session_reads_as_ever(collector: RunningCollector) -> None:
    client = collector.client(session_id="locked")
    client.command("CREATE TEMPORARY TABLE t (engine String, settings UInt8)")
    assert client.command("SELECT getSetting('readonly')") == 1
    for sql in ("SELECT 1 FROM t SETTINGS readonly = 0", "INSERT INTO tasks SELECT * FROM tasks"):
        with pytest.raises(DatabaseError) as raised:
            client.command(sql)
        assert raised.value.code == 164


def test_the_life_of_a_session(collector: RunningCollector) -> None:
    absent = ask(collector, "SELECT 1", session_id="never", session_check="1")
    assert (absent.status, absent.code) == (404, "372")
    assert ask(collector, "SELECT 1", session_id="never").status == 200
    assert ask(collector, "SELECT 1", session_id="never", session_check="1").status == 200
    assert ask(collector, "SELECT 1", session_id="never", close_session="1").status == 200
    assert ask(collector, "SELECT 1", session_id="never", session_check="1").code == "372"
    assert ask(collector, "SELECT 1", session_id="long", session_timeout="99999").code == "374"


def request(**url: str) -> Any:
    query = "&".join(f"{name}={value}" for name, value in url.items()).encode()
    return read_request({"method": "POST", "path": "/", "headers": [], "query_string": query})


def test_sessions_end_and_stay_few() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    first = sessions.of("default", request(session_id="a", session_timeout="10"))
    assert first is not None
    now = 9.0
    assert sessions.of("default", request(session_id="a", session_timeout="10")) is first
    now = 20.0
    assert sessions.of("default", request(session_id="a")) is not first
    kept = sessions.of("default", request(session_id="kept"))
    for number in range(MAX_SESSIONS):
        sessions.of("default", request(session_id=str(number)))
    assert sessions.of("default", request(session_id="kept")) is not kept, "not used for the longest time"


def test_sessions_hold_so_much_and_no_more() -> None:
    sessions = Sessions()
    full = (ExternalTable("t", "", "Native", bytes(MAX_SESSION_BYTES)),)
    for number in range(MAX_BYTES // MAX_SESSION_BYTES):
        session = sessions.of("default", request(session_id=str(number)))
        assert session is not None
        sessions.keep(session, full)
        sessions.keep(session, full)
    last = sessions.of("default", request(session_id="last"))
    assert last is not None
    with pytest.raises(EngineError) as raised:
        sessions.keep(last, (ExternalTable("t", "", "Native", b"x"),))
    assert raised.value.code == 241
    assert last.tables == ()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SET a = 1", {"a": "1"}),
        ("SET a = -1, b = 'x y', c = true, d = DEFAULT", {"a": "-1", "b": "x y", "c": "1", "d": None}),
        ("SET TIME ZONE 'UTC'", {"session_timezone": "UTC"}),
        ("SET a = 'DEFAULT'", {"a": "DEFAULT"}),
    ],
)
def test_what_a_set_statement_sets(sql: str, expected: dict[str, str | None]) -> None:
    assert read_set(list(tokens(sql))) == expected


@pytest.mark.parametrize(
    "sql", ["SET", "SET a", "SET a =", "SET a = b.c", "SET a = 1 b = 2", "SET a = [1]", "SET = 1"]
)
def test_a_set_statement_that_is_none(sql: str) -> None:
    with pytest.raises(EngineError) as raised:
        read_set(list(tokens(sql)))
    assert raised.value.code == 62


def test_the_client_makes_up_sessions_of_its_own(collector: RunningCollector) -> None:
    client = clickhouse_connect.get_client(
        host="127.0.0.1",
        port=collector.info.clickhouse_port,
        username="default",
        password=collector.reader_password,
        autogenerate_session_id=True,
    )
    client.command("CREATE TEMPORARY TABLE own (a UInt8)")
    client.insert("own", [[7]], column_names=["a"])
    assert client.query("SELECT a FROM own").first_row == (7,)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TEMPORARY TABLE t AS SELECT b.* FROM system.one AS a, `{path}` AS b",
        "CREATE TEMPORARY TABLE t AS SELECT * FROM loop(default, `{path}`)",
        "CREATE TEMPORARY TABLE t AS SELECT * FROM default.`{path}`",
        "CREATE TEMPORARY TABLE t AS SELECT 1 IN `{path}`",
        "DESCRIBE TABLE default.`{path}`",
        "EXISTS TABLE `{path}`",
    ],
)
def test_no_session_reads_a_file(collector: RunningCollector, tmp_path: Path, sql: str) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("a word\n")
    asked = ask(collector, sql.format(path=path), session_id="files", database="default")
    assert asked.status >= 400 or asked.body == b"0\n"
    assert b"a word" not in ask(collector, "SELECT * FROM t", session_id="files", database="default").body


@pytest.mark.parametrize(
    "sent",
    [
        {"limit": "1"},
        {"offset": "1"},
        {"max_result_rows": "1", "result_overflow_mode": "break"},
        {"output_format_json_array_of_rows": "1"},
    ],
    ids=lambda sent: next(iter(sent)),
)
def test_settings_of_a_request_cut_nothing_that_the_session_keeps(
    collector: RunningCollector, sent: dict[str, str]
) -> None:
    session = {"session_id": f"kept under {next(iter(sent))}"}
    ask(collector, "CREATE TEMPORARY TABLE k AS SELECT number AS a FROM numbers(3)", **session)
    assert ask(collector, "INSERT INTO k VALUES (4)", **session, **sent).status == 200
    assert ask(collector, "SELECT count() FROM k", **session).body == b"4\n"


def test_what_a_session_states_counts_as_held() -> None:
    sessions = Sessions()
    given = {"p": "x" * (MAX_SESSION_BYTES - 1000)}
    for place in range(MAX_BYTES // MAX_SESSION_BYTES):
        session = sessions.of("default", request(session_id=str(place)))
        assert session is not None
        sessions.state(session, {}, given)
    last = sessions.of("default", request(session_id="last"))
    assert last is not None
    with pytest.raises(EngineError, match="hold too much"):
        sessions.state(last, {}, given)
    assert last.params == {}


def test_limits_of_session_statements_cannot_be_lifted(collector: RunningCollector) -> None:
    limits = "CREATE TEMPORARY TABLE l AS SELECT getSetting('max_execution_time') AS s, getSetting('max_threads') AS n"
    sent = {"max_execution_time": "9999", "max_threads": "4"}
    assert ask(collector, limits, session_id="limits", **sent).status == 200
    assert ask(collector, "SELECT * FROM l", session_id="limits").body == b"60\t1\n"


def test_a_session_in_use_is_not_swept() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    asked = request(session_id="slow", session_timeout="1")
    slow = sessions.of("default", asked)
    assert slow is not None
    now = 5.0  # its statement still runs while another session begins
    sessions.of("default", request(session_id="other"))
    sessions.used("default", asked, slow)
    assert sessions.of("default", asked) is slow
