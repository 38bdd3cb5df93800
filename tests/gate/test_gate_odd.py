"""Sides that cost nothing, that nobody can price, names that are markup: clear words, no fault, nothing faked."""

import dataclasses
import json
import math
from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from analytics.gate.comment import comment
from analytics.gate.compare import compare
from analytics.gate.evidence import SideData
from analytics.gate.pairing import RunCost, pair
from analytics.gate.production import in_family
from analytics.gate.replay import BadReport, from_json, static_from_json, to_json
from analytics.gate.result import GateResult
from analytics.gate.settings import GateSettings
from analytics.gate.success import Success, fallen
from analytics.gate.unpaired import judge_unpaired
from analytics.gate.verdict import Verdict, judge
from analytics.gate.words import clean, headline
from benchmarks.gate_recordings import Suite, write
from cli.gate.html import page
from cli.gate.recorded import Recorded, recorded
from cli.gate.terminal import show
from cli.main import main
from collector.config.model import Config
from tests.gate.test_gate_forge import NOW, side


def free(found: SideData) -> SideData:
    """The same side at no cost."""
    money = [field.name for field in dataclasses.fields(found.cells[0]) if field.name.endswith("_usd")]
    cells = tuple(dataclasses.replace(cell, **dict.fromkeys(money, Decimal(0))) for cell in found.cells)  # type: ignore[arg-type]
    return dataclasses.replace(found, cells=cells, own_cost_usd=Decimal(0))


def gated(base: SideData, head: SideData) -> GateResult:
    found = compare(base, head, GateSettings(), NOW)
    assert from_json(to_json(found)) == found
    assert " nan" not in comment(found)
    assert "nan %" not in page(found)
    return found


def test_a_head_that_costs_nothing_passes() -> None:
    found = gated(side("base", 1.0), free(side("head", 1.0)))
    assert found.verdict is Verdict.PASS
    assert "−100 % typical cost per task" in headline(found)


def test_a_base_that_cost_nothing_fails_without_a_made_up_ratio() -> None:
    found = gated(free(side("base", 1.0)), side("head", 1.0))
    assert found.verdict is Verdict.FAIL
    assert "tasks cost something that cost nothing before" in headline(found)
    assert found.reason.startswith("typical cost rose from nothing")
    assert found.geomean is None


def test_two_sides_that_cost_nothing_are_no_evidence() -> None:
    found = gated(free(side("base", 1.0)), free(side("head", 1.0)))
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, "no run of either side cost anything")


def runs(usd: float, count: int) -> list[RunCost]:
    """Cases of different cost, each run as often at the same cost."""
    return [
        RunCost("w", f"c{case}", f"r{run}", Decimal(str(round(usd * (1 + case / 7), 9))))
        for case in range(25)
        for run in range(count)
    ]


@pytest.mark.parametrize(("base", "head"), [(3, 3), (9, 9), (10, 9), (12, 7)])
def test_equal_costs_are_equal_however_often_they_are_run(base: int, head: int) -> None:
    """Sums of a cost differ in their last digit by how they are added up; that is no rise."""
    for usd in (0.0123, 0.0456, 0.00789):
        found = judge(pair(runs(usd, base), runs(usd, head)).paired, GateSettings())
        assert (found.verdict, found.is_cheaper) == (Verdict.PASS, False), found.reason
        assert (found.typical.ratio, found.typical.p_rise) == (1.0, 1.0)


def test_equal_costs_of_production_are_equal_however_many_tasks_a_day_has() -> None:
    for usd in (0.0123, 0.0456, 0.00789, 0.031):
        base = [np.full(20 + day, usd) for day in range(8)]
        found = judge_unpaired(base, [np.full(47, usd)], GateSettings())
        assert found.verdict is Verdict.PASS, found.reason
        assert found.typical.p_rise > 0.5


@pytest.mark.parametrize(
    ("bill_p", "bill_ratio", "p", "wanted"),
    [(0.004, 1.2, 0.0002, Verdict.FAIL), (0.009, 1.2, 0.0002, Verdict.WARN), (0.03, 1.2, 0.03, Verdict.WARN)],
)
def test_each_measure_against_production_is_adjusted_for_several_workloads(
    bill_p: float, bill_ratio: float, p: float, wanted: Verdict
) -> None:
    """Two workloads: what is certain is small, and what is large is certain enough only as long as it is alone."""
    chance = np.random.default_rng(7)
    days = [chance.lognormal(-4, 0.5, 60) for _ in range(6)]
    found = judge_unpaired(days, days[:2], GateSettings())
    measure = dataclasses.replace(found.bill, p_rise=bill_p, ratio=bill_ratio)
    small = dataclasses.replace(found.typical, p_rise=p / 2, ratio=1.05)
    judged = dataclasses.replace(
        found, typical=small, bill=measure, tail=dataclasses.replace(found.tail, p_rise=1.0)
    )
    split = gated(side("base", 1.0), side("head", 1.0)).total
    assert split is not None
    alone = dataclasses.replace(split, judgement=None, unpaired=judged, verdict=Verdict.FAIL, p=p / 2)
    assert in_family(alone, p, p, GateSettings()).verdict is wanted
    few = dataclasses.replace(alone, verdict=Verdict.INCONCLUSIVE, reason="too few")
    assert in_family(few, p, p, GateSettings()).reason == "too few"


