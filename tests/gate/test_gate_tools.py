"""`gate run`, `plan`, `selftest` and `drift` from the command line, and the rules behind them."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from analytics.gate.drift import drift
from analytics.gate.trust import trust
from benchmarks.gate_recordings import Suite, lines, write
from cli.gate.recorded import Recorded, recorded
from cli.gate.turns import turns_of
from cli.main import main
from collector.config.model import Config

AGENT = """
import os, pathlib, sys, urllib.request
rise = 1.0
way, run, base = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
data = (base / f"rise{rise}.{run[-1]}.jsonl").read_bytes().replace(b"RUN", run.encode())
if way == "file":
    open(os.environ["SPANLEDGER_FILE"], "ab").write(data)
else:
    for line in data.splitlines():
        url = os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
        request = urllib.request.Request(url, line, {"Content-Type": "application/json"})
        urllib.request.urlopen(request).read()
sys.exit(1 if way == "file" and run == "head2" else 0)
"""


@pytest.fixture(scope="module")
def warm() -> Iterator[Recorded]:
    with recorded(Config()) as engine:
        yield engine


@pytest.fixture(autouse=True)
def _one_engine(warm: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.gate.judge.recorded", lambda config: nullcontext(warm))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def _git(folder: Path, *words: str) -> None:
    command = ["git", "-c", "user.email=a@example.com", "-c", "user.name=A", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A branch that makes the agent of `main` half as dear again."""
    folder = tmp_path / "repository" / "evals"
    folder.mkdir(parents=True)
    for rise in (1.0, 1.5):
        for run in (1, 2):
            made = Suite(f"rise{rise} {run}", cases=22, repeats=1, rise=rise, spread=0.04)
            text = "\n".join(lines(made)).replace(f"rise{rise} {run}-0", "RUN")
            (tmp_path / f"rise{rise}.{run}.jsonl").write_text(text + "\n")
    _git(folder.parent, "init", "-q", "-b", "main")
    (folder / "agent.py").write_text(AGENT)
    _git(folder.parent, "add", "-A")
    _git(folder.parent, "commit", "-qm", "one")
    _git(folder.parent, "checkout", "-qb", "dearer")
    (folder / "agent.py").write_text(AGENT.replace("rise = 1.0", "rise = 1.5"))
    _git(folder.parent, "commit", "-qam", "two")
    monkeypatch.chdir(folder)
    return tmp_path


@pytest.mark.parametrize("way", ["file", "otlp"])
def test_both_versions_run_in_turns_and_are_compared(
    repository: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "agent.py", way, "{arm}{repeat}", str(repository)]
    code = main(
        ["gate", "run", "--repeats", "2", "--json", "--keep", str(repository / "kept"), "--", *command]
    )
    out, err = capfd.readouterr()
    result = json.loads(out)
    assert (code, result["verdict"]) == (1, "FAIL")
    assert result["total"]["judgement"]["cases"] == 22
    assert result["total"]["judgement"]["base"]["runs"] == 44
    assert result["total"]["judgement"]["typical"]["ratio"] == pytest.approx(1.5, rel=0.03)
    assert ("1 of 2 runs of head ended with an error" in " ".join(result["warnings"])) == (way == "file")
    assert len(list((repository / "kept" / "base").iterdir())) == 2
    assert (
        subprocess.run(["git", "worktree", "list"], capture_output=True, text=True, check=True).stdout.count(
            "\n"
        )
        == 1
    )
    assert "runs: 100%" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--", "true"), "the command recorded nothing on base"),
        (("--", "no-such-program"), "'no-such-program' cannot be run on base"),
        (("--base-ref", "nowhere", "--", "true"), "git rev-parse"),
        (("--setup", "exit 3", "--", "true"), "--setup 'exit 3' ended with 3"),
        ((), "which command?"),
    ],
)
def test_a_run_that_cannot_be_is_one_line_and_exit_2(
    repository: Path, words: tuple[str, ...], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "run", "--repeats", "1", *words]) == 2
    assert message in capfd.readouterr().err


