"""Small print: what a chart is taken by and in which zone, and which calls have no price."""

from __future__ import annotations

import streamlit as st

from analytics.facts.providers import as_of
from analytics.figures.numbers import plural
from analytics.periods import Window, stamp
from analytics.price_words import amounts_are
from analytics.rows import LedgerStatus
from dashboard.charts.waterfall import why_unpriced
from dashboard.data import pages as data
from dashboard.parts import links, price_choice
from dashboard.parts.behind import behind
from dashboard.parts.filters import Selection
from dashboard.parts.words import plain
from sql.then import IN_FORCE


def source(*queries: str) -> str:
    """Markdown that leads to the text and the rows of what something is drawn from, for this window and filters."""
    named = ", ".join(f"[`{name}`]({_address(name)})" for name in queries)
    return f" {'Query' if len(queries) == 1 else 'Queries'}: {named}."


def _address(query: str) -> str:
    more = behind(query)
    return links.href("query", {"name": query}) + (f"&{more}" if more else "")


def note(what: str, *queries: str, ways: links.Parameters | None = None) -> None:
    """A sentence in small print with where it comes from.

    ways: under a chart that is clicked, parameters of the list of all its tasks: a way that needs no pointer.
    """
    all_tasks = "" if ways is None else f" [All its tasks]({links.href('tasks', ways)})."
    st.caption(plain(what) + all_tasks + source(*queries))


def under_chart(window: Window, what: str, query: str, ways: links.Parameters | None = None) -> None:
    """Window, zone, basis and source of a chart."""
    note(f"{stamp(window.from_)} to {stamp(window.to)} UTC. {what}", query, ways=ways)


def under_zoom(window: Window, what: str, query: str, **narrowed: str) -> None:
    """The same for a chart whose time is opened by dragging, with the way to the tasks of what it shows."""
    under_chart(window, f"{what} Drag to open a time.", query, narrowed)


def unpriced_note(selection: Selection, calls: int) -> None:
    """How many calls have no known cost, with models and reasons one click away; nothing when none."""
    if not calls:
        return
    # The list is only fetched when it is looked at.
    note = st.expander(
        f"{plural(calls, 'call')} of unknown cost, not in any amount on this page",
        icon=":material/help:",
        key="unpriced",
        on_change="rerun",
    )
    if not note.open:
        return
    with note:
        for row in data.unpriced(selection.window, selection.filters):
            name = plain(f"{row.provider or 'unknown provider'} / {row.model or 'unknown model'}")
            st.markdown(
                f"- **{name}**: {plural(row.calls, 'call')} in {plural(row.tasks, 'task')}; "
                f"{plain(why_unpriced(row.pricing_status))}. Last seen {plain(stamp(row.last_seen))} UTC."
            )
        st.caption(
            "Give a model a price in spanledger.yaml under `prices:`; its calls are priced within seconds, history too."
            + source("unpriced_calls")
        )


def footer(status: LedgerStatus) -> None:
    """By which prices amounts are estimated, and the way to Setup."""
    with st.container(horizontal=True, vertical_alignment="center", key="footer"):
        book = (
            f"price book {status.price_book} of {stamp(status.prices_loaded_at)} UTC"
            if status.price_book
            else ""
        )
        said = f"Amounts are estimated from list prices{': ' + book if book else ''}."
        if price_choice.chosen() != IN_FORCE:
            said = amounts_are(price_choice.chosen())
        st.caption(plain(said), width="content")
        if price_choice.is_offered():
            price_choice.price_choice()
        links.fix_times()
        st.page_link(links.page("setup"), label="Setup", icon=":material/cable:")


def facts_note(what: str) -> None:
    """Which file of provider facts a page rests on, and of which day."""
    st.caption(
        plain(f"{what} come from the providers' documentation as of {as_of():%Y-%m-%d}:")
        + " `analytics/facts/providers.toml` names a source for each."
    )
