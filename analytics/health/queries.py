"""Which queries the health of the data is judged by, and the class of their rows."""

from __future__ import annotations

from typing import Any, Final

from analytics.health.rows import (
    BookLoaded,
    ConventionShare,
    FoldShare,
    LateSpans,
    LedgerLoad,
    NoteShare,
    PricingShare,
    RejectedSpans,
    Unpriced,
    UsageCounted,
)

QUERIES: Final[dict[str, tuple[str, type[Any]]]] = {
    "pricing": ("health_pricing", PricingShare),
    "notes": ("health_notes", NoteShare),
    "folds": ("health_folds", FoldShare),
    "conventions": ("health_conventions", ConventionShare),
    "unpriced": ("unpriced_calls", Unpriced),
    "late": ("health_late_spans", LateSpans),
    "rejected": ("health_rejected_spans", RejectedSpans),
    "usage": ("usage_completeness", UsageCounted),
    "load": ("ledger_health", LedgerLoad),
    "books": ("price_books", BookLoaded),
}
"""Field of HealthData -> query and class of a row; `load` has one row."""
