"""OTLP/JSON of logs and metrics: whatever is in it, it is taken, refused in words, or told to be no request."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from collector.otlp.json_form import BadJson, logs_from_json, metrics_from_json

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=12), inside, max_size=3),
    max_leaves=12,
)
LOG_FIELDS = (
    "timeUnixNano",
    "traceId",
    "spanId",
    "body",
    "attributes",
    "eventName",
    "severityNumber",
    "flags",
)
METRIC_FIELDS = ("name", "sum", "histogram", "gauge", "unit", "exponentialHistogram", "summary")


def logs(*records: Any) -> bytes:
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": list(records)}]}]}).encode()


def metrics(*points: Any) -> bytes:
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": list(points)}]}]}).encode()


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(LOG_FIELDS), ANYTHING))
def test_no_log_record_can_break_it(record: dict[str, Any]) -> None:
    good = {"timeUnixNano": "5", "body": {"stringValue": "x"}}
    found = logs_from_json(logs(good, record))
    taken = ExportLogsServiceRequest.FromString(found.body).resource_logs[0].scope_logs[0].log_records
    assert len(taken) + found.rejected == 2
    assert taken[0].time_unix_nano == 5
    assert bool(found.reason) == bool(found.rejected)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(METRIC_FIELDS), ANYTHING))
def test_no_metric_can_break_it(metric: dict[str, Any]) -> None:
    found = metrics_from_json(metrics({"name": "good"}, metric))
    taken = ExportMetricsServiceRequest.FromString(found.body).resource_metrics[0].scope_metrics[0].metrics
    assert len(taken) + found.rejected == 2
    assert taken[0].name == "good"


def test_examples_of_points_are_left_out() -> None:
    point = {
        "asInt": "4",
        "timeUnixNano": "9",
        "exemplars": [{"traceId": "5b8efff798038103d269b633813fc60c"}],
    }
    found = metrics_from_json(metrics({"name": "m", "sum": {"dataPoints": [point]}}))
    assert found.rejected == 0
    (taken,) = ExportMetricsServiceRequest.FromString(found.body).resource_metrics[0].scope_metrics[0].metrics
    assert taken.sum.data_points[0].as_int == 4


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"resourceLogs": 5}', b'{"resourceLogs": [5]}'])
def test_what_is_no_request_is_said(body: bytes) -> None:
    with pytest.raises(BadJson):
        logs_from_json(body)
