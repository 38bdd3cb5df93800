"""The bridge beside a brute-force Shapley value over all subsets, and its sums to the last digit."""

import itertools
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.bridge.split import Bridge, BridgeCell, Factor, Part, bridge, closing, culprit
from tests.gate.cells import PRICES, cell

FACTORS = list(Factor)
COUNTS = st.integers(0, 3_000_000)
CELLS = st.lists(
    st.builds(
        cell,
        unit=st.sampled_from("ab"),
        run=st.sampled_from("12"),
        model=st.sampled_from(sorted(PRICES)),
        tasks=st.just(3),
        calls=st.integers(1, 400),
        tokens=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
        price=st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("1.3")]),
        fees=st.sampled_from([Decimal(0), Decimal("0.01")]),
    ),
    max_size=6,
    unique_by=lambda c: (c.unit, c.run, c.model),
)


def _side(cells: list[BridgeCell], unit: str) -> dict[str, Any]:
    mine = [c for c in cells if c.unit == unit]
    models: dict[str, list[float]] = {}
    for c in mine:
        tokens = (
            c.fresh_input_tokens,
            c.cache_read_tokens,
            c.cache_write_short_tokens,
            c.cache_write_long_tokens,
        )
        usd = (c.fresh_input_usd, c.cache_read_usd, c.cache_write_short_usd, c.cache_write_long_usd)
        row = [
            c.calls,
            *tokens,
            c.output_tokens,
            *map(float, usd),
            float(c.output_usd),
            float(c.tool_fees_usd),
        ]
        models[c.model] = [x + y for x, y in zip(models.get(c.model, [0.0] * 12), row, strict=True)]
    return {"tasks": sum({c.run: c.tasks for c in mine}.values()), "models": models}


def _values(own: dict[str, Any], other: dict[str, Any], models: list[str]) -> dict[Factor, Any]:
    def ratio(top: float, bottom: float, spare_top: float, spare_bottom: float) -> float:
        return top / bottom if bottom else spare_top / spare_bottom if spare_bottom else 0.0

    empty = [0.0] * 12
    calls, other_calls = (sum(m[0] for m in side["models"].values()) for side in (own, other))
    found: dict[Factor, Any] = {
        Factor.TASKS: own["tasks"],
        Factor.CALLS: ratio(calls, own["tasks"], other_calls, other["tasks"]),
    }
    rows = [(own["models"].get(m, empty), other["models"].get(m, empty)) for m in models]
    found[Factor.MIX] = [ratio(a[0], calls, b[0], other_calls) for a, b in rows]
    found[Factor.INPUT] = [ratio(sum(a[1:5]), a[0], sum(b[1:5]), b[0]) for a, b in rows]
    found[Factor.CACHE] = [
        [ratio(a[k], sum(a[1:5]), b[k], sum(b[1:5])) for k in range(1, 5)] for a, b in rows
    ]
    found[Factor.OUTPUT] = [ratio(a[5], a[0], b[5], b[0]) for a, b in rows]
    found[Factor.PRICE] = [[ratio(a[5 + k], a[k], b[5 + k], b[k]) for k in range(1, 6)] for a, b in rows]
    found[Factor.FEES] = [ratio(a[11], a[0], b[11], b[0]) for a, b in rows]
    return found


def _cost(values: dict[Factor, Any]) -> float:
    total = 0.0
    for index, mix in enumerate(values[Factor.MIX]):
        price = values[Factor.PRICE][index]
        paid = sum(c * p for c, p in zip(values[Factor.CACHE][index], price[:4], strict=True))
        per_call = (
            values[Factor.INPUT][index] * paid
            + values[Factor.OUTPUT][index] * price[4]
            + values[Factor.FEES][index]
        )
        total += mix * per_call
    return float(values[Factor.TASKS] * values[Factor.CALLS] * total)


