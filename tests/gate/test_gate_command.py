"""`spanledger gate` from files on disk to verdict, outputs and exit code."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.gate_recordings import Suite, write
from cli.gate import judge
from cli.gate.recorded import Recorded, recorded
from cli.main import main
from collector.config.model import Config

Gate = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    write(folder / "base.jsonl", Suite("base", change="aaa1111", spread=0.05))
    write(folder / "same.jsonl", Suite("again", change="bbb2222", spread=0.05))
    write(folder / "dear.jsonl", Suite("dear", change="ccc3333", rise=1.3, lost_cache=0.8, spread=0.05))
    return folder


@pytest.fixture(scope="module")
def warm() -> Iterator[Recorded]:
    """One engine for all tests but the first: opening one costs more than a comparison."""
    with recorded(Config()) as engine:
        yield engine


@pytest.fixture
def gate(
    recordings: Path, warm: Recorded, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Gate:
    monkeypatch.chdir(recordings)
    monkeypatch.setattr("cli.gate.judge.recorded", lambda config: nullcontext(warm))
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_EVENT_PATH", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Outcome:
        code = main(["gate", *arguments])
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return run


def test_an_unchanged_suite_passes_and_leaves_nothing_behind(recordings: Path) -> None:
    before = sorted(path.name for path in recordings.iterdir())
    command = [sys.executable, "-m", "cli", "gate", "--base", "base.jsonl", "--head", "same.jsonl", "--json"]
    found = subprocess.run(command, cwd=recordings, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
    result = json.loads(found.stdout)
    assert result["verdict"] == "PASS"
    assert result["base"]["changes"] == ["aaa1111"]
    assert sorted(path.name for path in recordings.iterdir()) == before


def test_a_dearer_head_fails_in_every_output(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: tmp_path / "out" / name for name in ("comment", "report", "junit", "sarif", "html")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    found = gate(
        "--base", "base.jsonl", "--head", "dear.jsonl", "--github", "--prompt-file", "prompts/a.md",
        "--monthly-tasks", "10000", *options,
    )  # fmt: skip
    assert found.code == 1
    assert "FAIL" in found.out
    assert "of the rise is cache use" in found.out
    comment = files["comment"].read_text()
    assert comment.startswith("<!-- spanledger-gate:default -->\n### 🔴 FAIL: +")
    assert "a month at today's volume" in comment
    assert (tmp_path / "summary.md").read_text() == comment
    assert (tmp_path / "output").read_text() == "verdict=FAIL\nblocks=true\n"
    assert re.search(r"^::error file=prompts/a\.md,title=", found.out, re.MULTILINE)
    suite = ElementTree.fromstring(files["junit"].read_text())
    assert (suite.get("failures"), suite.get("tests")) == ("1", "1")
    sarif = json.loads(files["sarif"].read_text())
    assert {r["ruleId"] for r in sarif["runs"][0]["results"]} >= {"COST001", "COST002"}
    assert (
        sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "prompts/a.md"
    )
    page = files["html"].read_text()
    assert "<script src" not in page
    assert page.count('class="plotly-graph-div"') == 3
    again = tmp_path / "again.md"
    assert gate("--explain", str(files["report"]), "--comment", str(again)).code == 1
    assert again.read_text() == comment


def test_causes_sum_to_the_difference(gate: Gate) -> None:
    from decimal import Decimal

    result = json.loads(gate("--base", "base.jsonl", "--head", "dear.jsonl", "--json").out)
    for split in (result["total"]["split"], result["workloads"][0]["split"]):
        parts = sum(Decimal(part["amount_usd"]) for part in split["parts"])
        assert parts == Decimal(split["head_usd"]) - Decimal(split["base_usd"])
        assert abs(float(split["base_usd"]) - result["total"]["judgement"]["base"]["mean_usd"] * 40) < 1e-9


def test_the_same_inputs_give_the_same_report(gate: Gate) -> None:
    first = gate("--base", "base.jsonl", "--head", "dear.jsonl", "--json").out
    assert gate("--base", "base.jsonl", "--head", "dear.jsonl", "--json").out == first


def test_other_models_are_not_compared_unless_asked(gate: Gate, tmp_path: Path) -> None:
    other = write(tmp_path / "opus.jsonl", Suite("opus", model="claude-opus-4-5"))
    found = gate("--base", "base.jsonl", "--head", str(other))
    assert found.code == 3
    assert "the sides use other models: base claude-sonnet-4-5, head claude-opus-4-5" in found.out
    assert gate("--base", "base.jsonl", "--head", str(other), "--allow-other-models").code == 1


def test_missing_cases_and_unpriced_calls_are_not_compared(gate: Gate, tmp_path: Path) -> None:
    few = write(tmp_path / "few.jsonl", Suite("few", cases=30))
    found = gate("--base", "base.jsonl", "--head", str(few))
    assert found.code == 3
    assert "25.0 % of the cases are on one side only" in found.out
    unknown = write(
        tmp_path / "unknown.jsonl", Suite("unknown", other_model="nobody-knows-it", other_share=0.2)
    )
    found = gate("--base", "base.jsonl", "--head", str(unknown))
    assert found.code == 3
    assert "have no price" in found.out
    assert "nobody-knows-it (unknown_model)" in found.out


def test_little_evidence_is_its_own_exit_when_strict(gate: Gate, tmp_path: Path) -> None:
    for name in ("b", "h"):
        write(tmp_path / f"{name}.jsonl", Suite(name, cases=8, spread=0.3))
    sides = ("--base", str(tmp_path / "b.jsonl"), "--head", str(tmp_path / "h.jsonl"))
    assert gate(*sides).code == 0
    assert gate(*sides, "--strict").code == 4


def test_a_folder_of_runs_is_the_file_of_all(gate: Gate, recordings: Path, tmp_path: Path) -> None:
    lines = (recordings / "base.jsonl").read_text().splitlines(keepends=True)
    for number in range(3):
        (tmp_path / f"run{number}.jsonl").write_text("".join(lines[number::3]))
    (tmp_path / "README.md").write_text("not a recording")
    found = gate("--base", "base.jsonl", "--head", str(tmp_path), "--json")
    assert json.loads(found.out)["total"]["judgement"]["typical"]["ratio"] == 1.0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.jsonl", b"", "the file is empty"),
        ("blank.jsonl", b"\n \n", "the file is empty"),
        ("table.csv", b"case,cost\n1,2\n", "is no OTLP trace file"),
        ("other.json", b'{"tests": 3}', "it has tests, no resourceSpans"),
        ("list.json", b"[1, 2]", "is a JSON int, not an OTLP trace request"),
        ("logs.jsonl", b'{"resourceLogs": []}\n{"resourceLogs": []}\n', "holds no spans, only other signals"),
        ("noise.pb", bytes(range(7, 200)), "is no OTLP trace file"),
        ("cut.json.gz", b"\x1f\x8b\x08\x00\x00", "cut off or damaged"),
        ("badid.json", b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xx","spanId":"1","name":"n"}]}]}]}', "1 spans cannot be read"),  # noqa: E501
        ("nospans.json", b'{"resourceSpans":[]}', "holds no task"),
    ],
)  # fmt: skip
def test_bad_files_are_one_line_and_exit_2(
    gate: Gate, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    found = gate("--base", "base.jsonl", "--head", str(tmp_path / name))
    assert found.code == 2
    assert found.err.count("\n") == 1
    assert str(tmp_path / name) in found.err
    assert message in found.err


def test_a_side_of_too_many_calls_says_how_to_narrow_it(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MOST_CALLS", 1)
    found = gate("--base", "base.jsonl", "--head", "base.jsonl")
    assert found.code == 2
    assert "at most 1 a side; narrow it by workload" in found.err


def test_a_cut_line_is_told_with_its_number(gate: Gate, recordings: Path, tmp_path: Path) -> None:
    whole = (recordings / "base.jsonl").read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(whole[:-700])
    found = gate("--base", "base.jsonl", "--head", str(tmp_path / "cut.jsonl"))
    assert found.code == 2
    assert "line 120: the line is cut off or is not JSON" in found.err


def test_a_case_of_two_workloads_clashes(gate: Gate, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", Suite("a", cases=3))
    write(tmp_path / "b.jsonl", Suite("b", cases=3, workloads=("billing",)))
    found = gate("--base", "base.jsonl", "--head", str(tmp_path))
    assert found.code == 2
    assert "is used by two workloads, 'billing' and 'triage'" in found.err


def test_a_run_recorded_twice_under_one_name_clashes(gate: Gate, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", Suite("a", cases=3, seed=1))
    text = (tmp_path / "a.jsonl").read_text()
    (tmp_path / "copy.jsonl").write_text(text)
    assert "clash" not in gate("--base", str(tmp_path / "a.jsonl"), "--head", str(tmp_path)).err
    (tmp_path / "copy.jsonl").write_text(re.sub(r'"traceId":"(..)', r'"traceId":"ee', text))
    found = gate("--base", "base.jsonl", "--head", str(tmp_path))
    assert found.code == 2
    assert "is recorded in both" in found.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--base", "base.jsonl"), "--head is missing"),
        (("--base", "ledger:chnage=a", "--head", "base.jsonl"), "did you mean change?"),
        (("--base", "ledger:", "--head", "base.jsonl"), "say which part of the ledger"),
        (("--base", "ledger:last=soon", "--head", "base.jsonl"), "a length such as 28d"),
        (("--base", "base.jsonl", "--head", "base.jsonl", "--margin", "-1"), "--margin is -1.0"),
        (("--base", "base.jsonl", "--head", "base.jsonl", "--monthly-tasks", "many"), "expected N or WORKLOAD=N"),
        (("--explain", "base.jsonl"), "base.jsonl: is not JSON"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_line_and_exit_2(
    gate: Gate, arguments: tuple[str, ...], message: str
) -> None:
    found = gate(*arguments)
    assert found.code == 2
    assert found.err.count("\n") == 1
    assert message in found.err
