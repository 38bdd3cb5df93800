"""At which prices amounts are, in words. In: the choice (`book`, `then`, `book:VERSION`). Out: text."""

from __future__ import annotations

from sql.then import FIRST, Prices, book_of


def amounts_are(prices: Prices) -> str:
    """A sentence for the foot of a page."""
    if prices == FIRST:
        return "Amounts are what the calls were first priced at."
    version = book_of(prices)
    if version:
        return f"Amounts are at the price book {version}, each call at its price of the call's own time."
    return "Amounts are estimated from list prices."


def not_in_force(prices: Prices) -> str:
    """A sentence for the head of an answer; empty where prices are those in force."""
    return amounts_are(prices) if prices == FIRST or book_of(prices) else ""
