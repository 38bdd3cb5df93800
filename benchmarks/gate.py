"""The gate on suites with a known truth: false alarms on unchanged suites, and power, with the gate's own code.

In: `--trials N` of unchanged suites a noise level (5000), `--changed N` of changed ones (2000), `--seed`.
Out: a table of verdict shares, and whether each promise held. The same seed gives the same table.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np

from analytics.gate.pairing import PairedCosts
from analytics.gate.settings import GateSettings
from analytics.gate.simulate import TRUTHS, Shares, Truth, suite, verdicts, wilson
from analytics.gate.verdict import Verdict
from benchmarks.table import print_table

CASES, REPEATS = 40, 3
SPREADS = (0.15, 0.25, 0.40)
POWER = {0.15: 0.98, 0.25: 0.93, 0.40: 0.65}
MOST_FAIL, MOST_WARN, MOST_PASS = 0.02, 0.06, 0.06


def main(arguments: list[str]) -> None:
    """Prints the shares and the promises."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gate")
    parser.add_argument("--trials", type=int, default=5000)
    parser.add_argument("--changed", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261120)
    chosen = parser.parse_args(arguments)
    rows, promises = [], []
    for spread in SPREADS:
        for number, truth in enumerate(TRUTHS):
            trials = chosen.trials if truth.name == "none" else chosen.changed
            began_s = time.process_time()
            found = _shares(truth, spread, trials, (chosen.seed, number, round(spread * 100)))
            each_ms = 1000 * (time.process_time() - began_s) / trials
            rows.append(_row(spread, truth, found, each_ms))
            promises += _promises(spread, truth, found)
            print(" ".join(rows[-1]), flush=True)
    title = f"Verdicts, {CASES} cases x {REPEATS} runs a side, seed {chosen.seed}"
    print_table(title, ("spread", "truth", "suites", *Verdict, "FAIL ≤", "WARN ≤", "CPU ms"), rows)
    print_table("Promises", ("promise", "measured", "held"), promises)


def _shares(truth: Truth, spread: float, trials: int, seed: tuple[int, ...]) -> Shares:
    rng = np.random.default_rng(seed)

    def suites() -> Iterator[PairedCosts]:
        for _ in range(trials):
            yield suite(rng, truth, spread, CASES, REPEATS)

    return verdicts(suites(), GateSettings())


def _row(spread: float, truth: Truth, found: Shares, each_ms: float) -> list[str]:
    shares = [f"{found.share(verdict):.3f}" for verdict in Verdict]
    upper = [f"{found.upper(verdict):.4f}" for verdict in (Verdict.FAIL, Verdict.WARN)]
    return [f"{spread:.2f}", truth.name, str(found.trials), *shares, *upper, f"{each_ms:.0f}"]


def _promises(spread: float, truth: Truth, found: Shares) -> list[list[str]]:
    at = f"spread {spread:.2f}"
    if truth.name == "none":
        fail, warn = found.upper(Verdict.FAIL), found.upper(Verdict.WARN)
        return [
            [
                f"{at}, nothing changed: FAIL at most {MOST_FAIL}",
                f"{fail:.4f} (upper)",
                _held(fail <= MOST_FAIL),
            ],
            [
                f"{at}, nothing changed: WARN at most {MOST_WARN}",
                f"{warn:.4f} (upper)",
                _held(warn <= MOST_WARN),
            ],
        ]
    if truth.name == "+10 %":
        passed = found.share(Verdict.PASS)
        return [[f"{at}, +10 %: PASS at most {MOST_PASS}", f"{passed:.4f}", _held(passed <= MOST_PASS)]]
    if truth.name == "+20 %":
        failed = found.share(Verdict.FAIL)
        low = wilson(found.counts.get(Verdict.FAIL, 0), found.trials)[0]
        least = POWER[spread]
        text = f"{failed:.4f} (lower {low:.4f})"
        return [[f"{at}, +20 %: FAIL at least {least}", text, _held(failed >= least)]]
    return []


def _held(is_held: bool) -> str:
    return "yes" if is_held else "NO"
