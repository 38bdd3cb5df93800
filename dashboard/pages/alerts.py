"""Alerts: what fires, what fired, how long it took, whether it was right, and what could not be delivered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from analytics.alerts.rows import AlertRow
from analytics.periods import iso
from dashboard.data import marks
from dashboard.data import oncall as oncall_data
from dashboard.data.errors import DashboardError
from dashboard.parts import links
from dashboard.parts.behind import asks
from dashboard.parts.components import show_table
from dashboard.parts.frame import answer, closing, csv_button, cut_off, opening, show_sheet
from dashboard.parts.notes import note
from dashboard.parts.words import plain
from dashboard.tables.sheet import rows_csv
from dashboard.views.alerts import (
    alert_table,
    judged,
    rule_table,
    silence_table,
    undelivered_table,
    verdict,
)

QUIET_FOR = timedelta(hours=2)
LOOK_AGAIN = "5s"


def show() -> None:
    """The page at `/alerts`."""
    opened = opening("Alerts", by=("workload",))
    if opened is None:
        return
    selection, status = opened
    window = selection.window
    found = oncall_data.alerts(window.from_, window.to)
    asks({"now": window.to}, "alert_silences")
    asks({"from_": window.to - oncall_data.REPORTED}, "alert_report")
    wanted = [row for row in found.alerts if _within(row, selection.filters.workload)]
    unjudged = judged(found.report, found.keeper, datetime.now(UTC))
    answer(verdict(wanted, unjudged))
    if unjudged:
        _look_again()
    firing = [row for row in wanted if row.is_open]
    st.subheader("Firing", anchor=False)
    if firing:
        _choose(firing, "Firing alerts", "firing", window.to)
    else:
        st.caption("Nothing is known to fire." if unjudged else "Nothing fires in this period.")
    over = [row for row in wanted if not row.is_open]
    st.subheader("Resolved", anchor=False)
    if over:
        _choose(over, "Resolved alerts", "resolved", window.to)
    else:
        st.caption("Nothing resolved in this period.")
    if wanted:
        csv_button(lambda: rows_csv(wanted), "alerts", "CSV of alerts")
    if found.undelivered:
        st.subheader("Not delivered", anchor=False)
        show_sheet(undelivered_table(found.undelivered), key="undelivered")
    if found.silences:
        st.subheader("Silenced", anchor=False)
        show_sheet(silence_table(found.silences), key="silences")
        st.caption(plain("`spanledger alerts silence --end ID` ends one.").replace("\\`", "`"))
    st.subheader("Rules", anchor=False)
    if found.report:
        show_sheet(rule_table(found.report), key="rules")
        note("Firings of 90 days. Marks of false alarms are yours.", "alert_report")
    else:
        st.caption("No rule has been judged yet.")
    closing(status)


@st.fragment(run_every=LOOK_AGAIN)
def _look_again() -> None:
    """Draws the page anew once the rules have been judged."""
    try:
        found = oncall_data.latest_report()
    except DashboardError:
        return  # the page says what is the matter
    if not judged(*found, datetime.now(UTC)):
        _again()


def _within(row: AlertRow, workloads: tuple[str, ...]) -> bool:
    return not workloads or "workload" not in row.scope or row.scope["workload"] in workloads


def _choose(rows: list[AlertRow], caption: str, key: str, now: object) -> None:
    """The table; the row last opened can be acted on below it."""
    shown = rows[:200]
    opened = show_table(alert_table(shown, caption, now).payload(), key=key)  # type: ignore[arg-type]  # a datetime
    chosen = f"{key} chosen"
    cut_off(len(shown), len(rows))
    if opened is not None and opened.isdigit() and int(opened) < len(shown):
        st.session_state[chosen] = shown[int(opened)].fingerprint
    row = next((each for each in shown if each.fingerprint == st.session_state.get(chosen)), None)
    if row is None:
        st.caption("Open a row to investigate it, or to say what you think of it.")
        return
    with st.container(border=True):
        st.markdown(f"**{plain(row.rule)}**: {plain(row.summary)}")
        st.caption(plain("; ".join(f"{name} {value}" for name, value in row.details.items())))
        _actions(row, key)


def _actions(row: AlertRow, key: str) -> None:
    with st.container(horizontal=True):
        if st.button("Investigate", type="primary", key=f"{key} investigate"):
            links.go("investigate", _address(row))
        if row.is_open and not row.acknowledged and st.button("I look after it", key=f"{key} ack"):
            _say(row, "ack")
        if row.is_open and not row.silenced and st.button("Silence for 2 h", key=f"{key} silence"):
            marks.silence(row.rule, row.scope, QUIET_FOR, "from the Alerts page")
            _again()
        if row.verdict != "false_alarm" and st.button("False alarm", key=f"{key} false"):
            _say(row, "false_alarm")
        if row.verdict != "useful" and st.button("Useful", key=f"{key} useful"):
            _say(row, "useful")


def _address(row: AlertRow) -> dict[str, str | None]:
    known = {"workload", "model", "agent", "tier", "tenant", "task"}
    begin = min(row.since or row.window_from, row.window_from)
    scope = {name: value for name, value in row.scope.items() if name in known and value}
    return {
        "range": None,
        "alert": row.fingerprint,
        "rule": row.rule,
        "from": iso(begin),
        "to": iso(row.window_to),
        **scope,
    }


def _say(row: AlertRow, what: str) -> None:
    marks.mark(row.fingerprint, row.started_at, what)
    _again()


def _again() -> None:
    oncall_data.alerts.clear()
    st.rerun()
