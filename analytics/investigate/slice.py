"""The winning slice of an investigation: what else is asked of it, and the split of its rise into causes.

In: a Question, its root causes and leaves; cells of the slice. Out: parameters, a Bridge. Pure.
A prompt version or release that is new is compared with all of the workloads that use it, at what was expected of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from analytics.bridge.frame import frame_of as bridge_frame
from analytics.bridge.split import Bridge, Factor, Part, bridge_of
from analytics.investigate.leaves import AS_BEFORE
from analytics.investigate.question import Question, Value
from analytics.investigate.rows import SidedCell
from analytics.movers.frame import OTHER, LeafFrame, Predicate
from analytics.movers.ranking import RootCauses

VERSIONS: Final = {"prompt_version": "new_prompt_versions", "change": "new_changes"}
"""Names that causes hold only where they are new, and the parameters that narrow the window alone to them."""

IN_LISTS: Final = ("model", "agent", "tier")
FINEST: Final = 1000


def measured_slice(causes: RootCauses) -> Predicate:
    """The slice that the first cause's numbers are of; () = everything. Pairs of gathered names are left out."""
    return _told(causes.causes[0].measured) if causes.causes else ()


def sliced(asked: Question, causes: RootCauses, frame: LeafFrame) -> Question:
    """The question of the winning slice, narrowed to what is new in it."""
    named = _told(causes.causes[0].predicate) if causes.causes else ()
    new = {**dict(_new(named)), **dict(_new(measured_slice(causes)))}
    found = _both_sides(asked, causes, frame).narrowed(tuple(new.items()))
    # The lists of a task hold no empty names.
    known = {name: values for name, values in found.scope.items() if name not in IN_LISTS or values != ("",)}
    return replace(found, scope=known)


def cell_parameters(asked: Question, causes: RootCauses, frame: LeafFrame) -> dict[str, Value]:
    """Parameters of `investigate_cells`."""
    new: Mapping[str, Value] = {VERSIONS[name]: (element,) for name, element in _new(measured_slice(causes))}
    nothing: dict[str, Value] = dict.fromkeys(VERSIONS.values(), ())
    return {**_both_sides(asked, causes, frame).parameters(), **nothing, **new}


def split_of(asked: Question, causes: RootCauses, cells: Sequence[SidedCell]) -> Bridge | None:
    """The bridge from what was expected of the slice to what it cost; None without any call on either side.

    Of what is new and was expected to cost nothing, the tasks at what tasks of its workloads cost before are more work;
    the split is of the rest.
    """
    now, base = ([cell for cell in cells if cell.side == side] for side in (0, 1))
    if not now and not base:
        return None
    if not _new(measured_slice(causes)) or not base:
        return _scaled(base, now, asked.base_scale)
    expected_usd = causes.causes[0].expected_usd
    known_usd = float(sum(cell.cost_usd for cell in base))
    if expected_usd > known_usd / FINEST:
        return _scaled(base, now, expected_usd / known_usd)
    return _all_new(_scaled(base, now, _tasks(now) / _tasks(base)))


def _scaled(base: Sequence[SidedCell], now: Sequence[SidedCell], scale: float) -> Bridge:
    """The bridge from `scale` times the base."""
    # As a ratio of whole numbers of runs: base costs over the one, costs of the window over the other.
    ratio = Fraction(1 / scale).limit_denominator(FINEST) if base and scale > 0 else Fraction(1)
    ratio = max(ratio, Fraction(1, FINEST))
    frame = bridge_frame(base, now)
    runs = [np.full(len(frame.units), number, dtype=np.int64) for number in ratio.as_integer_ratio()]
    found = bridge_of(frame, runs=(runs[0], runs[1]))
    return found if ratio.denominator == 1 else _times(found, ratio.denominator)


def _tasks(cells: Sequence[SidedCell]) -> int:
    return max(1, sum({cell.unit: cell.tasks for cell in cells}.values()))


def _all_new(split: Bridge) -> Bridge:
    """The same rise from nothing: what the base would come to is more tasks."""

    def parts(old: tuple[Part, ...], base_usd: Decimal) -> tuple[Part, ...]:
        return tuple(
            replace(part, amount_usd=part.amount_usd + base_usd) if part.factor is Factor.TASKS else part
            for part in old
        )

    zero = Decimal(0)
    units = tuple(
        replace(unit, base_usd=zero, parts=parts(unit.parts, unit.base_usd)) for unit in split.units
    )
    return replace(split, base_usd=zero, parts=parts(split.parts, split.base_usd), units=units)


def _both_sides(asked: Question, causes: RootCauses, frame: LeafFrame) -> Question:
    """What narrows window and baseline alike."""
    found = measured_slice(causes)
    inner = asked.narrowed(tuple(pair for pair in found if pair[0] not in VERSIONS))
    if not _new(found) or "workload" in dict(found) or "workload" not in frame.dimensions:
        return inner
    inside = frame.mask(causes.causes[0].measured) & (frame.now > 0)
    at = frame.dimensions.index("workload")
    workloads = tuple(sorted({frame.elements[at][code] for code in frame.codes[at][inside]}))
    return replace(inner, scope={**inner.scope, "workload": workloads})


def _told(predicate: Predicate) -> Predicate:
    return tuple(pair for pair in predicate if pair[1] not in (AS_BEFORE, OTHER))


def _new(predicate: Predicate) -> Predicate:
    return tuple(pair for pair in predicate if pair[0] in VERSIONS)


def _times(split: Bridge, number: int) -> Bridge:
    """Every amount `number` times."""

    def parts(old: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(replace(part, amount_usd=part.amount_usd * number) for part in old)

    units = tuple(
        replace(
            unit, base_usd=unit.base_usd * number, head_usd=unit.head_usd * number, parts=parts(unit.parts)
        )
        for unit in split.units
    )
    return replace(
        split,
        base_usd=split.base_usd * number,
        head_usd=split.head_usd * number,
        parts=parts(split.parts),
        units=units,
    )
