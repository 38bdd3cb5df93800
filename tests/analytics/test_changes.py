"""When a change is stated, and when it may be called better or worse."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from analytics.figures.change import FEWEST, Better, Kind, Tone, compare
from analytics.figures.estimates import LEVELS, Estimate, proportion, quantile, ratio

MONEY = st.floats(min_value=1e-6, max_value=1e6)
SAMPLES = st.integers(min_value=0, max_value=10**6)


def test_no_change_without_a_covered_period() -> None:
    change = compare(Kind.MONEY, Better.LOWER, Estimate(2, 100), Estimate(1, 100), covered=False)
    assert (change.text, change.tone) == ("", Tone.NONE)
    assert "does not reach back" in change.why


@given(MONEY, MONEY, SAMPLES, SAMPLES)
def test_few_things_state_no_change(now: float, before: float, n: int, m: int) -> None:
    change = compare(Kind.MONEY, Better.LOWER, Estimate(now, n), Estimate(before, m), covered=True)
    if min(n, m) < FEWEST:
        assert change.text == ""
    else:
        assert change.text
        assert len(change.text) <= 8
    assert "inf" not in change.text
    assert "nan" not in change.text


@given(MONEY, st.floats(min_value=1.05, max_value=5), st.sampled_from(Better))
def test_tone_follows_what_is_better(before: float, times: float, better: Better) -> None:
    up = compare(Kind.MONEY, better, Estimate(before * times, 1000), Estimate(before, 1000), covered=True)
    down = compare(Kind.MONEY, better, Estimate(before, 1000), Estimate(before * times, 1000), covered=True)
    assert up.text.startswith(("+", "×"))
    assert down.text.startswith("−")
    wanted = {
        Better.LOWER: (Tone.BAD, Tone.GOOD),
        Better.HIGHER: (Tone.GOOD, Tone.BAD),
        Better.NEITHER: (Tone.FLAT, Tone.FLAT),
    }[better]
    assert (up.tone, down.tone) == wanted


def test_rates_change_in_points() -> None:
    change = compare(Kind.RATE, Better.HIGHER, proportion(900, 1000), proportion(700, 1000), covered=True)
    assert (change.text, change.tone) == ("+20.0 pp", Tone.GOOD)


def test_chance_is_not_coloured() -> None:
    change = compare(Kind.RATE, Better.LOWER, proportion(11, 40), proportion(8, 40), covered=True)
    assert change.text == "+7.5 pp"
    assert change.tone is Tone.FLAT
    assert "chance" in change.why


def test_false_alarms_on_equal_populations_are_rare() -> None:
    chance = random.Random(5)
    coloured = 0
    rounds = 400
    for _ in range(rounds):
        now, before = (_p95([chance.lognormvariate(0, 1) for _ in range(400)]) for _ in range(2))
        coloured += compare(Kind.MONEY, Better.LOWER, now, before, covered=True).tone is Tone.BAD
    assert coloured / rounds < 0.07


def test_a_doubling_is_seen() -> None:
    chance = random.Random(6)
    now = _p95([2 * chance.lognormvariate(0, 1) for _ in range(400)])
    before = _p95([chance.lognormvariate(0, 1) for _ in range(400)])
    assert compare(Kind.MONEY, Better.LOWER, now, before, covered=True).tone is Tone.BAD


@given(st.lists(st.tuples(MONEY, st.integers(0, 5)), max_size=60))
def test_ratio_of_sums(groups: list[tuple[float, int]]) -> None:
    top, bottom = sum(cost for cost, _ in groups), sum(units for _, units in groups)
    found = ratio(groups, 100)
    if bottom == 0:
        assert found.value is None
        return
    assert found.value == top / bottom
    assert (found.error is None) == (len(groups) < 2)
    assert found.error is None or found.error >= 0


def _p95(values: list[float]) -> Estimate:
    ordered = sorted(values)
    levels = [ordered[int(level * (len(ordered) - 1))] for level in LEVELS]
    return quantile(0.95, levels, len(ordered))
