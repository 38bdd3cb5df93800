"""Log records and metrics of coding agents: calls and sessions from the one, a check from the other."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from analytics.health.findings import HealthData, verdict
from analytics.health.rows import UsageCounted
from sql.catalogue import query
from tests.imports.signals import AGENTS, body, buckets, send, true_buckets, truth
from tests.ledger.ledger import Ledger
from tests.ledger.spans import NOON_NS, pairs

CANARY = "canary-71c2 please delete the production database"


def request(
    *records: LogRecord, scope: str = "com.anthropic.claude_code.events", **resource: object
) -> bytes:
    """One export request of log records."""
    made = ExportLogsServiceRequest()
    logs = made.resource_logs.add()
    logs.resource.attributes.extend(
        pairs({"service.name": "claude-code", "service.version": "2.1.0", **resource})
    )
    within = logs.scope_logs.add()
    within.scope.name = scope
    within.log_records.extend(records)
    return made.SerializeToString()


def api_request(
    at_s: float = 0, body_text: str = "claude_code.api_request", **attributes: object
) -> LogRecord:
    """One `api_request` of Claude Code, `at_s` seconds after noon."""
    told: dict[str, object] = {
        "event.name": "api_request",
        "session.id": "s-1",
        "model": "claude-sonnet-4-5-20250929",
        "input_tokens": 10,
        "cache_read_tokens": 200,
        "cache_creation_tokens": 30,
        "output_tokens": 5,
        "duration_ms": 1500,
        "request_id": "req_1",
        **{name.replace("__", "."): value for name, value in attributes.items()},
    }
    record = LogRecord(time_unix_nano=NOON_NS + int(at_s * 1e9))
    record.body.string_value = body_text
    record.attributes.extend(pairs({name: value for name, value in told.items() if value is not ...}))
    return record


@pytest.mark.parametrize("case", AGENTS)
def test_every_call_of_a_session_is_told_by_its_logs(ledger: Ledger, case: str) -> None:
    send(ledger, "logs", body(case, "logs"))
    ledger.catch_up()
    calls = sorted(ledger.calls(), key=lambda row: row["started_at"])
    assert [buckets(row) for row in calls] == [true_buckets(usage) for usage in truth(case).calls]
    (task,) = ledger.tasks()
    assert task["calls"] == len(calls)
    assert {row["task_id"] for row in calls} == {task["task_id"]}
    assert len(task["task_id"]) == 36, "a session id"
    for row, usage in zip(calls, truth(case).calls, strict=True):
        assert row["reasoning_tokens"] in (None, usage["reasoning_within_output"])


@pytest.mark.parametrize("case", AGENTS)
@pytest.mark.parametrize("order", list(permutations(("traces", "logs", "metrics"))))
def test_a_call_told_three_ways_is_one_call(ledger: Ledger, case: str, order: tuple[str, ...]) -> None:
    for signal in order:
        send(ledger, signal, body(case, signal))
        ledger.catch_up()
    calls = sorted(ledger.calls(), key=lambda row: row["started_at"])
    assert [buckets(row) for row in calls] == [true_buckets(usage) for usage in truth(case).calls]
    assert len({row["task_id"] for row in calls}) == 1
    assert [task["calls"] for task in ledger.tasks()] == [len(calls)]


@pytest.mark.parametrize("case", AGENTS)
def test_what_is_sent_again_changes_nothing(ledger: Ledger, case: str) -> None:
    for signal in ("logs", "metrics"):
        send(ledger, signal, body(case, signal))
    ledger.catch_up()
    before = ledger.snapshot()
    metrics = ledger.rows("SELECT * EXCEPT received_at FROM usage_metrics FINAL ORDER BY ALL")
    assert metrics
    for signal in ("metrics", "logs", "logs"):
        send(ledger, signal, body(case, signal))
    ledger.catch_up()
    assert ledger.snapshot() == before
    assert ledger.rows("SELECT * EXCEPT received_at FROM usage_metrics FINAL ORDER BY ALL") == metrics


@pytest.mark.parametrize("case", AGENTS)
def test_metrics_agree_with_the_calls_and_are_never_priced(ledger: Ledger, case: str) -> None:
    send(ledger, "metrics", body(case, "metrics"))
    assert ledger.catch_up() == 0
    assert ledger.calls() == []
    send(ledger, "logs", body(case, "logs"))
    ledger.catch_up()
    window = {"from_": "2026-11-20 00:00:00", "to_": "2026-11-21 00:00:00", "workloads": "[]"}
    found = ledger.rows(query("usage_completeness").text, **window)
    assert len(found) >= 4
    assert {row["bucket"]: row["missing"] for row in found} == {
        row["bucket"]: pytest.approx(0, abs=1e-9) for row in found
    }


def test_a_call_that_never_came_shows_in_the_metrics(ledger: Ledger) -> None:
    send(ledger, "metrics", body("claude_code__tool", "metrics"))
    send(ledger, "logs", body("claude_code__chat", "logs"))
    ledger.catch_up()
    window = {"from_": "2026-11-20 00:00:00", "to_": "2026-11-21 00:00:00", "workloads": "[]"}
    missing = {
        row["bucket"]: row["missing"] for row in ledger.rows(query("usage_completeness").text, **window)
    }
    assert missing["output_tokens"] is None, "nothing of that session is in the ledger"
    text = query("usage_completeness").text
    rows = [
        UsageCounted(row["service"], row["session_id"], row["bucket"], row["counted"], row["held"])
        for row in ledger.rows(text, **window)
    ]
    findings = verdict(HealthData(usage=rows), datetime.now(UTC)).findings
    (found,) = [one for one in findings if one.name == "usage_completeness"]
    assert found.severity == "warning"
    assert "100 % is missing" in found.what
    assert ledger.rows(text, **{**window, "workloads": "['another']"}) == []


def test_other_records_are_counted_and_not_kept(ledger: Ledger) -> None:
    send(ledger, "logs", body("claude_code__tool", "logs"))
    counts = ledger.rows(
        "SELECT name, sum(received) AS received, sum(used) AS used FROM signal_counts GROUP BY name ORDER BY name"
    )
    assert counts == [
        {"name": "", "received": 4, "used": 0},
        {"name": "claude_code.api_request", "received": 2, "used": 2},
    ]


def test_prompts_reach_no_table(ledger: Ledger) -> None:
    records = [
        api_request(0, prompt=CANARY, response=CANARY, body=CANARY, arguments=CANARY),
        api_request(5, body_text=CANARY, request_id="req_2", event__sequence=2),
        LogRecord(time_unix_nano=NOON_NS, event_name=CANARY),
    ]
    records[2].attributes.extend(pairs({"event.name": CANARY, "prompt": CANARY}))
    resource = {"process.command_args": ["agent", "-p", CANARY], "process.command": CANARY}
    send(ledger, "logs", request(*records, **resource))
    ledger.catch_up()
    assert len(ledger.calls()) == 2
    tables = ledger.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    assert len(tables) > 15
    for table in tables:
        whole = ledger.engine.run(f"SELECT * FROM {table['name']}", fmt="TSVRaw")
        assert b"canary-71c2" not in whole, table["name"]


def test_numbers_as_text_or_floats_are_numbers_and_absent_ones_are_unknown(ledger: Ledger) -> None:
    send(
        ledger,
        "logs",
        request(
            api_request(0, input_tokens="10", cache_read_tokens="200", output_tokens=5.0),
            api_request(60, request_id="req_2", output_tokens=...),
            api_request(120, request_id="req_3", cache_read_tokens=0, cache_creation_tokens=0),
            api_request(180, request_id="req_4", input_tokens=...),
            api_request(240, request_id="req_5", input_tokens="many"),
        ),
    )
    ledger.catch_up()
    calls = sorted(ledger.calls(), key=lambda row: row["started_at"])
    assert [row["fresh_input_tokens"] for row in calls] == [10, 10, 10, None, None]
    assert [row["output_tokens"] for row in calls] == [5, None, 5, 5, 5]
    assert [row["cache_read_tokens"] for row in calls][:3] == [200, 200, 0]
    assert [row["pricing_status"] for row in calls[1:]] == [
        "missing_usage",
        "priced",
        "missing_usage",
        "missing_usage",
    ]


def test_a_failed_request_is_a_call_that_cost_nothing(ledger: Ledger) -> None:
    error = api_request(0, "claude_code.api_error", event__name="api_error", status_code="529", error=CANARY)
    kept = [
        each
        for each in error.attributes
        if each.key not in ("input_tokens", "output_tokens") and not each.key.startswith("cache_")
    ]
    del error.attributes[:]
    error.attributes.extend(kept)
    send(ledger, "logs", request(error))
    ledger.catch_up()
    (call,) = ledger.calls()
    assert (call["status"], call["error_type"], call["pricing_status"]) == ("error", "529", "not_billed")
    assert call["list_cost_usd"] is None


def test_labels_and_ruled_attributes_pass(ledger: Ledger) -> None:
    ledger.configure("workloads: [{match: {attribute.team.id: billing}, workload: billing-team}]\n")
    ledger.keeper.prepare()
    send(ledger, "logs", request(api_request(0, team__id="billing", user__email="a@b.example")))
    send(ledger, "logs", request(api_request(90, request_id="req_2"), **{"spanledger.workload": "docs"}))
    ledger.catch_up()
    assert sorted(row["workload"] for row in ledger.calls()) == ["billing-team", "docs"]
    assert "a@b.example" not in str(ledger.rows("SELECT * FROM otel_traces"))


def test_a_task_that_was_said_comes_before_the_session(ledger: Ledger) -> None:
    send(ledger, "logs", request(api_request(0, **{"spanledger.task.id": "by record"})))
    send(
        ledger,
        "logs",
        request(api_request(60, request_id="req_2"), **{"spanledger.task.id": "by resource"}),
    )
    send(ledger, "logs", request(api_request(120, request_id="req_3")))
    ledger.catch_up()
    assert sorted(task["task_id"] for task in ledger.tasks()) == ["by record", "by resource", "s-1"]


def test_an_unknown_scope_with_the_same_event_name_is_a_call_of_its_own(ledger: Ledger) -> None:
    send(ledger, "logs", request(api_request(0, "something else"), scope="my.app"))
    ledger.catch_up()
    (row,) = ledger.calls()
    assert row["emitter"] == "spanledger.logs.my.app"
    assert (row["fresh_input_tokens"], row["cache_read_tokens"], row["output_tokens"]) == (10, 200, 5)
