"""The ClickHouse HTTP interface byte by byte: heads, statuses, formats, and what it refuses."""

import base64
import gzip
import http.client
import json
import threading
import time
import zlib
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.collector.conftest import RunningCollector


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        return self.headers.get("x-clickhouse-exception-code")


def ask(
    collector: RunningCollector,
    sql: str | bytes = b"",
    *,
    method: str = "POST",
    path: str = "/",
    user: str | None = "default",
    headers: dict[str, str] | None = None,
    **url: str,
) -> Answer:
    """One request over a connection of its own."""
    sent = dict(headers or {})
    if user:
        sent["X-ClickHouse-User"] = user
        sent["X-ClickHouse-Key"] = (
            collector.reader_password if user == "default" else collector.writer_password
        )
    connection = http.client.HTTPConnection("127.0.0.1", collector.info.clickhouse_port, timeout=30)
    target = f"{path}?{urlencode(url)}" if url else path
    body = sql.encode() if isinstance(sql, str) else sql
    connection.request(method, target, body if method == "POST" else None, sent)
    answer = connection.getresponse()
    found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def test_health_needs_no_password(collector: RunningCollector) -> None:
    for path in ("/ping", "/replicas_status", "/"):
        answer = ask(collector, method="GET", path=path, user=None)
        assert (answer.status, answer.body) == (200, b"Ok.\n")
    assert ask(collector, method="GET", path="/nothing", user=None).status == 404


def test_who_may_ask(collector: RunningCollector) -> None:
    nobody = ask(collector, "SELECT 1", user=None)
    assert (nobody.status, nobody.code) == (401, "194")
    assert nobody.headers["www-authenticate"].startswith("Basic")
    basic = base64.b64encode(f"default:{collector.reader_password}".encode()).decode()
    assert ask(collector, "SELECT 1", user=None, headers={"Authorization": f"Basic {basic}"}).body == b"1\n"
    query = urlencode({"user": "default", "password": collector.reader_password})
    assert ask(collector, "SELECT 1", user=None, path=f"/?{query}").body == b"1\n"
    wrong = ask(collector, "SELECT 1", user=None, path="/?user=default&password=x")
    assert (wrong.status, wrong.code) == (403, "516")
    assert wrong.body.startswith(b"Code: 516. DB::Exception: default: Authentication failed")
    for path in (collector.folder.reader_password_file, collector.folder.collector_password_file):
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8123", "127.0.0.1.evil.example", "10.0.0.1:1"]
)
def test_a_rebound_name_gets_no_answer(collector: RunningCollector, host: str) -> None:
    assert ask(collector, "SELECT 1", headers={"Host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8123", "[::1]:8123", "127.0.0.2"])
def test_loopback_names_are_served(collector: RunningCollector, host: str) -> None:
    assert ask(collector, "SELECT 1", headers={"Host": host}).status == 200


