"""Every page: empty, with one row, full, with hostile names, and with a ledger that is away."""

from __future__ import annotations

import csv
import io
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.figures.numbers import usd
from analytics.periods import relative_window
from analytics.spend.batch import waiting
from analytics.spend.caching import cache_lines
from dashboard.data import client
from dashboard.data import pages as data
from dashboard.data import spend as data_spend
from dashboard.data.client import Ledger
from dashboard.serving.settings import DashboardSettings
from dashboard.tables.tasks import task_csv
from dashboard.tables.workloads import workload_csv
from dashboard.views.batch import waiting_csv
from dashboard.views.caching import finding_csv
from dashboard.views.task_beside import comparison_csv
from sql import catalogue
from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, payloads, query_rows, table
from tests.dashboard.seed import Traffic, rollup_rows, task_row, traffic

Open = Callable[..., AppTest]
HOSTILE = "<img src=x onerror=alert(1)> **$5$** [x](javascript:1) `a` | 'q' \"d\" \\ {0} :red[r] 日本"


def _words(test: AppTest) -> str:
    blocks = [*test.markdown, *test.caption, *test.title, *test.info, *test.warning, *test.error]
    return "\n".join(str(block.value) for block in blocks).replace("\\", "").replace("\u00a0", " ")


SPEND = ("useful", "escalation", "caching", "batch", "context", "agents", "changes")


@pytest.mark.parametrize("name", ["overview", "workload", "tasks", "task", "setup", *SPEND])
def test_page_opens_on_an_empty_ledger(ledger: TestLedger, open_page: Open, name: str) -> None:
    test = open_page(name)
    assert not test.exception
    if name != "task":
        assert "Nothing has arrived yet" in _words(test)
        assert "OTEL_EXPORTER_OTLP_ENDPOINT" in "\n".join(code.value for code in test.code)


@pytest.mark.parametrize("name", ["overview", "workload", "tasks", "setup", *SPEND])
def test_page_opens_on_one_task(ledger: TestLedger, open_page: Open, name: str) -> None:
    ledger.fill(traffic(1, NOW, days=0.01, tasks=1))
    test = open_page(name)
    assert not test.exception
    if name == "overview":
        assert figure(test, "tasks")["text"] == "1"
        assert figure(test, "p95")["text"] == "–"
        assert "needs 20 tasks" in figure(test, "p95")["remark"]
        assert figure(test, "p50")["change"]["text"] == ""


@pytest.mark.parametrize("name", ["overview", "workload", "tasks", "setup", *SPEND])
def test_page_opens_on_a_full_ledger(full: TestLedger, open_page: Open, name: str) -> None:
    test = open_page(name)
    assert not test.exception
    assert not test.warning


def test_task_page_shows_every_step(full: TestLedger, four_weeks: Traffic, open_page: Open) -> None:
    task = max(four_weeks.tasks, key=lambda row: row["list_cost_usd"])
    test = open_page("task", id=task["task_id"])
    assert not test.exception
    rows = payloads(test)[-1]["rows"]
    steps = [row for row in rows if row["kind"] == "call"]
    assert len(steps) == task["calls"]
    assert steps[-1]["total"] == usd(float(task["list_cost_usd"]))
    assert f"It cost **{usd(float(task['list_cost_usd']))}" in _words(test)
    ids = {row["id"] for row in rows}
    assert all(set(row["ancestors"]) <= ids for row in rows)


def test_unknown_task_is_said_so(full: TestLedger, open_page: Open) -> None:
    assert "does not know the task" in _words(open_page("task", id="nobody"))
    assert "names no task" in _words(open_page("task"))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"from_": "yesterday"}, "“from” cannot be read: “yesterday”"),
        ({"to_": "2026-11-01T00:00:00Z"}, "without “from”"),
        ({"from_": "2026-11-08T00:00:00Z", "to_": "2026-11-01T00:00:00Z"}, "is not before"),
        ({"range_": "fortnight"}, "“fortnight” is not a range"),
    ],
)
def test_nonsense_in_a_link_opens_with_a_notice(
    full: TestLedger, open_page: Open, parameters: dict[str, str], said: str
) -> None:
    test = open_page("overview", **parameters)
    assert not test.exception
    assert said in _words(test)
    assert figure(test, "tasks")["known"]


def test_tables_export_what_they_show(full: TestLedger, open_page: Open) -> None:
    open_page("overview")
    window = relative_window("7d", datetime.now(UTC))
    found = data.overview(window, data.Filters())
    sheet = list(csv.DictReader(io.StringIO(workload_csv(found))))
    assert {row["workload"] for row in sheet} == {row.workload for row in found.spend}
    assert all(float(row["p95_usd"]) >= float(row["p50_usd"]) > 0 for row in sheet)
    tasks = data.tasks(window, data.Filters(), "", "cost", 5)
    sheet = list(csv.DictReader(io.StringIO(task_csv(tasks))))
    assert [row["task_id"] for row in sheet] == [task.task_id for task in tasks]
    assert [row["cost_text"] for row in sheet] == [task.cost_text for task in tasks]