def _brute_force(base: list[BridgeCell], head: list[BridgeCell]) -> dict[Factor, float]:
    """Shapley values by all subsets of the factors, unit by unit."""
    found = dict.fromkeys(FACTORS, 0.0)
    size = len(FACTORS)
    for unit in {c.unit for c in base + head}:
        b, h = _side(base, unit), _side(head, unit)
        models = sorted({*b["models"], *h["models"]})
        at_base, at_head = _values(b, h, models), _values(h, b, models)
        cost = {
            frozenset(subset): _cost({f: (at_head if f in subset else at_base)[f] for f in FACTORS})
            for count in range(size + 1)
            for subset in itertools.combinations(FACTORS, count)
        }
        for factor in FACTORS:
            for subset, value in cost.items():
                if factor not in subset:
                    weight = (
                        math.factorial(len(subset))
                        * math.factorial(size - len(subset) - 1)
                        / math.factorial(size)
                    )
                    found[factor] += weight * (cost[subset | {factor}] - value)
    return found


@settings(max_examples=40, deadline=None)
@given(CELLS, CELLS)
def test_parts_are_the_shapley_values(base: list[BridgeCell], head: list[BridgeCell]) -> None:
    split, expected = bridge(base, head), _brute_force(base, head)
    for part in split.parts:
        assert float(part.amount_usd) == pytest.approx(expected[part.factor], abs=1e-8)


@settings(max_examples=150, deadline=None)
@given(CELLS, CELLS)
def test_parts_sum_to_the_difference_at_every_level(base: list[BridgeCell], head: list[BridgeCell]) -> None:
    split = bridge(base, head)
    costs = [sum((c.cost_usd for c in side), Decimal(0)) for side in (base, head)]
    assert [split.base_usd, split.head_usd] == costs
    assert sum((part.amount_usd for part in split.parts), Decimal(0)) == costs[1] - costs[0]
    for unit in split.units:
        assert sum((part.amount_usd for part in unit.parts), Decimal(0)) == unit.head_usd - unit.base_usd


@settings(max_examples=60, deadline=None)
@given(CELLS, CELLS)
def test_rounding_error_before_closing_is_below_a_billionth(
    base: list[BridgeCell], head: list[BridgeCell]
) -> None:
    from analytics.bridge.arrays import contributions
    from analytics.bridge.frame import frame_of, side_of

    frame = frame_of(base, head)
    split = contributions(side_of(frame, 0), side_of(frame, 1), frame.unit_of, len(frame.units))
    for index, row in enumerate(split):
        difference = float(frame.cost_usd[1][index] - frame.cost_usd[0][index])
        assert abs(row.sum() - difference) < 1e-9


def test_a_model_that_appears_moves_only_the_mix() -> None:
    base = [cell(calls=10, tokens=(10_000, 0, 0, 0, 1000))]
    head = [
        cell(calls=6, tokens=(6000, 0, 0, 0, 600)),
        cell(model="large", calls=4, tokens=(4000, 0, 0, 0, 400)),
    ]
    moved = {part.factor for part in bridge(base, head).parts if abs(part.amount_usd) > Decimal("1e-9")}
    assert moved == {Factor.MIX}


def test_a_unit_that_appears_moves_only_the_tasks() -> None:
    split = bridge([cell()], [cell(), cell(unit="new", tasks=3, calls=5, tokens=(5000, 100, 0, 0, 10))])
    assert {part.factor for part in split.ranked()} == {Factor.TASKS}
    assert split.units[0].unit == "new"


def test_lost_cache_hits_are_named() -> None:
    base = [cell(tokens=(4000, 6000, 0, 0, 500))]
    head = [cell(tokens=(10_000, 0, 0, 0, 500))]
    split = bridge(base, head)
    assert [part.factor for part in split.ranked()] == [Factor.CACHE]
    assert culprit(split) == "100 % of the rise is cache use"


def test_a_price_rise_is_not_a_change_of_use() -> None:
    split = bridge([cell()], [cell(price=2)])
    assert [part.factor for part in split.ranked()] == [Factor.PRICE]


