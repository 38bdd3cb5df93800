"""Keeps a gate's verdict, and an override, in the ledger.

In: a result. Out: rows of gate_verdicts and gate_overrides. Raises UnavailableError when there is no ledger.
"""

import argparse
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime

from analytics.gate.compare import SUITE
from analytics.gate.result import GateResult, Override, SideNote, WorkloadResult
from analytics.gate.trust import LAST_NIGHTS, Trust, trust
from analytics.gate.words import accepted
from cli.gate.forge import pull_request_number
from cli.gate.sides import Ask
from cli.maintenance import writing_runner
from cli.output import say
from collector.engine.runner import insert_rows
from collector.settings import load_settings
from sql.catalogue import query

GATE, UNCHANGED = "gate", "unchanged"


def trust_of(suite: str, ask: Ask) -> Trust:
    """How the suite's latest comparisons of a version with itself went."""
    params = {"suite": suite, "nights": str(LAST_NIGHTS)}
    found = json.loads(ask(query("gate_nights").text, params))["verdict"]
    return trust(len(found), found.count("FAIL"))


def record(result: GateResult, arguments: argparse.Namespace) -> None:
    """Writes the verdict on every workload and on all of them together."""
    kind = UNCHANGED if arguments.unchanged else GATE
    settings = load_settings(os.environ, data=arguments.data)
    now = datetime.now(UTC)
    rows = verdict_rows(result, kind, now, os.environ)
    with writing_runner(settings) as runner:
        insert_rows(runner, "gate_verdicts", rows)
        if result.override is not None and accepted(result):
            insert_rows(runner, "gate_overrides", [override_row(result.override, rows[-1], now)])
    say("the verdict is kept in the ledger")


def verdict_rows(
    result: GateResult, kind: str, now: datetime, environment: Mapping[str, str]
) -> list[dict[str, object]]:
    """One row a workload, the last of them for all together."""
    common: dict[str, object] = {
        "decided_at": _moment(now),
        "suite": result.suite,
        "kind": kind,
        "pull_request": str(pull_request_number(environment) or ""),
        "base_change": _commit(result.base),
        "head_change": _commit(result.head),
        "price_book": ", ".join(result.head.price_books),
    }
    rows = [{**common, **_numbers(found), "workload": found.workload} for found in result.workloads]
    whole = result.total or (result.workloads[0] if result.workloads else None)
    rows.append(
        {
            **common,
            **(_numbers(whole) if whole else {"cases": 0, "base_runs": 0, "head_runs": 0, "culprit": ""}),
            "workload": SUITE,
            "reason": result.reason,
            "verdict": result.verdict.value if result.verdict else "NOT_COMPARABLE",
        }
    )
    return rows


def _numbers(found: WorkloadResult) -> dict[str, object]:
    judged = found.judgement or found.unpaired
    assert judged is not None
    return {
        "verdict": found.verdict.value,
        "reason": found.reason,
        "cases": found.judgement.cases if found.judgement else 0,
        "base_runs": judged.base.runs,
        "head_runs": judged.head.runs,
        "base_usd": judged.base.mean_usd,
        "head_usd": judged.head.mean_usd,
        "typical_ratio": _finite(judged.typical.ratio),
        "typical_low": _finite(judged.typical.low),
        "typical_high": _finite(judged.typical.high),
        "bill_ratio": _finite(judged.bill.ratio),
        "p": found.p_family,
        "usd_per_1000_tasks": found.usd_per_1000_tasks,
        "monthly_usd": found.monthly_usd,
        "culprit": found.split.culprit,
    }


def override_row(found: Override, whole: Mapping[str, object], now: datetime) -> dict[str, object]:
    """A row of gate_overrides: who accepted what the row `whole` of gate_verdicts says."""
    kept = ("suite", "pull_request", "head_change", "usd_per_1000_tasks", "monthly_usd")
    return {
        "decided_at": _moment(now),
        **{name: whole.get(name) for name in kept},
        "by": found.by,
        "way": found.way,
        "reason": found.reason,
        "accepted_at": found.at,
    }


def _commit(side: SideNote) -> str:
    return side.changes[0] if len(side.changes) == 1 else ""


def _finite(value: float | None) -> float | None:
    return None if value is None or value in (float("inf"), float("-inf")) else value


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