def test_heads_of_an_answer(collector: RunningCollector) -> None:
    answer = ask(collector, "SELECT number FROM numbers(3) FORMAT JSON", query_id="q-1")
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["x-clickhouse-format"] == "JSON"
    assert answer.headers["x-clickhouse-query-id"] == "q-1"
    assert answer.headers["x-clickhouse-timezone"]
    assert answer.headers["x-clickhouse-server-display-name"]
    summary = json.loads(answer.headers["x-clickhouse-summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("3", "3")
    assert json.loads(answer.body)["rows"] == 3


def test_where_the_format_comes_from(collector: RunningCollector) -> None:
    assert ask(collector, "SELECT 1 AS a").body == b"1\n"
    assert ask(collector, "SELECT 1 AS a", default_format="JSONEachRow").body == b'{"a":1}\n'
    assert (
        ask(collector, "SELECT 1 AS a", headers={"X-ClickHouse-Format": "CSVWithNames"}).body == b'"a"\n1\n'
    )
    assert ask(collector, "SELECT 1 AS a FORMAT TSVWithNames", default_format="JSON").body == b"a\n1\n"
    unknown = ask(collector, "SELECT 1 FORMAT NoSuch")
    assert (unknown.status, unknown.code) == (404, "73")


def test_where_the_query_comes_from(collector: RunningCollector) -> None:
    assert ask(collector, method="GET", query="SELECT 1").body == b"1\n"
    assert ask(collector, "SELECT 2").body == b"2\n"
    assert ask(collector, " 3", query="SELECT 1 +").body == b"4\n"
    assert ask(collector, method="HEAD", query="SELECT 1").body == b""
    packed = gzip.compress(b"SELECT 5")
    assert ask(collector, packed, headers={"Content-Encoding": "gzip"}).body == b"5\n"
    empty = ask(collector, "")
    assert (empty.status, empty.code) == (400, "62")


def test_text_parameters_are_escaped_text(collector: RunningCollector) -> None:
    assert (
        ask(collector, "SELECT {x:String} FORMAT JSONCompactEachRow", param_x="a\\tb").body == b'["a\\tb"]\n'
    )
    assert ask(collector, "SELECT {x:Nullable(String)}", param_x="\\N").body == b"\\N\n"
    assert ask(collector, "SELECT {x:Array(UInt8)}", param_x="[1,2]").body == b"[1,2]\n"
    bad = ask(collector, "SELECT {x:UInt8}", param_x="abc")
    assert (bad.status, bad.code) == (500, "457")


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_answers_are_packed_only_when_asked(
    collector: RunningCollector, encoding: str, unpack: object
) -> None:
    accept = {"Accept-Encoding": encoding}
    plain = ask(collector, "SELECT repeat('x', 1000)", headers=accept)
    assert "content-encoding" not in plain.headers
    packed = ask(collector, "SELECT repeat('x', 1000)", headers=accept, enable_http_compression="1")
    assert packed.headers["content-encoding"] == encoding
    assert unpack(packed.body) == plain.body  # type: ignore[operator]


@pytest.mark.parametrize("waits", ["0", "1"])
def test_a_large_result_comes_whole(collector: RunningCollector, waits: str) -> None:
    answer = ask(
        collector, "SELECT number FROM numbers(3000000) FORMAT JSONCompactEachRow", wait_end_of_query=waits
    )
    assert answer.body.count(b"\n") == 3_000_000
    assert answer.headers.get("transfer-encoding") == "chunked"


def test_an_error_after_the_first_bytes_is_tagged(collector: RunningCollector) -> None:
    sql = "SELECT throwIf(number = 2900000), repeat('x', 10) FROM numbers(3000000)"
    streamed = ask(collector, sql)
    tag = streamed.headers["x-clickhouse-exception-tag"]
    head, _, tail = streamed.body.partition(f"\r\n__exception__\r\n{tag}\r\n".encode())
    assert head
    message, _, end = tail.rpartition(f" {tag}\r\n__exception__\r\n".encode())
    text, _, size = message.rpartition(b"\n")
    assert text.startswith(b"Code: 395. DB::Exception")
    assert (int(size), end) == (len(text) + 1, b"")
    waited = ask(collector, sql, wait_end_of_query="1")
    assert (waited.status, waited.code) == (500, "395")


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELECT * FROM nowhere.nothing", 404, "81"),
        ("SELECT nothing FROM system.one", 404, "47"),
        ("SELECT toUInt8('x')", 400, "6"),
        ("SELECT no_such_function(1)", 404, "46"),
        ("CREATE TABLE x (a UInt8) ENGINE = Memory", 500, "164"),
    ],
)
def test_statuses(collector: RunningCollector, sql: str, status: int, code: str) -> None:
    answer = ask(collector, sql)
    assert (answer.status, answer.code) == (status, code)
    assert answer.body.startswith(f"Code: {code}. DB::Exception: ".encode())
    assert b"(version " in answer.body


@pytest.mark.parametrize("user", ["default", "collector"])
@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT arrayMap({t:Identifier}, ['/etc/passwd'])", "file"),
        ("SELECT * FROM {t:Identifier}", "/etc/passwd"),
        ("SELECT * FROM default.{ t : Identifier }", "/etc/passwd"),
    ],
)
def test_a_parameter_reaches_nothing_outside(
    collector: RunningCollector, user: str, sql: str, value: str
) -> None:
    answer = ask(collector, sql, user=user, param_t=value)
    assert answer.code == "497", answer.body


