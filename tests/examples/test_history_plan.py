"""The planned weeks: the same every time, shaped like a team's month, and what the story says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest
from genai_prices import Usage, calc_price

from collector.config.model import parse_config
from examples import demo_config
from examples.history import plan
from examples.past.plan import LIMIT_TOKENS, Call, Task
from examples.past.story import (
    BAD_PROMPT,
    CATALOGUE,
    CODING,
    CONTRACTS,
    NIGHTLY,
    PLANNER,
    SCREENING,
    SUPPORT,
    UNKNOWN_MODEL,
    Story,
)

NOW = datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
DAY_NS = 86_400 * 10**9


@pytest.fixture(scope="module")
def tasks() -> tuple[Task, ...]:
    return plan(now=NOW)


def calls_of(task: Task) -> list[Call]:
    return [span.call for span in task.spans if span.call]


def test_four_weeks_are_about_ten_thousand_tasks(tasks: tuple[Task, ...]) -> None:
    counts = Counter(task.workload for task in tasks)
    assert set(counts) == {SUPPORT, PLANNER, CODING, NIGHTLY, CATALOGUE, CONTRACTS, SCREENING}
    assert 8_000 < len(tasks) < 12_000
    assert 70_000 < sum(len(calls_of(task)) for task in tasks) < 100_000


def test_the_same_seed_plans_the_same_weeks_and_another_does_not(tasks: tuple[Task, ...]) -> None:
    week = plan(weeks=1, now=NOW)
    assert week == plan(weeks=1, now=NOW)
    assert week != plan(weeks=1, now=NOW, seed=8)
    assert {task.task_id for task in week} <= {task.task_id for task in tasks}


def test_later_on_the_same_day_only_adds(tasks: tuple[Task, ...]) -> None:
    later = {task.task_id: task for task in plan(weeks=1, now=NOW + timedelta(hours=3))}
    before = plan(weeks=1, now=NOW)
    assert len(later) > len(before)
    assert all(later[task.task_id].spans == task.spans for task in before)


def test_nothing_happens_after_now(tasks: tuple[Task, ...]) -> None:
    now_ns = int(NOW.timestamp()) * 10**9
    assert max(task.ended_ns for task in tasks) < now_ns
    assert all(outcome.decided_ns < now_ns for task in tasks for outcome in task.late_outcomes)


def test_ids_are_unique_and_spans_lie_within_their_parents(tasks: tuple[Task, ...]) -> None:
    assert len({task.trace_id for task in tasks}) == len({task.task_id for task in tasks}) == len(tasks)
    for task in tasks:
        by_id = {span.span_id: span for span in task.spans}
        assert len(by_id) == len(task.spans)
        for span in task.spans[1:]:
            parent = by_id[span.parent_id]
            assert parent.started_ns <= span.started_ns <= span.ended_ns <= parent.ended_ns


def test_offices_rest_at_night_and_on_weekends(tasks: tuple[Task, ...]) -> None:
    begun = [datetime.fromtimestamp(t.started_ns / 1e9, UTC) for t in tasks if t.workload == CODING]
    weekend = sum(1 for moment in begun if moment.weekday() >= 5) / len(begun)
    night = sum(1 for moment in begun if moment.hour < 6) / len(begun)
    assert weekend < 0.12
    assert night < 0.05


def test_every_model_has_a_price_but_one(tasks: tuple[Task, ...]) -> None:
    unknown = set()
    for provider, model in {(call.provider, call.model) for task in tasks for call in calls_of(task)}:
        try:
            calc_price(Usage(input_tokens=1), model, provider_id=provider)
        except LookupError:
            unknown.add(model)
    assert unknown == {UNKNOWN_MODEL}
    share = sum(c.model == UNKNOWN_MODEL for t in tasks for c in calls_of(t)) / len(tasks)
    assert 0 < share < 0.02


def test_one_kind_of_call_is_made_a_thousand_times_a_day(tasks: tuple[Task, ...]) -> None:
    week_ns = 7 * DAY_NS
    since = int(NOW.timestamp()) * 10**9 - week_ns
    calls = [c for t in tasks if t.workload == SCREENING and t.started_ns >= since for c in calls_of(t)]
    assert 1_000 < len(calls) / 7 < 1_400
    assert any(call.error for call in calls)
    assert (
        min(call.remaining_tokens for call in calls if call.remaining_tokens is not None) < 0.2 * LIMIT_TOKENS
    )


def test_the_bad_prompt_costs_more_and_fails_more(tasks: tuple[Task, ...]) -> None:
    bad = [t for t in tasks if t.release.prompt_version == BAD_PROMPT]
    good = [t for t in tasks if t.workload == PLANNER and t.release.prompt_version == "plan-v13"]

    def orchestrator_input(found: list[Task]) -> float:
        return fmean(c.tokens.input for t in found for c in calls_of(t) if c.tier == "premium" and c.tokens)

    def success(found: list[Task]) -> float:
        return fmean(t.outcome.success for t in found if t.outcome)

    assert len(bad) > 60
    assert orchestrator_input(bad) > 1.8 * orchestrator_input(good)
    assert success(bad) < success(good) - 0.15
    assert max(t.ended_ns for t in bad) - min(t.started_ns for t in bad) < 2.5 * DAY_NS


def test_escalations_rise_for_a_week(tasks: tuple[Task, ...]) -> None:
    story = Story(7, NOW, 4)
    rates: dict[bool, list[bool]] = {True: [], False: []}
    for task in tasks:
        if task.workload == SUPPORT:
            escalated = any(call.escalated_from for call in calls_of(task))
            rates[story.escalations_rose(task.started_ns)].append(escalated)
    assert fmean(rates[True]) > 1.7 * fmean(rates[False])
    assert 0.15 < fmean(rates[False]) < 0.4


def test_every_escalation_follows_an_attempt_of_the_lower_tier(tasks: tuple[Task, ...]) -> None:
    for task in tasks:
        calls = calls_of(task)
        for call in calls:
            if call.escalated_from:
                before = [c for c in calls if c.cascade_id == call.cascade_id and c.attempt < call.attempt]
                assert before[-1].tier == call.escalated_from
                assert call.signal


def test_things_go_wrong_now_and_then(tasks: tuple[Task, ...]) -> None:
    calls = [call for task in tasks for call in calls_of(task)]
    errors = Counter(call.error for call in calls if call.error)
    assert {"rate_limit_exceeded", "overloaded_error", "expired"} <= set(errors)
    assert sum(errors.values()) < 0.01 * len(calls)
    assert any(call.retries for call in calls)
    assert any(call.abandoned and call.missing_usage == "cancelled" for call in calls)
    assert any(task.spans[0].error for task in tasks)
    assert 500 < sum(len(task.late_outcomes) for task in tasks) < 1500


def test_coding_sessions_read_most_of_their_input_from_the_cache(tasks: tuple[Task, ...]) -> None:
    used = [c.tokens for t in tasks if t.workload == CODING for c in calls_of(t) if c.tokens]
    read, all_input = sum(t.cache_read for t in used), sum(t.input for t in used)
    assert 0.8 < read / all_input < 0.97
    assert any(t.cache_write_long for t in used)
    assert min(min(t.fresh_input, t.cache_read, t.cache_write_short, t.cache_write_long) for t in used) >= 0


def test_now_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        plan(now=datetime(2026, 11, 19))
    with pytest.raises(ValueError, match="time zone"):
        demo_config(datetime(2026, 11, 19))


def test_the_demo_file_is_valid_and_dates_the_price_change() -> None:
    config = parse_config(demo_config(NOW).encode(), "spanledger.yaml")
    assert [rule.from_ for rule in config.prices] == [Story(7, NOW, 4).price_change]
    assert config.single_agent_baselines[PLANNER].architecture == "single"
    assert {b.workload for b in config.budgets} >= {SUPPORT, PLANNER, CODING, NIGHTLY}
