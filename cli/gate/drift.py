"""The typical cost of each workload night by night, and whether it drifted.

In: parsed arguments. Out: a line a workload, an ExitCode. Calls are priced as of the latest, so prices are no drift.
"""

import argparse
import math
import os
from dataclasses import asdict
from datetime import UTC, date, datetime

from analytics.gate.drift import FEWEST_NIGHTS, Drift, drift
from analytics.gate.evidence import SideData
from analytics.gate.words import change
from cli.exit_codes import ExitCode
from cli.gate.judge import Reader
from cli.gate.selectors import parse_source
from cli.output import emit, emit_json
from collector.settings import load_settings

SMALLEST_USD = 1e-9


def find_drift(arguments: argparse.Namespace) -> ExitCode:
    """Prints what drifted."""
    source = parse_source("--runs", arguments.runs, datetime.now(UTC))
    where = load_settings(os.environ, data=arguments.data, config=arguments.config)
    with Reader(where) as reader:
        side, _ = reader.one(source)
    found = {name: (nights, drift(list(nights.values()))) for name, nights in nights_of(side).items()}
    drifted = [name for name, (_, seen) in found.items() if seen.is_drift(arguments.margin)]
    if arguments.json:
        emit_json({"drifted": drifted, "workloads": {name: _plain(*seen) for name, seen in found.items()}})
    else:
        for name, (nights, seen) in found.items():
            emit(_words(name, list(nights), seen, name in drifted))
    if drifted:
        return ExitCode.FAILED
    enough = any(seen.nights >= FEWEST_NIGHTS for _, seen in found.values())
    return ExitCode.OK if enough else ExitCode.NOT_ENOUGH_DATA


def nights_of(side: SideData) -> dict[str, dict[date, float]]:
    """Mean ln cost of each workload and night; eval cases count as differences from their own mean, so that the
    mix of cases is no drift."""
    costs = {(run.case, run.run): float(run.cost_usd) for run in side.run_costs()}
    values: dict[str, dict[date, list[tuple[str, float]]]] = {}
    for run in side.runs:
        cost = costs[(run.case, run.run)]
        if cost > SMALLEST_USD:
            case = run.case if run.is_eval else ""
            values.setdefault(run.workload, {}).setdefault(run.day, []).append((case, math.log(cost)))
    return {name: _centred(days) for name, days in sorted(values.items())}


def _centred(days: dict[date, list[tuple[str, float]]]) -> dict[date, float]:
    by_case: dict[str, list[float]] = {}
    for runs in days.values():
        for case, value in runs:
            by_case.setdefault(case, []).append(value)
    mean = {case: sum(values) / len(values) for case, values in by_case.items()}
    return {
        day: sum(value - mean[case] for case, value in days[day]) / len(days[day]) for day in sorted(days)
    }


def _words(name: str, nights: list[date], seen: Drift, is_drifted: bool) -> str:
    if seen.nights < FEWEST_NIGHTS:
        return f"{name}: {seen.nights} nights are too few, {FEWEST_NIGHTS} are needed"
    steps = ", ".join(f"{change(step.ratio)} from {nights[step.night]}" for step in seen.steps) or "none"
    word = "DRIFTED" if is_drifted else "steady"
    return (
        f"{name}: {word}, {change(max(seen.total_ratio, seen.trend_ratio))} over {seen.nights} nights "
        f"(trend {change(seen.trend_ratio)}, p {seen.trend_p:.2g}; steps: {steps})"
    )


def _plain(nights: dict[date, float], seen: Drift) -> dict[str, object]:
    return {**asdict(seen), "nights": [day.isoformat() for day in nights], "values": list(nights.values())}
