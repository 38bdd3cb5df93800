"""Detection: false alarms on quiet traffic and incidents found within six hours, against plain rules at one rate.

Run: `python -m benchmarks oncall_detection`. Limits are tuned on one set of seeds and reported on another. Our own
limit is the one that ships; the plain rules are tuned to the same rate of false alarms.
"""

from __future__ import annotations

import argparse

import numpy as np

from analytics.alerts.shift import SIGMAS
from analytics.seasonal import threshold
from benchmarks.oncall_plain_rules import RULES
from benchmarks.oncall_traffic import WEEK, Floats, quiet
from benchmarks.table import print_table

TUNED_ON, REPORTED_ON = (1, 2, 3), (101, 102, 103, 104, 105)
SCOPES, WEEKS, FIRST = 100, 13, 9 * WEEK
FACTORS = (1.5, 2.0, 3.0)
FOUND_WITHIN = 6
TARGET = 0.10


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    argparse.ArgumentParser(prog="benchmarks oncall_detection").parse_args(arguments)
    limits = {name: _tuned(name) for name in RULES}
    ours = next(iter(RULES))
    print(f"tuned to {TARGET} a week and scope: {limits[ours]:.2f}; shipped: {threshold(SIGMAS):.2f}")
    limits[ours] = threshold(SIGMAS)
    rows = [(name, f"{limits[name]:.2f}", *measured(name, limits[name], REPORTED_ON)) for name in RULES]
    print_table(
        f"Shift detection, {SCOPES * len(REPORTED_ON)} scopes x {WEEKS - 9} weeks, seeds not tuned on",
        (
            "rule",
            "limit",
            "false alarms a week and scope",
            *(f"x{factor:g} within 6 h" for factor in FACTORS),
        ),
        [tuple(str(cell) for cell in row) for row in rows],
    )


def measured(name: str, limit: float, seeds: tuple[int, ...]) -> tuple[str, ...]:
    """False alarms a week and scope, and the share found of each size."""
    alarms, found = 0, dict.fromkeys(FACTORS, 0)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        traffic = quiet(rng, SCOPES, WEEKS)
        starts = rng.integers(FIRST + 100, WEEKS * WEEK - FOUND_WITHIN, SCOPES)
        alarms += onsets(RULES[name](traffic), limit)
        for factor in FACTORS:
            values = RULES[name](traffic.with_incidents(starts, factor))
            hits = [np.nanmax(values[n, at : at + FOUND_WITHIN]) > limit for n, at in enumerate(starts)]
            found[factor] += int(np.sum(hits))
    scopes = SCOPES * len(seeds)
    rate = alarms / (scopes * (WEEKS - 9))
    return (f"{rate:.3f}", *(f"{found[factor] / scopes:.2f}" for factor in FACTORS))


def onsets(values: Floats, limit: float) -> int:
    """Alarms that begin from FIRST on; one ends after three hours below half the limit."""
    count = 0
    for course in values[:, FIRST:]:
        firing, low = False, 0
        for value in course:
            if not firing and value > limit:
                firing, low, count = True, 0, count + 1
            elif firing:
                low = low + 1 if value < limit / 2 else 0
                firing = low < 3
    return count


def _tuned(name: str) -> float:
    """The limit at which the rule gives TARGET false alarms a week and scope on the tuning seeds."""
    courses = [RULES[name](quiet(np.random.default_rng(seed), SCOPES, WEEKS)) for seed in TUNED_ON]
    weeks = SCOPES * len(TUNED_ON) * (WEEKS - 9)
    low, high = 0.0, max(float(np.nanmax(each[:, FIRST:])) for each in courses)
    for _ in range(16):
        middle = (low + high) / 2
        rate = sum(onsets(each, middle) for each in courses) / weeks
        low, high = (middle, high) if rate > TARGET else (low, middle)
    return high
