"""How statements are taken apart: formats, settings, where the data of an insert begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clickhouse.guard import check_names
from collector.clickhouse.statement import read_insert, read_statement
from collector.clickhouse.tokens import tokens
from collector.engine.result import EngineError, engine_error

WORDS = ["select", "file", "format", "settings", "a", "1", "--", "/*", "*/", "$$", "é"]
PIECES = st.sampled_from([*"'\"`$#/\\*-;(){}[],. \n", *WORDS])


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_any_text_is_taken_apart_without_a_fault(text: str) -> None:
    found = list(tokens(text))
    spans = [(token.start, token.end) for token in found]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    read_statement(text)
    read_insert(text)


@given(st.text(alphabet="ab'\\\"`$ \n", max_size=30))
def test_a_call_after_any_literal_is_seen(content: str) -> None:
    literal = "'" + content.replace("\\", "\\\\").replace("'", "\\'") + "'"
    with pytest.raises(EngineError):
        check_names(list(tokens(f"SELECT {literal}, file('x')")))


@pytest.mark.parametrize(
    ("text", "fmt", "settings"),
    [
        ("SELECT 1 FORMAT JSON", "JSON", ()),
        ("SELECT 1 format JSON;", "JSON", ()),
        ("SELECT 1 -- FORMAT JSON", None, ()),
        ("SELECT 'FORMAT JSON'", None, ()),
        ("SELECT format FROM t", None, ()),
        ("SELECT x.format y", None, ()),
        ("SELECT * FROM t ORDER BY format DESC", None, ()),
        ("SELECT (SELECT 1 FORMAT JSON)", None, ()),
        ("SELECT 1 SETTINGS a = 1, b = 'x' FORMAT CSV", "CSV", (("a", "1"), ("b", "x"))),
        ("SELECT 1 FORMAT CSV SETTINGS a = true", "CSV", (("a", "1"),)),
        ("SELECT 1 SETTINGS a = [1]", None, ()),
    ],
)
def test_format_and_settings(text: str, fmt: str | None, settings: tuple[tuple[str, str], ...]) -> None:
    statement = read_statement(text)
    assert (statement.fmt, statement.settings) == (fmt, settings)


@pytest.mark.parametrize(
    ("text", "keep", "rewritten"),
    [
        ("SELECT 1 SETTINGS a = 1 FORMAT CSV", False, "SELECT 1\nINTO X FORMAT TSV"),
        ("SELECT 1 SETTINGS a = 1 FORMAT CSV", True, "SELECT 1 SETTINGS a = 1 \nINTO X FORMAT TSV"),
        ("SELECT 1 FORMAT CSV SETTINGS a = 1", True, "SELECT 1 \nINTO X FORMAT TSV  SETTINGS a = 1"),
        ("SELECT 1 FORMAT CSV SETTINGS a = 1", False, "SELECT 1 \nINTO X FORMAT TSV"),
        ("SELECT 1; -- end", False, "SELECT 1\nINTO X FORMAT TSV"),
    ],
)
def test_the_result_is_sent_elsewhere(text: str, keep: bool, rewritten: str) -> None:
    assert read_statement(text).into("INTO X", "TSV", keep) == rewritten


@pytest.mark.parametrize(
    ("text", "fmt", "data"),
    [
        ("INSERT INTO t VALUES (1)", "Values", " (1)"),
        ("INSERT INTO t FORMAT Native\n\x01\x02", "Native", "\x01\x02"),
        ("INSERT INTO t FORMAT CSV\r\n1", "CSV", "1"),
        ("INSERT INTO t FORMAT CSV 1,2", "CSV", "1,2"),
        ("INSERT INTO db.t (a, `format`) SETTINGS x = 1 FORMAT TSV\n\n1", "TSV", "\n1"),
        ("INSERT INTO t.format FORMAT CSV 1", "CSV", "1"),
        ("INSERT INTO values VALUES (1)", "Values", " (1)"),
        ("/* c */ INSERT INTO t (a)", "", ""),
    ],
)
def test_inserts_that_bring_data(text: str, fmt: str, data: str) -> None:
    head = read_insert(text)
    assert head is not None
    assert (head.fmt, text[head.data_start :]) == (fmt, data)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t (a) (SELECT 1)",
        "INSERT INTO t WITH 1 AS x SELECT x",
        "",
    ],
)
def test_inserts_from_a_query_are_statements(text: str) -> None:
    assert read_insert(text) is None


@pytest.mark.parametrize(
    ("text", "code", "name", "message"),
    [
        (
            "Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)",
            60,
            "UNKNOWN_TABLE",
            "Table x does not exist.",
        ),
        (
            "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify. (READONLY) (version 26.9). (READONLY)",
            164,
            "READONLY",
            "Cannot modify.",
        ),
        (
            "Streaming insert finish failed: Code: 33. DB::Exception: Cut: (at row 1)\n. (CUT)",
            33,
            "CUT",
            "Cut: (at row 1)\n.",
        ),
        ("something else", 1002, "UNKNOWN_EXCEPTION", "something else"),
    ],
)
def test_errors_of_the_engine(text: str, code: int, name: str, message: str) -> None:
    error = engine_error(text)
    assert (error.code, error.name, error.message) == (code, name, message)
