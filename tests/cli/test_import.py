"""`spanledger import` as a user runs it: without a collector, with one, dry, and with files that are none."""

import json
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from tests.cli.runs import spanledger
from tests.cli.test_up import FREE_PORTS, ask, running, stop
from tests.imports.transcripts import SESSION, claude_answer, codex_count, codex_meta, codex_turn, write

COUNT = (1000, 400, 100, 40)


def home(folder: Path) -> Path:
    """A home with sessions of both tools, one file broken in the middle, and files that are none."""
    project = folder / ".claude" / "projects" / "-home-dev-src-shop"
    write(
        project / f"{SESSION}.jsonl",
        [
            claude_answer("2026-10-01T10:00:00.000Z", "msg_1"),
            '{"type": "assistant", "mess',
            claude_answer("2026-10-01T10:01:00.000Z", "msg_2"),
        ],
    )
    (project / "notes.json").write_text('{"hello": 1}')
    write(
        folder / ".codex" / "sessions" / "2026" / "10" / "01" / "rollout-1.jsonl",
        [
            codex_meta("2026-10-01T10:00:00.000Z", "01a1f6cd-0000-7000-8000-00000000000a"),
            codex_turn("2026-10-01T10:00:01.000Z"),
            codex_count("2026-10-01T10:00:09.000Z", COUNT, COUNT),
        ],
    )
    return folder


def test_the_sessions_in_the_home_become_a_ledger_where_none_was(tmp_path: Path) -> None:
    data, at_home = tmp_path / "data", str(home(tmp_path / "home"))
    done = spanledger("import", "--data", str(data), HOME=at_home, **FREE_PORTS)
    assert done.returncode == ExitCode.OK, done.stderr
    assert "no collector is running; starting one for this" in done.stderr
    assert "reading: 100%" in done.stderr
    assert "pricing: 100%" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "read      2 files (1 claude-code, 1 codex)"
    assert lines[1].strip() == "3 calls, 2026-10-01 to 2026-10-01"
    assert any(line.startswith("priced    3 calls, $0.") for line in lines)
    assert "skipped   1 broken line" in lines
    assert any(line.startswith("not read") and "notes.json: none of the formats" in line for line in lines)
    assert not (data / "run.json").exists()
    tasks = ask(data, "SELECT workload, calls FROM tasks FINAL ORDER BY calls")
    assert tasks == [{"workload": "shop", "calls": 1}, {"workload": "shop", "calls": 2}]
    again = spanledger("import", "--json", "--data", str(data), HOME=at_home, **FREE_PORTS)
    told = json.loads(again.stdout)
    assert (told["calls"], told["known_before"], told["calls_by_status"]) == (3, 3, {"priced": 3})
    assert ask(data, "SELECT count() AS n, sum(calls) AS calls FROM tasks FINAL") == [{"n": 2, "calls": 3}]


def test_a_running_collector_takes_it_and_goes_on(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", home(tmp_path / "home")
    with running("up", "--no-dashboard", "--data", str(data)) as (process, _):
        done = spanledger(
            "import", str(folder / ".claude"), "--workload", "all-mine", "--json", "--data", str(data)
        )
        assert done.returncode == ExitCode.OK, done.stderr
        assert json.loads(done.stdout)["calls"] == 2
        assert ask(data, "SELECT DISTINCT workload FROM llm_calls FINAL") == [{"workload": "all-mine"}]
        assert stop(process)[0] == 0


def test_a_dry_run_prices_everything_and_writes_nothing(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", home(tmp_path / "home")
    done = spanledger(
        "import", str(folder / "**" / "*.jsonl"), "--dry-run", "--data", str(data), cwd=tmp_path
    )
    assert done.returncode == ExitCode.OK, done.stderr
    assert "priced    3 calls" in done.stdout
    assert done.stdout.endswith("dry run   nothing was written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("just text\nof someone\n", "none of the formats"),
        ('{"resourceSpans": [', "broken from its first line on"),
    ],
)
def test_a_file_that_was_named_and_is_none_fails_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "named.jsonl"
    path.write_text(content)
    done = spanledger("import", str(path), "--dry-run", "--data", str(tmp_path / "data"))
    assert done.returncode == ExitCode.FAILED
    assert [line for line in done.stdout.splitlines() if line.startswith("not read")] == [
        f"not read  {path}: {line.partition(': ')[2]}"
        for line in done.stdout.splitlines()
        if line.startswith("not read") and said in line
    ]
    assert said in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: there is no such file or folder"),
        (["."], ".: nothing to import in this folder"),
        ([], "which files? There is none of ~/.claude/projects"),
        (["--format", "claude"], "'claude' is not a value of --format; did you mean claude-code?"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_starts(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = spanledger(
        "import", *arguments, "--data", str(tmp_path / "data"), cwd=tmp_path, HOME=str(tmp_path)
    )
    assert done.returncode == ExitCode.USAGE
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
