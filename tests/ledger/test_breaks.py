"""The keeper may be stopped after any statement: the next one ends in the same state."""

import re
import threading
from collections.abc import Mapping

import pytest

from sdk_hooks import attributes as names
from tests.ledger.ledger import Around, Engine, Ledger
from tests.ledger.spans import HAIKU, agent, call, outcome, request, task

TALK = {names.CONVERSATION_ID: "talk"}
SAME = {names.RESPONSE_ID: "r1"}


class Stopped(Exception):
    """The process ended here."""


class Fragile(Around):
    """An engine whose keeper is stopped after `left` statements that leave something behind."""

    def __init__(self, engine: Engine, left: int) -> None:
        super().__init__(engine)
        self.left = left
        self.done: list[str] = []

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        if self.left <= 0:
            raise Stopped
        found = super().run(sql, params, settings, fmt)
        # What was read, and work tables, which every batch empties first, make no difference to the next keeper.
        changes = re.search(r"^(INSERT INTO|ALTER TABLE) (?!work_)(\w+)", sql, re.MULTILINE)
        if changes:
            self.left -= 1
            self.done.append(changes[2])
        return found


def _first(ledger: Ledger) -> None:
    ledger.send_bytes(
        request(
            [
                call("c1", TALK),
                call("c2", TALK, trace="u", at=2000),
                call("c3", trace="plain", at=119),
                call("moved", {names.TASK_ID: "night"}, trace="w", at=5),
            ]
        )
        + request(
            [call("poor", SAME, trace="v", at=59.5, took=4, tokens=(1000, None, None, None, 100))], scope="a"
        )
    )


def _second(ledger: Ledger) -> None:
    """Bridges a conversation, renames a task, folds a call away into another minute, moves a task to the next day."""
    totals = {names.INPUT_TOKENS: 9, names.REQUEST_MODEL: HAIKU}
    ledger.send(
        call("bridge", TALK, trace="x", at=1000), task("root", "named", "refunds", trace="plain", at=110)
    )
    ledger.send_bytes(
        request([call("rich", SAME, trace="y", at=61, took=2)], scope="b")
        + request(
            [
                call("late", {names.TASK_ID: "night"}, trace="z", at=50_000),
                agent("total", "boss", totals, trace="z", at=49_000),
                outcome("verdict", "night", {names.OUTCOME_SUCCESS: True}),
            ]
        )
    )


def test_stopped_after_any_statement_of_a_batch(ledger: Ledger) -> None:
    _first(ledger)
    ledger.catch_up()
    _second(ledger)
    fragile = Fragile(ledger.engine, 10_000)
    ledger.new_keeper(fragile).prepare()
    fragile.done.clear()
    ledger.catch_up()
    assert {"llm_calls", "tasks", "calls_rollup", "touched_keys"} <= set(fragile.done)
    whole = ledger.snapshot()
    assert {row["task_id"] for row in whole["tasks"]} >= {"talk", "named", "night"}
    for left in range(1, len(fragile.done)):
        _stop_and_go_on(ledger, left)
        assert ledger.snapshot() == whole, f"stopped after {fragile.done[:left]}"
        assert ledger.value("SELECT count() FROM touched_keys") == 0


def _stop_and_go_on(ledger: Ledger, left: int) -> None:
    ledger.clear()
    _first(ledger)
    ledger.catch_up()
    _second(ledger)
    fragile = Fragile(ledger.engine, 10_000)
    ledger.new_keeper(fragile).prepare()
    fragile.left = left
    with pytest.raises(Stopped):
        ledger.catch_up()
    # After a stop of the process there is a new keeper, after a failed statement the same one goes on.
    fragile.left = 10_000
    (ledger.keeper if left % 2 else ledger.new_keeper()).catch_up()


def test_stopped_anywhere_in_a_fold(ledger: Ledger) -> None:
    def folded(left: int) -> dict[str, list[dict[str, object]]]:
        ledger.clear()
        ledger.now_ns = lambda: 1_795_000_000_000_000_000
        ledger.take(call("c1"), call("c2", trace="u", at=100), call("c3", trace="v", at=4000))
        fragile = Fragile(ledger.engine, left)
        try:
            ledger.new_keeper(fragile).fold_hours()
        except Stopped:
            ledger.new_keeper().fold_hours()
        return ledger.snapshot()

    whole = folded(10_000)
    assert {row["bucket_s"] for row in whole["rollup"]} == {3600}
    for left in range(4):
        assert folded(left) == whole, left


def test_what_was_touched_is_seen_only_after_its_rows(ledger: Ledger) -> None:
    """Else the keeper could strike keys whose spans it has not seen."""
    ledger.engine.run(
        "CREATE MATERIALIZED VIEW z_slow ENGINE = Null AS SELECT sleep(0.3) FROM recognised_spans"
    )
    counts = "SELECT (SELECT count() FROM touched_keys) AS keys, (SELECT count() FROM spans) AS spans,"
    counts += " (SELECT count() FROM call_reports) AS calls, (SELECT count() FROM task_outcomes) AS outcomes"
    done = threading.Event()
    seen = []

    def watch() -> None:
        while not done.is_set():
            seen.extend(ledger.rows(counts))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for number in range(3):
            ledger.send(call(f"c{number}"), outcome(f"o{number}", "t", {names.OUTCOME_SUCCESS: True}))
    finally:
        done.set()
        watching.join()
        ledger.engine.run("DROP VIEW z_slow")
    per_insert = max(row["keys"] for row in seen + ledger.rows(counts)) // 3
    for row in seen:
        inserts = -(-row["keys"] // per_insert)
        assert row["spans"] >= 2 * inserts
        assert min(row["calls"], row["outcomes"]) >= inserts


def test_stopped_after_any_statement_of_a_batch_that_only_adds(ledger: Ledger) -> None:
    """Such a batch adds its sums to those of the minute; stopped, it must not add them twice."""

    def added(left: int) -> dict[str, list[dict[str, object]]]:
        ledger.clear()
        ledger.take(call("first", trace="t1"))
        fragile = Fragile(ledger.engine, left)
        keeper = ledger.new_keeper(fragile)
        fragile.left = 10_000
        ledger.take(call("second", trace="t2", at=1))
        ledger.send(call("third", trace="t3", at=2), call("fourth", trace="t4", at=70))
        fragile.done.clear()
        fragile.left = left
        try:
            keeper.catch_up()
        except Stopped:
            fragile.left = 10_000
            (keeper if left % 2 else ledger.new_keeper()).catch_up()
        statements.append(list(fragile.done))
        return ledger.snapshot()

    statements: list[list[str]] = []
    whole = added(10_000)
    assert [row["sum(calls)"] for row in whole["rollup"]] == [3, 1]
    assert ledger.value("SELECT count() FROM calls_rollup FINAL WHERE slice != 0") > 0
    for left in range(1, len(statements[0])):
        assert added(left) == whole, f"stopped after {statements[0][:left]}"
