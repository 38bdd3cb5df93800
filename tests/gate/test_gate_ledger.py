"""The gate on parts of the ledger: paired by case, against production, and its record kept there."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from analytics.gate.result import Override
from analytics.gate.settings import GateSettings
from analytics.gate.verdict import Verdict
from cli.gate.judge import result_of
from cli.gate.record import override_row, verdict_rows
from cli.gate.selectors import LedgerSource, parse_source
from cli.gate.sides import latest_call, models_of, part_of_ledger, side_of, volume_of
from collector.engine.runner import insert_rows
from sdk_hooks import attributes as names
from tests.ledger.ledger import READING, Ledger
from tests.ledger.spans import NOON, call, task

DAY_S = 86_400


def ask_of(ledger: Ledger):  # type: ignore[no-untyped-def]  # a function of the test
    def ask(sql: str, params: Mapping[str, str]) -> bytes:
        return ledger.engine.run(sql, params, READING, "JSONColumns")

    return ask


def compared(ledger: Ledger, base: str, head: str, **settings: float):  # type: ignore[no-untyped-def]  # a result
    now = NOON + timedelta(days=60)
    sources = [parse_source(f"--{name}", text, now) for name, text in (("base", base), ("head", head))]
    ask = ask_of(ledger)
    assert isinstance(sources[1], LedgerSource)
    assert isinstance(sources[0], LedgerSource)
    parts = [part_of_ledger(sources[0]), part_of_ledger(sources[1])]
    models = [models_of(ask, part) for part in parts]
    as_of = latest_call(models[1])
    sides = [side_of(ask, part, used, as_of) for part, used in zip(parts, models, strict=True)]
    return result_of(sides[0], sides[1], sources, GateSettings(**settings), as_of, {"": 5000.0}, "default")  # type: ignore[arg-type]  # shares


def send_runs(
    ledger: Ledger, change: str, tokens: int, cases: int = 25, repeats: int = 2, at: float = 0
) -> None:
    spans = []
    for case in range(cases):
        for repeat in range(repeats):
            trace = f"{change} {case} {repeat}"
            labels = {
                names.CASE_ID: f"case{case}",
                names.RUN_ID: f"{change}{repeat}",
                names.CHANGE_COMMIT: change,
            }
            size = tokens * (1 + case) + 7 * repeat
            spans += [
                task(f"r{trace}", trace, "triage", labels, trace=trace, at=at),
                call(
                    f"c{trace}",
                    labels,
                    trace=trace,
                    parent=f"r{trace}",
                    at=at + 1,
                    tokens=(size, 0, 0, 0, 50),
                ),
            ]
    ledger.take(*spans)


def test_two_commits_of_the_ledger_are_paired_by_case(ledger: Ledger) -> None:
    send_runs(ledger, "aaaa1111", 1000)
    send_runs(ledger, "bbbb2222", 1300)
    found = compared(ledger, "ledger:change=aaaa", "ledger:commit=bbbb2222")
    assert found.verdict is Verdict.FAIL
    assert found.total.judgement.cases == 25
    assert found.total.monthly_usd == pytest.approx(5000 * found.total.usd_per_1000_tasks / 1000)
    assert found.total.split.culprit == "100 % of the rise is input tokens per call"


def test_a_price_change_between_the_sides_is_no_rise(ledger: Ledger) -> None:
    ledger.configure(
        """
        prices:
          - provider: anthropic
            model: claude-sonnet-4-5
            from: 2026-10-20
            fresh_input_usd_per_mtok: 6
            output_usd_per_mtok: 30
        """
    )
    send_runs(ledger, "aaaa1111", 1000)
    send_runs(ledger, "bbbb2222", 1000, at=20 * DAY_S)
    found = compared(ledger, "ledger:change=aaaa1111", "ledger:change=bbbb2222")
    assert found.verdict is Verdict.PASS
    assert found.total.judgement.bill.ratio == pytest.approx(1.0)
    assert float(found.repricing_usd) == pytest.approx(float(found.base.cost_usd) / 2, abs=1e-9)


def test_a_head_against_production(ledger: Ledger) -> None:
    spans = []
    for day in range(6):
        for number in range(12):
            trace = f"p{day}.{number}"
            labels = {names.CHANGE_COMMIT: "old" if day < 5 else "new"}
            size = (1000 + 40 * number) * (1 if day < 5 else 3)
            spans += [
                task(f"r{trace}", trace, "triage", labels, trace=trace, at=day * DAY_S),
                call(
                    f"c{trace}",
                    labels,
                    trace=trace,
                    parent=f"r{trace}",
                    at=day * DAY_S + 1,
                    tokens=(size, 0, 0, 0, 9),
                ),
            ]
    ledger.take(*spans)
    few = compared(ledger, "ledger:workload=triage,change=old", "ledger:workload=triage,change=new")
    assert few.verdict is Verdict.INCONCLUSIVE
    assert "12 tasks are too few" in few.reason
    spans = []
    for number in range(40):
        trace = f"n{number}"
        labels = {names.CHANGE_COMMIT: "new"}
        at = 5 * DAY_S + number
        spans += [
            task(f"r{trace}", trace, "triage", labels, trace=trace, at=at),
            call(
                f"c{trace}",
                labels,
                trace=trace,
                parent=f"r{trace}",
                at=at + 1,
                tokens=(3000 + 120 * (number % 12), 0, 0, 0, 9),
            ),
        ]
    ledger.take(*spans)
    found = compared(ledger, "ledger:workload=triage,change=old", "ledger:workload=triage,change=new")
    assert found.verdict is Verdict.FAIL
    assert (found.workloads[0].unpaired.base_days, found.workloads[0].unpaired.head_days) == (5, 1)
    split = found.workloads[0].split
    assert sum(part.amount_usd for part in split.parts) == split.head_usd - split.base_usd
    assert volume_of(
        ask_of(ledger), part_of_ledger(LedgerSource("", NOON - timedelta(1), NOON + timedelta(9), {}))
    ) == {"triage": 112}


def test_the_record_is_readable(ledger: Ledger) -> None:
    send_runs(ledger, "aaaa1111", 1000)
    send_runs(ledger, "bbbb2222", 1300)
    found = compared(ledger, "ledger:change=aaaa1111", "ledger:change=bbbb2222")
    accepted = Override("ada", "worth it", "comment", "2026-11-20T10:00:00Z")
    rows = verdict_rows(found, "gate", NOON, {})
    insert_rows(ledger.engine, "gate_verdicts", rows)
    insert_rows(ledger.engine, "gate_overrides", [override_row(accepted, rows[-1], NOON)])
    kept = ledger.rows(
        "SELECT workload, verdict, base_change, head_change, typical_ratio, cases FROM gate_verdicts ORDER BY workload"
    )
    assert [(row["workload"], row["verdict"], row["base_change"]) for row in kept] == [
        ("all workloads", "FAIL", "aaaa1111"), ("triage", "FAIL", "aaaa1111"),
    ]  # fmt: skip
    assert kept[0]["typical_ratio"] > 1.2
    (override,) = ledger.rows("SELECT by, reason, way, usd_per_1000_tasks FROM gate_overrides")
    assert (override["by"], override["reason"], override["way"]) == ("ada", "worth it", "comment")
    assert override["usd_per_1000_tasks"] > 0
