"""False alarms and power of the gate, on simulated suites and on the user's own runs.

In: parsed arguments. Out: a table, and whether the acceptance rule holds. The same seed gives the same table.
"""

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np

from analytics.gate.pairing import PairedCosts, pair
from analytics.gate.settings import GateSettings
from analytics.gate.simulate import TRUTHS, Shares, Truth, suite, unchanged_from, verdicts
from analytics.gate.trust import MOST_SIMULATED
from analytics.gate.verdict import Verdict
from cli.errors import UsageError
from cli.exit_codes import ExitCode
from cli.gate.judge import Reader
from cli.gate.options import settings_of
from cli.gate.selectors import parse_source
from cli.output import Advance, emit, emit_json, progress
from collector.settings import load_settings

CHANGED_SHARE = 5
"""One changed suite of each kind for so many unchanged ones."""


@dataclass(frozen=True)
class Line:
    """Verdict shares of one kind of suite."""

    kind: str
    shares: Shares


def selftest(arguments: argparse.Namespace) -> ExitCode:
    """Prints the table; FAILED when the acceptance rule does not hold, NOT_ENOUGH_DATA when too few were tried."""
    if arguments.trials < 50:
        raise UsageError(f"--trials {arguments.trials}: fewer than 50 say nothing")
    if min(arguments.cases, arguments.repeats) < 1 or arguments.spread <= 0:
        raise UsageError("--cases, --repeats and --spread must be above 0")
    settings = settings_of(arguments)
    recorded = _recorded(arguments) if arguments.runs else None
    lines = _lines(arguments, settings, recorded)
    unchanged = [line.shares for line in lines if line.kind.startswith("nothing changed")]
    upper = max(shares.upper(Verdict.FAIL) for shares in unchanged)
    holds = upper <= MOST_SIMULATED
    is_open = not holds and not any(shares.counts.get(Verdict.FAIL) for shares in unchanged)
    if arguments.json:
        emit_json(
            {
                "seed": arguments.seed,
                "holds": holds,
                "fail_upper": upper,
                "lines": [
                    {"kind": line.kind, "trials": line.shares.trials}
                    | {verdict.value: line.shares.share(verdict) for verdict in Verdict}
                    for line in lines
                ],
            }
        )
    else:
        _show(lines)
        word = "holds" if holds else "is open: more trials are needed" if is_open else "does NOT hold"
        emit(f"\nFAIL of unchanged suites, upper 95 % bound: {upper:.2%}")
        emit(f"the rule of at most {MOST_SIMULATED:.0%} {word}")
    if is_open:
        return ExitCode.NOT_ENOUGH_DATA
    return ExitCode.OK if holds else ExitCode.FAILED


def _lines(arguments: argparse.Namespace, settings: GateSettings, recorded: PairedCosts | None) -> list[Line]:
    kinds: list[tuple[str, int, Iterable[PairedCosts]]] = []
    for number, truth in enumerate(TRUTHS):
        trials = arguments.trials if truth.name == "none" else max(20, arguments.trials // CHANGED_SHARE)
        rng = np.random.default_rng((arguments.seed, number))
        name = "nothing changed, simulated" if truth.name == "none" else truth.name
        kinds.append((name, trials, _simulated(rng, truth, arguments, trials)))
    if recorded is not None:
        rng = np.random.default_rng((arguments.seed, len(TRUTHS)))
        kinds.append(
            ("nothing changed, own runs", arguments.trials, unchanged_from(rng, recorded, arguments.trials))
        )
    whole = sum(trials for _, trials, _ in kinds)
    lines: list[Line] = []
    with progress("suites") as advance:
        for name, _, suites in kinds:
            before = sum(line.shares.trials for line in lines)
            lines.append(Line(name, verdicts(suites, settings, partial(_tick, advance, before, whole))))
    return lines


def _tick(advance: Advance, before: int, whole: int, done: int) -> None:
    advance(before + done, whole)


def _simulated(
    rng: np.random.Generator, truth: Truth, arguments: argparse.Namespace, trials: int
) -> Iterable[PairedCosts]:
    for _ in range(trials):
        yield suite(rng, truth, arguments.spread, arguments.cases, arguments.repeats)


def _recorded(arguments: argparse.Namespace) -> PairedCosts:
    source = parse_source("--runs", arguments.runs, datetime.now(UTC))
    where = load_settings(os.environ, data=arguments.data, config=arguments.config)
    with Reader(where) as reader:
        side, _ = reader.one(source)
    found = pair(side.run_costs(), side.run_costs()).paired
    # Both sides of that pairing are the same runs; one of them is kept, to be dealt anew.
    width = int(found.base_runs.max(initial=0))
    costs = np.where(np.arange(width) < found.base_runs[:, None], found.costs[:, :width], np.nan)
    if not (found.base_runs >= 2).any():
        raise UsageError(f"--runs {arguments.runs}: no case ran twice; record every case at least twice")
    return PairedCosts(found.cases, costs, found.base_runs, np.zeros_like(found.base_runs))


def _show(lines: list[Line]) -> None:
    emit(f"{'suite':32} {'trials':>7} " + " ".join(f"{verdict.value:>13}" for verdict in Verdict))
    for line in lines:
        shares = " ".join(f"{line.shares.share(verdict):>13.1%}" for verdict in Verdict)
        emit(f"{line.kind:32} {line.shares.trials:>7} {shares}")