@pytest.mark.parametrize("user", ["default", "collector"])
@pytest.mark.parametrize(
    "settings",
    [
        {"additional_table_filters": "{'system.one': 'throwIf(1) = 0'}"},
        {"additional_result_filter": "throwIf(1) = 0"},
        {"dialect": "prql", "allow_experimental_prql_dialect": "1"},
        {"readonly": "0", "allow_ddl": "1", "max_memory_usage": "0"},
        {"format_schema": "/etc/passwd"},
    ],
)
def test_no_setting_opens_a_way(collector: RunningCollector, user: str, settings: dict[str, str]) -> None:
    assert ask(collector, "SELECT dummy FROM system.one", user=user, **settings).body == b"0\n"
    clause = ", ".join(
        f"{name} = '{value.replace(chr(39), chr(92) + chr(39))}'" for name, value in settings.items()
    )
    if user == "default":
        answer = ask(collector, f"SELECT dummy FROM system.one SETTINGS {clause}")
        assert answer.code == "164", answer.body


@pytest.mark.parametrize("user", ["default", "collector"])
def test_a_format_is_a_name_and_nothing_more(collector: RunningCollector, user: str) -> None:
    for sly in ("TSV; SELECT file('/etc/passwd')", "TSV SETTINGS readonly = 0", "T'SV"):
        answer = ask(collector, "SELECT 1", user=user, default_format=sly)
        assert (answer.status, answer.code) == (404, "73")
    answer = ask(collector, "INSERT INTO t; SYSTEM SHUTDOWN FORMAT CSV 1", user="collector")
    assert (answer.status, answer.code) == (400, "62")


def test_get_changes_nothing_whoever_asks(collector: RunningCollector) -> None:
    answer = ask(
        collector, method="GET", user="collector", query="CREATE TABLE got (a UInt8) ENGINE = Memory"
    )
    assert (answer.status, answer.code) == (500, "164")


REACHING = [
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT \"file\"('/etc/passwd')",
    "SELECT file /* ( */ -- (\n ('/etc/passwd')",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd' AS a)",
    "SELECT * APPLY file FROM (SELECT '/etc/passwd' AS a)",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT 1 /* /* */ + 1 */ , file('/etc/passwd')",
    "SELECT 1 /* /* */ , file('/etc/passwd') /* */ */",
    "SELECT `f\\x69le`('/etc/passwd')",
    "SELECT * FROM eval('SELECT file(''/etc/passwd'')')",
    "SELECT * FROM default.`/etc/passwd`",
    "SELECT * FROM default.`\\x2fetc\\x2fpasswd`",
    "SELECT $$'$$, file('/etc/passwd'), $$'$$",
    "SELECT $a$'$a$, file('/etc/passwd'), $a$'$a$",
    "SELECT $ '$, file('/etc/passwd'), $ '$",
    "SELECT 1 AS a$$'$$, file('/etc/passwd'), $$'$$",
    "SELECT 1 # '\n, file('/etc/passwd') # '",
    "SELECT 1 #!'\n, file('/etc/passwd') #!'",
    "SELECT 1 // '\n, file('/etc/passwd') // '",
    "SELECT ‘'’, file('/etc/passwd'), ‘'’",
    "SELECT x'\\', file('/etc/passwd'), x'\\'",
    "SELECT 1 /* ' */, file('/etc/passwd') /* ' */",
    "SELECT 1 -- '\n, file('/etc/passwd') -- '",
    "SELECT '\\\\', file('/etc/passwd'), ''",
    "SELECT 'it''s', 'a\\'', file('/etc/passwd')",
    "DESCRIBE file('/etc/passwd')",
    "DESCRIBE TABLE url('http://127.0.0.1:1/')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM urlCluster('default', 'http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM s3('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('h:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('h:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM sqlite('/tmp/x', 'y')",
    "SELECT * FROM mongodb('h:1', 'd', 't', 'u', 'p', 'a String')",
    "SELECT * FROM redis('h:1', 'k', 'k String')",
    "SELECT * FROM odbc('DSN=x', 'y')",
    "SELECT * FROM jdbc('x', 'y')",
    "SELECT * FROM Python(passwords)",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM `/etc/passwd`",
    "SELECT * FROM loop(file('/etc/passwd'))",
    "SELECT 1 IN (SELECT c1 FROM file('/etc/passwd', 'CSV'))",
    "WITH x AS (SELECT * FROM file('/etc/passwd')) SELECT * FROM x",
    "EXPLAIN SELECT * FROM file('/etc/passwd')",
    "SELECT 1 INTO OUTFILE '/tmp/spanledger-must-not-exist'",
    "SELECT aiGenerate('x')",
]


