"""What cannot be recomputed, or fails for a while, holds up nothing else, ends, and is said."""

from collections.abc import Mapping

import pytest

from collector.engine.result import EngineError
from collector.keeper import batch
from collector.keeper.due import SumLimits
from collector.keeper.loop import KeeperPace
from collector.keeper.rebuild import touch_range
from collector.keeper.troubles import Troubles
from sdk_hooks import attributes as names
from sql.catalogue import query
from tests.ledger.ledger import Around, Engine, Ledger
from tests.ledger.spans import NOON_NS, call, span, task, trace_bytes

LONG_AFTER_NS = 4_000_000_000_000_000_000
POISON = "t7"


class Ailing(Around):
    """An engine on which a statement fails when its text holds `where` and `ill` finds a row in the work tables."""

    def __init__(self, engine: Engine, where: str, ill: str, code: int = 241) -> None:
        super().__init__(engine)
        self.where, self.ill, self.code = where, ill, code
        self.failed = 0

    def before(self, sql: str, params: Mapping[str, str] | None) -> None:
        if self.where in sql and self._engine.run(self.ill) != b"":
            self.failed += 1
            raise EngineError(self.code, "ILL", f"too much, attempt {self.failed}")


def _send(ledger: Ledger, first: int = 0, many: int = 30) -> None:
    """Tasks of two calls each; every fifth shares a conversation with others."""
    spans = []
    for i in range(first, first + many):
        talk = {names.CONVERSATION_ID: f"talk{i % 3}"} if i % 5 == 0 else {}
        spans += [
            task("root", f"task{i}", "w", trace=f"t{i}", at=i)
            if not talk
            else call("a", talk, trace=f"t{i}", at=i)
        ]
        spans += [call("b", talk, trace=f"t{i}", at=i + 0.2, parent="root" if not talk else "a")]
    ledger.send(*spans)


def _work(ledger: Ledger, engine: object, rounds: int = 300) -> None:
    keeper = ledger.new_keeper(engine)  # type: ignore[arg-type]  # a runner is all it needs
    keeper.prepare()
    for _ in range(rounds):
        keeper.round()
        if not ledger.value("SELECT count() FROM touched_keys"):
            break


@pytest.fixture
def hasty(ledger: Ledger) -> Ledger:
    """A ledger whose keeper tries again without a wait."""
    return _hurry(ledger)


def _hurry(ledger: Ledger) -> Ledger:
    ledger.pace = KeeperPace(retry_s=0.0)
    ledger.now_ns = lambda: NOON_NS
    return ledger


def test_a_trace_that_cannot_be_recomputed_is_set_aside_and_holds_up_no_other(hasty: Ledger) -> None:
    _send(hasty)
    hasty.catch_up()
    whole = hasty.snapshot()
    hasty.clear()
    _hurry(hasty)
    poison = trace_bytes(POISON).hex()
    ill = Ailing(
        hasty.engine, "INSERT INTO work_turns", f"SELECT 1 FROM work_spans WHERE trace_id = '{poison}'", 407
    )
    _send(hasty, 0, 15)
    _send(hasty, 15, 15)
    _work(hasty, ill)
    assert ill.failed
    assert hasty.value("SELECT count() FROM touched_keys") == 0
    assert hasty.rows("SELECT trace_id FROM set_aside FINAL") == [{"trace_id": poison}]
    stands = hasty.snapshot()
    assert stands["calls"] == [row for row in whole["calls"] if row["trace_id"] != poison]
    (said,) = hasty.rows(query("ledger_health").text)
    assert said["set_aside"] == 1
    assert "too much" in said["set_aside_problem"]
    hasty.new_keeper()
    hasty.rebuild()
    assert hasty.snapshot() == whole
    assert hasty.rows("SELECT trace_id FROM set_aside FINAL") == []


