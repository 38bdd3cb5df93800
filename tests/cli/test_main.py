"""The command line as a user meets it: instant help, nearest words, exit codes, never a traceback."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from cli.main import main
from cli.parser import COMMANDS
from tests.cli.runs import clean_environment, command, spanledger

HEAVY = ("pydantic", "clickhouse_connect", "chdb", "pandas", "rich", "streamlit", "yaml", "grpc", "starlette")


def test_help_is_instant() -> None:
    took_s = []
    for _ in range(5):
        begun = time.perf_counter()
        done = spanledger("--help")
        took_s.append(time.perf_counter() - begun)
        assert done.returncode == 0
    # The best of five: what else this machine does is not the command's doing.
    assert min(took_s) < 0.3
    for name in COMMANDS:
        assert name.partition("_")[0] in done.stdout


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from cli.main import main; main(['up', '--help']);"
        f"sys.exit(','.join(m for m in {HEAVY!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["upp"], "'upp' is not a command; did you mean up?"),
        (["statsu"], "'statsu' is not a command; did you mean status?"),
        (["prices", "refesh"], "'refesh' is not a command; did you mean refresh?"),
        (["up", "--dta", "x"], "--dta is not an option; did you mean --data?"),
        (["up", "--no-dashbord"], "--no-dashbord is not an option; did you mean --no-dashboard?"),
        (["version", "extra"], "'extra' is one argument too many"),
        (["sql"], "the following arguments are required: STATEMENT"),
        (["up", "--data"], "argument --data: expected one argument"),
        ([], "which command?"),
        (["prices"], "which command?"),
        (["sql", "SELECT 1", "--param", "x"], "--param 'x': expected NAME=VALUE"),
    ],
)
def test_a_wrong_word_is_one_line_with_the_nearest(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def test_an_unknown_setting_is_one_line_with_the_nearest() -> None:
    done = spanledger("up", SPANLEDGER_OTLP_HTP_PORT="1")
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == (
        "spanledger: SPANLEDGER_OTLP_HTP_PORT is not a setting; did you mean SPANLEDGER_OTLP_HTTP_PORT?\n"
    )


def test_a_fault_of_ours_is_one_line_and_debug_shows_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("two\nlines")

    monkeypatch.setattr("cli.output.emit", broken)
    assert main(["version"]) == ExitCode.INTERNAL
    assert capsys.readouterr().err == (
        "spanledger: internal error, ValueError: two lines (--debug shows where)\n"
    )
    assert main(["version", "--debug"]) == ExitCode.INTERNAL
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.output.emit", interrupted)
    assert main(["version"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    piped = " ".join(command("version")) + " | true; exit ${PIPESTATUS[0]}"
    done = subprocess.run(
        ["bash", "-c", piped], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == ""


def test_version_as_json() -> None:
    done = spanledger("version", "--json")
    assert set(json.loads(done.stdout)) >= {"spanledger", "chdb", "python"}


def test_config_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    file = tmp_path / "spanledger.yaml"
    file.write_text("tiers: {}\nbudget: []\n")
    done = spanledger("config", "check", str(file))
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == f"spanledger: {file}:2: budget is not a name here; did you mean budgets?\n"
    done = spanledger("config", "check", "--json", str(file))
    assert done.returncode == ExitCode.USAGE
    assert json.loads(done.stdout)["problems"] == [
        f"{file}:2: budget is not a name here; did you mean budgets?"
    ]


def test_config_check_finds_the_file_the_ledger_would_read(tmp_path: Path) -> None:
    assert "the defaults hold" in spanledger("config", "check", cwd=tmp_path).stderr
    (tmp_path / "spanledger.yaml").write_text("budgets: [{all: true, period: day, limit_usd: 1}]\n")
    done = spanledger("config", "check", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["config"]["budgets"][0]["limit_usd"] == "1"


@pytest.mark.parametrize("name", ["up", "sql", "collector"])
def test_a_wrong_setting_stops_every_command_before_it_begins(name: str, tmp_path: Path) -> None:
    arguments = [name, "SELECT 1"] if name == "sql" else [name]
    done = spanledger(*arguments, cwd=tmp_path, SPANLEDGER_CLICKHOUSE_PORT="http")
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("spanledger: SPANLEDGER_CLICKHOUSE_PORT is 'http': ")
    assert not list(tmp_path.iterdir())