def test_production_that_cost_nothing_makes_up_no_ratio() -> None:
    none, dear = [np.zeros(30)] * 5, [np.full(30, 0.01)] * 5
    nothing = judge_unpaired(none, none, GateSettings())
    assert (nothing.verdict, nothing.reason) == (Verdict.INCONCLUSIVE, "no run of either side cost anything")
    risen = judge_unpaired(none, dear, GateSettings())
    assert risen.verdict is Verdict.FAIL
    assert risen.reason.startswith("typical cost rose from nothing")
    assert (risen.typical.ratio, risen.typical.high, risen.base.mean_usd) == (math.inf, None, 0)
    fell = judge_unpaired(dear, none, GateSettings())
    assert (fell.verdict, fell.bill.ratio, fell.head.p50.value) == (Verdict.PASS, 0, 0)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\tc", "a b c"),
        ("x\u202ey\0z\u200b", "x\ufffdy\ufffdz\ufffd"),
        ("größe 7 ケース 🔴", "größe 7 ケース 🔴"),
        ("", ""),
    ],
)
def test_names_stay_on_one_line_and_show_what_they_are(name: str, shown: str) -> None:
    assert clean(name) == shown


def test_markup_in_names_stays_text_everywhere() -> None:
    name = "w|<script>alert(1)</script>\n`x` [a](http://b) @here {}"
    found = gated(side("base", 1.0, case=name), side("head", 1.4, case=name))
    assert "<script>alert" not in comment(found)
    assert "<script>alert" not in page(found).split("</script>", 1)[1]
    assert "@here" not in comment(found)


@pytest.fixture(scope="module")
def warm() -> Iterator[Recorded]:
    with recorded(Config()) as engine:
        yield engine


def test_a_side_without_prices_is_not_shown_as_free(
    warm: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.gate.judge.recorded", lambda config: nullcontext(warm))
    write(tmp_path / "base.jsonl", Suite("base", cases=5))
    write(tmp_path / "head.jsonl", Suite("head", cases=5, model="mystery-9000"))
    words = ["gate", "--base", str(tmp_path / "base.jsonl"), "--head", str(tmp_path / "head.jsonl")]
    assert main([*words, "--comment", str(tmp_path / "c.md"), "--report", str(tmp_path / "r.json")]) == 3
    out = capfd.readouterr().out
    assert "100 % of the calls of head have no price" in out
    for text in (out, (tmp_path / "c.md").read_text()):
        assert "$0" not in text.replace("\\", "")
        assert "| triage |" not in text
    assert json.loads((tmp_path / "r.json").read_text())["verdict"] is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("null.json", b"null", "is no OTLP trace file"),
        ("deep.json", b"[" * 100_000, "is cut off or is not JSON"),
        ("spans.json", b'{"resourceSpans": [{"scopeSpans": [{"spans": "x"}]}]}', "must be a list of objects"),
        ("zip.pb", b"PK\x03\x04" + bytes(90), "is no OTLP trace file"),
        ("utf16.jsonl", '{"resourceSpans": []}'.encode("utf-16"), "is no OTLP trace file"),
    ],
)
def test_files_of_other_kinds_are_one_line_and_exit_2(
    warm: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    name: str, content: bytes, message: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("cli.gate.judge.recorded", lambda config: nullcontext(warm))
    (tmp_path / name).write_bytes(content)
    assert main(["gate", "--base", str(tmp_path / name), "--head", str(tmp_path / name)]) == 2
    err = capfd.readouterr().err
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("content", ["[" * 200_000, "{", "null", "[]", '{"format": 0, "settings": {}}'])
def test_what_is_no_report_is_said_in_one_line(content: str) -> None:
    for read in (from_json, static_from_json):
        with pytest.raises(BadReport):
            read(content)


@pytest.mark.parametrize(
    ("width", "percentiles", "tail"), [(80, False, False), (120, False, True), (160, True, True)]
)
def test_a_terminal_shows_the_columns_that_fit(
    width: int,
    percentiles: bool,
    tail: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("cli.gate.terminal.PLAIN_WIDTH", width)
    show(gated(side("base", 1.0), side("head", 1.4)))
    lines = capfd.readouterr().out.splitlines()
    (heading,) = [line for line in lines if line.startswith("workload")]
    assert (" P95 " in heading, "Δ costliest tenth" in heading) == (percentiles, tail)
    row = lines[lines.index(heading) + 1]
    assert row.startswith("triage  ")
    assert "…" not in row
    assert len(heading) <= width


def test_a_fall_in_success_is_a_warning() -> None:
    worse = Success(40, 40, 40, 28, 12, 0, 0.0005, 1.0, 1.4)
    assert fallen(worse) == ["success fell from 100 % to 70.0 % of judged runs (p 0.0005)"]
    assert fallen(dataclasses.replace(worse, p=0.2)) == []
    assert fallen(dataclasses.replace(worse, broke=0, mended=12)) == []
    assert fallen(None) == []
