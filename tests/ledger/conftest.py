"""One engine a session; every test finds the ledger empty."""

from collections.abc import Iterator

import pytest

from collector import price_keeper
from tests.ledger.ledger import Ledger, open_engine


@pytest.fixture(scope="session")
def shared_ledger() -> Iterator[Ledger]:
    engine = open_engine()
    rows = tuple(price_keeper.library_rows())
    patch = pytest.MonkeyPatch()
    patch.setattr(price_keeper, "library_rows", lambda: iter(rows))
    yield Ledger(engine)
    patch.undo()
    engine.close()


@pytest.fixture
def ledger(shared_ledger: Ledger) -> Ledger:
    shared_ledger.clear()
    return shared_ledger
