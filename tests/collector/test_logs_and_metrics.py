"""Log records and metrics on a real collector: over HTTP and gRPC, in protobuf and JSON, good ones and bad ones."""

import json
import threading
import time

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA

from tests.collector.conftest import RunningCollector
from tests.collector.test_receiver_http import JSON, post
from tests.ledger.spans import pairs

NOW_NS = time.time_ns()


def logs(session: str, calls: int = 1) -> ExportLogsServiceRequest:
    """`calls` requests that Gemini CLI tells of in one session."""
    made = ExportLogsServiceRequest()
    resource = made.resource_logs.add()
    resource.resource.attributes.extend(pairs({"service.name": "gemini-cli"}))
    scope = resource.scope_logs.add()
    scope.scope.name = "gemini-cli"
    for index in range(calls):
        record = scope.log_records.add(time_unix_nano=NOW_NS + index * 1_000_000_000)
        record.attributes.extend(
            pairs(
                {
                    "event.name": "gemini_cli.api_response",
                    "session.id": session,
                    "model": "gemini-2.5-flash",
                    "input_token_count": 1000 + index,
                    "cached_content_token_count": 400,
                    "output_token_count": 50,
                    "thoughts_token_count": 7,
                    "error": None,
                }
            )
        )
    return made


def metrics(session: str) -> ExportMetricsServiceRequest:
    """One count of output tokens."""
    made = ExportMetricsServiceRequest()
    resource = made.resource_metrics.add()
    metric = resource.scope_metrics.add().metrics.add(name="claude_code.token.usage")
    metric.sum.aggregation_temporality = AGGREGATION_TEMPORALITY_DELTA
    point = metric.sum.data_points.add(time_unix_nano=NOW_NS, start_time_unix_nano=NOW_NS - 5, as_double=12.0)
    point.attributes.extend(pairs({"session.id": session, "type": "output", "model": "m"}))
    return made


def spans_of(collector: RunningCollector, session: str) -> int:
    """Calls told by log records of the session, as they stand in otel_traces."""
    found = collector.client().query(
        "SELECT uniqExact(SpanId) FROM otel_traces"
        " WHERE ScopeName = 'spanledger.log.gemini_cli' AND SpanAttributes['gen_ai.conversation.id'] = {s:String}",
        parameters={"s": session},
    )
    count = found.first_row[0]
    assert isinstance(count, int)
    return count


def counted(collector: RunningCollector, session: str) -> float:
    """Output tokens that metrics count in the session."""
    found = collector.client().query(
        "SELECT sum(value) FROM usage_metrics FINAL WHERE session_id = {s:String}", parameters={"s": session}
    )
    return float(found.first_row[0])


@pytest.mark.parametrize("how", ["http protobuf", "http json", "grpc"])
def test_calls_and_counts_are_there_when_the_sender_hears(collector: RunningCollector, how: str) -> None:
    session = f"heard over {how}"
    if how == "grpc":
        with grpc.insecure_channel(f"127.0.0.1:{collector.info.otlp_grpc_port}") as channel:
            assert LogsServiceStub(channel).Export(logs(session)).partial_success.rejected_log_records == 0
            assert (
                MetricsServiceStub(channel).Export(metrics(session)).partial_success.rejected_data_points == 0
            )
    else:
        for path, message in (("/v1/logs", logs(session)), ("/v1/metrics", metrics(session))):
            if how == "http json":
                answer = post(collector, json.dumps(MessageToDict(message)).encode(), JSON, path=path)
            else:
                answer = post(collector, message.SerializeToString(), path=path)
            assert answer.status == 200
    assert spans_of(collector, session) == 1
    assert counted(collector, session) == 12


def test_a_bad_body_falls_alone_among_its_neighbours(collector: RunningCollector) -> None:
    broken = logs("broken").SerializeToString()
    inner = b"\x12\x0a\x12\x7f" + b"\x0a\x02ab"
    bodies = {
        **{f"neighbour {n}": logs(f"neighbour {n}", 5).SerializeToString() for n in range(10)},
        "cut": broken[:-4],
        "corrupt": b"\x0a" + bytes([len(inner)]) + inner,
    }
    answers: dict[str, int] = {}

    def send(name: str, content: bytes) -> None:
        answers[name] = post(collector, content, path="/v1/logs").status

    threads = [threading.Thread(target=send, args=item) for item in bodies.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {name: 200 if name.startswith("neighbour") else 400 for name in bodies}
    assert [spans_of(collector, f"neighbour {n}") for n in range(10)] == [5] * 10


def test_one_bad_record_in_json_does_not_cost_the_others(collector: RunningCollector) -> None:
    fields = MessageToDict(logs("partial", 3))
    fields["resourceLogs"][0]["scopeLogs"][0]["logRecords"][1]["traceId"] = "no hex"
    answer = post(collector, json.dumps(fields).encode(), JSON, path="/v1/logs")
    told = json.loads(answer.body)["partialSuccess"]
    assert (answer.status, told["rejectedLogRecords"]) == (200, "1")
    assert "must be 32 hex digits" in told["errorMessage"]
    assert spans_of(collector, "partial") == 2


def test_the_answer_says_what_becomes_of_the_rest(collector: RunningCollector) -> None:
    answer = post(collector, logs("rest").SerializeToString(), path="/v1/logs")
    told = ExportLogsServiceResponse.FromString(answer.body).partial_success
    assert "all others are counted and not stored" in told.error_message
