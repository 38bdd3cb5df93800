"""Weekly review: what do we tell the team? The nine parts of one week, ready to print, save and send on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import streamlit as st

from analytics.review.answer import Review
from analytics.weeks import UnreadableWeek, last_full_week, read_week, week_of
from dashboard.charts.theme import palette
from dashboard.data import pages as data
from dashboard.data import review as data_review
from dashboard.parts import links, price_choice
from dashboard.parts.behind import asks
from dashboard.parts.components import show_report
from dashboard.parts.guide import first_run
from dashboard.parts.notes import note
from dashboard.parts.words import plain
from dashboard.report import html, text
from dashboard.report.ask import QUERIES
from dashboard.report.data import as_json
from dashboard.report.sheet import sheet
from dashboard.report.words import Links

OFFERED = 12


def show() -> None:
    """The page at `/review?week=2026-W46&workload=`."""
    status = data.status()
    if not status.calls_seen and not status.tasks_seen:
        st.title("Weekly review", anchor=False)
        first_run()
        return
    now = datetime.now(UTC)
    try:
        week = read_week(st.query_params.get("week", ""), now)
        notice = ""
    except UnreadableWeek as error:
        week, notice = last_full_week(now), str(error)
    workload = st.query_params.get("workload", "")
    links.shows({"week": week.name})
    price_choice.offer(data.books())
    found = data_review.of_week(week, workload)
    asks({"from_": week.from_, "to_": week.to, "previous_from": week.previous.from_})
    asks({"from_": week.trend_from}, "review_weeks", "review_days")
    asks({"from_": week.previous.from_}, "review_releases", "bridge_cells")
    _choose(found, now)
    if notice:
        st.warning(f"{plain(notice)} Showing {week.name} instead.", icon=":material/schedule:")
    if not found.tasks and not found.calls:
        st.info(
            plain(f"Nothing happened in {week.name} ({week.words}){f' in {workload}' if workload else ''}."),
            icon=":material/event_busy:",
        )
        return
    colours = palette(st.context.theme.type)
    show_report(html.body(found, _here(), colours), key="report")
    with st.container(horizontal=True, vertical_alignment="center", key="review-files"):
        _files(found)
        links.fix_times()
    price_choice.price_choice()


def _choose(found: Review, now: datetime) -> None:
    week = found.week
    with st.container(horizontal=True, vertical_alignment="bottom", key="filter-row"):
        weeks = [last_full_week(now)]
        while len(weeks) < OFFERED:
            weeks.append(weeks[-1].previous)
        so_far = week_of(now).name
        names = list(dict.fromkeys([so_far, *(each.name for each in weeks), week.name]))
        chosen = st.selectbox(
            "Week",
            names,
            index=names.index(week.name),
            width=180,
            key="chosen week",
            format_func=lambda name: f"{name}, so far" if name == so_far else name,
        )
        if chosen != week.name:
            links.set_parameter("week", chosen)
            st.rerun()
        values = list(dict.fromkeys(["", *found.offered, found.workload]))
        st.selectbox(
            "Workload",
            values,
            format_func=lambda name: name or "All workloads",
            width=240,
            **links.follow_one("workload", "", values),
        )


def _files(found: Review) -> None:
    name, here = f"review-{found.week.name}{'-' + found.workload if found.workload else ''}", _here()
    formats = {
        "HTML": (lambda: html.document(found, here), "html", "text/html"),
        "Markdown": (lambda: text.markdown(found, here), "md", "text/markdown"),
        "JSON": (
            lambda: json.dumps(as_json(found), ensure_ascii=False, indent=1),
            "json",
            "application/json",
        ),
        "CSV": (lambda: sheet(found), "csv", "text/csv"),
        "Slack": (lambda: text.slack(found, here), "txt", "text/plain"),
    }
    for label, (write, ending, kind) in formats.items():
        st.download_button(
            label,
            write,
            f"{name}.{ending}",
            kind,
            key=f"review {ending}",
            on_click="ignore",
            icon=":material/download:",
        )
    note("Print it from the browser for a PDF.", *QUERIES)


def _here() -> Links:
    """Links back to this dashboard, from the address that the reader opened."""
    url = st.context.url or ""
    base = url.rsplit("/", 1)[0] if url.count("/") > 2 else url.rstrip("/")
    return Links(base, price_choice.chosen())
