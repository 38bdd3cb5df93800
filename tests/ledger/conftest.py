"""One engine a session; every test finds the ledger empty."""

from collections.abc import Iterator

import pytest

from tests.ledger.ledger import Ledger, open_engine


@pytest.fixture(scope="session")
def shared_ledger() -> Iterator[Ledger]:
    engine = open_engine()
    yield Ledger(engine)
    engine.close()


@pytest.fixture
def ledger(shared_ledger: Ledger) -> Ledger:
    shared_ledger.clear()
    return shared_ledger
