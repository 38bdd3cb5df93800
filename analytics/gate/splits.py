"""Why the sides differ: the bridge of a workload, of the suite, and of its dearest cases.

In: both sides, the cases or tasks to look at. Out: Split and CaseChange. Amounts are USD a run of every case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analytics.bridge.frame import frame_of
from analytics.bridge.split import WORDS, Bridge, BridgeCell, UnitBridge, bridge_of, culprit
from analytics.gate.pairing import PairedCosts
from analytics.gate.result import CaseChange, Split

SHOWN_CASES = 10
DRAWS = ((600, 499), (3000, 199))
FEWEST_DRAWS = 99


def split_of(
    base: Sequence[BridgeCell], head: Sequence[BridgeCell], paired: PairedCosts
) -> tuple[Split, Bridge]:
    """The bridge over these paired cases; cells of others are left out."""
    place = {case: index for index, case in enumerate(paired.cases)}
    sides = [[cell for cell in side if cell.unit in place] for side in (base, head)]
    frame = frame_of(sides[0], sides[1])
    at = np.array([place[unit] for unit in frame.units], dtype=np.intp)
    found = bridge_of(frame, _draws(len(frame.unit_of)), (paired.base_runs[at], paired.head_runs[at]))
    return _split(found), found


def split_by_task(
    base: Sequence[BridgeCell], head: Sequence[BridgeCell], days: Sequence[Mapping[str, str]], workload: str
) -> Split:
    """The bridge of one workload without pairs: USD a task. days: the day of each case, by side."""
    sides = [_of_days(cells, day, workload) for cells, day in zip((base, head), days, strict=True)]
    frame = frame_of(sides[0], sides[1])
    tasks = [
        np.array([sum({cell.run: cell.tasks for cell in side}.values())], dtype=np.intp) for side in sides
    ]
    return _split(bridge_of(frame, _draws(len(frame.unit_of)), (tasks[0], tasks[1])))


def dearest(found: Bridge, workload_of: Mapping[str, str]) -> tuple[CaseChange, ...]:
    """The cases that changed most, the largest change first."""
    ordered = sorted(found.units, key=lambda unit: (-abs(unit.head_usd - unit.base_usd), unit.unit))
    return tuple(
        CaseChange(unit.unit, workload_of[unit.unit], unit.base_usd, unit.head_usd, _cause(unit))
        for unit in ordered[:SHOWN_CASES]
        if unit.head_usd != unit.base_usd
    )


def _split(found: Bridge) -> Split:
    return Split(found.base_usd, found.head_usd, found.parts, culprit(found))


def _cause(unit: UnitBridge) -> str:
    difference = unit.head_usd - unit.base_usd
    helping = [part for part in unit.parts if part.amount_usd * difference > 0]
    return WORDS[max(helping, key=lambda part: abs(part.amount_usd)).factor] if helping else ""


def _of_days(cells: Sequence[BridgeCell], day: Mapping[str, str], workload: str) -> list[BridgeCell]:
    """Cells of single tasks as cells of days: same model and day are added up."""
    tasks: dict[str, dict[tuple[str, str], int]] = {}
    for cell in cells:
        tasks.setdefault(day[cell.unit], {})[(cell.unit, cell.run)] = cell.tasks
    counts = {name: sum(found.values()) for name, found in tasks.items()}
    numbers = ("calls", "fresh_input_tokens", "cache_read_tokens", "cache_write_short_tokens",
               "cache_write_long_tokens", "output_tokens", "fresh_input_usd", "cache_read_usd",
               "cache_write_short_usd", "cache_write_long_usd", "output_usd", "tool_fees_usd", "cost_usd")  # fmt: skip
    found: dict[tuple[str, str, str, str, str], BridgeCell] = {}
    for cell in cells:
        key = (day[cell.unit], cell.provider, cell.model, cell.service_class, cell.price_tier)
        old = found.get(key)
        if old is None:
            found[key] = replace(cell, unit=workload, run=key[0], tasks=counts[key[0]])
        else:
            found[key] = replace(old, **{name: getattr(old, name) + getattr(cell, name) for name in numbers})
    return list(found.values())


def _draws(entries: int) -> int:
    return next((draws for most, draws in DRAWS if entries <= most), FEWEST_DRAWS)
