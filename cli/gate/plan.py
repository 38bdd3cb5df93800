"""How many runs a suite needs, by the spread of runs that are already there.

In: parsed arguments. Out: Plan, and its words. Raises UsageError.
"""

import argparse
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import ceil

from analytics.gate.pairing import pair
from analytics.gate.power import detectable, run_spread, runs_needed
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.gate.judge import Reader
from cli.gate.selectors import parse_source
from cli.output import emit, emit_json
from collector.settings import load_settings

REPEATS = (1, 2, 3, 5)
RUNAWAY_FACTOR = 1.5
"""With a few runaway runs the smallest rise seen is about this much larger than the formula says."""


@dataclass(frozen=True)
class Plan:
    """spread: run-to-run SD of ln cost, None = unknown. runs_a_side: cases times repeats. repeats: for `cases`."""

    spread: float | None
    cases: int | None
    recorded_runs: int
    usd_a_run: float | None
    rise: float
    power: float
    runs_a_side: int | None
    repeats: int | None
    usd_a_gate: float | None
    seen_with: dict[int, float]


def plan(arguments: argparse.Namespace) -> Plan:
    """The plan. Raises UsageError for values that make no sense."""
    if not 0 < arguments.rise <= 10:
        raise UsageError(f"--rise {arguments.rise}: expected a share above 0, such as 0.1")
    if not 0.5 <= arguments.power < 1:
        raise UsageError(f"--power {arguments.power}: expected a share from 0.5 to below 1")
    if (arguments.runs is None) == (arguments.spread is None):
        raise UsageError("give either --runs or --spread")
    if arguments.spread is not None and arguments.spread <= 0:
        raise UsageError(f"--spread {arguments.spread}: expected more than 0, such as 0.25")
    spread, cases, runs, usd = _measured(arguments)
    cases = arguments.cases or cases
    needed = None if spread is None else runs_needed(spread, arguments.rise, power=arguments.power)
    repeats = None if needed is None or not cases else max(1, ceil(needed / cases))
    return Plan(
        spread, cases, runs, usd, arguments.rise, arguments.power, needed, repeats,
        None if repeats is None or usd is None or not cases else 2 * repeats * cases * usd,
        {} if spread is None or not cases
        else {count: detectable(spread, cases * count, power=arguments.power) for count in REPEATS},
    )  # fmt: skip


def _measured(arguments: argparse.Namespace) -> tuple[float | None, int | None, int, float | None]:
    if arguments.runs is None:
        return arguments.spread, None, 0, None
    source = parse_source("--runs", arguments.runs, datetime.now(UTC))
    where = load_settings(os.environ, data=arguments.data, config=arguments.config)
    with Reader(where) as reader:
        side, _ = reader.one(source)
    costs = side.run_costs()
    paired = pair(costs, costs).paired
    if not paired.cases:
        raise UsageError(f"--runs {arguments.runs}: holds no runs")
    return run_spread(paired), len(paired.cases), len(costs), float(paired.side(0).mean())


def show(found: Plan, *, as_json: bool) -> ExitCode:
    """Prints the plan."""
    if as_json:
        emit_json(asdict(found))
        return ExitCode.OK if found.spread is not None else ExitCode.NOT_ENOUGH_DATA
    if found.spread is None:
        emit(
            f"{found.recorded_runs} runs of {found.cases} cases, none repeated: record every case at least twice"
        )
        return ExitCode.NOT_ENOUGH_DATA
    emit(f"run-to-run spread {found.spread:.3f} of ln cost" + _basis(found))
    emit(
        f"a true rise of {100 * found.rise:g} % shows in {100 * found.power:g} of 100 gates "
        f"with {found.runs_a_side} runs a side"
        + (f": {found.cases} cases x {found.repeats}" if found.repeats else "")
        + (f", about ${found.usd_a_gate:,.2f} a gate" if found.usd_a_gate is not None else "")
    )
    for count, rise in found.seen_with.items():
        emit(f"  {found.cases} cases x {count}: sees {100 * rise:.1f} % and more")
    emit(
        f"with a few runaway runs a rise must be about {RUNAWAY_FACTOR:g} times as large; more cases help as repeats do"
    )
    return ExitCode.OK


def _basis(found: Plan) -> str:
    if not found.recorded_runs:
        return ""
    return f", from {found.recorded_runs} runs of {found.cases} cases at ${found.usd_a_run:.4f} each"
