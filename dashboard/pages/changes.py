"""Changes: did a commit, pull request or prompt version make tasks dearer?

Before and after in production, beside the gate's verdict.
"""

from __future__ import annotations

import streamlit as st

from analytics.change_prices import price_words
from analytics.changes.effects import gate_of
from analytics.changes.words import NOUNS, figures, short, verdict
from analytics.periods import Window
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks
from dashboard.data import changes as data_changes
from dashboard.data.changes import ChangesData
from dashboard.parts import links
from dashboard.parts.behind import asks
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards, show_table
from dashboard.parts.frame import answer, closing, csv_buttons, opening
from dashboard.parts.notes import under_chart
from dashboard.parts.words import plain
from dashboard.tables.sheet import rows_csv
from dashboard.views.changes import change_table, effect_chart, spread_chart, tasks_of

KINDS = {"pull_request": "Pull requests", "change": "Commits", "prompt_version": "Prompt versions"}


def show() -> None:
    """The page at `/changes`; `by` in the address says which kind of change, `effect` which one is open."""
    opened = opening("Changes", prices=True)
    if opened is None:
        return
    selection, status = opened
    window = selection.window
    kind = st.segmented_control(
        "Kind of change", list(KINDS), format_func=KINDS.__getitem__, label_visibility="collapsed",
        **links.follow_one("by", "change", list(KINDS)),
    ) or "change"  # fmt: skip
    asks({"kind": kind, "from_": window.from_ - data_changes.LOOK_BACK})
    found = data_changes.changes(window, selection.filters, kind)
    if not found.effects:
        _nothing(kind, bool(found.days))
        closing(status)
        return
    answer(verdict(found.effects, kind))
    show_cards(plain_cards(figures(found.effects)), key="figures")
    colours = palette(st.context.theme.type)
    st.subheader("What each did to a typical task", anchor=False)
    chart_with_tasks(
        effect_chart(found.effects, kind, colours), key="effects", page="changes",
        alt="Change of the typical cost of a task with its 99 % interval, one line a change and workload",
    )  # fmt: skip
    under_chart(
        window,
        "Changes whose first task began in the period, beside the one before it, at most 28 days back. "
        "At the prices of each call's time; an opened change says what prices did apart. "
        "Click a dot to open its change.",
        "change_days",
    )
    st.subheader("Every change", anchor=False)
    picked = show_table(change_table(found.effects, found.gates).payload(), key="changes")
    sheets = {"change_days": lambda: rows_csv(found.days)}
    if found.gates:
        sheets["gate_verdicts"] = lambda: rows_csv(found.gates)
    csv_buttons(**sheets)
    if picked is not None:
        workload, _, value = picked.partition("\n")
        links.set_parameter("effect", value)
        links.set_parameter("of", workload)
    _one(found, kind, window)
    closing(status)


def _one(data: ChangesData, kind: str, window: Window) -> None:
    """The change that the address names: its costs before and after, what prices did, and the way to its tasks."""
    found = data.effects
    value, workload = st.query_params.get("effect", ""), st.query_params.get("of", "")
    if not value:
        st.caption("Open a row to see how its tasks' cost is spread before and after.")
        return
    effect = next((one for one in found if one.after.value == value and one.workload == workload), None)
    if effect is None:
        st.info(
            f"{plain(value)} of {plain(workload) or 'no workload'} is not among the changes of this period.",
            icon=":material/search_off:",
        )
        return
    st.subheader(plain(f"{NOUNS[kind].capitalize()} {short(value)} in {workload}"), anchor=False)
    values = (effect.before.value, effect.after.value)
    asks(
        {"workload": workload, "values_": values, "as_of": effect.after.last_task},
        "change_spread",
        "change_at_prices",
    )
    if (at_one := data_changes.one_book(window, kind, effect)) is not None:
        st.markdown(plain(price_words(at_one, gate_of(effect, data.gates))))
    rows = data_changes.spread(window, kind, workload, (effect.before.value, value))
    if rows:
        chart_with_tasks(
            spread_chart(effect, kind, rows, palette(st.context.theme.type)), key="spread",
            alt="Share of tasks by cost, before and after",
        )  # fmt: skip
        under_chart(
            window, "Share of each side's tasks by cost, logarithmic steps. Click a bar to see its tasks.",
            "change_spread",
        )  # fmt: skip
    with st.container(horizontal=True):
        for label, side in (("Tasks after", effect.after), ("Tasks before", effect.before)):
            if st.button(label, icon=":material/list:", key=f"open {label}"):
                links.go("tasks", tasks_of(effect, side, kind))


def _nothing(kind: str, any_value: bool) -> None:
    noun = NOUNS[kind]
    if any_value:
        st.info(
            f"No {noun} began in this period with another before it. Choose a longer range.",
            icon=":material/history:",
        )
        return
    st.info(
        f"No task of this period or the 28 days before names a {noun}. The hooks read commit and pull request from "
        "the CI environment where it is there; elsewhere give `instrument()` `change_commit=`, "
        "`change_pull_request=` or `prompt_version=`.",
        icon=":material/sell:",
    )
