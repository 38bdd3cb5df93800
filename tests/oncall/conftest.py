"""The ledger of tests/ledger, for alerts."""

from tests.ledger.conftest import ledger

__all__ = ["ledger"]