def test_tool_fees_grow_with_the_tasks_or_by_themselves() -> None:
    fee = Decimal("0.02")
    more_tasks = bridge([cell(fees=fee)], [cell(tasks=2, calls=2, tokens=(2000, 0, 0, 0, 200), fees=2 * fee)])
    assert {part.factor for part in more_tasks.ranked()} == {Factor.TASKS}
    dearer = bridge([cell(fees=fee)], [cell(fees=3 * fee)])
    assert [(part.factor, part.amount_usd) for part in dearer.ranked()] == [(Factor.FEES, 2 * fee)]


def test_unpriced_calls_are_counted_and_not_split() -> None:
    blank = cell(calls=0, tokens=(0, 0, 0, 0, 0), unpriced=4)
    split = bridge([cell()], [cell(), blank])
    assert (split.base_unpriced_calls, split.head_unpriced_calls) == (0, 4)
    assert split.ranked() == ()
    assert culprit(split) == ""


def test_nothing_on_one_side() -> None:
    split = bridge([], [cell()])
    assert split.difference_usd == split.head_usd > 0
    assert bridge([], []).parts == tuple(type(p)(p.factor, Decimal(0)) for p in split.parts)


def test_calls_without_a_task_are_refused() -> None:
    with pytest.raises(ValueError, match="triage, run 1: 1 calls and no task"):
        bridge([cell(tasks=0)], [cell()])


def test_intervals_hold_the_part_and_repeat_themselves() -> None:
    base = [cell(run=f"b{i}", tokens=(1000 + 40 * i, 0, 0, 0, 100)) for i in range(8)]
    head = [cell(run=f"h{i}", tokens=(1500 + 40 * i, 0, 0, 0, 100)) for i in range(8)]
    split = bridge(base, head, permutations=400)
    part = split.ranked()[0]
    assert part.factor is Factor.INPUT
    assert part.low_usd is not None
    assert part.high_usd is not None
    assert 0 < part.low_usd < part.amount_usd < part.high_usd
    assert bridge(base, head, permutations=400) == split


def test_an_unchanged_part_has_nothing_in_its_interval_but_zero() -> None:
    runs = [(1000, 0, 0, 0, 100), (1400, 0, 0, 0, 140), (700, 0, 0, 0, 90)]
    base = [cell(run=f"b{i}", tokens=tokens) for i, tokens in enumerate(runs)]
    head = [cell(run=f"h{i}", tokens=tokens) for i, tokens in enumerate(runs[::-1])]
    for part in bridge(base, head, permutations=300).parts:
        assert part.low_usd is not None
        assert part.high_usd is not None
        assert part.low_usd <= 0 <= part.high_usd


@given(st.lists(st.decimals(-1000, 1000, places=9), min_size=1, max_size=9))
def test_shown_cents_sum(amounts: list[Decimal]) -> None:
    shown = closing(amounts)
    assert sum(shown) == sum(amounts).quantize(Decimal("0.01"))
    assert all(abs(a - b) <= Decimal("0.02") for a, b in zip(shown, amounts, strict=True))


def test_a_cost_that_is_no_sum_of_its_buckets_is_closed_at_once() -> None:
    shown = closing([Decimal("0.1")] * 3, Decimal(400), Decimal("0.000000000000001"))
    assert sum(shown) == 400
    assert max(shown) - min(shown) <= Decimal("0.000000000000001")


def test_what_closing_left_over_is_no_cause() -> None:
    crumb = Part(Factor.FEES, Decimal("-1e-12"))
    cause = Part(Factor.PRICE, Decimal("-0.5"))
    split = Bridge(Decimal(1), Decimal("0.5") - Decimal("1e-12"), (crumb, cause), (), 0, 0)
    assert sum(part.amount_usd for part in split.parts) == split.difference_usd
    assert split.ranked() == (cause,)
