"""The gate's statistics beside independent calculations, and its verdicts on suites with a known truth."""

import itertools
import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.gate.family import benjamini_hochberg, holm
from analytics.gate.pairing import PairedCosts, RunCost, pair
from analytics.gate.permute import bill_below, compare_sides
from analytics.gate.power import detectable, run_spread, runs_needed
from analytics.gate.settings import GateSettings
from analytics.gate.simulate import TRUTHS, paired_costs, suite, unchanged_from, verdicts, wilson
from analytics.gate.statistics import (
    log_ratios,
    quantile_interval,
    signed_ranks,
    tail_mean,
    typical,
    typical_upper,
    walsh,
)
from analytics.gate.success import mcnemar, success_of
from analytics.gate.tails import student_quantile, student_upper
from analytics.gate.unpaired import judge_unpaired
from analytics.gate.verdict import Verdict, judge

DEFAULTS = GateSettings()
TRUTH = {truth.name: truth for truth in TRUTHS}


def drawn(name: str, spread: float = 0.15, cases: int = 40, repeats: int = 3, seed: int = 5) -> PairedCosts:
    return suite(np.random.default_rng(seed), TRUTH[name], spread, cases, repeats)


@pytest.mark.parametrize(("name", "expected"), [("+20 %", Verdict.FAIL), ("none", Verdict.PASS)])
def test_verdicts_of_clear_truths(name: str, expected: Verdict) -> None:
    assert judge(drawn(name, cases=100), DEFAULTS).verdict is expected


def test_the_same_costs_give_the_same_judgement() -> None:
    assert judge(drawn("+10 %"), DEFAULTS) == judge(drawn("+10 %"), DEFAULTS)


def test_the_order_of_runs_changes_nothing() -> None:
    runs = [RunCost("w", f"c{i % 9}", f"{i}", Decimal(i % 7 + 1)) for i in range(27)]
    assert judge(pair(runs, runs[::-1]).paired, DEFAULTS) == judge(pair(runs[::-1], runs).paired, DEFAULTS)


def test_equal_sides_are_no_change_at_all() -> None:
    costs = np.tile(np.linspace(0.01, 0.4, 30)[:, None], (1, 6))
    found = judge(paired_costs(costs, 3), DEFAULTS)
    assert (found.verdict, found.typical.ratio, found.bill.ratio, found.tail.ratio) == (Verdict.PASS, 1, 1, 1)
    assert found.typical.p_rise == found.bill.p_rise == 1


def test_runs_that_cost_nothing_are_compared() -> None:
    costs = np.zeros((25, 6))
    assert judge(paired_costs(costs, 3), DEFAULTS).typical.ratio == 1
    costs[:, 3:] = 0.02
    found = judge(paired_costs(costs, 3), DEFAULTS)
    assert found.verdict is Verdict.FAIL
    assert math.isinf(found.bill.ratio)


def test_too_few_cases_never_pass() -> None:
    costs = np.full((5, 6), 0.1)
    found = judge(paired_costs(costs, 3), DEFAULTS)
    assert (found.verdict, found.reason) == (
        Verdict.INCONCLUSIVE,
        "5 cases are too few to pass, 20 are needed",
    )


def test_a_rise_of_the_costliest_cases_alone_is_seen() -> None:
    found = judge(drawn("costliest tenth of cases ×1.5", cases=60), DEFAULTS)
    assert found.verdict in (Verdict.FAIL, Verdict.WARN)
    assert found.typical.p_rise > DEFAULTS.warn_level