def test_turns_alternate() -> None:
    assert [(turn.arm, turn.repeat) for turn in turns_of(3, None, prime=False)] == [
        (0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2),
    ]  # fmt: skip
    first = turns_of(2, 3, prime=True)
    assert [turn.repeat for turn in first[:6]] == [-1] * 6
    assert [(turn.arm, turn.repeat, turn.case) for turn in first[6:12]] == [
        (0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1), (0, 0, 2), (1, 0, 2),
    ]  # fmt: skip


def test_a_plan_from_recorded_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "runs.jsonl", Suite("runs", cases=30, repeats=4, spread=0.2))
    assert main(["gate", "plan", "--runs", str(tmp_path / "runs.jsonl"), "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["spread"] == pytest.approx(0.2, rel=0.2)
    z = 1.6449 + 0.8416
    assert found["runs_a_side"] == math.ceil(2 * found["spread"] ** 2 * z**2 / math.log(1.1) ** 2)
    assert found["repeats"] == math.ceil(found["runs_a_side"] / 30)


def test_a_plan_needs_repeats(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "once.jsonl", Suite("once", cases=5, repeats=1))
    assert main(["gate", "plan", "--runs", str(tmp_path / "once.jsonl")]) == 4
    assert "none repeated" in capfd.readouterr().out
    assert main(["gate", "plan"]) == 2


def test_the_selftest_judges_simulated_and_own_runs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "runs.jsonl", Suite("runs", cases=25, repeats=4, spread=0.2))
    words = ["gate", "selftest", "--trials", "60", "--runs", str(tmp_path / "runs.jsonl"), "--json"]
    code = main(words)
    found = json.loads(capfd.readouterr().out)
    assert code == (
        0
        if found["holds"]
        else 4
        if all(line["FAIL"] == 0 for line in found["lines"] if "nothing" in line["kind"])
        else 1
    )
    kinds = {line["kind"]: line for line in found["lines"]}
    assert kinds["+20 %"]["FAIL"] > 0.5
    assert kinds["nothing changed, own runs"]["trials"] == 60
    assert main(words) == code
    assert json.loads(capfd.readouterr().out) == found


def test_trust_is_lost_by_failing_unchanged_code() -> None:
    assert not trust(100, 0).is_demoted
    assert not trust(3, 0).is_demoted
    assert trust(100, 6).is_demoted
    assert trust(100, 6).words() == "6 of the last 100 comparisons of unchanged code failed"


def test_ten_steps_of_two_percent_are_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for night in range(40):
        rise = 1.02 ** min(10, night // 4)
        write(
            tmp_path / f"night{night:02d}.jsonl",
            Suite(f"n{night}", cases=6, repeats=1, rise=rise, spread=0.05, day=night),
        )
    assert main(["gate", "drift", "--runs", str(tmp_path), "--json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert found["drifted"] == ["triage"]
    seen = found["workloads"]["triage"]
    assert len(seen["nights"]) == 40
    assert seen["trend_ratio"] == pytest.approx(1.2, abs=0.05)


def test_drift_is_seldom_seen_where_there_is_none_and_nearly_always_where_there_is() -> None:
    rng = np.random.default_rng(4)
    steady = [drift(list(rng.normal(0, 0.04, 60))).is_drift(0.1) for _ in range(150)]
    rising = [
        drift([0.0198 * min(10, night // 6) + rng.normal(0, 0.04) for night in range(60)]).is_drift(0.1)
        for _ in range(50)
    ]
    assert sum(steady) <= 3
    assert sum(rising) >= 48


def test_a_single_step_is_placed_at_its_night() -> None:
    rng = np.random.default_rng(4)
    found = drift([(0.2 if night >= 20 else 0.0) + rng.normal(0, 0.03) for night in range(40)])
    assert [step.night for step in found.steps] == [20]
    assert found.total_ratio == pytest.approx(math.exp(0.2), rel=0.05)
    assert drift([0.0] * 5).steps == ()