def test_findings_what_could_wait_and_two_tasks_export(full: TestLedger) -> None:
    window = relative_window("7d", datetime.now(UTC))
    cached = data_spend.caching(window, data.Filters())
    lines = cache_lines(cached.agents, cached.writes)
    sheet = list(csv.DictReader(io.StringIO(finding_csv(lines))))
    assert sorted(row["why"] for row in sheet) == sorted(one.why for line in lines for one in line.findings)
    batched = data_spend.batch(window, data.Filters())
    could_wait = waiting(batched.live, batched.depth)
    assert could_wait
    sheet = list(csv.DictReader(io.StringIO(waiting_csv(could_wait))))
    assert [float(row["spend_usd"]) for row in sheet] == [one.row.spend_usd for one in could_wait]
    first, second = (data.task(row.task_id) for row in data.tasks(window, data.Filters(), "", "cost", 2))
    assert first is not None
    assert second is not None
    sheet = list(csv.DictReader(io.StringIO(comparison_csv(first.task, second.task))))
    assert float(sheet[0][second.task.task_id]) == second.task.cost_usd


@pytest.mark.parametrize("name", ["price_books", "ledger_status", "price_models", "batch_outstanding"])
def test_query_page_opens_with_or_without_a_window(full: TestLedger, open_page: Open, name: str) -> None:
    test = open_page("query", name_=name)
    assert not test.exception
    assert catalogue.query(name).tables in _words(test)


def test_link_sets_window_and_filters(full: TestLedger, four_weeks: Traffic, open_page: Open) -> None:
    start, end = NOW - timedelta(days=10), NOW - timedelta(days=3)
    test = open_page(
        "overview", from_=start.strftime("%Y-%m-%dT%H:%M:%SZ"), to_=end.isoformat(), workload="coding-session"
    )
    wanted = [
        row for row in four_weeks.tasks
        if start <= row["ended_at"] < end and row["workload"] == "coding-session"
    ]  # fmt: skip
    assert figure(test, "tasks")["text"] == str(len(wanted))
    assert [row["id"] for row in table(test, "Workloads, dearest first")] == ["coding-session"]


def test_filter_that_matches_nothing_is_named(full: TestLedger, open_page: Open) -> None:
    test = open_page("overview", workload="no-such-workload")
    assert "narrowed to workload: no-such-workload" in _words(test)
    assert [button.label for button in test.button] == ["Clear the filters"]


