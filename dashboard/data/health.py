"""What the pages on prices and on the health of the data need, asked side by side and kept for a few seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from analytics.health.findings import HealthData
from analytics.health.queries import QUERIES
from analytics.health.rows import BookLoaded, Example
from analytics.periods import Window
from analytics.price_rows import BookRow, ModelMovement, SeenModel
from dashboard.data.client import Parameter, ledger
from dashboard.data.joined import Joined
from dashboard.data.pages import FRESH_S, Filters, parameters
from dashboard.serving.access import kept

JOINED: Final = (
    ("health_pricing", "health_notes", "unpriced_calls"),
    ("health_folds", "health_conventions"),
    ("usage_completeness", "ledger_health"),
    ("health_late_spans", "health_rejected_spans", "price_books"),
)


@kept(ttl=FRESH_S, max_entries=50)
def health(window: Window, filters: Filters) -> HealthData:
    """Rows that the findings are drawn from."""
    given = parameters(window, filters)
    ask = Joined(ledger(), *JOINED)
    asked = {part: ask.later(name, row_type, given) for part, (name, row_type) in QUERIES.items()}
    found = {part: answer() for part, answer in asked.items()}
    load = found.pop("load")
    return HealthData(**found, load=load[0])


@kept(ttl=FRESH_S, max_entries=50)
def examples(window: Window, filters: Filters) -> list[Example]:
    """Calls behind the findings; asked only when they are looked at."""
    return ledger().rows("health_examples", Example, parameters(window, filters))


@kept(ttl=FRESH_S, max_entries=50)
def seen_models(from_: datetime, to: datetime) -> list[SeenModel]:
    """Models of a period and what they mean."""
    return ledger().rows("price_models", SeenModel, {"from_": from_, "to_": to})


@kept(ttl=FRESH_S, max_entries=10)
def book_rows(book: str) -> list[BookRow]:
    """Rows of a book for the models that calls ever used."""
    given: dict[str, Parameter] = {"book": book, "provider": "", "model": "", "seen_only": 1}
    return ledger().rows("price_rows", BookRow, given)


@kept(ttl=FRESH_S, max_entries=10)
def books() -> list[BookLoaded]:
    """The books there are, newest first."""
    return ledger().rows("price_books", BookLoaded, {})


@kept(ttl=FRESH_S, max_entries=20)
def by_book(from_: datetime, to: datetime, book: str) -> list[ModelMovement]:
    """What the calls of a period cost by another book, by model."""
    return ledger().rows("reprice_preview", ModelMovement, {"from_": from_, "to_": to, "book": book})
