"""`spanledger sql` without a running collector: the folder itself, parameters, formats, refusals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from tests.cli.runs import clean_environment, spanledger

MAKE = """
import sys
from collector.engine.embedded import EmbeddedEngine
from sql.catalogue import statement
from sql.then import book_database
engine = EmbeddedEngine(sys.argv[1] + '/engine', 'spanledger')
engine.run('CREATE TABLE t (name String, n UInt8) ENGINE = MergeTree ORDER BY n')
engine.run("INSERT INTO t VALUES ('one', 1), ('two', 2)")
engine.run("CREATE DATABASE spanledger_then")
engine.run("CREATE VIEW spanledger_then.t AS SELECT name, n + 10 AS n FROM t")
for name in ("0042_price_books", "0056_price_periods"):
    engine.run(statement("schema/" + name).text)
for version in ("genai-prices 1", "genai-prices 2 + overlay abc"):
    engine.run("INSERT INTO price_books (version, rows) SELECT {v:String}, 1", {"v": version})
at = book_database("spanledger", version)
engine.run("CREATE DATABASE {name:Identifier}", {"name": at})
engine.run("CREATE VIEW {name:Identifier}.t AS SELECT name, n + 100 AS n FROM t", {"name": at})
engine.close()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with a small table, opened by nobody."""
    folder = str(tmp_path_factory.mktemp("data"))
    subprocess.run([sys.executable, "-c", MAKE, folder], env=clean_environment(), check=True)
    return folder


def test_the_folder_itself_answers_line_by_line(data: str) -> None:
    done = spanledger("sql", "SELECT name, n FROM t ORDER BY n", "--data", data)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"name": "one", "n": 1},
        {"name": "two", "n": 2},
    ]
    assert done.stderr == ""


def test_a_format_is_obeyed(data: str) -> None:
    done = spanledger("sql", "SELECT name FROM t ORDER BY n", "--data", data, "--format", "CSVWithNames")
    assert done.stdout == '"name"\n"one"\n"two"\n'


READS = "SELECT getSetting('do_not_merge_across_partitions_select_final') AS by_day, getSetting('max_threads') AS n"


def test_the_folder_is_read_a_day_by_itself_on_two_threads(data: str) -> None:
    done = spanledger("sql", READS, "--data", data)
    assert json.loads(done.stdout) == {"by_day": True, "n": 2}, done.stderr


def test_amounts_can_be_asked_as_priced_then(data: str) -> None:
    done = spanledger("sql", "SELECT sum(n) AS n FROM t", "--data", data, "--prices", "then")
    assert json.loads(done.stdout) == {"n": 23}, done.stderr


def test_amounts_can_be_asked_at_one_book(data: str) -> None:
    for named in ("book:genai-prices 2 + overlay abc", "book:abc"):
        done = spanledger("sql", "SELECT sum(n) AS n FROM t", "--data", data, "--prices", named)
        assert json.loads(done.stdout) == {"n": 203}, done.stderr


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("book:nonsense", "names none of the newest"),
        ("book:genai", "names more than one"),
        ("cheap", "none of book"),
    ],
)
def test_a_book_that_is_not_there_is_refused(data: str, named: str, said: str) -> None:
    done = spanledger("sql", "SELECT 1", "--data", data, "--prices", named)
    assert done.returncode == ExitCode.USAGE
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_values_come_as_typed_parameters(data: str) -> None:
    statement = "SELECT name FROM t WHERE n = {n:UInt8} AND name = {name:String}"
    done = spanledger("sql", statement, "--data", data, "--param", "n=2", "--param", "name=two")
    assert json.loads(done.stdout) == {"name": "two"}


def test_a_statement_may_come_from_stdin(data: str) -> None:
    done = spanledger("sql", "-", "--data", data, stdin="SELECT count() AS n FROM t\n")
    assert json.loads(done.stdout) == {"n": 2}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT nothing FROM t", 47),
        ("SELECT * FROM nowhere", 60),
        ("SELEC 1", 62),
        ("INSERT INTO t VALUES ('three', 3)", 164),
        ("DROP TABLE t", 164),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 164),
    ],
)
def test_a_refusal_is_one_line_with_clickhouses_code(data: str, statement: str, code: int) -> None:
    done = spanledger("sql", statement, "--data", data)
    assert done.returncode == ExitCode.FAILED
    assert done.stdout == ""
    assert done.stderr.startswith(f"spanledger: ClickHouse refused (code {code}): ")
    assert len(done.stderr.splitlines()) == 1
    assert "version" not in done.stderr


def test_no_ledger_is_said_with_what_to_do(tmp_path: Path) -> None:
    done = spanledger("sql", "SELECT 1", "--data", str(tmp_path))
    assert done.returncode == ExitCode.UNAVAILABLE
    assert done.stderr == f"spanledger: there is no ledger in {tmp_path}; `spanledger up` starts one\n"


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    done = spanledger("sql", "SELECT 1", SPANLEDGER_CLICKHOUSE_URL="http://me:hunter2@127.0.0.1:1/db")
    assert done.returncode == ExitCode.UNAVAILABLE
    assert "the ledger at http://127.0.0.1:1 does not answer" in done.stderr
    assert "hunter2" not in done.stderr
