"""The on-call pages: empty, with one row, full, with hostile names; and what a click writes down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.alerts.rows import AlertRow, KeeperRow, RuleReport
from analytics.periods import iso
from dashboard.data import client
from dashboard.views.alerts import alert_table, judged, rule_table, verdict
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, payloads, table
from tests.dashboard.seed import Traffic, traffic

Open = Callable[..., AppTest]
HOSTILE = "<img src=x onerror=alert(1)> **$5$** [x](javascript:1) `a` | 'q' \"d\" \\ {0} :red[r] 日本"
BEGAN = NOW - timedelta(hours=2)


def alert_row(**of: Any) -> dict[str, Any]:
    when = f"{BEGAN:%Y-%m-%d %H:%M:%S}"
    return {
        "fingerprint": "0123456789abcdef",
        "started_at": when,
        "rule": "cost-shift",
        "kind": "shift",
        "severity": "ticket",
        "scope": {"workload": "support-triage"},
        "state": "firing",
        "standing": "breach",
        "summary": "support-triage costs 3.1 times what it usually does",
        "value": 3.2,
        "alert_limit": 1.8,
        "unit": "sigma",
        "expected": 1.0,
        "excess_usd": 2.1,
        "window_from": f"{NOW - timedelta(hours=6):%Y-%m-%d %H:%M:%S}",
        "window_to": f"{NOW:%Y-%m-%d %H:%M:%S}",
        "details": {"cost": "$3.10", "owner": "team-a"},
        "seen_at": when,
        "tells": 1,
        "version": 1,
        **of,
    }


def words(test: AppTest) -> str:
    blocks = [*test.markdown, *test.caption, *test.title, *test.info, *test.warning, *test.error]
    return "\n".join(str(block.value) for block in blocks).replace("\\", "")


@pytest.mark.parametrize("name", ["investigate", "alerts"])
def test_page_opens_on_an_empty_ledger(ledger: TestLedger, open_page: Open, name: str) -> None:
    test = open_page(name)
    assert not test.exception
    assert "Nothing has arrived yet" in words(test)


@pytest.mark.parametrize("name", ["investigate", "alerts"])
def test_page_opens_on_one_task(ledger: TestLedger, open_page: Open, name: str) -> None:
    ledger.fill(traffic(1, NOW, days=0.01, tasks=1))
    test = open_page(name)
    assert not test.exception


def test_alerts_page_of_rules_that_nobody_judges(full: TestLedger, open_page: Open) -> None:
    test = open_page("alerts")
    assert not test.exception
    assert "No rule has been judged yet" in words(test)
    assert "Nothing fires" not in words(test)


def test_alerts_page_says_that_nothing_fires_once_the_first_round_is_over(
    ledger: TestLedger, open_page: Open
) -> None:
    ledger.fill(traffic(1, NOW, days=0.01, tasks=1))
    now = datetime.now(UTC)
    taken = {
        "claimed_at": f"{now:%Y-%m-%d %H:%M:%S.%f}",
        "expires_at": f"{now + timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
    }
    ledger.insert("leases", [{"name": "alerts", "term": 1, "holder": "a", **taken}])
    assert "The first round is not over yet" in words(open_page("alerts"))
    rule = {"rule": "cost-shift", "kind": "shift", "severity": "ticket", "version": 1}
    ledger.insert("alert_rules", [{**rule, "judged_at": f"{now + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"}])
    st.cache_data.clear()
    assert "Nothing fires." in words(open_page("alerts"))


TAKEN = NOW - timedelta(seconds=40)


def report(kind: str, judged_at: datetime | None) -> RuleReport:
    return RuleReport(kind, kind, "page", True, 1, 0, 0, 0, "", 1.0, judged_at, 0, 0, 0, None)


@pytest.mark.parametrize(
    ("moments", "keeper", "said"),
    [
        (
            {},
            KeeperRow(TAKEN, True),
            "The first round is not over yet: a collector took the rules up just now",
        ),
        ({"runaway": NOW}, KeeperRow(TAKEN, True), "The first round is not over yet"),
        ({"shift": NOW - timedelta(hours=1)}, KeeperRow(TAKEN, True), "judged before that at"),
        ({"shift": NOW}, KeeperRow(TAKEN, True), ""),
        ({"shift": NOW, "limit": None}, KeeperRow(TAKEN, True), ""),
        ({}, None, "No rule has been judged yet: no collector"),
        ({}, KeeperRow(TAKEN, False), "No rule has been judged yet: no collector"),
        ({"shift": NOW - timedelta(hours=3)}, KeeperRow(TAKEN, False), "last judged 3 h ago"),
    ],
)
def test_the_page_says_how_much_it_knows(
    moments: dict[str, datetime | None], keeper: KeeperRow | None, said: str
) -> None:
    found = judged([report(kind, at) for kind, at in moments.items()], keeper, NOW)
    assert said in found if said else found == ""
    pieces = "".join(piece.text for piece in verdict([], found))
    assert pieces == (found or "Nothing fires.")


def test_alerts_page_shows_what_fires_what_resolved_and_what_was_not_delivered(
    ledger: TestLedger, open_page: Open
) -> None:
    ledger.fill(traffic(1, NOW, days=1, tasks=20))
    over = {
        "fingerprint": "f" * 16,
        "state": "resolved",
        "resolved_at": f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
    }
    ledger.insert(
        "alerts", [alert_row(), alert_row(**over), alert_row(fingerprint="a" * 16, silenced=True, scope={})]
    )
    ledger.insert(
        "alert_messages",
        [
            {
                "id": "m",
                "created_at": f"{BEGAN:%Y-%m-%d %H:%M:%S}",
                "receiver": "pager",
                "rule": "cost-shift",
                "event": "fired",
                "body": "[]",
                "state": "dead",
                "tries": 12,
                "next_try_at": f"{BEGAN:%Y-%m-%d %H:%M:%S}",
                "error": "it answered 503",
                "version": 1,
            }
        ],
    )
    rule = {
        "rule": "cost-shift",
        "kind": "shift",
        "severity": "ticket",
        "scopes": 4,
        "breach": 1,
        "version": 1,
    }
    ledger.insert("alert_rules", [{**rule, "judged_at": f"{NOW:%Y-%m-%d %H:%M:%S}"}])
    test = open_page("alerts", range="24h")
    assert not test.exception
    assert "1 alert fires" in words(test)
    assert len(table(test, "Firing alerts")) == 2
    assert len(table(test, "Resolved alerts")) == 1
    assert table(test, "Messages not delivered")[0]["cells"][2]["text"] == "dead letter"
    assert "beyond its limit in 1 of 4 scopes" in str(table(test, "Rules"))


def test_a_mark_is_written_down_and_feeds_the_report(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(traffic(1, NOW, days=1, tasks=20))
    ledger.insert("alerts", [alert_row()])
    test = open_page("alerts", range="24h")
    test.session_state["firing chosen"] = "0123456789abcdef"
    test.run()
    test.button(key="firing false").click().run()
    assert not test.exception
    report = ledger.rows(
        "alert_report", RuleReport, {"from_": NOW - timedelta(days=1), "to_": datetime.now(UTC)}
    )
    assert [(row.fired, row.false_alarms) for row in report] == [(1, 1)]
    test.button(key="firing ack").click().run()
    given = {"from_": BEGAN, "to_": datetime.now(UTC), "states": (), "fingerprints": ()}
    (row,) = ledger.rows("alert_list", AlertRow, given)
    assert (row.verdict, row.acknowledged) == ("false_alarm", True)
    test.button(key="firing silence").click().run()
    assert len(ledger.admin.query(f"SELECT * FROM {ledger.database}.alert_silences").result_rows) == 1


def test_investigate_answers_a_window_of_a_full_ledger(
    full: TestLedger, four_weeks: Traffic, open_page: Open
) -> None:
    test = open_page("investigate", range="24h")
    assert not test.exception
    assert figure(test, "now")["text"].startswith("$")
    captions = [payload.get("caption") for payload in payloads(test)]
    assert [c for c in captions if c in ("Why", "Example tasks", "Outcomes")] == [
        "Why",
        "Example tasks",
        "Outcomes",
    ]
    said = [block.value for block in test.subheader]
    assert said == [
        "Since when",
        "Where: root cause",
        "Where: top movers",
        "Why",
        "Example tasks",
        "Did it buy anything",
        "What to pull",
    ]


def test_investigate_says_whether_it_has_stopped(ledger: TestLedger, open_page: Open) -> None:
    made = traffic(1, NOW, days=2, tasks=600)
    ledger.fill(made)
    test = open_page("investigate", range="1h", cmp="before", workload="no-such")
    assert "Has it stopped" not in words(test)
    begin = NOW - timedelta(minutes=50)
    late = [row for row in made.calls if row["started_at"] >= begin]
    assert late
    ledger.insert("llm_calls", [{**row, "list_cost_usd": "9.5", "version": 2**62} for row in late])
    st.cache_data.clear()
    test = open_page("investigate", range="1h", cmp="before")
    assert not test.exception
    assert "**Has it stopped?**" in words(test)


def test_investigate_opened_from_an_alert_takes_its_window(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(traffic(1, NOW, days=2, tasks=60))
    ledger.insert("alerts", [alert_row()])
    test = open_page("investigate", alert="0123456789abcdef")
    assert not test.exception
    assert "cost-shift (ticket) firing" in words(test)
    assert "owner: team-a" in words(test)
    assert test.query_params["to"] == [iso(NOW)] or test.query_params["to"] == iso(NOW)


@pytest.mark.parametrize(
    "parameters", [{"cmp": "before"}, {"cmp": "no-such"}, {"tenant": "nobody"}, {"alert": "unknown"}]
)
def test_investigate_takes_any_address(full: TestLedger, open_page: Open, parameters: dict[str, str]) -> None:
    test = open_page("investigate", range="6h", **parameters)
    assert not test.exception


def test_a_window_that_is_too_long_is_explained(full: TestLedger, open_page: Open) -> None:
    test = open_page("investigate", from_="2026-01-01T00:00:00Z", to="2026-06-01T00:00:00Z")
    assert not test.exception
    assert "longer than 31 days" in words(test)


def test_hostile_names_reach_neither_page_as_markup(ledger: TestLedger, open_page: Open) -> None:
    made = traffic(1, NOW, days=0.2, tasks=30)
    for row in (*made.calls, *made.tasks, *made.rollup):
        row["workload"] = HOSTILE
        if "prompt_version" in row:
            row["prompt_version"] = HOSTILE
    ledger.fill(made)
    hostile = {
        "summary": HOSTILE,
        "rule": HOSTILE,
        "scope": {"workload": HOSTILE},
        "details": {HOSTILE: HOSTILE},
    }
    ledger.insert("alerts", [alert_row(**hostile)])
    for name, parameters in (("alerts", {}), ("investigate", {"alert": "0123456789abcdef", "range": "1h"})):
        test = open_page(name, **parameters)
        assert not test.exception
        texts = "\n".join(str(block.value) for block in [*test.markdown, *test.caption])
        assert "<img" not in texts.replace("\\<", "")
        assert "](javascript" not in texts.replace("\\]", "").replace("\\(", "")


def test_the_pages_say_when_the_ledger_is_away(open_page: Open) -> None:
    from dashboard.data.client import Ledger
    from dashboard.serving.settings import DashboardSettings

    st.cache_data.clear()
    client.use(Ledger(DashboardSettings(clickhouse_url="http://127.0.0.1:1")))
    try:
        for name in ("alerts", "investigate"):
            test = open_page(name)
            assert not test.exception
            assert "does not answer" in words(test)
    finally:
        client.use(None)


def row_of(**of: Any) -> AlertRow:
    values: dict[str, Any] = {
        "fingerprint": "f",
        "started_at": BEGAN,
        "rule": "r",
        "kind": "shift",
        "severity": "ticket",
        "scope": {},
        "state": "firing",
        "standing": "breach",
        "summary": "s",
        "value": 1.0,
        "alert_limit": 1.0,
        "unit": "usd",
        "expected": None,
        "excess_usd": None,
        "window_from": BEGAN,
        "window_to": NOW,
        "since": None,
        "details": {},
        "resolved_at": None,
        "told_at": None,
        "tells": 0,
        "silenced": False,
        "inhibited_by": "",
        "acknowledged": False,
        "acknowledged_by": "",
        "verdict": "",
        "note": "",
    }
    return AlertRow(**{**values, **of})


def test_the_sentence_names_the_gravest() -> None:
    rows = [
        row_of(summary="small"),
        row_of(summary="grave", severity="page"),
        row_of(summary="hidden", severity="page", silenced=True),
    ]
    said = "".join(piece.text for piece in verdict(rows))
    assert said == "2 alerts fire: grave. 1 alert silenced or explained by a wider one."
    assert "".join(piece.text for piece in verdict([])) == "Nothing fires."


def test_how_long_it_lasted_is_told_of_both_kinds() -> None:
    over = row_of(state="resolved", resolved_at=BEGAN + timedelta(minutes=90))
    rows = alert_table([row_of(), over], "Alerts", NOW).payload()["rows"]
    assert [row["cells"][4]["text"] for row in rows] == ["2 h 00 min", "1 h 30 min"]


def test_a_rule_that_cannot_be_judged_says_so() -> None:
    report = RuleReport("r", "limit", "ticket", True, 0, 0, 0, 0, "boom", 1.0, NOW, 0, 0, 0, None)
    cell = rule_table([report]).payload()["rows"][0]["cells"][1]
    assert (cell["text"], cell["title"]) == ("cannot be judged", "boom")


@pytest.mark.parametrize("range_", ["7d", "30d"])
def test_weeks_that_touch_can_be_compared(full: TestLedger, open_page: Open, range_: str) -> None:
    """Earlier windows that end where the next begins share a day, which must not be taken for one."""
    test = open_page("investigate", range_=range_, cmp="before" if range_ == "30d" else "weeks")
    assert not test.exception
    assert figure(test, "now")["known"]
    heads = [column.get("label") for payload in payloads(test) for column in payload.get("columns", [])]
    assert heads
    assert all(heads)
