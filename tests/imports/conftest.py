"""One engine a session; every test finds the ledger empty."""

from tests.ledger.conftest import ledger, shared_ledger

__all__ = ["ledger", "shared_ledger"]