def test_p_values_equal_the_full_enumeration() -> None:
    """All splits of a tiny suite, statistic by statistic, without the machinery under test."""
    costs = np.array([[1.0, 1.3, 2.0, 2.5], [3.0, 3.1, 3.6, 4.0], [0.5, 0.4, 0.9, 0.7]])
    splits = list(itertools.combinations(range(4), 2))
    values = []
    for chosen in itertools.product(splits, repeat=3):
        heads = [list(c) for c in chosen]
        bases = [[i for i in range(4) if i not in c] for c in chosen]
        ratio = [
            np.log(costs[i, h]).mean() - np.log(costs[i, b]).mean()
            for i, (h, b) in enumerate(zip(heads, bases, strict=True))
        ]
        bill = math.log(
            sum(costs[i, h].mean() for i, h in enumerate(heads))
            / sum(costs[i, b].mean() for i, b in enumerate(bases))
        )
        tail = math.log(
            max(costs[i, h].max() for i, h in enumerate(heads))
            / max(costs[i, b].max() for i, b in enumerate(bases))
        )
        values.append((float(signed_ranks(np.array(ratio))), bill, tail))
    table = np.array(values)
    own = values[[tuple(c) for c in itertools.product(splits, repeat=3)].index(((2, 3),) * 3)]
    z = (table - table.mean(0)) / table.std(0)
    mine = (np.array(own) - table.mean(0)) / table.std(0)
    order = np.argsort(-mine)
    expected, largest = np.zeros(3), 0.0
    for place, index in enumerate(order):
        largest = max(largest, (z[:, order[place:]].max(1) >= mine[index] - 1e-12).mean())
        expected[index] = largest
    found = compare_sides(paired_costs(costs, 2), 60_000).rise
    assert found == pytest.approx(tuple(expected), abs=0.006)


def test_unequal_repeats_and_many_repeats_are_exchanged_too() -> None:
    rng = np.random.default_rng(3)
    runs = [
        RunCost("w", f"c{c}", f"{r}", Decimal(str(round(rng.lognormal(), 6))))
        for c in range(25)
        for r in range(9)
    ]
    base = [run for run in runs if int(run.run) < (2 if run.case < "c2" else 9)]
    head = [run for run in runs if int(run.run) < 8]
    found = judge(pair(base, head).paired, DEFAULTS)
    assert found.base.runs < found.head.runs + 25
    assert 0 < found.bill.p_rise <= 1


def test_p_values_are_uniform_when_nothing_changed() -> None:
    smallest = [min(compare_sides(drawn("none", 0.4, 15, 2, seed), 199).rise) for seed in range(300)]
    for level in (0.05, 0.2, 0.5):
        low, high = wilson(sum(p <= level for p in smallest), len(smallest))
        assert low <= level * 1.15
        assert high >= level * 0.5