@pytest.mark.parametrize("sql", REACHING)
@pytest.mark.parametrize("user", ["default", "collector"])
def test_nobody_reaches_outside(collector: RunningCollector, sql: str, user: str) -> None:
    answer = ask(collector, sql, user=user)
    assert answer.status in (400, 403, 500)
    assert answer.code in ("497", "164", "62"), answer.body
    assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO FUNCTION file('/tmp/x.csv') SELECT 1",
        "INSERT INTO FUNCTION url('http://127.0.0.1:1/', 'CSV', 'a UInt8') VALUES (1)",
        "INSERT INTO TABLE FUNCTION s3('http://x/', 'CSV') FORMAT CSV 1",
        "CREATE TABLE x (a String) ENGINE = File(CSV, '/etc/passwd')",
        "CREATE TABLE x (a String) ENGINE URL('http://127.0.0.1/', CSV)",
        "CREATE TABLE x ENGINE = Memory AS SELECT * FROM file('/etc/passwd')",
        "CREATE DATABASE x ENGINE = Filesystem('/etc')",
        "CREATE DICTIONARY x (a UInt64) PRIMARY KEY a SOURCE(FILE(path '/etc/passwd' format 'CSV')) LAYOUT(FLAT())",
        "CREATE DICTIONARY x (a UInt64) PRIMARY KEY a SOURCE(CLICKHOUSE(HOST 'h' TABLE 't')) LAYOUT(FLAT())",
        "CREATE FUNCTION reading AS x -> file(x)",
        "INSERT INTO tasks FROM INFILE '/etc/passwd' FORMAT CSV",
        "BACKUP DATABASE spanledger TO File('x')",
        "SYSTEM SHUTDOWN",
        "CREATE USER x",
        "ATTACH TABLE x FROM '/etc/' (a UInt8) ENGINE = MergeTree ORDER BY a",
    ],
)
def test_the_writer_reaches_nothing_outside_either(collector: RunningCollector, sql: str) -> None:
    answer = ask(collector, sql, user="collector")
    assert answer.code == "497", answer.body


def test_what_looks_like_a_refused_name_but_is_none(collector: RunningCollector) -> None:
    assert ask(collector, "SELECT 'file(1)', 1 AS file, t.file FROM (SELECT 2 AS `file`) AS t").status == 200
    assert ask(collector, "-- from a file(x)\nSELECT 1 /* url( */").body == b"1\n"
    assert ask(collector, "SELECT $$it's a file('x')$$, x'4142'").body == b"it\\'s a file(\\'x\\')\tAB\n"
    assert ask(collector, "SELECT filesystemAvailable() > 0").body == b"1\n"
    assert ask(collector, "SELECT format('{} {}', 'a', 'b')").body == b"a b\n"
    assert ask(collector, "SELECT URLHash('x') > 0, cutURLParameter('http://a?b=1', 'b')").status == 200


def test_every_table_function_that_reaches_outside_is_refused(collector: RunningCollector) -> None:
    harmless = {"dictionary", "format", "loop", "viewExplain", "zeros", "zeros_mt"}
    listed = (
        ask(collector, "SELECT name FROM system.table_functions WHERE NOT allow_readonly")
        .body.decode()
        .split()
    )
    for name in sorted(set(listed) - harmless):
        if name.startswith("timeSeries"):
            continue  # they read tables of the ledger
        answer = ask(collector, f"SELECT * FROM {name}('x')", user="collector")
        assert answer.code == "497", f"{name}: {answer.body!r}"


