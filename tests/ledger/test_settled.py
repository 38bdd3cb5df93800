"""The views of one insert write one after the other; the keeper must not look in between."""

import threading

import pytest

from tests.ledger.ledger import SERVER_URL, Ledger
from tests.ledger.spans import call


@pytest.mark.skipif(
    bool(SERVER_URL), reason="a server has inserts of others; there the keeper waits for their age"
)
def test_the_keeper_looks_only_while_no_insert_is_under_way(ledger: Ledger) -> None:
    ledger.keeper.prepare()
    ledger.send(call("a"))
    looked = threading.Event()

    def look() -> None:
        ledger.keeper.step()
        looked.set()

    thread = threading.Thread(target=look)
    with ledger.engine.settled():  # as an insert holds it
        thread.start()
        assert not looked.wait(0.5)
        assert ledger.calls() == []
    assert looked.wait(30)
    thread.join()
    assert len(ledger.calls()) == 1


@pytest.mark.skipif(bool(SERVER_URL), reason="holds the embedded engine's own lock")
def test_an_insert_waits_until_the_keeper_has_looked(ledger: Ledger) -> None:
    thread = threading.Thread(target=ledger.send, args=(call("a"),))
    with ledger.engine.settled() as age_s:
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert age_s == 0
    thread.join(30)
    ledger.catch_up()
    assert len(ledger.calls()) == 1
