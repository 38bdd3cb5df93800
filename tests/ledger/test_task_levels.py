"""Pages answer the same from levels of settled hours as from the tasks, whatever happens to these."""

import math
import random
from datetime import timedelta
from typing import Any

import pytest

from sdk_hooks import attributes as names
from sql.catalogue import query
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import HAIKU, NOON, OPUS, SONNET, call, outcome, task
from tests.ledger.test_settled_pages import without_sums
from tests.ledger.test_summing import DAY, HOUR, summed

__all__ = ["summed"]

QUERIES = ("task_figures", "task_hours", "escalation_depth")
FILTERS = ("workloads", "models", "agents", "environments", "tiers", "tenants")
EVERYTHING = dict.fromkeys(FILTERS, "[]")
CHOSEN = (
    EVERYTHING,
    EVERYTHING | {"workloads": "['a']"},
    EVERYTHING | {"models": f"['{HAIKU}']", "agents": "['writer']"},
    EVERYTHING | {"tiers": "['nano']", "tenants": "['acme']"},
)


def _traffic(seed: int, count: int = 90, first: int = 0) -> list[Any]:
    """Calls of some thirty tasks, a third of them with an outcome, over two days."""
    dice = random.Random(seed)
    spans: list[Any] = []
    for n in range(first, first + count):
        number = dice.randrange(count // 3)
        of = f"task {number}"
        attributes: dict[str, Any] = {
            names.TASK_ID: of,
            names.AGENT_NAME: ("writer", "critic")[number > 20],
            names.WORKLOAD: ("a", "b")[number > 12],
            names.TENANT: ("acme", "umbrella")[number % 2],
            names.TIER: ("nano", "premium")[number % 9 == 0],
        }
        if number % 3 == 0:
            attributes |= {names.CASCADE_ID: f"{of} 1", names.ATTEMPT: n % 2 + 1, names.ABANDONED: n % 2 == 0}
        at = (0, 59, 3599, 3600, HOUR * 5, HOUR * 6, DAY + 7)[number % 7] + dice.uniform(0, 900)
        model = "nobody" if number % 5 == 0 and n % 2 else (HAIKU, SONNET, OPUS)[number % 11 % 3]
        spans.append(
            call(
                f"c{n}", attributes, model=model,
                tokens=tuple(dice.choice((10, 999, 20_000)) for _ in range(5)), trace=f"{of} 0", at=at, took=2.0,
            )
        )  # fmt: skip
        if dice.random() < 0.3:
            said = {
                names.OUTCOME_SUCCESS: dice.random() < 0.7,
                names.OUTCOME_USEFUL_UNITS: dice.choice((1.0, 2.5)),
            }
            spans.append(outcome(f"o{n}", of, said, at=at + 30))
    return spans


def _answers(ledger: Ledger, seed: int) -> dict[tuple[Any, ...], list[Row]]:
    dice = random.Random(seed)
    found = {}
    for length_s, step_s in ((DAY * 4, 2 * HOUR), (dice.uniform(HOUR, DAY), dice.choice((600, HOUR, DAY)))):
        to = NOON + timedelta(days=2, seconds=-dice.choice((0, dice.uniform(0, DAY))))
        from_ = to - timedelta(seconds=length_s)
        ends = {"previous_from": from_ - timedelta(seconds=length_s), "from_": from_, "to_": to}
        given = {key: f"{value:%Y-%m-%d %H:%M:%S.%f}" for key, value in ends.items()}
        given |= {"step_s": str(step_s), "width_h": "1"}
        for place, chosen in enumerate(CHOSEN):
            for name in QUERIES if place < 2 else QUERIES[:1]:
                asked = query(name)
                rows = ledger.rows(asked.text, **{key: (given | chosen)[key] for key in asked.parameters})
                found[name, length_s, step_s, place] = [_plain(row) for row in rows]
    return found


def _plain(row: Row) -> Row:
    """No number of a list is NULL: what is not there is told as not a number."""
    return {
        key: [math.nan if one is None else one for one in value] if isinstance(value, list) else value
        for key, value in row.items()
    }


def _agree(ledger: Ledger, seed: int) -> None:
    by_levels = _answers(ledger, seed)
    with without_sums(ledger):
        by_tasks = _answers(ledger, seed)
    assert sum(map(len, by_tasks.values())) > 40
    for asked, expected in by_tasks.items():
        assert len(by_levels[asked]) == len(expected), asked
        for one, other in zip(by_levels[asked], map(_near, expected), strict=True):
            assert one == other, asked


def _near(row: Row) -> Row:
    """Sums of floats depend on their order in the last places."""
    return {
        key: pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True)
        if isinstance(value, float) or (isinstance(value, list) and key == "cost_levels_usd")
        else value
        for key, value in row.items()
    }