def test_empty_window_offers_the_last_data(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(traffic(2, NOW - timedelta(days=20), days=1, tasks=3))
    test = open_page("overview", range_="1h")
    assert "No task ended in the last hour" in _words(test)
    assert "20 days ago" in _words(test)


def test_unpriced_calls_are_counted_and_never_zero(ledger: TestLedger, open_page: Open) -> None:
    made = traffic(3, NOW, days=0.02, tasks=1)
    for call in made.calls:
        call.update(list_cost_usd=None, pricing_status="unknown_model")
    made.tasks = [task_row(made.tasks[0]["task_id"], made.calls)]
    made.rollup = rollup_rows(made.calls)
    ledger.fill(made)
    test = open_page("overview")
    assert figure(test, "spend")["text"] == "–"
    assert figure(test, "p50")["text"] == "–"
    assert f"{len(made.calls)} call" in test.expander[0].label
    task = open_page("task", id=made.tasks[0]["task_id"])
    assert "none of its calls has a price" in _words(task)
    costs = {row["cost"] for row in payloads(task)[-1]["rows"] if row["kind"] == "call"}
    assert costs == {"unpriced"}


def test_hostile_names_stay_text(ledger: TestLedger, open_page: Open) -> None:
    made = traffic(4, NOW, days=0.02, tasks=2)
    task_id = f"{HOSTILE}-task"
    for row in (*made.calls, *made.spans, *made.tasks):
        row["task_id"] = task_id
        row.update(
            {name: HOSTILE for name in ("workload", "agent", "response_model", "name", "tool") if name in row}
        )
    made.tasks = made.tasks[:1]
    made.rollup = rollup_rows(made.calls)
    ledger.fill(made)
    for name in ("overview", "workload", "tasks", *SPEND):
        test = open_page(name, workload=HOSTILE)
        assert not test.exception
        for block in (*test.markdown, *test.caption, *test.title):
            assert "<img" not in str(block.value).replace("\\<", "")
    for view in ("hours", "turns", "calls", "models", "no-such-view"):
        assert not open_page("workload", workload=HOSTILE, view=view).exception
    test = open_page("task", id=task_id)
    assert not test.exception
    for block in (*test.markdown, *test.title):
        assert "<img" not in str(block.value).replace("\\<", "")


def test_a_ledger_that_is_away_is_said_so(open_page: Open, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("SPANLEDGER_DATA", str(tmp_path))
    client.use(Ledger(DashboardSettings(data=tmp_path, clickhouse_port=9)))
    st.cache_data.clear()
    try:
        test = open_page("overview")
        assert not test.exception
        assert "The ledger does not answer" in _words(test)
        assert "http://127.0.0.1:9" in _words(test)
        assert "spanledger up" in _words(test)
    finally:
        client.use(None)


def test_a_ledger_that_is_slow_is_said_so_and_looked_for_again(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """It takes connections and says nothing."""
    monkeypatch.setattr(client, "QUERY_TIMEOUT_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client.use(Ledger(DashboardSettings(data=tmp_path, clickhouse_port=mute.getsockname()[1])))
        st.cache_data.clear()
        try:
            test = open_page("overview")
            assert not test.exception
            assert "The ledger has not answered within 1 s" in _words(test)
            assert "tries again by itself" in _words(test)
        finally:
            client.use(None)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [("workload", "view", "zz"), ("tasks", "sort", "zz"), ("tasks", "only", "zz"), ("changes", "by", "zz"),
     ("investigate", "cmp", "<b>"), ("prices", "book", "zz")],
)  # fmt: skip
def test_a_choice_that_there_is_not_is_named(
    full: TestLedger, open_page: Open, name: str, parameter: str, value: str
) -> None:
    test = open_page(name, **{parameter: value})
    assert not test.exception
    assert f"“{value}” is no choice of “{parameter}” in the address." in _words(test)
    assert "is no choice of" not in _words(open_page(name))


def test_an_alert_that_there_is_not_and_a_window_to_come_are_said_so(
    full: TestLedger, open_page: Open
) -> None:
    assert "knows no alert “zz”" in _words(open_page("investigate", alert="zz"))
    later = {"from_": "2090-01-01T00:00:00Z", "to_": "2090-01-02T00:00:00Z"}
    assert "has not begun yet" in _words(open_page("investigate", **later))


def test_query_page_shows_text_parameters_and_rows(full: TestLedger, open_page: Open) -> None:
    test = open_page("query", name_="task_totals", workload="coding-session")
    assert not test.exception
    assert "FROM tasks AS t FINAL" in test.code[0].value
    assert "workloads = coding-session" in _words(test)
    assert sum(int(row["tasks"]) for row in query_rows(test, "task_totals")) > 0
    assert "more than the filters above: task_id" in _words(open_page("query", name_="task_calls"))
    assert "no query “../../etc/passwd”" in _words(open_page("query", name_="../../etc/passwd"))


def test_query_page_shows_the_views_that_a_query_reads(full: TestLedger, open_page: Open) -> None:
    test = open_page("query", name_="escalation_tiers")
    assert not test.exception
    assert "cascade_tiers_in" in test.code[0].value
    assert "FROM cascade_calls_in(" in test.code[1].value
    assert [found.name for found in catalogue.views_of(catalogue.query("task_totals"))] == []


VIEWS = [(name, {}) for name in ("overview", "tasks", "setup", "review", *SPEND)] + [
    ("workload", {"workload": "coding-session", "view": view})
    for view in ("cost", "hours", "turns", "calls", "models")
]


def test_tasks_can_be_narrowed_by_outcome(full: TestLedger, four_weeks: Traffic, open_page: Open) -> None:
    window = relative_window("7d", datetime.now(UTC))
    mine = [row for row in four_weeks.tasks if window.from_ <= row["ended_at"] < window.to]
    failed = {row["task_id"] for row in mine if row["success"] is False}
    found = table(open_page("tasks", only="failed"), "Tasks")
    assert {row["id"] for row in found} == failed
    assert "No task of the window matches" in _words(open_page("tasks", only="unpriced", q="nothing-like-it"))


def test_two_tasks_are_compared(full: TestLedger, four_weeks: Traffic, open_page: Open) -> None:
    one, other = sorted(four_weeks.tasks, key=lambda row: row["list_cost_usd"])[-2:]
    test = open_page("task", id=one["task_id"], with_=other["task_id"])
    assert not test.exception
    cost = next(row["cells"] for row in table(test, "Two tasks") if row["cells"][0]["text"] == "Cost")
    difference = float(other["list_cost_usd"] - one["list_cost_usd"])
    assert [cell["text"] for cell in cost[1:]] == [
        usd(float(one["list_cost_usd"])), usd(float(other["list_cost_usd"])), "+" + usd(difference),
    ]  # fmt: skip
    assert "does not know the task “nobody”" in _words(open_page("task", id=one["task_id"], with_="nobody"))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [*VIEWS, ("prices", {}), ("health", {}), ("investigate", {}), ("alerts", {})],
    ids=lambda it: it if isinstance(it, str) else it.get("view", ""),
)
def test_every_table_can_be_taken_away(
    full: TestLedger, open_page: Open, name: str, parameters: dict[str, str]
) -> None:
    test = open_page(name, **parameters)
    tables = [payload for payload in payloads(test) if "caption" in payload]
    assert len(test.get("download_button")) >= len(tables)


def test_a_tasks_steps_can_be_taken_away(full: TestLedger, four_weeks: Traffic, open_page: Open) -> None:
    test = open_page("task", id=four_weeks.tasks[0]["task_id"])
    assert len(test.get("download_button")) == 2
