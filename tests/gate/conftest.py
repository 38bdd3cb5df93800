"""The ledger's own engine: one a session; every test finds it empty."""

from tests.ledger.conftest import ledger

__all__ = ["ledger"]
