"""Data health: how much of what arrived can be trusted, what is doubtful, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from analytics.figures.numbers import plural, share
from analytics.health.findings import Verdict, verdict
from analytics.verdict import Piece
from dashboard.charts.theme import palette
from dashboard.data import health as data_health
from dashboard.parts.components import show_table
from dashboard.parts.filters import Selection
from dashboard.parts.frame import answer, closing, csv_button, cut_off, opening
from dashboard.parts.price_choice import cost_line, price_choice
from dashboard.parts.words import plain
from dashboard.tables.health import emitter_table, example_table, finding_table
from dashboard.tables.sheet import rows_csv
from sql import catalogue

SHOWN = 25


def show() -> None:
    """The page at `/health`."""
    opened = opening("Data health")
    if opened is None:
        return
    selection, status = opened
    found = data_health.health(selection.window, selection.filters)
    judged = verdict(found, datetime.now(UTC))
    answer(_answer(judged))
    st.markdown(plain(cost_line(found.pricing, price_choice(with_books=False))))
    colours = palette(st.context.theme.type)
    show_table(finding_table(judged.findings, colours).payload(), key="findings")
    st.caption("A row leads to the query it was drawn from, with its rows and its SQL.")
    csv_button(lambda: rows_csv(judged.findings), "findings")
    _behind(judged, selection)
    st.subheader("Emitters", anchor=False)
    show_table(emitter_table(found.conventions).payload(), key="emitters")
    csv_button(lambda: rows_csv(found.conventions), "emitters")
    closing(status)


def _answer(judged: Verdict) -> list[Piece]:
    if judged.priced_share is None:
        return [Piece("No call started in the window that would have a cost.")]
    errors, warnings = judged.count("error"), judged.count("warning")
    state = "nothing is wrong" if not errors + warnings else f"{errors} wrong, {warnings} doubtful"
    return [
        Piece(share(judged.priced_share), True),
        Piece(
            f" of {plural(judged.calls, 'call')} in the window {'has' if judged.calls == 1 else 'have'} a price; "
        ),
        Piece(state, True),
        Piece("."),
    ]


def _behind(judged: Verdict, selection: Selection) -> None:
    """Calls behind each finding that has some, fetched when one is opened."""
    for finding in judged.findings:
        if not finding.kinds or finding.severity == "ok":
            continue
        note = st.expander(
            f"{finding.title}: the calls",
            key=f"behind {finding.name}",
            icon=":material/list:",
            on_change="rerun",
        )
        if not note.open:
            continue
        with note:
            rows = [
                row
                for row in data_health.examples(selection.window, selection.filters)
                if row.kind in finding.kinds
            ]
            st.markdown(plain(f"{finding.what}. {finding.advice[:1].upper()}{finding.advice[1:]}."))
            show_table(example_table(rows[:SHOWN], finding.title).payload(), key=f"calls {finding.name}")
            cut_off(SHOWN, len(rows))
            csv_button(lambda rows=rows: rows_csv(rows), f"calls {finding.name}")  # type: ignore[misc]  # bound now
            st.code(catalogue.query("health_examples").text, language="sql", wrap_lines=True)