def test_a_batch_that_is_too_large_passes_in_pieces(hasty: Ledger) -> None:
    _send(hasty)
    hasty.catch_up()
    whole = hasty.snapshot()
    hasty.clear()
    _hurry(hasty)
    large = Ailing(hasty.engine, "INSERT INTO work_turns", "")
    large.ill = "SELECT 1 FROM (SELECT uniqExact(trace_id) AS n FROM work_spans) WHERE n > 8"
    _send(hasty)
    _work(hasty, large)
    assert large.failed
    assert hasty.snapshot() == whole
    assert hasty.rows("SELECT trace_id FROM set_aside FINAL") == []
    assert hasty.value("SELECT count() FROM keeper_troubles FINAL") == 0


def test_an_outage_cuts_nothing_is_told_and_ends(hasty: Ledger) -> None:
    _send(hasty)
    ill = Ailing(hasty.engine, "INSERT INTO work_turns", "SELECT 1", 243)
    _work(hasty, ill, rounds=12)
    assert ill.failed == 12
    assert hasty.rows("SELECT trace_id FROM set_aside FINAL") == []
    (said,) = hasty.rows(query("ledger_health").text)
    assert said["trouble"].startswith("recomputing failed 1 time since ")
    _work(hasty, hasty.engine)
    assert len(hasty.tasks()) == 27
    assert hasty.rows(query("ledger_health").text)[0]["trouble"] == ""


def test_folding_that_fails_holds_up_no_batch(hasty: Ledger) -> None:
    hasty.now_ns = lambda: LONG_AFTER_NS
    _send(hasty)
    hasty.catch_up()
    ill = Ailing(hasty.engine, "INSERT INTO calls_rollup (* EXCEPT slice", "SELECT 1 WHERE 1")
    keeper = hasty.new_keeper(ill)  # type: ignore[arg-type]
    keeper.prepare()
    keeper.round()
    keeper.round()
    assert ill.failed
    ill.where = "FROM calls_rollup FINAL\nWHERE bucket_s = 60"
    _send(hasty, 30, 5)
    for _ in range(4):
        keeper.round()
    assert hasty.value("SELECT count() FROM touched_keys") == 0
    assert "folding minutes failed" in hasty.rows(query("ledger_health").text)[0]["trouble"]


