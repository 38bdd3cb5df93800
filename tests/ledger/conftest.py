"""One engine a process; every test finds the ledger empty."""

import pytest

from tests.ledger.ledger import Ledger, only_ledger


@pytest.fixture
def ledger() -> Ledger:
    found = only_ledger()
    found.clear()
    return found
