"""The ledger of tests/ledger, for alerts."""

from tests.ledger.conftest import ledger, shared_ledger

__all__ = ["ledger", "shared_ledger"]
