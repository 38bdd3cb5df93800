"""What can go wrong between a page and the ledger.

DashboardError
├── LedgerUnreachable   nothing answers at the ledger's address, or it refuses us
├── LedgerRefused       the ledger answered a query with an error
└── NotForViewer        whoever looks sees single workloads only, and this cannot be narrowed to them
"""

from __future__ import annotations


class DashboardError(Exception):
    """Something a page shows in words instead of its figures: what is wrong, where, and what to do."""

    def __init__(self, what: str, where: str, advice: str) -> None:
        super().__init__(f"{what} ({where}). {advice}")
        self.what = what
        self.where = where
        self.advice = advice


class LedgerUnreachable(DashboardError):
    """Nothing answers at the ledger's address, or it does not let us in."""


class LedgerRefused(DashboardError):
    """The ledger answered a query with an error."""


class NotForViewer(DashboardError):
    """Whoever looks sees single workloads only, and this cannot be narrowed to them."""