def _levels_read(ledger: Ledger) -> list[int]:
    """How many tasks each row stands for that a look at everything reads."""
    found = ledger.rows(
        "SELECT tasks FROM task_levels_in(previous_from = toDateTime64('2020-01-01 00:00:00', 6, 'UTC'),"
        " from_ = toDateTime64('2020-01-01 00:00:00', 6, 'UTC'), to_ = toDateTime64('2100-01-01 00:00:00', 6, 'UTC'),"
        " step_s = 4294967295, tenants = [])"
    )
    return [int(row["tasks"]) for row in found]


def test_levels_are_the_tasks_in_any_window_at_any_step_through_any_filter(summed: Ledger) -> None:
    summed.take(*_traffic(1))
    assert set(_levels_read(summed)) == {1}
    assert summed.keeper.sum_settled() > 6
    read = _levels_read(summed)
    assert sum(read) == len(summed.tasks())
    assert max(read) > 1
    _agree(summed, 1)


def test_what_comes_late_is_in_the_levels_at_once(summed: Ledger) -> None:
    spans = _traffic(2)
    summed.take(*spans[40:])
    summed.keeper.sum_settled()
    summed.take(*spans)
    _agree(summed, 2)
    summed.keeper.sum_settled()
    _agree(summed, 3)


def test_a_late_verdict_takes_back_the_hour_of_its_task_and_no_sums_of_calls(summed: Ledger) -> None:
    summed.take(*_traffic(4))
    summed.keeper.sum_settled()
    open_ = next(row for row in summed.tasks() if row["success"] is None)
    before = {row["basis"]: row["n"] for row in _marks(summed)}
    summed.take(outcome("late", open_["task_id"], {names.OUTCOME_SUCCESS: True}, at=3 * DAY))
    after = {row["basis"]: row["n"] for row in _marks(summed)}
    assert after["start"] == before["start"]
    assert after["task"] < before["task"]
    _agree(summed, 4)


def test_a_task_of_an_empty_hour_is_not_lost_with_a_day_that_waits_to_be_summed(summed: Ledger) -> None:
    """A day stands when its hours do; one that gets its first task meanwhile has to be among them."""
    summed.take(*_traffic(5))
    summing = summed.keeper._summing
    summing._look()
    while any(bucket.length_s == HOUR for bucket in summing._waiting):
        summing.sum(summing._waiting.popleft())
    assert summing._waiting, "the day is still to come"
    lone = {names.TASK_ID: "lone", names.WORKLOAD: "a", names.AGENT_NAME: "writer"}
    summed.take(call("lone", lone, trace="lone", at=3 * HOUR))
    while summing._waiting:
        summing.sum(summing._waiting.popleft())
    assert sum(_levels_read(summed)) == len(summed.tasks())


def _marks(ledger: Ledger) -> list[Row]:
    return ledger.rows(
        "SELECT toString(basis) AS basis, toUInt32(count()) AS n FROM summed_buckets FINAL"
        " WHERE identity(sums) > 0 GROUP BY basis"
    )


LEVELS = (
    "SELECT sum(tasks) AS tasks, sum(judged) AS judged, sum(successes) AS successes FROM task_levels_in("
    "previous_from = toDateTime64('2020-01-01 00:00:00', 6, 'UTC'),"
    " from_ = toDateTime64('2020-01-01 00:00:00', 6, 'UTC'),"
    " to_ = toDateTime64('2100-01-01 00:00:00', 6, 'UTC'), step_s = 4294967295, tenants = [])"
)
ALL_TASKS = (
    "SELECT count() AS tasks, count(success) AS judged, countIf(success) AS successes FROM tasks FINAL"
)


def test_a_task_without_calls_is_in_the_levels_of_its_hour(summed: Ledger) -> None:
    summed.take(*_traffic(1), task("x", "early", "a", trace="e", at=3 * HOUR, took=5))
    summed.keeper.sum_settled()
    assert summed.rows(LEVELS) == summed.rows(ALL_TASKS), "its hour holds no call at all"
    summed.take(task("y", "late", "a", trace="l", at=10, took=5))
    assert summed.rows(LEVELS) == summed.rows(ALL_TASKS), "it came to a settled hour"
    summed.keeper.sum_settled()
    for number, of in enumerate(("early", "late")):
        summed.take(outcome(f"v{number}", of, {names.OUTCOME_SUCCESS: True}, at=3 * DAY))
    assert summed.rows(LEVELS) == summed.rows(ALL_TASKS), "its verdict came later"
    summed.keeper.sum_settled()
    summed.take(call("first", {names.TASK_ID: "late"}, trace="l2", at=3 * DAY))
    assert summed.rows(LEVELS) == summed.rows(ALL_TASKS), "its first call came days later"
