"""Queries of pages answer the same from sums of settled hours as from the calls, whatever happens to these."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from sdk_hooks import attributes as names
from sql.catalogue import query
from tests.ledger.ledger import Ledger
from tests.ledger.spans import HAIKU, NOON, OPUS, SONNET, call
from tests.ledger.test_summing import DAY, HOUR, summed

__all__ = ["summed"]

EXACT = (
    "health_conventions", "health_pricing", "health_notes", "health_folds", "health_examples", "unpriced_calls",
    "escalation_tiers", "escalation_signals", "context_growth", "agent_paths", "context_turns", "cache_writes",
    "calls_in_flight",
)  # fmt: skip
SKETCHED = {
    "context_turns": ("p50_input", "p95_input", "p50_usd", "p95_usd"),
    "cache_writes": ("p50_gap_s", "p90_gap_s"),
    "calls_in_flight": ("p50_first_s", "p95_first_s", "p99_first_s"),
}
LEVELS = frozenset({"levels_input", "levels_nano_usd", "levels_ms", "levels_us", "is_exact", "example_task"})
"""Columns that only lead to others, and a task chosen among equals."""


def _traffic(seed: int, count: int = 70) -> list[Any]:
    dice = random.Random(seed)
    spans = []
    for n in range(count):
        of = f"task {dice.randrange(count // 4)}"
        attributes: dict[str, Any] = {
            names.TASK_ID: of,
            names.AGENT_NAME: dice.choice(("writer", "critic")),
            names.WORKLOAD: dice.choice(("a", "b")),
            names.TENANT: dice.choice(("acme", "umbrella")),
            names.TIER: dice.choice(("nano", "premium")),
        }
        if dice.random() < 0.5:
            attributes |= {
                names.CASCADE_ID: f"{of} {dice.randrange(2)}",
                names.ATTEMPT: dice.choice((1, 2)),
                names.ABANDONED: dice.random() < 0.5,
                names.ESCALATION_SIGNAL: dice.choice(("schema", "judge")),
            }
        spans.append(
            call(
                f"c{n}", attributes, model=dice.choice((HAIKU, SONNET, OPUS, "nobody")),
                tokens=tuple(dice.choice((None, 10, 999, 20_000)) for _ in range(5)), trace=f"{of} {dice.randrange(2)}",
                at=dice.choice((0, 59, 3599, 3600, HOUR * 5, HOUR * 5, DAY + 7)) + dice.random(),
                took=dice.choice((0.5, 2.0, 30.0)), error=dice.random() < 0.1,
            )
        )  # fmt: skip
    return spans


def _windows(seed: int) -> list[tuple[datetime, datetime]]:
    dice = random.Random(seed)
    inside = sorted(NOON + timedelta(seconds=dice.uniform(-DAY, 2 * DAY)) for _ in range(2))
    return [(NOON - timedelta(days=3), NOON + timedelta(days=5)), (inside[0], inside[1])]


def _answers(ledger: Ledger, seed: int) -> dict[tuple[str, int, int], list[dict[str, Any]]]:
    none = dict.fromkeys(("workloads", "models", "agents", "environments", "tiers", "tenants"), "[]")
    some = none | {"workloads": "['a']", "agents": "['writer']", "tiers": "['nano']"}
    found = {}
    for name in EXACT:
        asked = query(name)
        for place, (a, b) in enumerate(_windows(seed)):
            for which, filters in enumerate((none, none | {"tenants": "['acme']"} if place else some)):
                given = filters | {
                    "from_": f"{a:%Y-%m-%d %H:%M:%S.%f}", "to_": f"{b:%Y-%m-%d %H:%M:%S.%f}",
                    "step_s": "3600",
                    # The narrower look reads 1 in 4 tasks, as they stand in settled_calls.
                    "sample_above": "1000000" if place else "18",
                }  # fmt: skip
                rows = ledger.rows(asked.text, **{k: given[k] for k in asked.parameters})
                found[name, place, which] = rows
    return found


@contextmanager
def without_sums(ledger: Ledger) -> Iterator[None]:
    """Within it no sums stand, so that everything is read one by one."""
    marks = ledger.rows(
        "SELECT toString(basis) AS basis, bucket_s, toUnixTimestamp(bucket) AS b, sums FROM summed_buckets FINAL"
    )
    ledger.engine.run("TRUNCATE TABLE summed_buckets")
    yield
    for row in marks:
        ledger.engine.run(
            "INSERT INTO summed_buckets"
            " SELECT {basis:String}, {s:UInt32}, toDateTime({b:UInt32}, 'UTC'), {v:UInt64}, 1",
            {"basis": row["basis"], "s": str(row["bucket_s"]), "b": str(row["b"]), "v": str(row["sums"])},
        )


def _agree(ledger: Ledger, seed: int = 0) -> None:
    summed_rows = _answers(ledger, seed)
    with without_sums(ledger):
        by_calls = _answers(ledger, seed)
    assert sum(map(len, by_calls.values())) > 40
    for asked, expected in by_calls.items():
        near = SKETCHED.get(asked[0], ())
        assert len(summed_rows[asked]) == len(expected), asked
        for one, other in zip(_ordered(summed_rows[asked]), _ordered(expected), strict=True):
            for column in other:
                if column in LEVELS:
                    continue
                if column in near:  # of so few calls a sketch may take the neighbour of the middle one
                    assert (one[column] is None) == (other[column] is None), (asked, column)
                elif isinstance(other[column], float):
                    same = pytest.approx(other[column], rel=1e-9, nan_ok=True)
                    assert one[column] == same, (asked, column)
                else:
                    assert one[column] == other[column], (asked, column)


def _ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(
        rows,
        key=lambda row: str([v for k, v in row.items() if isinstance(v, (str, int)) and k not in LEVELS]),
    )


def test_pages_answer_from_sums_what_they_answer_from_calls(summed: Ledger) -> None:
    summed.take(*_traffic(1))
    assert summed.keeper.sum_settled() > 6
    assert summed.value("SELECT count() FROM settled_calls WHERE rarity >= 2") > 4
    _agree(summed, 1)


def test_so_they_do_when_calls_come_late(summed: Ledger) -> None:
    spans = _traffic(2)
    summed.take(*spans[20:])
    summed.keeper.sum_settled()
    summed.take(*spans)
    summed.keeper.sum_settled()
    _agree(summed, 2)


def test_a_turn_that_moves_takes_its_hour_back(summed: Ledger) -> None:
    talk = {names.TASK_ID: "talk", names.WORKLOAD: "a", names.AGENT_NAME: "x"}
    summed.take(*(call(f"t{n}", talk, trace=f"t{n}", at=HOUR + n) for n in range(4)))
    summed.keeper.sum_settled()
    asked = query("context_turns")
    given = dict.fromkeys(("workloads", "models", "agents", "environments", "tiers", "tenants"), "[]") | {
        "from_": f"{NOON:%Y-%m-%d %H:%M:%S}", "to_": f"{NOON + timedelta(days=1):%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    assert [row["turn"] for row in summed.rows(asked.text, **given)] == [1, 2, 3, 4]
    # A call of an hour before, so that every later turn counts one more and none of them is said anew.
    summed.take(call("first", talk, trace="first", at=0))
    assert [row["turn"] for row in summed.rows(asked.text, **given)] == [1, 2, 3, 4, 5]


def test_levels_of_settled_hours_are_within_a_hundredth(summed: Ledger) -> None:
    spans, at = [], 0.0
    for n in range(60):
        # Every pause is longer than the one before: 10 s, 11 s, ... 69 s.
        spans.append(
            call(
                f"c{n}", {names.TASK_ID: f"task {n}", names.WORKLOAD: "a", names.AGENT_NAME: "x"},
                tokens=(1000 + 50 * n, 40, 20, 0, 10), trace=f"t{n}", at=at,
            )
        )  # fmt: skip
        at += 10 + n
    summed.take(*spans)
    assert summed.keeper.sum_settled() > 1
    given = dict.fromkeys(("workloads", "models", "agents", "environments", "tiers", "tenants"), "[]") | {
        "from_": f"{NOON:%Y-%m-%d %H:%M:%S}", "to_": f"{NOON + timedelta(days=1):%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    (turn,) = summed.rows(query("context_turns").text, **given)
    inputs = sorted(
        row["fresh_input_tokens"] + row["cache_read_tokens"] + row["cache_write_short_tokens"]
        for row in summed.calls()
    )
    costs = sorted(float(row["list_cost_usd"]) for row in summed.calls())
    for level, values in (("input", inputs), ("usd", costs)):
        for share, name in ((29.5, f"p50_{level}"), (56.05, f"p95_{level}")):
            low, high = values[int(share) - 1], values[int(share) + 2]
            assert 0.99 * low <= turn[name] <= 1.01 * high, name
    (writes,) = summed.rows(query("cache_writes").text, **given)
    assert (writes["writes"], writes["gaps"], writes["unread"]) == (60, 59, 1)
    assert 0.99 * 38 <= writes["p50_gap_s"] <= 1.01 * 41
    assert 0.99 * 61 <= writes["p90_gap_s"] <= 1.01 * 65
