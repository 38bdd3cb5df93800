"""A change's effect in production: right on average, honest about chance, about days, and about too few tasks."""

import math
import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.changes.effects import ChangeDay, ChangeLevels, Effect, Outcome, effects
from analytics.changes.words import figures, percent, verdict

MONDAY = date(2026, 11, 2)


def _day(
    value: str, number: int, costs: list[float], workload: str = "refunds", unpriced: int = 0
) -> ChangeDay:
    day = MONDAY + timedelta(days=number)
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    logs = np.log([cost for cost in costs if cost > 0])
    return ChangeDay(
        workload, value, day, len(costs) + unpriced, len(costs), sum(costs),
        float(logs.mean()) if len(logs) else math.nan,
        float(logs.var(ddof=1)) if len(logs) > 1 else math.nan,
        len(logs), len(costs), len(costs) // 2, start, start + timedelta(hours=8),
    )  # fmt: skip


def _levels(days: list[ChangeDay]) -> list[ChangeLevels]:
    keys = dict.fromkeys((day.workload, day.value) for day in days)
    return [ChangeLevels(workload, value, 1, 0.1, 0.4, ("c0ffee",), ("7",)) for workload, value in keys]


def _costs(rng: random.Random, count: int, level: float, day_effect: float = 0.0) -> list[float]:
    return [level * math.exp(day_effect + rng.gauss(0, 0.8)) for _ in range(count)]


def _run(days: list[ChangeDay]) -> list[Effect]:
    return effects(days, _levels(days))


def _simulated(rng: random.Random, rise: float, day_spread: float, per_day: int = 80) -> Effect:
    days = [
        _day(value, number, _costs(rng, per_day, level, rng.gauss(0, day_spread)))
        for value, first, level in (("a", 0, 0.1), ("b", 7, 0.1 * rise))
        for number in range(first, first + 7)
    ]
    (effect,) = _run(days)
    return effect


def test_pooled_days_equal_all_tasks_at_once() -> None:
    rng = random.Random(4)
    first, second = _costs(rng, 40, 0.1), _costs(rng, 70, 0.13)
    after = _costs(rng, 90, 0.2)
    (effect,) = _run([_day("a", 0, first), _day("a", 1, second), _day("b", 2, after)])
    logs, later = np.log(first + second), np.log(after)
    assert effect.ratio == pytest.approx(math.exp(later.mean() - logs.mean()))
    error = math.sqrt(logs.var(ddof=1) / 110 + later.var(ddof=1) / 90)
    assert effect.low is not None
    assert effect.high is not None
    assert math.log(effect.high / effect.low) / 2 == pytest.approx(2.601 * error, rel=1e-3)
    assert effect.after.cost_usd == pytest.approx(np.mean(after))


def test_an_unchanged_workload_is_rarely_called_dearer_even_when_days_differ() -> None:
    rng = random.Random(11)
    outcomes = [_simulated(rng, 1.0, 0.15).outcome for _ in range(400)]
    wrong = sum(outcome is not Outcome.NONE_SHOWN for outcome in outcomes)
    assert wrong / len(outcomes) < 0.03


def test_a_real_rise_is_found_and_held_by_its_interval() -> None:
    rng = random.Random(12)
    found = [_simulated(rng, 1.4, 0.05) for _ in range(200)]
    assert sum(effect.outcome is Outcome.DEARER for effect in found) > 180
    held = sum((effect.low or 9) <= 1.4 <= (effect.high or 0) for effect in found)
    assert held / len(found) > 0.9


def test_days_that_differ_widen_the_interval() -> None:
    quiet, loud = (_simulated(random.Random(5), 1.0, spread) for spread in (0.0, 0.5))
    assert quiet.low
    assert quiet.high
    assert loud.low
    assert loud.high
    assert loud.high / loud.low > 2 * quiet.high / quiet.low


def test_too_few_tasks_say_nothing() -> None:
    rng = random.Random(1)
    (effect,) = _run([_day("a", 0, _costs(rng, 500, 0.1)), _day("b", 1, _costs(rng, 29, 9.0))])
    assert (effect.outcome, effect.ratio, effect.monthly_usd) == (Outcome.TOO_FEW, None, None)


def test_a_month_is_the_mean_difference_at_the_volume_since() -> None:
    (effect,) = _run([_day("a", 0, [0.1] * 50), _day("b", 1, [0.3] * 60), _day("b", 2, [0.3] * 60)])
    days = (effect.after.last_task - effect.after.first_task).total_seconds() / 86400
    assert effect.monthly_usd == pytest.approx(0.2 * 120 / days * 30.4)


def test_each_value_follows_the_one_whose_first_task_was_earlier() -> None:
    rng = random.Random(2)
    days = [_day(value, number, _costs(rng, 40, 0.1)) for number, value in enumerate("abcb")]
    days += [_day("other", 1, _costs(rng, 40, 0.1), workload="audits")]
    assert [(e.before.value, e.after.value) for e in _run(days)] == [("b", "c"), ("a", "b")]


def test_free_tasks_and_unpriced_tasks_do_not_break_it() -> None:
    days = [_day("a", 0, [0.0] * 40 + [0.1] * 40, unpriced=5), _day("b", 1, [0.0] * 80)]
    (effect,) = _run(days)
    assert effect.outcome is Outcome.TOO_FEW
    assert effect.before.unpriced_tasks == 5


@given(
    st.lists(st.lists(st.floats(1e-6, 1e4), min_size=1, max_size=40), min_size=2, max_size=8), st.randoms()
)
def test_the_order_of_rows_changes_nothing(costs: list[list[float]], rng: random.Random) -> None:
    days = [_day("ab"[number % 2], number, each) for number, each in enumerate(costs)]
    expected = _run(sorted(days, key=lambda day: (day.value, day.day)))
    rng.shuffle(days)
    found = _run(days)
    assert [(e.after.value, e.outcome, e.after.tasks) for e in found] == [
        (e.after.value, e.outcome, e.after.tasks) for e in expected
    ]
    for one, other in zip(found, expected, strict=True):
        assert (one.ratio is None) == (other.ratio is None)
        assert one.ratio is None or one.ratio == pytest.approx(other.ratio)


def test_the_sentence_names_the_change_that_moves_most_money() -> None:
    rng = random.Random(3)
    days = [_day("a", n, _costs(rng, 200, 0.1)) for n in range(4)]
    days += [_day("b", n, _costs(rng, 200, 0.2)) for n in range(4, 8)]
    days += [_day("x", n, _costs(rng, 200, 0.1), workload="audits") for n in range(4)]
    days += [_day("y", n, _costs(rng, 200, 0.06), workload="audits") for n in range(4, 8)]
    found = _run(days)
    text = "".join(piece.text for piece in verdict(found, "change"))
    assert text.startswith("2 commits in the period. Commit b made refunds dearer: a typical task +")
    assert "Commit y made audits cheaper" in text
    assert "more at today's volume" in text
    by_key = {figure.key: figure.text for figure in figures(found)}
    assert (by_key["dearer"], by_key["cheaper"], by_key["none"]) == ("1", "1", "0")
    assert percent(1.1234) == "+12.3 %"
    assert percent(0.5) == "−50.0 %"