def test_a_failure_is_said_again_when_its_reason_changes_or_it_lasts(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    now_s = [0.0]
    troubles = Troubles(ledger.engine, clock_s=lambda: now_s[0])

    def fail(problem: str) -> int:
        caplog.clear()
        troubles.failed("folding minutes", ValueError(problem))
        return len(caplog.records)

    assert fail("612.5 MiB is too much") == 1
    assert fail("613.9 MiB is too much") == 0
    assert not troubles.may_try("folding minutes")
    assert troubles.may_try("recomputing")
    assert fail("no room on the disk") == 1
    assert fail("no room on the disk") == 0
    now_s[0] = 700.0
    assert fail("no room on the disk") == 1
    assert "5 times since" in caplog.text
    assert troubles.may_try("folding minutes") is False
    now_s[0] = 1100.0
    assert troubles.may_try("folding minutes")
    troubles.eased("folding minutes")
    fail("no room on the disk")
    now_s[0] += 5.0
    assert troubles.may_try("folding minutes"), "a part of it works, so it waits no longer than at first"
    assert ledger.value("SELECT count() FROM keeper_troubles FINAL") == 1
    troubles.passed("folding minutes")
    assert ledger.value("SELECT count() FROM keeper_troubles FINAL") == 0


def test_a_rebuild_goes_by_time_and_counts_spans(ledger: Ledger) -> None:
    _send(ledger)
    ledger.catch_up()
    assert touch_range(ledger.engine, None, None) == 30
    listed = [row["trace_id"] for row in ledger.rows("SELECT trace_id FROM touched_keys")]
    assert len(listed) == 60, "a batch is measured by its spans"
    assert list(dict.fromkeys(listed)) == [trace_bytes(f"t{i}").hex() for i in range(30)]
    ledger.catch_up()


def test_an_id_that_too_many_traces_share_is_taken_for_none(
    hasty: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "WIDEST_KEY", 12)

    def send(first: int, many: int) -> None:
        talk = {names.CONVERSATION_ID: "default"}
        hasty.send(*(call("a", talk, trace=f"w{i}", at=i) for i in range(first, first + many)))

    _send(hasty)
    hasty.catch_up()
    others = hasty.snapshot()["tasks"]
    send(0, 10)
    hasty.catch_up()
    assert hasty.task("default")["calls"] == 10
    send(10, 10)
    hasty.catch_up()
    each = [row for row in hasty.tasks() if row not in others]
    assert {row["task_id"] for row in each} == {trace_bytes(f"w{i}").hex() for i in range(20)}
    assert {row["calls"] for row in each} == {1}
    wide = hasty.snapshot()
    send(0, 20)
    hasty.catch_up()
    assert hasty.snapshot() == wide
    # The same whatever came together.
    hasty.clear()
    _hurry(hasty)
    send(0, 20)
    _send(hasty)
    hasty.catch_up()
    assert hasty.snapshot() == wide


class Ranges(Around):
    """An engine that notes how many days of calls each statement of the keeper may read at once."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.days: dict[str, list[float]] = {}

    def before(self, sql: str, params: Mapping[str, str] | None) -> None:
        if "llm_calls AS c FINAL" in sql:
            assert params is not None, "a statement that reads calls with FINAL says from when to when"
            days = (int(params["to_"]) - int(params["from_"])) / 86_400
            self.days.setdefault(sql.splitlines()[0], []).append(days)


def test_a_batch_over_many_weeks_reads_few_days_at_a_time(ledger: Ledger) -> None:
    """With FINAL every part of every day that a statement reads takes its buffers at once."""
    ledger.pace = KeeperPace(sums=SumLimits(hour_calls=1, day_calls=1))
    ledger.now_ns = lambda: NOON_NS + 60 * 86_400_000_000_000

    def send(tokens: int) -> None:
        ledger.send(
            *(
                call("a", trace=f"d{day}", at=day * 86_400, tokens=(tokens, 0, 0, 0, 9))
                for day in range(0, 48, 6)
            )
        )

    send(100)
    ledger.catch_up()
    assert ledger.new_keeper().sum_settled() > 8
    before = ledger.rows("SELECT * FROM summed_buckets FINAL WHERE sums != 0")
    assert before
    send(200)
    watched = Ranges(ledger.engine)
    ledger.new_keeper(watched)
    ledger.catch_up()
    assert set(ledger.rows("SELECT DISTINCT fresh_input_tokens FROM llm_calls FINAL")[0].values()) == {200}
    assert ledger.rows("SELECT * FROM summed_buckets FINAL WHERE sums != 0") == []
    assert len(watched.days) == 2
    assert max(days for each in watched.days.values() for days in each) <= 7


def test_a_batch_of_spans_that_are_no_calls_is_no_failure(ledger: Ledger) -> None:
    ledger.take(call("c", trace="c", at=0))
    for number in range(2):
        ledger.send(span("GET /", {"http.request.method": "GET"}, trace=f"web{number}", at=number))
        assert ledger.keeper.round()
        assert ledger.rows("SELECT step, problem FROM keeper_troubles") == []
        assert ledger.value("SELECT count() FROM touched_keys") == 0


def test_history_that_comes_while_minutes_are_folded_is_folded_too(ledger: Ledger) -> None:
    ledger.now_ns = lambda: NOON_NS + 60 * batch.DAY_S * 10**9
    keeper = ledger.new_keeper()
    ledger.send(*(call(f"c{day}", trace=f"t{day}", at=day * batch.DAY_S) for day in range(4)))
    assert keeper.round()
    assert keeper.round(), "the first day"
    ledger.send(call("older", trace="older", at=-5000.0))
    while keeper.round():
        pass
    assert ledger.rows("SELECT step, problem FROM keeper_troubles") == []
    assert ledger.rows("SELECT bucket_s, sum(calls) AS calls FROM calls_rollup FINAL GROUP BY bucket_s") == [
        {"bucket_s": 3600, "calls": 5}
    ]
