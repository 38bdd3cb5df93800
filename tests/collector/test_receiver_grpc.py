"""OTLP over gRPC against the specification, on a real collector with its real schema."""

import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from collector.otlp.intake import REMARKS, TRACES, Intake
from collector.otlp.receiver_grpc import OtlpGrpc
from collector.otlp.writer import LedgerUnavailable, Overloaded
from tests.collector.conftest import RunningCollector
from tests.collector.otlp_bodies import body, request
from tests.collector.test_receiver_http import LIMIT_BYTES, corrupted, stored

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.fixture(scope="module")
def channel(collector: RunningCollector) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{collector.info.otlp_grpc_port}") as made:
        yield made


def export_raw(channel: grpc.Channel, content: bytes) -> bytes:
    """One Export call with bytes as they are."""
    answer = channel.unary_unary(EXPORT)(content, timeout=30)
    assert isinstance(answer, bytes)
    return answer


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_spans_are_there_when_the_sender_hears(
    collector: RunningCollector, channel: grpc.Channel, compression: grpc.Compression
) -> None:
    label = f"grpc {compression}"
    answer = TraceServiceStub(channel).Export(request(label), compression=compression)
    assert answer == ExportTraceServiceResponse()
    assert stored(collector, label) == 3


def test_the_sdk_exporter(collector: RunningCollector) -> None:
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{collector.info.otlp_grpc_port}", insecure=True)
    provider = TracerProvider(resource=Resource.create({"service.name": "sdk over grpc"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("t").start_as_current_span("one"):
        time.sleep(0.001)
    provider.shutdown()
    assert stored(collector, "sdk over grpc") == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (body("cut")[:-4], grpc.StatusCode.INVALID_ARGUMENT),
        (b"\xff\xff", grpc.StatusCode.INVALID_ARGUMENT),
        (corrupted("x"), grpc.StatusCode.INVALID_ARGUMENT),
        (b"x" * (LIMIT_BYTES + 1), grpc.StatusCode.RESOURCE_EXHAUSTED),
    ],
)
def test_refusals(channel: grpc.Channel, content: bytes, code: grpc.StatusCode) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        export_raw(channel, content)
    assert raised.value.code() is code
    assert export_raw(channel, body("grpc after refusal")) == b""


def test_other_signals_are_accepted_and_say_what_becomes_of_them(channel: grpc.Channel) -> None:
    metrics = MetricsServiceStub(channel).Export(ExportMetricsServiceRequest())
    logs = LogsServiceStub(channel).Export(ExportLogsServiceRequest())
    assert metrics.partial_success.error_message == REMARKS["metrics"]
    assert logs.partial_success.error_message == REMARKS["logs"]


class NeverStores:
    """A writer that is always too busy, or away."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def write(self, body: bytes) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Overloaded("full", 2), grpc.StatusCode.RESOURCE_EXHAUSTED),
        (LedgerUnavailable("away", 5), grpc.StatusCode.UNAVAILABLE),
    ],
)
def test_senders_are_told_when_to_try_again(error: Any, code: grpc.StatusCode) -> None:
    import asyncio

    async def work() -> grpc.aio.AioRpcError:
        intake = Intake({TRACES: NeverStores(error)})  # type: ignore[dict-item]
        server = OtlpGrpc(intake, host="127.0.0.1", port=0, max_body_bytes=1000)
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await channel.unary_unary(EXPORT)(body("x"))
        await server.stop(0)
        return raised.value

    raised = asyncio.run(work())
    assert raised.code() is code
    details = dict(raised.trailing_metadata() or ())["grpc-status-details-bin"]
    told = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(told)
    assert told.retry_delay.seconds == error.retry_after_s