def test_bill_proof_rules_out_only_what_is_not_there() -> None:
    assert bill_below(drawn("none", cases=80), 1.5, 999) < 0.01
    assert bill_below(drawn("+20 %", cases=80), 1.2, 999) > 0.05


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=30))
def test_walsh_averages(values: list[float]) -> None:
    ratios = np.array(values)
    averages = sorted((a + b) / 2 for i, a in enumerate(sorted(values)) for b in sorted(values)[i:])
    for rank in {1, len(averages) // 2 + 1, len(averages)}:
        assert walsh(ratios, rank) == pytest.approx(averages[rank - 1])


def test_walsh_averages_of_many_cases_are_searched_to_the_same() -> None:
    ratios = np.random.default_rng(1).normal(size=450)
    first, second = np.triu_indices(450)
    ordered = np.sort(ratios)
    averages = np.sort((ordered[first] + ordered[second]) / 2)
    for rank in (1, 5_000, 50_737, len(averages)):
        assert walsh(ratios, rank) == pytest.approx(averages[rank - 1], abs=1e-12)


def test_the_typical_interval_covers_the_truth() -> None:
    hits = sum(
        (found := typical(log_ratios(drawn("+10 %", 0.25, 30, 2, seed)))).low <= 1.1 <= found.high
        for seed in range(300)
    )
    assert wilson(hits, 300)[1] >= 0.95
    assert math.isinf(typical_upper(np.array([0.1, 0.2])))


def test_quantile_interval_is_made_of_order_statistics() -> None:
    costs = np.arange(1.0, 101.0)
    found = quantile_interval(costs, 0.95)
    assert found.value == pytest.approx(95.05)
    assert found.low < found.value < found.high
    assert found.low in costs
    assert tail_mean(costs) == pytest.approx(95.5)


def test_spread_and_size() -> None:
    found = run_spread(drawn("none", 0.25, 400))
    assert found == pytest.approx(0.25, rel=0.15)
    assert run_spread(drawn("none", 0.25, 40, 1)) is None
    assert detectable(0.25, 120) == pytest.approx(0.084, abs=0.001)
    runs = runs_needed(0.25, 0.10)
    assert detectable(0.25, runs) <= 0.10 < detectable(0.25, runs - 2)


def test_families() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert benjamini_hochberg([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.04, 0.04])
    assert holm([]) == []


def test_success() -> None:
    base = [RunCost("w", f"c{i}", "1", Decimal(1), success=True) for i in range(10)]
    head = [RunCost("w", f"c{i}", "1", Decimal(1), success=i > 7) for i in range(10)]
    found = success_of(base, head)
    assert found is not None
    assert (found.broke, found.mended, found.p) == (8, 0, pytest.approx(2 / 2**8))
    assert (found.base_usd_per_success, found.head_usd_per_success) == (1.0, 5.0)
    assert mcnemar(0, 0) is None
    assert success_of([RunCost("w", "c", "1", Decimal(1))], []) is None


@pytest.mark.parametrize(
    ("level", "freedom", "value"), [(0.975, 10, 2.228139), (0.95, 27, 1.703288), (0.995, 1, 63.656741)]
)
def test_student(level: float, freedom: float, value: float) -> None:
    assert student_quantile(level, freedom) == pytest.approx(value, rel=1e-6)
    assert student_upper(value, freedom) == pytest.approx(1 - level, rel=1e-5)


def _days(seed: int, days: int, rise: float = 1.0, day_spread: float = 0.15) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rise * np.exp(rng.normal(0, day_spread) + rng.normal(-4, 0.8, 150)) for _ in range(days)]


def test_days_that_differ_are_no_rise() -> None:
    found = [judge_unpaired(_days(seed, 28), _days(seed + 1000, 2), DEFAULTS).verdict for seed in range(120)]
    assert wilson(found.count(Verdict.FAIL), 120)[0] <= 0.01
    assert wilson(found.count(Verdict.WARN) + found.count(Verdict.FAIL), 120)[0] <= 0.05


def test_a_rise_beyond_the_days_is_seen_and_little_data_is_not_judged() -> None:
    assert judge_unpaired(_days(1, 28), _days(2, 3, rise=2.0), DEFAULTS).verdict is Verdict.FAIL
    assert judge_unpaired(_days(1, 2), _days(2, 2, rise=2.0), DEFAULTS).verdict is Verdict.INCONCLUSIVE
    few = [costs[:5] for costs in _days(2, 3)]
    assert "15 tasks are too few" in judge_unpaired(_days(1, 28), few, DEFAULTS).reason


def test_unchanged_suites_of_recorded_runs() -> None:
    suites = list(unchanged_from(np.random.default_rng(1), drawn("+20 %", 0.25), 60))
    assert verdicts(suites, DEFAULTS).share(Verdict.FAIL) <= 0.05
    assert all((one.base_runs + one.head_runs == 6).all() for one in suites)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 2.0), st.integers(2, 12))
def test_a_common_factor_is_found_exactly(factor: float, cases: int) -> None:
    base = np.linspace(0.01, 1.0, cases)[:, None]
    found = judge(paired_costs(np.hstack([base, base, base * factor, base * factor]), 2), DEFAULTS)
    for measure in (found.typical, found.bill, found.tail):
        assert measure.ratio == pytest.approx(factor)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"margin": -1.0}, "margin is -1.0"), ({"fail_level": 0.6}, "fail_level is 0.6"),
     ({"fail_level": 0.05, "warn_level": 0.01}, "is above warn_level"), ({"permutations": 99}, "too few")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GateSettings(**change)  # type: ignore[arg-type]  # wrong on purpose
