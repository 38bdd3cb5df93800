"""The dashboard's own parts without a page: CSV, waterfall trees, addresses, compression, configuration."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from analytics.rows import CallDetail, SpanDetail, TaskDetail
from dashboard.app import streamlit_config
from dashboard.charts import figures as charts
from dashboard.charts.theme import DARK, LIGHT
from dashboard.charts.waterfall import waterfall_payload
from dashboard.data.address import ledger_address, otlp_endpoint
from dashboard.parts.words import plain
from dashboard.serving.compress import STATIC, CompressBundles
from dashboard.serving.settings import DashboardSettings
from dashboard.tables.table import Cell, Chip, Column, Line, Table, csv_text, table_csv
from tests.dashboard.conftest import NOW

TASK = TaskDetail(
    task_id="t", workload="w", tenant="", environment="", started_at=NOW, ended_at=NOW + timedelta(seconds=60),
    duration_s=60, status="ok", calls=1, failed_calls=0, tool_calls=0, cost_usd=1.0, cost_text="1", unpriced_calls=0,
    abandoned_usd=0, escalations=0, attempts=0, cascades=0, retries=0, highest_tier="", models=(), agents=(),
    architecture="", prompt_version="", change="", pull_request="", traces=1, cache_read=0, cache_known=0, output=0,
    success=None, checker="", checker_kind="", useful_units=None, unit="",
)  # fmt: skip
CALL = CallDetail(
    trace_id="a", span_id="c", parent_span_id="", started_at=NOW, duration_s=1.0, first_chunk_s=None, agent="",
    step="", provider="", model="m", tier="nano", service_class="standard", cascade_id="", attempt=None,
    escalated=False, escalation_signal="", abandoned=False, fresh_input=1, cache_read=None, cache_write=None,
    output=1, reasoning=None, fresh_input_usd=0.5, cache_read_usd=None, cache_write_usd=None, output_usd=0.5,
    cost_usd=1.0, cost_text="1", pricing_status="priced", pricing_note="", status="ok", error_type="",
    finish_reason="", retries=None, suppressed_spans=0, emitter="",
)  # fmt: skip
SPAN = SpanDetail("a", "s", "", "agent", "invoke_agent x", "x", "", NOW, 2.0, "ok")

TEXTS = st.text(max_size=30)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_csv_can_be_read_back(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_text(("a", "b"), rows), newline="")))
    assert read[0] == ["a", "b"]
    for wrote, found in zip(rows, read[1:], strict=True):
        for before, after in zip(wrote, found, strict=True):
            assert after in (before, "'" + before)
            assert after[:1] not in ("=", "+", "-", "@")


@given(TEXTS)
def test_escaped_text_keeps_its_words(text: str) -> None:
    assert plain(text).replace("\\", "") == " ".join(text.split()).replace("\\", "")


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_any_tree_shows_every_step_once(seed: int, size: int) -> None:
    chance = random.Random(seed)
    names = [f"{number:02x}" for number in range(size)]
    spans, calls = [], []
    for name in names:
        # Parents may be missing, later, or the step itself; kinds may be hidden ones.
        parent = chance.choice([*names, "gone", "", name])
        at = NOW + timedelta(seconds=chance.uniform(-5, 70))
        if chance.random() < 0.5:
            calls.append(replace(CALL, span_id=name, parent_span_id=parent, started_at=at))
        else:
            kind = chance.choice(["task", "agent", "tool", "other"])
            spans.append(replace(SPAN, span_id=name, parent_span_id=parent, kind=kind, started_at=at))
    rows = waterfall_payload(TASK, calls, spans, LIGHT)["rows"]
    shown = [row["id"].split("/")[1] for row in rows]
    assert sorted(shown) == sorted(
        [call.span_id for call in calls] + [span.span_id for span in spans if span.kind != "other"]
    )
    for row in rows:
        assert 0 <= row["left"] <= 100
        assert 0 <= row["left"] + row["width"] <= 100.001
    json.dumps(rows)


def test_unpriced_call_is_never_free() -> None:
    call = replace(CALL, cost_usd=None, cost_text=None, pricing_status="missing_usage")
    row = waterfall_payload(TASK, [call], [], DARK)["rows"][0]
    assert row["cost"] == "unpriced"
    assert "reported no usage" in row["why"]


def test_ledger_address_follows_the_running_collector(tmp_path: Path) -> None:
    settings = DashboardSettings(data=tmp_path)
    assert ledger_address(settings).shown == "http://127.0.0.1:8123"
    (tmp_path / "clickhouse-password").write_text("secret\n")
    (tmp_path / "run.json").write_text(
        json.dumps({"host": "0.0.0.0", "clickhouse_port": 4242, "database": "other", "otlp_http_port": 4343})
    )
    found = ledger_address(settings)
    assert (found.shown, found.password, found.database) == ("http://127.0.0.1:4242", "secret", "other")
    assert otlp_endpoint(settings) == "http://127.0.0.1:4343"
    assert "secret" not in repr(found)


def test_ledger_address_of_a_server() -> None:
    found = ledger_address(DashboardSettings(clickhouse_url="https://me:p%40ss@ch.example/costs"))
    assert (found.host, found.port, found.secure, found.database) == ("ch.example", 8443, True, "costs")
    assert (found.username, found.password) == ("me", "p@ss")


def test_bundles_are_sent_compressed() -> None:
    def untouched(_: Request) -> PlainTextResponse:
        return PlainTextResponse("app")

    app = Starlette(routes=[Route("/{rest:path}", untouched)], middleware=[Middleware(CompressBundles)])
    bundle = next((STATIC / "js").glob("index.*.js"))
    with TestClient(app) as client:
        answer = client.get(f"/static/js/{bundle.name}")
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < bundle.stat().st_size / 2
        assert answer.content == bundle.read_bytes()
        assert client.get("/static/js/nothing.js").text == "app"
        assert client.get("/static/../../__init__.js").text == "app"
        plain_answer = client.get(f"/static/js/{bundle.name}", headers={"accept-encoding": "identity"})
        assert plain_answer.text == "app"


def test_streamlit_is_told_everything() -> None:
    config = streamlit_config(DashboardSettings())
    assert config["server.address"] == "127.0.0.1"
    assert config["browser.gatherUsageStats"] is False
    assert "127.0.0.1" in config["server.allowedHosts"]  # type: ignore[operator]  # a list
    for section in ("light", "dark"):
        assert len(config[f"theme.{section}.chartCategoricalColors"]) == 10  # type: ignore[arg-type]  # a list
    assert streamlit_config(DashboardSettings(host="0.0.0.0"))["server.allowedHosts"] == []


def test_a_point_between_gaps_is_drawn_as_a_marker() -> None:
    assert charts._markers([None, 1.0, None, 2.0, 3.0]) == {
        "size": [1, 6, 1, 1, 1],
        "opacity": [0, 1, 0, 0, 0],
    }
    assert charts._markers([5.0]) == {"size": [6], "opacity": [1]}


def test_a_table_is_taken_away_as_it_stands() -> None:
    made = Table(
        "What",
        (Column("Name"), Column("Cost"), Column("State")),
        (
            Line(
                (
                    Cell("=cmd()", sub="a line under it"),
                    Cell("$1.2k", 1234.5),
                    Cell(chips=(Chip("fail"), Chip("new"))),
                )
            ),
            Line((Cell("plain"), Cell("20 Nov 10:00", 1.79e9), Cell("ok", "ok"))),
        ),
    )
    rows = list(csv.reader(io.StringIO(table_csv(made))))
    assert rows == [
        ["Name", "Name, below", "Cost", "State"],
        ["'=cmd()", "a line under it", "1234.5", "fail, new"],
        ["plain", "", "20 Nov 10:00", "ok"],
    ]
