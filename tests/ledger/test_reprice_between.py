"""What happens between two slices of a reprice, and what one that broke off or failed leaves to the next."""

from typing import Any

import pytest

from collector.engine.result import EngineError
from collector.keeper.loop import REPRICE_TRIES, KeeperPace
from collector.keeper.reprice import CallsCameBetween
from collector.prices.reprice_requests import ask, open_reprices
from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import HAIKU, call
from tests.ledger.test_reprice import DAY, DEARER, figures, reprice, total
from tests.ledger.test_summing import SOME

HOUR = 3600.0
LONG = {names.TASK_ID: "long"}
STANDING = "SELECT countIf(identity(sums) > 0) FROM summed_buckets FINAL"


def _one_at_a_time(monkeypatch: pytest.MonkeyPatch, large: int = 1_000_000) -> None:
    for name, most in (("LARGE_DAY", large), ("SLICE", 1), ("LARGE_SLICE", 1)):
        monkeypatch.setattr(f"collector.keeper.reprice.{name}_CALLS", most)
    monkeypatch.setattr("collector.keeper.reprice.SLICE_TASKS", 1)


def _is_as_rebuilt(ledger: Ledger) -> bool:
    assert open_reprices(ledger.engine) == []
    assert total(ledger, "llm_calls") == total(ledger, "tasks") == total(ledger, "calls_rollup")
    done = figures(ledger)
    ledger.rebuild()
    return done == figures(ledger)


@pytest.mark.parametrize("slices", [1, 3], ids=["before its calls", "before tasks"])
def test_a_task_that_goes_on_into_another_day_is_summed_from_its_own_start(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, slices: int
) -> None:
    _one_at_a_time(monkeypatch)
    ledger.take(
        call("x0", model=HAIKU, trace="x", at=-2 * DAY),
        call("c1", LONG, model=HAIKU, trace="c"),
        call("t1", model=HAIKU, trace="t", at=15 * HOUR),
    )
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    ask(ledger.engine, None, None)
    for _ in range(slices):
        assert ledger.keeper.reprice_step()
    ledger.send(call("c3", LONG, model=HAIKU, trace="c", at=16 * HOUR))
    assert ledger.keeper.step()
    ledger.catch_up()
    assert _is_as_rebuilt(ledger)


def test_nothing_is_summed_for_good_between_two_slices(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _one_at_a_time(monkeypatch)
    ledger.take(*(call(f"c{n}", model=HAIKU, trace=f"t{n}", at=n // 3 * DAY) for n in range(6)))
    ledger.pace = KeeperPace(sums=SOME)
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    ask(ledger.engine, None, None)
    assert ledger.keeper.round()
    assert open_reprices(ledger.engine)
    assert ledger.value(STANDING) == 0
    ledger.catch_up()
    ledger.keeper.round()
    assert ledger.value(STANDING) == 1


class Failing:
    """The ledger's engine with a full disk for sums."""

    def __init__(self, ledger: Ledger) -> None:
        self._engine = ledger.engine

    def run(self, sql: str, *rest: Any, **more: Any) -> bytes:
        if "INSERT INTO calls_rollup" in sql or "INSERT INTO tasks" in sql:
            raise EngineError(243, "NOT_ENOUGH_SPACE", "the disk is full")
        return self._engine.run(sql, *rest, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_asked_again_after_one_that_failed_it_sums_what_that_had_priced(ledger: Ledger) -> None:
    ledger.take(call("a1", model=HAIKU, trace="a"), call("b1", model=HAIKU, trace="b", at=DAY))
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    ask(ledger.engine, None, None)
    failing = ledger.new_keeper(Failing(ledger))
    for _ in range(REPRICE_TRIES):
        with pytest.raises(EngineError, match="the disk is full"):
            failing.catch_up()
    assert open_reprices(ledger.engine) == []
    assert total(ledger, "llm_calls") > total(ledger, "tasks")
    ledger.new_keeper()
    reprice(ledger)
    assert _is_as_rebuilt(ledger)
    ask(ledger.engine, None, None)
    assert [one.is_begun for one in open_reprices(ledger.engine)] == [False], (
        "one went through all of it since"
    )


class DyingAmidReplace:
    """The ledger's engine, which dies when a day's new calls stand and its old ones do too; nothing merges."""

    def __init__(self, ledger: Ledger) -> None:
        self._engine = ledger.engine

    def run(self, sql: str, params: Any = None, *rest: Any, **more: Any) -> bytes:
        if "REPLACE PARTITION" in sql:
            self._engine.run("ALTER TABLE llm_calls ATTACH PARTITION ID {day:String} FROM repricing", params)
            raise KeyboardInterrupt
        if "START MERGES" in sql:
            return b""
        return self._engine.run(sql, params, *rest, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_calls_that_stand_twice_after_a_sudden_death_stand_once_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _one_at_a_time(monkeypatch, large=0)
    ledger.take(call("a1", model=HAIKU, trace="a"), call("b1", model=HAIKU, trace="b", at=DAY))
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    ask(ledger.engine, None, None)
    with pytest.raises(KeyboardInterrupt):
        ledger.new_keeper(DyingAmidReplace(ledger)).catch_up()
    assert ledger.value("SELECT count() FROM llm_calls") == 3
    ledger.new_keeper().catch_up()
    assert ledger.value("SELECT count() FROM llm_calls") == 2
    assert _is_as_rebuilt(ledger)


def test_a_first_call_of_a_day_within_a_slice_stops_it_and_it_is_done_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _one_at_a_time(monkeypatch, large=0)
    monkeypatch.setattr("collector.keeper.reprice.LARGE_SLICE_CALLS", 2)
    ledger.take(
        *(call(f"x{n}", model=HAIKU, trace="x", at=-2 * DAY + n) for n in range(2)),
        call("a1", model=HAIKU, trace="a"),
        call("b1", model=HAIKU, trace="b", at=2 * DAY),
    )
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    ask(ledger.engine, None, None)
    assert ledger.keeper.reprice_step()
    ledger.send(call("c1", model=HAIKU, trace="c", at=DAY))
    assert ledger.keeper.step()
    with pytest.raises(CallsCameBetween, match="were written while"):
        ledger.keeper.reprice_step()
    ledger.catch_up()
    assert _is_as_rebuilt(ledger)
