"""Absolute limits of single cases: judged exactly, shown in every output, exit 1."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analytics.gate.evidence import ModelUse, RunFacts, SideData
from analytics.gate.limits import LimitRule, check_limits, unmatched
from benchmarks.gate_recordings import Suite, write
from cli.gate.recorded import Recorded, recorded
from cli.main import main
from collector.config.model import Config
from tests.gate.cells import cell

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def side(costs: dict[str, list[int]], unpriced: int = 0) -> SideData:
    """Tokens of every run of every case; a run has one priced call and two tasks."""
    cells = [
        cell(case, f"run {number}", tokens=(tokens, 0, 0, 0, 0))
        for case, runs in costs.items()
        for number, tokens in enumerate(runs)
    ]
    runs = [
        RunFacts(c.unit, c.run, "triage", NOW.date(), 2, 1 + unpriced, 0, 0, (), (), (), True) for c in cells
    ]
    used = [ModelUse("anthropic", "small", "small", "priced", "book 1", len(cells), 1000, NOW)]
    if unpriced:
        used.append(ModelUse("anthropic", "new", "new", "unknown_model", "", unpriced, 10, NOW))
    return SideData("x", tuple(runs), tuple(used), tuple(cells), sum((c.cost_usd for c in cells), Decimal(0)))


def test_each_measure_is_held_against_its_limit() -> None:
    head = side({"a": [100, 300], "b": [100, 100]})
    usd = {run.case: run.cost_usd for run in head.run_costs() if run.run == "run 0"}
    rules = [
        LimitRule(max_tokens=Decimal(199)),
        LimitRule(cases="b", max_usd=usd["b"]),
        LimitRule(max_usd_per_task=usd["a"]),
        LimitRule(max_calls=Decimal(0)),
    ]
    found = {(check.case, check.unit): check for check in check_limits(rules, side({"a": [50]}), head)}
    assert {key for key, check in found.items() if check.is_broken} == {
        ("a", "tokens a run"), ("a", "calls a run"), ("b", "calls a run"),
    }  # fmt: skip
    assert ("a", "USD a run") not in found
    over = found["a", "tokens a run"]
    assert (over.value, over.base_value, over.runs_above, over.runs) == (200, 50, 1, 2)
    assert found["a", "USD a task"].value == usd["a"]
    assert found["b", "USD a run"].value == usd["b"]
    assert not found["b", "USD a run"].is_broken
    assert found["b", "calls a run"].base_value is None


def test_every_run_counts_where_that_is_asked() -> None:
    head = side({"a": [100, 300]})
    limit = Decimal(250)
    (mean,) = check_limits([LimitRule(max_tokens=limit)], head, head)
    (every,) = check_limits([LimitRule(max_tokens=limit, of="every")], head, head)
    assert (mean.is_broken, every.is_broken, every.value) == (False, True, 300)


def test_calls_without_a_price_leave_a_limit_open() -> None:
    head = side({"a": [100]}, unpriced=1)
    rules = [LimitRule(max_usd=Decimal(1), max_calls=Decimal(5))]
    assert [(c.unit, c.is_known) for c in check_limits(rules, head, head)] == [
        ("USD a run", False), ("calls a run", True),
    ]  # fmt: skip
    (above,) = check_limits([LimitRule(max_tokens=Decimal(1))], head, head)
    assert (above.is_broken, above.is_known) == (True, True)


def test_a_rule_about_no_case_is_found() -> None:
    rules = [
        LimitRule(cases="refund*", max_calls=Decimal(1)),
        LimitRule(workloads="tri*", max_calls=Decimal(9)),
    ]
    assert unmatched(rules, side({"a": [1]})) == rules[:1]


@pytest.fixture(scope="module")
def warm() -> Iterator[Recorded]:
    with recorded(Config()) as engine:
        yield engine


@pytest.fixture
def gate(
    warm: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setattr("cli.gate.judge.recorded", lambda config: nullcontext(warm))
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "base.jsonl", Suite("base", cases=22, repeats=2, spread=0.04))
    write(tmp_path / "head.jsonl", Suite("head", cases=22, repeats=2, spread=0.04, seed=2))

    def run(limits: str, *more: str) -> tuple[int, str, str]:
        (tmp_path / "limits.yaml").write_text(limits)
        code = main(
            ["gate", "--base", "base.jsonl", "--head", "head.jsonl", "--limits", "limits.yaml", *more]
        )
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_a_broken_limit_is_exit_1_and_stands_in_every_output(
    gate: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    outputs = (
        "--comment",
        "c.md",
        "--junit",
        "j.xml",
        "--sarif",
        "s.json",
        "--html",
        "h.html",
        "--report",
        "r.json",
    )
    code, out, _ = gate("limits:\n- {cases: '*', max_calls: 2}\n- {cases: nothing, max_usd: 1}\n", *outputs)
    assert code == 1
    assert "LIMIT: 22 cases are above a limit. " in out
    assert "22 of 22 cases are above a limit (22 of 22 limits, 22 of them on base already)" in out
    assert "a limit is about no case: cases 'nothing'" in out
    comment = (tmp_path / "c.md").read_text()
    assert "**Limits**: 22 of 22 cases" in comment
    assert "| case above its limit | limit | head | base | runs above |" in comment
    suite = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert len(suite.findall("testcase[@classname='spanledger.gate.limits']/failure")) == 22
    results = json.loads((tmp_path / "s.json").read_text())["runs"][0]["results"]
    broken = [found for found in results if found["ruleId"] == "COST006"]
    assert [found["level"] for found in broken] == ["error"] * 22
    assert "above the limit of 2, as on base already" in broken[0]["message"]["text"]
    assert "<h2>Limits</h2>" in (tmp_path / "h.html").read_text()
    assert main(["gate", "--explain", "r.json"]) == 1


def test_limits_that_hold_change_no_verdict(gate: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = gate(
        "limits:\n- {max_usd: 1000, max_usd_per_task: 1000, max_tokens: 1e9, max_calls: 99}\n"
    )
    assert code == 0
    assert "limits: all 88 limits of 22 cases hold" in out
    assert "LIMIT" not in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file: "),
        ("limits: 3", "limits: "),
        ("limits: [{cases: a}]", "rule 1 has no limit"),
        ("limits: [{max_usd: -1}]", "limits.0.max_usd: "),
        ("limits: [{max_usd: .nan}]", "limits.0.max_usd: "),
        ("limits: [{max_dollars: 1}]", "limits.0.max_dollars: "),
        ("limits: [", "is no YAML"),
    ],
)
def test_a_file_of_limits_that_makes_no_sense_is_one_line(
    gate: Callable[..., tuple[int, str, str]], text: str, message: str
) -> None:
    code, _, err = gate(text)
    assert code == 2
    assert err.startswith("spanledger: --limits limits.yaml: ")
    assert message in err
    assert err.count("\n") == 1
