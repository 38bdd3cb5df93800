"""The whole gate: two sides in, one GateResult out.

In: both sides, settings, monthly volumes. Out: GateResult. The same sides give the same result.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from analytics.gate.comparable import reasons_against, unpriced, warnings
from analytics.gate.evidence import SegmentUse, SideData
from analytics.gate.family import benjamini_hochberg, holm
from analytics.gate.pairing import PairedCosts, Pairing, RunCost, pair
from analytics.gate.result import (
    CaseChange,
    GateResult,
    ModelNote,
    SideNote,
    Split,
    StaticSegment,
    WorkloadResult,
)
from analytics.gate.segments import KINDS
from analytics.gate.settings import GateSettings
from analytics.gate.splits import dearest, split_of
from analytics.gate.success import fallen, success_of
from analytics.gate.verdict import Judgement, Measure, Verdict, decide, judge, worst

SUITE = "all workloads"


def compare(
    base: SideData,
    head: SideData,
    settings: GateSettings,
    as_of: datetime,
    monthly_tasks: Mapping[str, float] | None = None,
    suite: str = "default",
) -> GateResult:
    """The gate over cases that both sides have; monthly_tasks: volume by workload, where known."""
    costs = base.run_costs(), head.run_costs()
    pairing = pair(*costs)
    reasons = reasons_against(base, head, pairing, settings)
    volumes = monthly_tasks or {}
    results: list[WorkloadResult] = []
    total: WorkloadResult | None = None
    cases: tuple[CaseChange, ...] = ()
    if pairing.paired.cases:
        names = sorted(set(pairing.workloads))
        split, found = split_of(base.cells, head.cells, pairing.paired)
        only = split if len(names) == 1 else None
        results = [
            _workload(name, base, head, costs, pairing, settings, volumes.get(name), only) for name in names
        ]
        cases = dearest(found, dict(zip(pairing.paired.cases, pairing.workloads, strict=True)))
        results, total = _as_family(results, costs, pairing, split, settings)
    verdict = None if reasons or total is None else _overall(total, results)
    notes = [*warnings(base, head, pairing), *(fallen(total.success) if total is not None else [])]
    return GateResult(
        suite, verdict, _reason(verdict, reasons, total, results), tuple(reasons),
        tuple(notes), note_of(base), note_of(head), settings, tuple(results), total,
        _geomean(results), cases, base.cost_usd - base.own_cost_usd, as_of.isoformat(),
        segments=by_segment(base, head),
    )  # fmt: skip


def by_segment(base: SideData, head: SideData) -> tuple[StaticSegment, ...]:
    """Mean input of a call by kind of segment; empty unless both sides were recorded with their segments."""
    sides = [{use.segment.replace("_", " "): use for use in side.segments} for side in (base, head)]
    if not all(sides):
        return ()

    def mean(side: dict[str, SegmentUse], kind: str, name: str) -> float:
        return getattr(side[kind], name) / side[kind].calls if kind in side else 0.0

    return tuple(
        StaticSegment(
            kind,
            *(mean(side, kind, "tokens") for side in sides),
            *(mean(side, kind, "usd") for side in sides),
        )
        for kind in KINDS
        if any(kind in side for side in sides)
    )


def reasons_against_unpaired(base: SideData, head: SideData, settings: GateSettings) -> list[str]:
    """What forbids a comparison with production."""
    return [
        text for name, side in (("base", base), ("head", head)) for text in unpriced(name, side, settings)
    ]


def note_of(side: SideData) -> SideNote:
    """What a reader should know of a side."""
    models: dict[tuple[str, str, str], ModelNote] = {}
    for use in side.models:
        key = (use.provider, use.request_model, use.response_model)
        old = models.get(key, ModelNote(*key, 0, 0))
        lost = use.calls if use.is_unpriced else 0
        models[key] = replace(old, calls=old.calls + use.calls, unpriced=old.unpriced + lost)
    return SideNote(
        side.source,
        len(side.runs),
        len({run.case for run in side.runs}),
        sum(run.tasks for run in side.runs),
        sum(use.calls for use in side.models),
        side.cost_usd,
        tuple(sorted({change for run in side.runs for change in run.changes})),
        tuple(sorted({version for run in side.runs for version in run.prompt_versions})),
        tuple(models.values()),
        tuple(sorted({use.price_book for use in side.models if use.price_book})),
    )


def _workload(
    name: str,
    base: SideData,
    head: SideData,
    costs: tuple[Sequence[RunCost], Sequence[RunCost]],
    pairing: Pairing,
    settings: GateSettings,
    monthly_tasks: float | None,
    split: Split | None,
) -> WorkloadResult:
    """`split`: the bridge of this workload where it is known already."""
    keep = [index for index, workload in enumerate(pairing.workloads) if workload == name]
    paired = pairing.paired.only(keep)
    split = split or split_of(base.cells, head.cells, paired)[0]
    return _result(name, judge(paired, settings), paired, costs, split, monthly_tasks)


def _result(
    name: str,
    judgement: Judgement,
    paired: PairedCosts,
    costs: tuple[Sequence[RunCost], Sequence[RunCost]],
    split: Split,
    monthly_tasks: float | None,
) -> WorkloadResult:
    members = set(paired.cases)
    mine = [[run for run in side if run.case in members] for side in costs]
    p = min(measure.p_rise for measure in (judgement.typical, judgement.bill, judgement.tail))
    per_task = judgement.head.mean_usd * _per_task(mine[1]) - judgement.base.mean_usd * _per_task(mine[0])
    return WorkloadResult(
        name, judgement.verdict, judgement.reason, judgement, None, p, p, p, split, success_of(mine[0], mine[1]),
        1000 * per_task, monthly_tasks, None if monthly_tasks is None else monthly_tasks * per_task,
    )  # fmt: skip


def _per_task(runs: Sequence[RunCost]) -> float:
    """Runs in a task: a run of three tasks costs three tasks' money."""
    tasks = sum(run.tasks for run in runs)
    return len(runs) / tasks if tasks else 1.0


