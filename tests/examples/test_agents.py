"""The sample agents, with real clients and real hooks, against the local provider."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sdk_hooks
from examples.agents import coding_session, nightly_batch, research_planner, run_all, support_triage
from examples.agents.running import Agent, TaskReport, clients_of
from examples.provider_server import ProviderServer
from examples.wire.provider import Provider
from sdk_hooks import attributes as names
from tests.examples.conftest import Sink


class Played:
    """One run of an agent: what it reported and the spans that came of it."""

    def __init__(self, agent: Agent, tasks: int, *, seed: int = 7, fault_rate: float = 0.0) -> None:
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        sdk_hooks.instrument(tracer_provider=provider, export=False, complete_stream_usage=True)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        behind = Provider(seed=seed, run="test", fault_rate=fault_rate, retry_after_s=0.01)
        try:
            with (
                ProviderServer(behind) as server,
                clients_of(
                    server.anthropic_url, provider.get_tracer("agent"), tasks=tasks, seed=seed
                ) as clients,
            ):
                self.reports: list[TaskReport] = list(agent(clients))
        finally:
            sdk_hooks.uninstrument()
        self.spans: tuple[ReadableSpan, ...] = exporter.get_finished_spans()

    def of(self, operation: str) -> list[dict[str, Any]]:
        """The attributes of all spans of one operation, in the order of their starts."""
        found = sorted(self.spans, key=lambda span: span.start_time or 0)
        return [
            dict(span.attributes or {})
            for span in found
            if (span.attributes or {}).get(names.OPERATION_NAME) == operation
        ]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The attributes of all calls."""
        return self.of(names.OPERATION_CHAT)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


def check_common(played: Played, tasks: int) -> None:
    found = played.of(names.OPERATION_TASK)
    assert len(found) == len({task[names.TASK_ID] for task in found}) == tasks == len(played.reports)
    assert all(names.OUTCOME_SUCCESS in task and names.TASK_UNIT in task for task in found)
    assert {call[names.TASK_ID] for call in played.calls} == {task[names.TASK_ID] for task in found}
    ids = [call[names.RESPONSE_ID] for call in played.calls if names.RESPONSE_ID in call]
    assert len(ids) == len(set(ids))
    assert all(call[names.INPUT_TOKENS] > 0 for call in played.calls if names.ERROR_TYPE not in call)


def test_support_escalates_some_tickets_and_says_why() -> None:
    played = Played(support_triage.run, 16)
    check_common(played, 16)
    escalated = [call for call in played.calls if names.ESCALATION_FROM_TIER in call]
    assert 2 <= len(escalated) <= 16
    assert {call[names.ESCALATION_SIGNAL] for call in escalated} <= {"schema", "self_confidence", "checker"}
    for call in escalated:
        lower = [
            other
            for other in played.calls
            if other.get(names.CASCADE_ID) == call[names.CASCADE_ID]
            and other[names.ATTEMPT] == call[names.ATTEMPT] - 1
        ]
        assert [other[names.TIER] for other in lower] == [call[names.ESCALATION_FROM_TIER]]
    assert all(names.CASCADE_ID not in call for call in played.calls if call.get(names.STEP) == "judge")
    assert sum(report.success for report in played.reports) > 8


def test_support_survives_a_provider_that_fails() -> None:
    played = Played(support_triage.run, 6, fault_rate=0.45)
    check_common(played, 6)
    assert any(call.get(names.RETRIES) for call in played.calls)


def test_two_runs_with_one_seed_say_the_same() -> None:
    one, two = Played(support_triage.run, 5), Played(support_triage.run, 5)
    assert one.reports == two.reports
    assert [call[names.OUTPUT_TOKENS] for call in one.calls] == [
        call[names.OUTPUT_TOKENS] for call in two.calls
    ]
    assert one.reports != Played(support_triage.run, 5, seed=8).reports


def test_the_planner_has_workers_side_by_side_and_a_single_agent_to_compare() -> None:
    played = Played(research_planner.run, 5)
    check_common(played, 5)
    roles = Counter(call.get(names.AGENT_ROLE) for call in played.calls)
    assert roles["orchestrator"] == 8
    assert roles["worker"] >= 8
    assert Counter(task[names.ARCHITECTURE] for task in played.of(names.OPERATION_TASK)) == {
        "orchestrator-worker": 4,
        "single": 1,
    }
    workers = [s for s in played.spans if (s.attributes or {}).get(names.AGENT_ROLE) == "worker"]
    begun = sorted((s.start_time or 0, s.end_time or 0) for s in workers if s.name.startswith("invoke_agent"))
    assert any(later[0] < earlier[1] for earlier, later in itertools.pairwise(begun))
    assert played.of(names.OPERATION_TOOL)


def test_a_coding_session_reads_its_past_from_the_cache_and_is_compacted() -> None:
    played = Played(coding_session.run, 1)
    check_common(played, 1)
    opus = [call for call in played.calls if call[names.REQUEST_MODEL] == coding_session.MODEL]
    assert len(opus) > 12
    read = sum(call[names.CACHE_READ_TOKENS] for call in opus)
    assert read > 0.6 * sum(call[names.INPUT_TOKENS] for call in opus)
    assert sum(call[names.CACHE_WRITE_LONG_TOKENS] for call in opus) > 5000
    steps = Counter(call[names.STEP] for call in played.calls)
    assert steps["compact"] >= 1
    assert steps["scout"] == 2
    assert all(call[names.REQUEST_STREAM] for call in opus if call[names.STEP] == "turn")


def test_the_nightly_batch_is_offline_and_at_batch_prices() -> None:
    played = Played(nightly_batch.run, 4)
    check_common(played, 4)
    classes = Counter(call[names.SERVICE_CLASS] for call in played.calls)
    assert classes == {"batch": 8, "flex": 4}
    assert {call[names.LATENCY_CLASS] for call in played.calls} == {"offline"}
    batched = [call for call in played.calls if call[names.SERVICE_CLASS] == "batch"]
    assert len({call[names.BATCH_CUSTOM_ID] for call in batched}) == 8
    assert len({call[names.BATCH_ID] for call in batched}) == 1


def test_a_round_of_everyone_arrives_at_the_endpoint(sink: Sink) -> None:
    told: list[tuple[int, int]] = []
    summary = run_all(sink.url, token="secret", progress=lambda done, total: told.append((done, total)))

    services = Counter[str]()
    for body in sink.bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            spans = [span for scope in resource.scope_spans for span in scope.spans]
            services[about["service.name"]] += sum(span.name.startswith("task ") for span in spans)
    assert dict(services) == summary.tasks
    assert told[-1] == (sum(summary.tasks.values()),) * 2
    assert {headers["authorization"] for headers in sink.headers} == {"Bearer secret"}


def test_an_agent_runs_from_the_command_line(sink: Sink) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.agents.support_triage", "--endpoint", sink.url, "--tasks", "2"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[0].startswith("ticket 0: ")
    assert done.stderr == "2 of 2 tasks done\n"
    assert sink.bodies
