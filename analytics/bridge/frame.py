"""Cells of both sides as arrays: one entry a unit and model, runs of both sides beside each other.

In: cells. Out: Frame. Raises ValueError for cells that contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

import numpy as np

from analytics.bridge.arrays import WIDTH, Floats, Ints, Side


@dataclass(frozen=True)
class BridgeCell:
    """Query `bridge_cells`: one model in one run of one unit, on one side.

    unit: what the split is taken over (a workload, a case); run: what is exchanged to judge chance (a day, an eval
    run). tasks: tasks of the whole run, repeated in each of its cells; a run without a call has one cell with no
    calls. calls, tokens and USD: of priced calls only; price_tier: region and prompt length that set the
    price, empty = the ordinary one.
    """

    unit: str
    run: str
    tasks: int
    provider: str
    model: str
    service_class: str
    price_tier: str
    calls: int
    fresh_input_tokens: int
    cache_read_tokens: int
    cache_write_short_tokens: int
    cache_write_long_tokens: int
    output_tokens: int
    fresh_input_usd: Decimal
    cache_read_usd: Decimal
    cache_write_short_usd: Decimal
    cache_write_long_usd: Decimal
    output_usd: Decimal
    tool_fees_usd: Decimal
    cost_usd: Decimal
    unpriced_calls: int


@dataclass(frozen=True)
class Frame:
    """Everything the split needs.

    units: names. unit_of: (entries,) the unit of each entry, ascending. values: (entries, runs, WIDTH).
    tasks: (units, runs). is_head, is_base: (units, runs) which side a run belongs to; neither where a unit has fewer.
    cost_usd: exact totals of each unit, base and head. unpriced_calls: of both sides.
    """

    units: tuple[str, ...]
    unit_of: Ints
    values: Floats
    tasks: Floats
    is_base: Floats
    is_head: Floats
    cost_usd: tuple[tuple[Decimal, ...], tuple[Decimal, ...]]
    unpriced_calls: tuple[int, int]


def frame_of(base: Sequence[BridgeCell], head: Sequence[BridgeCell]) -> Frame:
    """Arrays of the cells. Raises ValueError for calls without a task, or two different task counts of one run."""
    units = sorted({cell.unit for cell in chain(base, head)})
    place = {name: index for index, name in enumerate(units)}
    entries = sorted({_key(place, cell) for cell in chain(base, head) if _is_priced(cell)})
    entry_at = {key: index for index, key in enumerate(entries)}
    runs = _runs(base, head)
    width = max((len(found) for found in runs.values()), default=1)
    values = np.zeros((len(entries), width, WIDTH))
    tasks = np.zeros((len(units), width))
    sides = np.zeros((2, len(units), width))
    cost = [[Decimal(0)] * len(units), [Decimal(0)] * len(units)]
    for side, cells in enumerate((base, head)):
        for cell in cells:
            unit, run = place[cell.unit], runs[cell.unit][(side, cell.run)]
            _note_tasks(tasks, unit, run, cell)
            sides[side, unit, run] = 1
            cost[side][unit] += cell.cost_usd
            if _is_priced(cell):
                values[entry_at[_key(place, cell)], run] += _numbers(cell)
    return Frame(
        tuple(units),
        np.array([key[0] for key in entries], dtype=np.intp),
        values,
        tasks,
        sides[0],
        sides[1],
        (tuple(cost[0]), tuple(cost[1])),
        (sum(cell.unpriced_calls for cell in base), sum(cell.unpriced_calls for cell in head)),
    )


def side_of(frame: Frame, side: int, scale: Floats | None = None) -> Side:
    """One side summed over its runs: 0 = base, 1 = head."""
    return picked(frame, (frame.is_base, frame.is_head)[side], None if scale is None else scale[side])


def picked(frame: Frame, mask: Floats, scale: Floats | None = None) -> Side:
    """The runs of `mask` (..., units, runs) summed; `scale` (units,) multiplies the sums."""
    tasks = (frame.tasks * mask).sum(-1)
    cells = np.einsum("...er,erx->...ex", mask[..., frame.unit_of, :], frame.values, optimize=True)
    if scale is None:
        return Side(tasks, cells)
    return Side(tasks * scale, cells * scale[frame.unit_of][:, None])


Key = tuple[int, str, str, str, str]


def _key(place: dict[str, int], cell: BridgeCell) -> Key:
    return place[cell.unit], cell.provider, cell.model, cell.service_class, cell.price_tier


def _is_priced(cell: BridgeCell) -> bool:
    return cell.calls > 0


def _runs(base: Sequence[BridgeCell], head: Sequence[BridgeCell]) -> dict[str, dict[tuple[int, str], int]]:
    """The column of each run, by unit: runs of the base first, each side in the order of their names."""
    found: dict[str, set[tuple[int, str]]] = {}
    for side, cells in enumerate((base, head)):
        for cell in cells:
            found.setdefault(cell.unit, set()).add((side, cell.run))
    return {unit: {run: index for index, run in enumerate(sorted(runs))} for unit, runs in found.items()}


def _note_tasks(tasks: Floats, unit: int, run: int, cell: BridgeCell) -> None:
    if cell.calls and cell.tasks < 1:
        raise ValueError(f"{cell.unit}, run {cell.run}: {cell.calls} calls and no task")
    if tasks[unit, run] not in (0, cell.tasks):
        raise ValueError(f"{cell.unit}, run {cell.run}: {tasks[unit, run]:.0f} tasks and {cell.tasks} tasks")
    tasks[unit, run] = cell.tasks


def _numbers(cell: BridgeCell) -> list[float]:
    return [
        cell.calls,
        cell.fresh_input_tokens,
        cell.cache_read_tokens,
        cell.cache_write_short_tokens,
        cell.cache_write_long_tokens,
        cell.output_tokens,
        float(cell.fresh_input_usd),
        float(cell.cache_read_usd),
        float(cell.cache_write_short_usd),
        float(cell.cache_write_long_usd),
        float(cell.output_usd),
        float(cell.tool_fees_usd),
    ]
