"""Of several collectors on one ledger one recomputes; when it goes or freezes, another goes on and nothing is lost."""

import time
from collections.abc import Callable, Mapping

import pytest

from collector.keeper.lease import Lease, LeaseLost
from collector.keeper.loop import Keeper, KeeperPace
from tests.ledger.ledger import Engine, Ledger
from tests.ledger.spans import call
from tests.ledger.test_breaks import Fragile

QUICK = KeeperPace(idle_s=0.02, rest_s=0.02, gather_s=0.02, standby_s=0.05)


def _keeper(ledger: Ledger, holder: str, lasts_s: int = 60) -> tuple[Keeper, Lease]:
    lease = Lease(ledger.engine, "keeper", lasts_s=lasts_s, settle_s=0.05, holder=holder)
    return Keeper(ledger.engine, ledger.config, QUICK, lease=lease), lease


def _wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _calls(ledger: Ledger) -> int:
    return int(ledger.value("SELECT count() FROM llm_calls FINAL"))


def test_one_of_two_recomputes_and_the_other_takes_over(ledger: Ledger) -> None:
    (first, first_lease), (second, second_lease) = _keeper(ledger, "first"), _keeper(ledger, "second")
    first.start()
    _wait_for(lambda: first_lease.is_held)
    second.start()
    try:
        ledger.send(call("one"))
        _wait_for(lambda: _calls(ledger) == 1)
        assert (first_lease.is_held, second_lease.is_held) == (True, False)
        first.stop()
        ledger.send(call("two", trace="u"))
        _wait_for(lambda: _calls(ledger) == 2)
        assert second_lease.is_held
    finally:
        first.stop()
        second.stop()
    assert ledger.value("SELECT sum(calls) FROM calls_rollup FINAL") == 2


class Freezing(Fragile):
    """An engine at which the process freezes after some statements, for longer than its lease lasts."""

    def __init__(self, engine: Engine, left: int, lease: Lease) -> None:
        super().__init__(engine, left)
        self._lease = lease

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        found = super().run(sql, params, settings, fmt)
        if self.left <= 0:
            self.left = 1
            self._lease._held_until_s = float("-inf")
        return found


def test_a_keeper_that_froze_writes_and_strikes_nothing_more(ledger: Ledger) -> None:
    ledger.send(call("one"), call("two", trace="u"))
    froze = 0
    for statements in range(1, 50):
        lease = Lease(ledger.engine, "keeper", settle_s=0.01, holder=f"frozen {statements}")
        assert lease.hold()
        engine = Freezing(ledger.engine, 10_000, lease)
        keeper = Keeper(engine, ledger.config, lease=lease)
        keeper.prepare()
        engine.done.clear()
        engine.left = statements
        try:
            keeper.step()
        except LeaseLost:
            froze += 1
        ledger.engine.run("TRUNCATE TABLE leases")
        if "touched_keys" in engine.done:
            break
        assert ledger.value("SELECT count() FROM touched_keys") > 0
    assert froze > 2
    other, lease = _keeper(ledger, "other")
    assert lease.hold()
    other.catch_up()
    assert (_calls(ledger), ledger.value("SELECT sum(calls) FROM calls_rollup FINAL")) == (2, 2)
    assert ledger.value("SELECT count() FROM touched_keys") == 0


def test_a_statement_without_the_lease_is_refused_in_words(ledger: Ledger) -> None:
    keeper, _ = _keeper(ledger, "nobody")
    with pytest.raises(LeaseLost, match="the lease 'keeper' has run out"):
        keeper.step()
