"""Incidents with a known cause, for the root-cause ranking: leaf tables before and during.

In: a seeded generator. Out: a LeafFrame and the predicates that count as right. Never: a look at the code under test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.movers.frame import LeafFrame, Predicate, leaf_frame

DIMENSIONS = ("workload", "model", "tier", "agent", "prompt_version", "change", "tenant")
KINDS = ("single", "pair", "new_version", "new_tenant", "model_swap", "global", "double")


@dataclass(frozen=True)
class Incident:
    """`right` holds the predicates each of which is a right first answer; `causes` those that all must be found."""

    kind: str
    frame: LeafFrame
    right: frozenset[frozenset[tuple[str, str]]]
    causes: tuple[frozenset[tuple[str, str]], ...]


def incident(kind: str, rng: np.random.Generator, leaves: int = 740) -> Incident:
    """One incident of `kind` in a table of about `leaves` leaves.

    Costs are lognormal with noise of 5 to 25 % a leaf. Prompt version and release belong to a workload, a tier to a
    model, so that several names may mean the same leaves.
    """
    columns, before = _traffic(rng, leaves)
    now = before * np.exp(rng.normal(0, rng.uniform(0.05, 0.25), len(before)))
    expected = before * np.exp(rng.normal(0, 0.05, len(before)))
    causes: list[frozenset[tuple[str, str]]] = []
    if kind == "single":
        causes.append(_grow(rng, columns, now, expected, 1))
    elif kind == "pair":
        causes.append(_grow(rng, columns, now, expected, 2))
    elif kind == "double":
        causes.append(_grow(rng, columns, now, expected, 1))
        causes.append(_grow(rng, columns, now, expected, 1, avoid=causes[0]))
    elif kind == "global":
        now *= rng.uniform(1.4, 3.0)
        causes.append(frozenset())
    elif kind in ("new_version", "new_tenant", "model_swap"):
        columns, now, expected, cause = _replaced(kind, rng, columns, now, expected)
        causes.append(cause)
    frame = leaf_frame(DIMENSIONS, [list(columns[name]) for name in DIMENSIONS], list(now), list(expected))
    return Incident(kind, frame, frozenset(_same(columns, causes[0])), tuple(causes))


def names(predicate: Predicate) -> frozenset[tuple[str, str]]:
    """A predicate without its order."""
    return frozenset(predicate)


Columns = dict[str, np.ndarray]


def _traffic(rng: np.random.Generator, leaves: int) -> tuple[Columns, np.ndarray]:
    scale = max(1, round((leaves / 740) ** 0.5))
    workloads = [f"w{n}" for n in range(8 * scale)]
    models = [f"m{n}" for n in range(6)]
    tiers = {name: ("nano", "standard", "premium")[n % 3] for n, name in enumerate(models)}
    rows: list[tuple[str, ...]] = []
    for workload in workloads:
        used = rng.choice(models, rng.integers(2, 5), replace=False)
        agents = [f"a{n}" for n in rng.choice(9, rng.integers(1, 4), replace=False)]
        tenants = [f"t{n}" for n in rng.choice(40 * scale, rng.integers(4, 12) * scale, replace=False)]
        version, change = f"{workload}-v{rng.integers(1, 9)}", f"r{rng.integers(1, 30)}"
        for model in used:
            for agent in agents:
                rows += [
                    (workload, model, tiers[model], agent, version, change, tenant) for tenant in tenants
                ]
    order = rng.permutation(len(rows))[:leaves] if len(rows) > leaves else np.arange(len(rows))
    chosen = [rows[int(n)] for n in order]
    columns = {
        name: np.array([row[at] for row in chosen], dtype=object) for at, name in enumerate(DIMENSIONS)
    }
    by_name = {
        name: dict(zip(sorted(set(column)), rng.lognormal(0, 0.6, 10_000), strict=False))
        for name, column in columns.items()
    }
    cost = rng.lognormal(0, 0.8, len(chosen))
    for name in ("workload", "model", "agent", "tenant"):
        cost *= np.array([by_name[name][element] for element in columns[name]])
    return columns, cost


def _grow(
    rng: np.random.Generator, columns: Columns, now: np.ndarray, expected: np.ndarray, width: int,
    avoid: frozenset[tuple[str, str]] = frozenset(),
) -> frozenset[tuple[str, str]]:  # fmt: skip
    """Multiplies a slice that is between 3 and 40 % of the cost by 1.8 to 4, and by enough to be seen at all."""
    total = expected.sum()
    choices = ("workload", "model", "agent", "tenant")
    while True:
        picked = rng.choice(choices, width, replace=False)
        leaf = int(rng.integers(len(now)))
        cause = frozenset((str(name), str(columns[name][leaf])) for name in picked)
        mask = np.all([columns[name] == element for name, element in cause], axis=0)
        share = expected[mask].sum() / total
        inner = all(
            expected[columns[name] == element].sum() > 1.5 * expected[mask].sum() for name, element in cause
        )
        if 0.03 <= share <= 0.4 and (width == 1 or inner) and mask.sum() >= 3 and not cause & avoid:
            now[mask] *= rng.uniform(1.8, 4.0)
            return cause


def _replaced(
    kind: str, rng: np.random.Generator, columns: Columns, now: np.ndarray, expected: np.ndarray
) -> tuple[Columns, np.ndarray, np.ndarray, frozenset[tuple[str, str]]]:
    """A workload goes to a new prompt version or another model, or a tenant appears."""
    workload = _large(rng, columns["workload"], expected)
    mask = columns["workload"] == workload
    name, element = {
        "new_version": ("prompt_version", f"{workload}-new"),
        "new_tenant": ("tenant", "t-new"),
        "model_swap": ("model", str(rng.choice(sorted(set(columns["model"]))))),
    }[kind]
    if kind == "new_tenant":
        mask = rng.random(len(now)) < 0.15
        moved = now[mask] * rng.uniform(0.8, 2.5)
    elif kind == "model_swap":
        old = _large(rng, columns["model"][mask], expected[mask])
        while element == old:
            element = str(rng.choice(sorted(set(columns["model"]))))
        mask = mask & (columns["model"] == old)
        moved = now[mask] * rng.uniform(2.0, 5.0)
    else:
        moved = now[mask] * rng.uniform(1.6, 4.0)
    added = {each: column[mask].copy() for each, column in columns.items()}
    added[name][:] = element
    if kind == "new_version":
        added["change"][:] = "r-new"
    if kind == "model_swap":
        tier_of = dict(zip(columns["model"], columns["tier"], strict=True))
        added["tier"][:] = tier_of[element]
    if kind != "new_tenant":
        now = now.copy()
        now[mask] *= rng.uniform(0.0, 0.1)
    grown = {each: np.concatenate([column, added[each]]) for each, column in columns.items()}
    cause = frozenset({(name, element)})
    if kind == "model_swap":
        cause = frozenset({("workload", workload), (name, element)})
    return grown, np.concatenate([now, moved]), np.concatenate([expected, np.zeros(int(mask.sum()))]), cause


def _large(rng: np.random.Generator, column: np.ndarray, expected: np.ndarray) -> str:
    sums = {str(each): expected[column == each].sum() for each in sorted(set(column))}
    enough = [each for each, value in sums.items() if value >= 0.08 * sum(sums.values())]
    return str(rng.choice(enough or list(sums)))


def _same(columns: Columns, cause: frozenset[tuple[str, str]]) -> set[frozenset[tuple[str, str]]]:
    """The cause and every shorter or equal name of exactly the same leaves."""
    found = {cause}
    if not cause:
        return found
    mask = np.all([columns[name] == element for name, element in cause], axis=0)
    for name, column in columns.items():
        inside = set(column[mask])
        if len(inside) != 1:
            continue
        element = next(iter(inside))
        if ((column == element) == mask).all():
            found.add(frozenset({(name, str(element))}))
        # A dimension that follows from another may stand beside it or in its place.
        for other in list(cause):
            swapped = (cause - {other}) | {(name, str(element))}
            if (np.all([columns[n] == e for n, e in swapped], axis=0) == mask).all():
                found.add(swapped)
    return found