def test_inserts(collector: RunningCollector) -> None:
    def run(sql: str | bytes, **url: str) -> Answer:
        answer = ask(collector, sql, user="collector", **url)
        assert answer.status == 200, answer.body
        return answer

    run("CREATE TABLE IF NOT EXISTS inserted (a UInt64, b String DEFAULT 'd') ENGINE = MergeTree ORDER BY a")
    run("TRUNCATE TABLE inserted")
    done = run("INSERT INTO inserted VALUES (1, 'x'), (2, 'y;(')")
    assert json.loads(done.headers["x-clickhouse-summary"])["written_rows"] == "2"
    assert "x-clickhouse-format" not in done.headers
    run("(3, 'z')", query="INSERT INTO inserted VALUES")
    run("INSERT INTO inserted (a) FORMAT CSV\n4\n5\n")
    run("6\t\\tq\n", query="INSERT INTO inserted FORMAT TabSeparated")
    run('{"a": 7}\n', query="INSERT INTO inserted FORMAT JSONEachRow", input_format_null_as_default="1")
    run("INSERT INTO inserted SELECT number + 100, 's' FROM numbers(2)")
    run("INSERT INTO {t:Identifier} FORMAT CSV 8,p\n", param_t="inserted")
    run("INSERT INTO inserted SETTINGS async_insert = 0 FORMAT JSONEachRow " + '{"a": 9, "b": "FORMAT CSV"}')
    found = ask(collector, "SELECT a, b FROM inserted ORDER BY a").body.decode().splitlines()
    assert found == [
        "1\tx",
        "2\ty;(",
        "3\tz",
        "4\td",
        "5\td",
        "6\t\\tq",
        "7\td",
        "8\tp",
        "9\tFORMAT CSV",
        "100\ts",
        "101\ts",
    ]
    bad = ask(collector, "INSERT INTO inserted FORMAT CSV\nx,y\n", user="collector")
    assert (bad.status, bad.code) == (400, "27")
    missing = ask(collector, "INSERT INTO not_there FORMAT CSV\n1\n", user="collector")
    assert (missing.status, missing.code) == (404, "60")
    read_only = ask(collector, "INSERT INTO inserted FORMAT CSV\n1,x\n")
    assert (read_only.status, read_only.code) == (500, "164")


def test_a_large_insert_arrives_in_pieces(collector: RunningCollector) -> None:
    ask(collector, "CREATE TABLE IF NOT EXISTS pieces (a UInt64) ENGINE = Memory", user="collector")
    body = b"".join(b"%d\n" % number for number in range(2_000_000))
    packed = gzip.compress(body, 1)
    done = ask(
        collector,
        packed,
        user="collector",
        headers={"Content-Encoding": "gzip"},
        query="INSERT INTO pieces FORMAT TSV",
    )
    assert done.status == 200, done.body
    assert ask(collector, "SELECT count(), sum(a) FROM pieces").body == b"2000000\t1999999000000\n"


def test_a_client_that_goes_away_stops_its_query(collector: RunningCollector) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", collector.info.clickhouse_port, timeout=30)
    headers = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": collector.reader_password}
    sql = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sin(number), 'runaway')"
    connection.request("POST", "/", sql, headers)
    running = "SELECT count() FROM system.processes WHERE query LIKE '%runa' || 'way%'"

    def until(count: bytes) -> bool:
        for _ in range(100):
            if ask(collector, running).body == count:
                return True
            time.sleep(0.1)
        return False

    assert until(b"1\n")
    connection.close()
    assert until(b"0\n")


def test_more_queries_than_handles_wait_their_turn(collector: RunningCollector) -> None:
    answers: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda n=number: answers.append(ask(collector, f"SELECT {n}, sleep(0.1)").body)
        )
        for number in range(24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(body.split()[0]) for body in answers) == list(range(24))


def test_an_unknown_encoding_is_refused_in_words(collector: RunningCollector) -> None:
    unknown = ask(collector, "SELECT 1", headers={"Content-Encoding": "smoke"})
    assert unknown.status == 415


def test_a_query_over_the_size_limit_is_refused_before_it_is_read(collector: RunningCollector) -> None:
    long = "SELECT " + "1+" * 140_000 + "1"
    refused = ask(collector, long)
    assert (refused.status, refused.code) == (400, "62")
    assert b"max_query_size = 262144" in refused.body
    spaced = "SELECT 1" + " " * 300_000 + "+ 1"
    assert ask(collector, spaced, max_query_size="1000000").body == b"2\n"
    assert ask(collector, spaced, max_query_size="0").body == b"2\n"
    assert ask(collector, spaced, max_query_size="nonsense").status == 400


def test_a_long_query_does_not_hold_up_the_others(collector: RunningCollector) -> None:
    """Splitting it takes seconds of a thread, but the loop that receives spans goes on."""
    answers: list[Answer] = []
    long = "SELECT " + "(" * 125_000 + "1" + ")" * 125_000
    asking = threading.Thread(target=lambda: answers.append(ask(collector, long)))
    asking.start()
    pings = 0
    while asking.is_alive():
        pings += ask(collector, method="GET", path="/ping", user=None).status == 200
    asking.join()
    assert answers[0].code == "306"  # too deep, says the engine
    assert pings > 3
