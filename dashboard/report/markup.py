"""Pieces of the review's HTML: links, sections, tables, and the line that says where a part comes from.

In: text, addresses. Out: HTML; every text is escaped, cells of tables come as HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from analytics.figures.numbers import plural
from analytics.review.answer import Review
from dashboard.report.words import Links


def linked(text: str, href: str) -> str:
    """Text that leads somewhere, or only text."""
    return f'<a href="{escape(href, quote=True)}">{escape(text)}</a>' if href else escape(text)


def section(heading: str, inside: str) -> str:
    """A part with its heading."""
    return f"<section><h2>{escape(heading)}</h2>{inside}</section>"


def taken(review: Review, links: Links, how: str, *queries: str, sample: str = "") -> str:
    """How a part is taken, over how much, what is unknown in it, and the way to its rows and SQL."""
    unknown = sum(row.unpriced for row in review.days)
    said = (
        f"{plural(unknown, 'call')} of the week without a price are not in it."
        if unknown
        else "No call of the week lacks a price."
    )
    over = f" Taken over {sample}." if sample else ""
    ways = ", ".join(linked(name, links.page("query", review, name=name)) for name in queries)
    return f'<p class="muted how"><small>{escape(how)}{escape(over)} {escape(said)} Rows and SQL: {ways}.</small></p>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; right: places of numbers."""

    def tag(name: str, place: int, text: str) -> str:
        # Narrow screens have no head above: each cell names itself.
        label = f' data-label="{escape(head[place], quote=True)}"' if name == "td" and head[place] else ""
        return (
            f"<{name}{' class=num' if place in right else ''}{label}>{text.replace(' %', '&nbsp;%')}</{name}>"
        )

    heads = "".join(tag("th", n, escape(text)) for n, text in enumerate(head))
    lines = "".join(
        "<tr>" + "".join(tag("td", n, text) for n, text in enumerate(row)) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
