"""One engine a process; every test finds the ledger empty."""

from tests.ledger.conftest import ledger

__all__ = ["ledger"]
