"""The weekly review: its numbers against pandas over the same rows, every format, hostile names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.review.answer import Review, review
from analytics.verdict import Piece
from analytics.weeks import UnreadableWeek, Week, last_full_week, read_week
from dashboard.report import html, text
from dashboard.report.ask import review_data
from dashboard.report.data import as_json
from dashboard.report.words import Links, sentence
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import payloads
from tests.dashboard.seed import Traffic, rollup_rows, traffic
from tests.dashboard.test_pages import HOSTILE, Open, _words

LINKS = Links("http://127.0.0.1:8501")
WEEK = last_full_week(NOW)


def _review(of: TestLedger, week: Week, workload: str = "") -> Review:
    def later(name: str, row_type: type[Any], given: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
        return of.later(name, row_type, given)

    return review(review_data(week, workload, later), week, workload)


@pytest.fixture(scope="module")
def found(filled: TestLedger) -> Review:
    return _review(filled, WEEK)


def _ended(made: Traffic, week: Week) -> pd.DataFrame:
    frame = pd.DataFrame(made.tasks)
    frame["cost"] = frame["list_cost_usd"].astype(float)
    return frame[(frame["ended_at"] >= week.from_) & (frame["ended_at"] < week.to)]


def test_numbers_equal_pandas(found: Review, four_weeks: Traffic) -> None:
    frame = _ended(four_weeks, WEEK)
    priced = frame.loc[frame["unpriced_calls"] == 0, "cost"]
    by_key = {trend.key: trend.now for trend in found.trends}
    assert by_key["p50"].value == pytest.approx(np.quantile(priced, 0.5))
    assert by_key["p95"].value == pytest.approx(np.quantile(priced, 0.95))
    judged = frame["success"].notna()
    assert by_key["success"].value == pytest.approx((frame["success"] == True).sum() / judged.sum())  # noqa: E712
    done = frame[judged | frame["useful_units"].notna()]
    assert by_key["useful"].value == pytest.approx(done["cost"].sum() / done["useful_units"].sum())
    calls = pd.DataFrame(four_weeks.calls)
    mine = calls[(calls["started_at"] >= WEEK.from_) & (calls["started_at"] < WEEK.to)]
    assert found.spend_usd == pytest.approx(sum(float(cost or 0) for cost in mine["list_cost_usd"]))
    assert found.calls == len(mine)
    assert found.tasks == len(frame)


def test_intervals_hold_their_value_and_shrink_with_the_sample(found: Review) -> None:
    for trend in found.trends:
        for point in trend.points:
            if point.low is not None and point.high is not None and point.value is not None:
                assert point.low <= point.value <= point.high
    assert [len(trend.points) for trend in found.trends] == [8] * len(found.trends)


def test_the_bridge_closes_to_the_cent(found: Review, four_weeks: Traffic) -> None:
    split = found.bridge
    assert split is not None
    total = sum((line.amount_usd for line in split.lines), Decimal(0))
    assert split.before_usd + total == split.now_usd
    assert split.more_work_usd + split.dearer_work_usd == total
    assert all(line.amount_usd == line.amount_usd.quantize(Decimal("0.01")) for line in split.lines)
    # Calls without a price are named beside it and cost nothing in it.
    assert float(split.now_usd) == pytest.approx(_ended(four_weeks, WEEK)["cost"].sum(), abs=0.006)
    assert float(split.before_usd) == pytest.approx(_ended(four_weeks, WEEK.previous)["cost"].sum(), abs=0.02)


def test_a_part_is_called_most_of_the_rise_only_where_it_is(found: Review) -> None:
    split = found.bridge
    assert split is not None
    largest = max(split.lines[1:], key=lambda line: abs(line.amount_usd))
    parts = largest.amount_usd / split.dearer_work_usd
    lead = "most of it" if Decimal("0.5") <= parts <= 1 else "the largest part"
    assert f", {lead} {largest.words} (" in sentence(found)


def test_no_line_ends_between_a_minus_and_its_dollars(found: Review) -> None:
    page = html.document(replace(found, sentence=(Piece("a task moved −$0.25"),)), LINKS)
    assert '<p class="verdict">a task moved −&#8288;$0.25</p>' in page


def test_slices_sum_their_calls(found: Review, four_weeks: Traffic) -> None:
    calls = pd.DataFrame(four_weeks.calls)
    calls["cost"] = calls["list_cost_usd"].map(lambda cost: float(cost or 0))
    calls["model"] = calls["response_model"]
    now = calls[(calls["started_at"] >= WEEK.from_) & (calls["started_at"] < WEEK.to)]
    first = (found.up or found.down)[0]
    for name, element in first.predicate:
        now = now[now[name] == ("" if element == "(none)" else element)] if name != "tenant" else now
    assert first.now_usd == pytest.approx(now["cost"].sum())
    assert not first.task or first.task in set(now["task_id"])


def test_every_format_says_the_same(found: Review) -> None:
    page, sheet = html.document(found, LINKS), text.markdown(found, LINKS)
    said = json.loads(json.dumps(as_json(found)))
    assert said["verdict"] == sentence(found)
    assert said["bridge"]["now_usd"] == str(found.bridge.now_usd if found.bridge else "")
    parts = (
        "From last week to this one",
        "Who moved it",
        "Changes of the week",
        "Discipline",
        "Savings",
        "Actions",
    )
    for heading in (*parts, "Data quality"):
        assert heading in page
        assert heading in sheet
    assert page.count("<svg") >= len(found.trends)
    assert "<script" not in page
    assert {link[:21] for link in re.findall(r'(?:src|href)="([^"]*)"', page)} == {LINKS.base}
    short = text.slack(found, LINKS)
    assert len(short.splitlines()) <= 8
    assert found.week.name in short.splitlines()[0]


def test_every_part_says_where_its_numbers_come_from(found: Review) -> None:
    parts = html.document(found, LINKS).split("<section>")[1:]
    tables = [part for part in parts if "<table>" in part or "<svg" in part]
    assert len(tables) > 6
    for part in tables:
        assert "Rows and SQL: <a href=" in part, part[:80]
        assert "lacks a price" in part or "without a price" in part, part[:80]


def test_charts_have_a_form_for_phones(found: Review) -> None:
    page = html.document(found, LINKS)
    assert page.count('class="wide"') == page.count('class="slim"') >= 2


def test_hostile_names_stay_text(ledger: TestLedger) -> None:
    made = traffic(4, WEEK.to - timedelta(hours=2), days=10, tasks=60)
    for row in (*made.calls, *made.tasks):
        row.update(
            {
                name: HOSTILE
                for name in ("workload", "agent", "response_model", "prompt_version")
                if name in row
            }
        )
        row.update(tenant=HOSTILE, change=HOSTILE)
    made.rollup = rollup_rows(made.calls)
    ledger.fill(made)
    hostile = _review(ledger, WEEK, HOSTILE)
    assert hostile.tasks
    assert "<img" not in html.document(hostile, LINKS)
    assert "<img" not in text.markdown(hostile, LINKS).replace("\\<", "")
    assert "<img" not in text.slack(hostile, LINKS)


@pytest.mark.parametrize(
    ("asked", "name"),
    [("", WEEK.name), (WEEK.name, WEEK.name), (WEEK.name.replace("-W", "W").lower(), WEEK.name)],
)
def test_weeks_are_read(asked: str, name: str) -> None:
    assert read_week(asked, NOW).name == name


@pytest.mark.parametrize(
    "asked", ["2026-W54", "2025-W53", "W46", "last week", "2026-46", "9999-W01", "2126-W01"]
)
def test_weeks_that_are_none_are_refused(asked: str) -> None:
    with pytest.raises(UnreadableWeek, match=re.escape(asked)):
        read_week(asked, datetime(2026, 11, 20, tzinfo=UTC))


def test_a_year_of_53_weeks() -> None:
    week = read_week("2026-W53", datetime(2027, 2, 1, tzinfo=UTC))
    assert (week.from_.date().isoformat(), week.previous.name) == ("2026-12-28", "2026-W52")


def test_page_on_an_empty_ledger(ledger: TestLedger, open_page: Open) -> None:
    assert "Nothing has arrived yet" in _words(open_page("review"))


def test_page_on_one_task(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(traffic(1, WEEK.to - timedelta(hours=30), days=0.01, tasks=1))
    test = open_page("review")
    assert not test.exception
    assert "the ledger holds no week before to compare with" in _report(test)
    assert "Nothing happened in" in _words(open_page("review", week=WEEK.previous.name))


def test_page_on_a_full_ledger(full: TestLedger, open_page: Open) -> None:
    test = open_page("review")
    assert not test.exception
    assert not test.warning
    assert WEEK.name in _report(test)
    narrowed = open_page("review", workload="coding-session", week=WEEK.previous.name)
    assert f"{WEEK.previous.name}" in _report(narrowed)
    assert "coding-session" in _report(narrowed)


def test_page_with_a_nonsense_week_says_so(full: TestLedger, open_page: Open) -> None:
    test = open_page("review", week="someday")
    assert not test.exception
    assert f"“someday” is not a week. Write it like {WEEK.name}" in _words(test)
    assert WEEK.name in _report(test)


def _report(test: AppTest) -> str:
    return str(next(payload["html"] for payload in payloads(test) if "html" in payload))
