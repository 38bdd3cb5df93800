"""The shift rule under what real data does: gaps, late spans, clock steps, daylight saving time, idle workloads."""

from collections.abc import Callable

import numpy as np
import pytest

from analytics.alerts.model import Standing, scope_of
from analytics.alerts.shift import Hours, ShiftRule, shift_findings
from analytics.seasonal import SMALL_SHARE, WEEK, Floats, course, week_profile, weeks_known

RULE = ShiftRule("cost-shift", min_excess_usd=0.5)
LENGTH = 8 * WEEK
EDIT = Callable[[Floats], None]


def traffic(seed: int = 3, scopes: int = 3) -> Floats:
    """USD an hour with a working day from 8 to 18, noise of a fifth."""
    rng = np.random.default_rng(seed)
    hours = np.arange(LENGTH)
    rhythm = 1 + 3.0 * ((hours % 24 >= 8) & (hours % 24 < 18) & (hours // 24 % 7 < 5))
    return np.asarray(rng.uniform(1, 5, (scopes, 1)) * rhythm * rng.lognormal(0, 0.2, (scopes, LENGTH)))


def standings(cost: Floats, hours: range) -> list[Standing]:
    """Of scope 0 at the end of each hour, as rounds would have found it then."""
    scopes = tuple(scope_of(workload=f"w{n}") for n in range(len(cost)))
    return [shift_findings(RULE, Hours(scopes, 0, cost[:, : hour + 1]))[0].standing for hour in hours]


LAST = range(LENGTH - 30, LENGTH)


def test_quiet_traffic_fires_nothing_and_three_times_as_much_does_within_six_hours() -> None:
    cost = traffic()
    assert Standing.BREACH not in standings(cost, LAST)
    cost[0, -24:] *= 3
    found = standings(cost, range(LENGTH - 24, LENGTH))
    assert Standing.BREACH in found[:6]
    last = shift_findings(RULE, Hours((scope_of(workload="w"),), 0, cost[:1]))[0]
    assert last.since is not None
    assert abs(last.since.timestamp() / 3600 - (LENGTH - 24)) <= 2
    assert last.excess_usd == pytest.approx(cost[0, -6:].sum() * 2 / 3, rel=0.3)


@pytest.mark.parametrize("length", [1, 2, 8, 40])
def test_a_gap_in_the_data_fires_nothing(length: int) -> None:
    cost = traffic()
    cost[:, -40 : LENGTH - 40 + length] = np.nan
    assert Standing.BREACH not in standings(cost, LAST)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_gap_in_the_data_resolves_nothing_and_hides_nothing(length: int) -> None:
    cost = traffic()
    cost[0, -20:] *= 3
    cost[:, -12 : LENGTH - 12 + length] = np.nan
    during = standings(cost, range(LENGTH - 12, LENGTH - 12 + length))
    assert set(during) == {Standing.UNKNOWN}
    assert standings(cost, range(LENGTH - 2, LENGTH)) == [Standing.BREACH] * 2


def test_a_week_without_data_a_month_ago_leaves_the_plan_standing() -> None:
    cost = traffic()
    cost[:, -5 * WEEK : -4 * WEEK] = np.nan
    assert Standing.BREACH not in standings(cost, LAST)
    assert Standing.LEARNING not in standings(cost, LAST)


def test_spans_that_arrive_late_lie_in_their_own_hour_and_fire_nothing() -> None:
    cost = traffic()
    late = cost.copy()
    late[:, -6:] *= 0.4  # most of it has not arrived
    assert Standing.BREACH not in standings(late, range(LENGTH - 6, LENGTH))
    assert Standing.BREACH not in standings(cost, range(LENGTH - 6, LENGTH))  # and now it has
    cost[0, -12:] *= 3
    assert standings(cost, range(LENGTH - 1, LENGTH)) == [Standing.BREACH]


@pytest.mark.parametrize("step", [-1, 1])
def test_a_sender_whose_clock_steps_by_an_hour_fires_nothing_and_hides_nothing(step: int) -> None:
    cost = traffic()
    at = LENGTH - 20
    moved = cost.copy()
    moved[0, at:] = np.roll(cost[0], step)[at:]
    moved[0, at] += cost[0, at] if step < 0 else 0  # the hour that is lived twice
    assert Standing.BREACH not in standings(moved, LAST)
    moved[0, -8:] *= 3
    assert Standing.BREACH in standings(moved, LAST)


@pytest.mark.parametrize("by", [-1, 1])
def test_a_change_to_or_from_daylight_saving_time_fires_nothing_and_hides_nothing(by: int) -> None:
    for seed in range(5):
        cost = traffic(seed)
        moved = cost.copy()
        moved[:, -4 * 24 :] = np.roll(cost, by, axis=1)[:, -4 * 24 :]
        assert Standing.BREACH not in standings(moved, range(LENGTH - 4 * 24, LENGTH))
        moved[0, -10:] *= 3
        assert Standing.BREACH in standings(moved, range(LENGTH - 10, LENGTH - 2))


def test_a_new_workload_is_learning_for_three_weeks() -> None:
    cost = traffic()
    cost[0, : LENGTH - 2 * WEEK] = 0
    cost[0, -3:] *= 10
    assert standings(cost, range(LENGTH - 1, LENGTH)) == [Standing.LEARNING]
    assert weeks_known(cost)[0] == pytest.approx(2)


def test_a_workload_that_runs_once_a_day_is_judged_by_that_hour() -> None:
    cost = np.zeros((2, LENGTH))
    cost[1] = traffic()[1]
    cost[0, 2::24] = 10 * np.random.default_rng(1).lognormal(0, 0.1, LENGTH // 24)
    assert Standing.BREACH not in standings(cost, LAST)


def test_small_amounts_do_not_fire() -> None:
    cost = traffic() / 10_000
    cost[0, -10:] *= 5
    assert Standing.BREACH not in standings(cost, range(LENGTH - 5, LENGTH))


def test_a_past_incident_does_not_become_the_plan() -> None:
    cost = traffic()
    cost[0, -WEEK - 10 : -WEEK] *= 5
    usual = course(traffic(), LENGTH - 10).plan[0, -10:]
    assert course(cost, LENGTH - 10).plan[0, -10:] == pytest.approx(usual, rel=0.35)


def test_the_week_profile_is_the_median_and_flat_where_nothing_is_known() -> None:
    cost = np.ones((2, 4 * WEEK))
    cost[0, 9::WEEK] = 5
    cost[0, 10] = 1000
    cost[1] = np.nan
    profile = week_profile(cost, 3)
    assert profile[0, 12] == 5
    assert profile[0, 13] <= SMALL_SHARE * cost[0].mean() + 1
    assert set(profile[1]) == {1.0}