def _as_family(
    results: list[WorkloadResult],
    costs: tuple[Sequence[RunCost], Sequence[RunCost]],
    pairing: Pairing,
    split: Split,
    settings: GateSettings,
) -> tuple[list[WorkloadResult], WorkloadResult]:
    """Verdicts anew, for having looked at several workloads and at all of them together."""
    if len(results) == 1:
        return results, replace(results[0], workload=SUITE)
    whole = _result(SUITE, judge(pairing.paired, settings), pairing.paired, costs, split, None)
    months = [result.monthly_usd for result in results]
    if all(month is not None for month in months):
        whole = replace(whole, monthly_usd=sum(month for month in months if month is not None))
    family = [*results, whole]
    adjusted = holm([result.p for result in family])
    informed = benjamini_hochberg([result.p for result in family])
    judged = [
        _adjusted(result, p, q, settings) for result, p, q in zip(family, adjusted, informed, strict=True)
    ]
    return judged[:-1], judged[-1]


def _adjusted(result: WorkloadResult, p: float, q: float, settings: GateSettings) -> WorkloadResult:
    judgement = result.judgement
    assert judgement is not None
    factor = p / result.p
    measures = (judgement.typical, judgement.bill, judgement.tail)
    typical, bill, tail = (_times(measure, factor) for measure in measures)
    verdict, reason = decide(
        (typical, bill, tail), judgement.typical_upper, judgement.bill_proof_p, judgement.cases, settings
    )
    return replace(result, verdict=verdict, reason=reason, p_family=p, q=q)


def _times(measure: Measure, factor: float) -> Measure:
    return replace(measure, p_rise=min(1.0, measure.p_rise * factor))


def _overall(total: WorkloadResult, results: Sequence[WorkloadResult]) -> Verdict:
    """The gravest; a workload too small to pass does not keep the suite from passing."""
    grave = [result.verdict for result in results if result.verdict in (Verdict.FAIL, Verdict.WARN)]
    return worst([total.verdict, *grave])


def _reason(
    verdict: Verdict | None,
    reasons: Sequence[str],
    total: WorkloadResult | None,
    results: Sequence[WorkloadResult],
) -> str:
    if reasons:
        return reasons[0]
    assert total is not None
    if total.verdict is verdict:
        return total.reason
    guilty = next(result for result in results if result.verdict is verdict)
    return f"{guilty.workload}: {guilty.reason}"


def _geomean(results: Sequence[WorkloadResult]) -> float | None:
    ratios = [result.judgement.typical.ratio for result in results if result.judgement is not None]
    if not ratios or not all(0 < ratio < math.inf for ratio in ratios):
        return None
    return math.exp(float(np.mean(np.log(ratios))))
