"""Investigate: what fired, how much, since when, where, why, which tasks, did it buy anything, what to pull."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from analytics.alerts.rows import AlertRow
from analytics.investigate.answer import Investigation, split_name
from analytics.investigate.health import health_notes
from analytics.investigate.question import Span, UnanswerableQuestion
from analytics.investigate.stopped import Course
from analytics.movers.frame import Predicate
from analytics.periods import CLOCK_STEP, EPOCH, iso, stamp
from dashboard.charts.theme import palette
from dashboard.charts.zoom import chart_with_tasks
from dashboard.data import oncall as oncall_data
from dashboard.data import pages as data
from dashboard.data.errors import DashboardError
from dashboard.parts import links
from dashboard.parts.behind import asks
from dashboard.parts.cards import plain_cards
from dashboard.parts.components import show_cards
from dashboard.parts.filters import Selection
from dashboard.parts.frame import answer, closing, opening, show_sheet
from dashboard.parts.notes import note, source, under_chart
from dashboard.parts.words import plain
from dashboard.serving import access
from dashboard.views import investigate as view

OWN = ("tenant", "prompt_version", "change", "task")
"""Parts of the scope that the filter row does not know; they stand in the address alone."""

LOOK_AGAIN = "30s"
STOPPED_STEP = timedelta(seconds=30)
COLOURS = {Course.OVER: "green", Course.FALLING: "orange", Course.GOES_ON: "red", Course.SILENT: "orange"}

COMPARED = {"weeks": "Same time, earlier weeks", "before": "The time before"}


def show() -> None:
    """The page at `/investigate?alert=&rule=&from=&to=`."""
    now = EPOCH + CLOCK_STEP * -((EPOCH - datetime.now(UTC)) // CLOCK_STEP)
    alert = _alert(now)
    opened = opening("Investigate", prices=True)
    if opened is None:
        return
    selection, status = opened
    window = Span(selection.window.from_, selection.window.to)
    scope = _scope(selection)
    if window.from_ >= now:
        st.info("This window has not begun yet.", icon=":material/schedule:")
        return
    if alert is not None:
        _alert_card(alert)
    _narrowed(scope)
    baseline = _baseline(window)
    asked_by = (st.query_params.get("alert", ""), st.query_params.get("rule", ""))
    try:
        found = oncall_data.investigation(window, scope, baseline, *asked_by)
    except UnanswerableQuestion as error:
        st.info(plain(f"{str(error)[:1].upper()}{str(error)[1:]}."), icon=":material/schedule:")
        return
    for _, name, given in found.queries:
        asks(given, name)
    _health(found)
    answer(view.answer(found))
    _latest(window, scope, baseline, asked_by)
    show_cards(plain_cards(view.figures(found)), key="figures")
    _since(found, selection)
    _where(found)
    _why(found)
    _tasks(found)
    _levers(found, alert)
    _queries(found)
    closing(status)


def _alert(now: datetime) -> AlertRow | None:
    """The alert of the address; without a window of its own the address takes the alert's."""
    name = st.query_params.get("alert", "")
    # Alerts are not narrowed to workloads; who sees only some still gets the window's answer.
    row = oncall_data.alert(name, now) if name and not access.current().is_narrow else None
    if name and row is None and not access.current().is_narrow:
        st.warning(
            plain(
                f"The ledger knows no alert “{name[:60]}” of the last year; window and filters are answered alone."
            ),
            icon=":material/link_off:",
        )
    if row is not None and not st.query_params.get("from") and not st.query_params.get("range"):
        st.query_params["from"] = iso(min(row.since or row.window_from, row.window_from))
        st.query_params["to"] = iso(row.window_to)
    return row


def _scope(selection: Selection) -> dict[str, tuple[str, ...]]:
    filters = selection.filters
    found = {
        name: tuple(getattr(filters, name)) for name in ("workload", "model", "agent", "environment", "tier")
    }
    found |= {name: tuple(st.query_params.get_all(name)) for name in OWN}
    return {name: values for name, values in found.items() if values}


def _baseline(window: Span) -> Span | None:
    links_to = links.follow_one("cmp", "weeks", tuple(COMPARED))
    st.segmented_control("Compared with", list(COMPARED), format_func=COMPARED.__getitem__, **links_to)
    return (
        Span(window.from_ - window.length, window.from_) if st.query_params.get("cmp") == "before" else None
    )


def _alert_card(row: AlertRow) -> None:
    state = f"{row.state} since {stamp(row.started_at)} UTC"
    if row.resolved_at is not None:
        state = f"resolved at {stamp(row.resolved_at)} UTC, began {stamp(row.started_at)} UTC"
    flags = [
        word for word, holds in (("silenced", row.silenced), ("acknowledged", row.acknowledged)) if holds
    ]
    words = f"{row.rule} ({row.severity}) {state}{''.join(f', {flag}' for flag in flags)}. {row.summary}."
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(plain(words))
        st.page_link(links.page("alerts"), label="Alerts", icon=":material/notifications:")


