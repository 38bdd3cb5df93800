"""A head against production: no cases pair, so tasks are compared by workload and day.

In: both sides, settings, monthly volumes. Out: GateResult, with unpaired judgements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from analytics.gate.compare import SUITE, note_of, reasons_against_unpaired
from analytics.gate.evidence import SideData
from analytics.gate.family import benjamini_hochberg, holm
from analytics.gate.pairing import Floats, RunCost
from analytics.gate.result import GateResult, WorkloadResult
from analytics.gate.settings import GateSettings
from analytics.gate.splits import split_by_task
from analytics.gate.success import success_of
from analytics.gate.unpaired import judge_unpaired
from analytics.gate.verdict import Verdict, decide, worst


def compare_with_production(
    base: SideData,
    head: SideData,
    settings: GateSettings,
    as_of: datetime,
    monthly_tasks: Mapping[str, float] | None = None,
    suite: str = "default",
) -> GateResult:
    """One unpaired test a workload. Sides of one workload each are compared whatever they call it."""
    pairs = _workloads(base, head)
    reasons = reasons_against_unpaired(base, head, settings)
    if not pairs:
        names = [", ".join(sorted({run.workload for run in side.runs})) or "none" for side in (base, head)]
        reasons.append(f"no workload is on both sides: base {names[0]}; head {names[1]}")
    volumes = monthly_tasks or {}
    results = [_workload(names, base, head, settings, volumes.get(names[0])) for names in pairs]
    adjusted = holm([result.p for result in results])
    informed = benjamini_hochberg([result.p for result in results])
    results = [in_family(r, p, q, settings) for r, p, q in zip(results, adjusted, informed, strict=True)]
    verdict = None if reasons or not results else worst([result.verdict for result in results])
    guilty = next((result for result in results if result.verdict is verdict), None)
    only = results[0] if len(results) == 1 else None
    return GateResult(
        suite, verdict, reasons[0] if reasons else guilty.reason if guilty else "", tuple(reasons), (),
        note_of(base), note_of(head), settings, tuple(results),
        None if only is None else WorkloadResult(**{**only.__dict__, "workload": SUITE}), None, (),
        base.cost_usd - base.own_cost_usd, as_of.isoformat(),
    )  # fmt: skip


def _workloads(base: SideData, head: SideData) -> list[tuple[str, str]]:
    names = [sorted({run.workload for run in side.runs}) for side in (base, head)]
    if len(names[0]) == len(names[1]) == 1:
        return [(names[0][0], names[1][0])]
    return [(name, name) for name in names[0] if name in names[1]]


def _workload(
    names: tuple[str, str],
    base: SideData,
    head: SideData,
    settings: GateSettings,
    monthly_tasks: float | None,
) -> WorkloadResult:
    sides = [_of(side, name) for side, name in zip((base, head), names, strict=True)]
    days = [_by_day(side, runs) for side, runs in zip((base, head), sides, strict=True)]
    judgement = judge_unpaired(days[0], days[1], settings)
    members = [{run.case for run in runs} for runs in sides]
    cells = [
        [cell for cell in side.cells if cell.unit in kept]
        for side, kept in zip((base, head), members, strict=True)
    ]
    of_day = [{run.case: run.day.isoformat() for run in side.runs} for side in (base, head)]
    split = split_by_task(cells[0], cells[1], of_day, names[0])
    p = min(measure.p_rise for measure in (judgement.typical, judgement.bill, judgement.tail))
    per_task = float(split.head_usd - split.base_usd)
    return WorkloadResult(
        names[0], judgement.verdict, judgement.reason, None, judgement, p, p, p, split,
        success_of(sides[0], sides[1]), 1000 * per_task, monthly_tasks,
        None if monthly_tasks is None else monthly_tasks * per_task,
    )  # fmt: skip


def in_family(result: WorkloadResult, p: float, q: float, settings: GateSettings) -> WorkloadResult:
    """The verdict anew, for having looked at several workloads; what was too little to say stays so."""
    verdict, reason, judged = result.verdict, result.reason, result.unpaired
    if judged is not None and verdict is not Verdict.INCONCLUSIVE and p > result.p:
        typical, bill, tail = (
            replace(measure, p_rise=min(1.0, measure.p_rise * p / result.p))
            for measure in (judged.typical, judged.bill, judged.tail)
        )
        proof = 0.0 if judged.bill_upper < 1 + settings.bill_proof else 1.0
        verdict, reason = decide(
            (typical, bill, tail), judged.typical_upper, proof, settings.min_cases, settings
        )
    return replace(result, verdict=verdict, reason=reason, p_family=p, q=q)


def _of(side: SideData, workload: str) -> list[RunCost]:
    return [run for run in side.run_costs() if run.workload == workload]


def _by_day(side: SideData, runs: Sequence[RunCost]) -> list[Floats]:
    """Costs of tasks by day; the runs of a production task are its traces and belong together."""
    facts = {(run.case, run.run): run for run in side.runs}
    tasks: dict[tuple[str, str], tuple[str, float]] = {}
    for run in runs:
        fact = facts[(run.case, run.run)]
        key = (run.case, run.run if fact.is_eval else "")
        day, cost = tasks.get(key, (fact.day.isoformat(), 0.0))
        tasks[key] = (max(day, fact.day.isoformat()), cost + float(run.cost_usd))
    days: dict[str, list[float]] = {}
    for day, cost in tasks.values():
        days.setdefault(day, []).append(cost)
    return [np.array(days[day]) for day in sorted(days)]
