"""Root cause: how often the top answer is right, against plain top movers, and how long 50,000 leaves take.

Run: `python -m benchmarks oncall_causes`. Incidents are generated with seeds that the ranking was not tuned on.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from analytics.movers.ranking import RootCauses, root_causes, top_movers
from benchmarks.oncall_incidents import KINDS, Incident, incident, names
from benchmarks.table import print_table

SEED = 4107
GOALS = {"single": 0.97, "new_version": 0.97, "pair": 0.95, "global": 0.97, "model_swap": 0.80}
LARGE = 50_000


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its tables."""
    parser = argparse.ArgumentParser(prog="benchmarks oncall_causes")
    parser.add_argument("--incidents", type=int, default=200)
    options = parser.parse_args(arguments)
    rows = [_row(kind, options.incidents) for kind in KINDS]
    print_table(
        f"Root cause, {options.incidents} incidents each of about 740 leaves, seeds not tuned on",
        (
            "incident",
            "goal",
            "root cause: first",
            "its first three",
            "top movers: first",
            "either list's first three",
        ),
        rows,
    )
    print_table(
        "Root cause over many leaves",
        ("incident", "leaves", "seconds of CPU", "right"),
        [_large(k) for k in KINDS],
    )


def accuracy(kind: str, count: int, seed: int = SEED) -> tuple[float, float, float, float]:
    """Shares right: first cause, first three causes, first mover, first three of both lists together."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    hits = np.zeros(4)
    for _ in range(count):
        one = incident(kind, rng)
        hits += _hits(one, root_causes(one.frame))
    first, three, mover, both = hits / count
    return float(first), float(three), float(mover), float(both)


def _hits(one: Incident, found: RootCauses) -> tuple[bool, bool, bool, bool]:
    answers = [{names(cause.predicate), *map(names, cause.aliases)} for cause in found.causes]
    rising = [m for m in top_movers(one.frame, 1000) if m.delta_usd * found.delta_usd > 0]
    movers = [frozenset({(m.dimension, m.element)}) for m in rising]
    if one.kind == "double":
        # Either cause first is right; all found means both.
        every = set().union(*answers) if answers else set()
        first = bool(answers) and any(cause in answers[0] for cause in one.causes)
        three = all(cause in every for cause in one.causes)
        return (
            first,
            three,
            bool(movers) and movers[0] in one.causes,
            all(cause in every or cause in movers[:3] for cause in one.causes),
        )
    right = set(one.right)
    first, three = bool(answers) and bool(answers[0] & right), any(answer & right for answer in answers)
    # A list of single elements cannot name a pair; of a swap its new model is the answer.
    singles = right | {
        frozenset({pair})
        for each in right
        for pair in each
        if one.kind == "model_swap" and pair[0] == "model"
    }
    return first, three, bool(movers) and movers[0] in singles, three or any(m in singles for m in movers[:3])


def _row(kind: str, count: int) -> tuple[str, ...]:
    first, three, mover, both = accuracy(kind, count)
    goal = f"{GOALS[kind]:.2f}" if kind in GOALS else ""
    where = " (either list)" if kind == "model_swap" else ""
    return (kind, goal + where, f"{first:.2f}", f"{three:.2f}", f"{mover:.2f}", f"{both:.2f}")


def _large(kind: str) -> tuple[str, ...]:
    one = incident(kind, np.random.default_rng([SEED, 9]), LARGE * 3)
    began = time.process_time()
    found = root_causes(one.frame)
    top_movers(one.frame)
    taken = time.process_time() - began
    first = _hits(one, found)[0]
    return (kind, f"{len(one.frame.now):,}", f"{taken:.2f}", "yes" if first else "no")