@st.fragment(run_every=LOOK_AGAIN)
def _latest(
    window: Span, scope: dict[str, tuple[str, ...]], baseline: Span | None, asked_by: tuple[str, str]
) -> None:
    """The card that looks again by itself."""
    now = EPOCH + STOPPED_STEP * ((datetime.now(UTC) - EPOCH) // STOPPED_STEP)
    try:
        latest = oncall_data.latest(window, scope, baseline, *asked_by, now)
    except DashboardError:
        return  # the page says what is the matter
    if latest is None:
        return
    said, why = latest.words
    with st.container(border=True, key="stopped"):
        st.markdown(f"**Has it stopped?** :{COLOURS[latest.course]}[{plain(said)}]")
        note(f"{why}. Looks again every 30 seconds.", "investigate_leaves")


def _narrowed(scope: dict[str, tuple[str, ...]]) -> None:
    """What the filter row cannot show of the scope, with a way out."""
    own = {name: values for name, values in scope.items() if name in OWN}
    if not own:
        return
    named = "; ".join(f"{name.replace('_', ' ')} {', '.join(values)}" for name, values in own.items())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(f"Narrowed to {named}."))
        if st.button("Show all", key="widen"):
            for name in own:
                links.set_parameter(name, None)
            st.rerun()


def _health(found: Investigation) -> None:
    notes = health_notes(found.health, found.question.window)
    amiss = [text for is_amiss, text in notes if is_amiss]
    if amiss:
        said = "; ".join(amiss)
        st.warning(plain(f"Data health: {said}."), icon=":material/monitor_heart:")
    else:
        said = "; ".join(text for _, text in notes)
        note(f"Data health: {said}.", "investigate_health")


def _since(found: Investigation, selection: Selection) -> None:
    st.subheader("Since when", anchor=False)
    figure = view.trend(found, palette(st.context.theme.type))
    chart_with_tasks(figure, key="trend", alt=view.spoken(found))
    dashed = found.question.base_words if found.course.trend.weeks else "the mean of what is drawn before it"
    under_chart(
        selection.window,
        f"Shaded: the window. Dashed: {dashed}." + (" Line: the onset." if found.onset.at else ""),
        "investigate_trend",
    )
    if found.onset.changes:
        show_sheet(view.change_table(found), key="changes")
    else:
        st.caption("No release, prompt version, model or price book was new within a day of it.")


def _where(found: Investigation) -> None:
    left, right = st.columns(2, gap="medium")
    opened = None
    with left:
        st.subheader("Where: root cause", anchor=False)
        if found.causes.causes:
            opened = show_sheet(view.cause_table(found), key="causes")
        else:
            st.caption("Nothing moved enough to be ranked.")
    with right:
        st.subheader("Where: top movers", anchor=False)
        if found.movers:
            opened = show_sheet(view.mover_table(found), key="movers") or opened
        else:
            st.caption("Nothing moved.")
    if found.is_cut:
        st.caption("Only the 60,000 dearest combinations of names are ranked.")
    if opened is not None:
        _narrow(_opened(found, opened))


def _opened(found: Investigation, name: str) -> Predicate:
    kind, _, number = name.partition(" ")
    at = int(number) if number.isdigit() else -1
    if kind == "cause" and 0 <= at < len(found.causes.causes):
        return found.causes.causes[at].predicate
    if kind == "mover" and 0 <= at < len(found.movers):
        return ((found.movers[at].dimension, found.movers[at].element),)
    return ()


def _narrow(predicate: Predicate) -> None:
    changed = {name: element for name, element in predicate if element and not element.startswith("(")}
    kept = {name: st.query_params.get_all(name) for name in (*OWN, "alert", "rule", "cmp")}
    links.go("investigate", {**{name: values for name, values in kept.items() if values}, **changed})


def _why(found: Investigation) -> None:
    st.subheader("Why", anchor=False)
    if found.split is None:
        st.caption("No call began in the window, nor in the time it is compared with.")
        return
    show_sheet(view.why_table(found.split), key="why")
    note(
        f"What makes up the difference of {split_name(found)}, from what was expected to what it cost. The parts sum "
        "to it.",
        "investigate_cells",
    )


def _tasks(found: Investigation) -> None:
    st.subheader("Example tasks", anchor=False)
    opened = None
    if found.exemplars:
        hrefs = {row.task_id: links.href("task", {"id": row.task_id}) for row in found.exemplars}
        opened = show_sheet(view.task_table(found.exemplars, hrefs), key="exemplars")
    else:
        st.caption("No priced task ended in the slice.")
    st.subheader("Did it buy anything", anchor=False)
    if found.outcomes:
        show_sheet(view.outcome_table(found.outcomes, found.question.base_scale), key="outcomes")
    else:
        st.caption("No task ended.")
    if opened is not None:
        links.go("task", {"id": opened})


def _levers(found: Investigation, alert: AlertRow | None) -> None:
    st.subheader("What to pull", anchor=False)
    own = {name: alert.details.get(name, "") for name in ("lever", "runbook", "owner")} if alert else {}
    for name, value in own.items():
        if value.startswith(("http://", "https://")):
            st.link_button(f"{name.capitalize()}", value)
        elif value:
            st.markdown(plain(f"{name}: {value}"))
    for lever in found.levers:
        st.markdown(f"- {plain(lever)}")
    if not found.levers and not any(own.values()):
        st.caption("Nothing stands out to be pulled.")


def _queries(found: Investigation) -> None:
    box = st.expander(
        "The queries behind the numbers", icon=":material/code:", key="queries", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        for gives, name, parameters in found.queries:
            given = ", ".join(
                f"{key} = {data.shown(value)}" for key, value in parameters.items() if value not in ((), "")
            )
            st.markdown(f"- {plain(gives)}.{source(name)}")
            st.caption(plain(given))
