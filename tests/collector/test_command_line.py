"""The command line against a running collector: errors in a result, odd bytes, closed streams, unpriced calls."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from tests.cli.runs import clean_environment, command, spanledger
from tests.collector.conftest import RunningCollector
from tests.collector.otlp_bodies import request
from tests.collector.test_receiver_http import post

LATE = "SELECT number, throwIf(number = 3000000) AS late FROM numbers(10000000)"


def test_an_error_within_a_result_is_an_error(collector: RunningCollector) -> None:
    done = spanledger("sql", LATE, SPANLEDGER_DATA=str(collector.folder.root))
    assert done.returncode == ExitCode.FAILED
    assert "(code 395)" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "exception" not in done.stdout
    rows = [json.loads(line)["number"] for line in done.stdout.splitlines()]
    assert rows == list(range(len(rows)))
    assert rows


@pytest.mark.parametrize("through_stdin", [True, False])
def test_a_statement_that_is_not_utf_8_is_one_line(collector: RunningCollector, through_stdin: bool) -> None:
    statement = b"SELECT '\xff'"
    done = subprocess.run(
        [*command("sql"), "-" if through_stdin else os.fsdecode(statement)],
        input=statement if through_stdin else b"",
        env=clean_environment(SPANLEDGER_DATA=str(collector.folder.root)),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.decode() == "spanledger: STATEMENT: byte 0xff at 8 is not UTF-8\n"


def test_an_investigation_of_calls_without_a_price_says_so(collector: RunningCollector) -> None:
    now = request("investigated", start_ns=time.time_ns() - 300_000_000_000)
    assert post(collector, now.SerializeToString()).status == 200
    count, until = "SELECT count() FROM llm_calls WHERE workload = 'investigated'", time.monotonic() + 60
    while not collector.client().command(count) and time.monotonic() < until:
        time.sleep(0.2)
    for arguments in ((), ("--json",)):
        done = spanledger("investigate", *arguments, SPANLEDGER_DATA=str(collector.folder.root))
        assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout, parse_constant=pytest.fail)


def test_a_folder_that_no_system_takes_is_one_line(tmp_path: Path) -> None:
    done = spanledger("status", SPANLEDGER_DATA=str(tmp_path / ("x" * 300)))
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.endswith("/engine: File name too long\n")
    assert len(done.stderr.splitlines()) == 1


def test_closed_streams_are_no_fault(collector: RunningCollector) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command("status")],
        env=clean_environment(SPANLEDGER_DATA=str(collector.folder.root)),
        timeout=60,
        check=False,
    )
    assert done.returncode == 0


def test_a_zone_that_the_engine_does_not_know_is_utc(tmp_path: Path) -> None:
    statement = "SELECT timezone() AS zone"
    made = (
        "from collector.engine.embedded import EmbeddedEngine as E; import sys; E(sys.argv[1], 'spanledger')"
    )
    engine = str(tmp_path / "engine")
    for zone, expected in (("<+03>-3", "UTC"), ("Nowhere/Bad", "UTC"), (":Asia/Kathmandu", "Asia/Kathmandu")):
        python = command()[0]
        subprocess.run([python, "-c", made, engine], env=clean_environment(TZ=zone), check=True)
        done = spanledger("sql", statement, SPANLEDGER_DATA=str(tmp_path), TZ=zone)
        assert json.loads(done.stdout) == {"zone": expected}, done.stderr
