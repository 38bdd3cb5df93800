"""Strangers' exporters and browsers against the receivers: what they do when told to wait, and what a page may do."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from collector.http.server import HttpServer, listen
from collector.otlp.frames import check_frames
from collector.otlp.intake import TRACES, Intake
from collector.otlp.receiver_grpc import OtlpGrpc
from collector.otlp.receiver_http import OtlpHttp
from collector.otlp.writer import LedgerUnavailable, Overloaded
from tests.collector.conftest import RunningCollector
from tests.collector.test_receiver_http import post, stored

PAGE = "http://localhost:3000"


class BusyAtFirst:
    """A writer that refuses once with `error`, then takes everything."""

    def __init__(self, error: Exception) -> None:
        self._error: Exception | None = error
        self.bodies: list[bytes] = []

    async def write(self, body: bytes) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
        self.bodies.append(body)


@contextmanager
def receivers(writer: BusyAtFirst) -> Iterator[tuple[int, int]]:
    """Both receivers on free ports in front of `writer`: HTTP's port and gRPC's."""
    ports: list[int] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        intake = Intake({TRACES: writer})  # type: ignore[dict-item]
        over_grpc = OtlpGrpc(intake, host="127.0.0.1", port=0, max_body_bytes=1_000_000)
        listening = listen("127.0.0.1", 0, "OTLP HTTP", "none")
        over_http = HttpServer(OtlpHttp(intake, max_body_bytes=1_000_000), listening)
        await over_grpc.start()
        await over_http.start()
        ports.extend((over_http.port, over_grpc.port))
        ready.set()
        await ending.wait()
        await over_grpc.stop(0)
        await over_http.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    try:
        yield ports[0], ports[1]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(60)
        loop.close()


def spans(service: str) -> tuple[ReadableSpan, ...]:
    """Two spans as the SDK ends them."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("t")
    with (
        tracer.start_as_current_span("outer"),
        tracer.start_as_current_span("inner", attributes={"n": [1, 2]}),
    ):
        pass
    return kept.get_finished_spans()


def over_http(http_port: int, _grpc_port: int, **options: Any) -> SpanExporter:
    return HttpExporter(endpoint=f"http://127.0.0.1:{http_port}/v1/traces", **options)


def over_grpc(_http_port: int, grpc_port: int, **options: Any) -> SpanExporter:
    return GrpcExporter(endpoint=f"http://127.0.0.1:{grpc_port}", insecure=True, **options)


@pytest.mark.parametrize("exporter", [over_http, over_grpc])
@pytest.mark.parametrize("error", [Overloaded("full", 1), LedgerUnavailable("away", 1)])
def test_exporters_try_again_and_nothing_is_lost(
    exporter: Callable[..., SpanExporter], error: Exception
) -> None:
    writer = BusyAtFirst(error)
    with receivers(writer) as ports:
        sending = exporter(*ports)
        assert sending.export(spans("patient")) is SpanExportResult.SUCCESS
        sending.shutdown()
    assert [check_frames(body) for body in writer.bodies] == [1], "sent twice, taken once"


@pytest.mark.parametrize(
    ("exporter", "options"),
    [
        (over_http, {"compression": Compression.NoCompression}),
        (over_http, {"compression": Compression.Gzip}),
        (over_http, {"compression": Compression.Deflate}),
        (over_grpc, {"compression": grpc.Compression.Gzip}),
        (over_grpc, {"compression": grpc.Compression.Deflate}),
    ],
)
def test_exporters_in_every_compression(
    collector: RunningCollector, exporter: Callable[..., SpanExporter], options: dict[str, Any]
) -> None:
    label = f"{exporter.__name__} {options}"
    sending = exporter(collector.info.otlp_http_port, collector.info.otlp_grpc_port, **options)
    assert sending.export(spans(label)) is SpanExportResult.SUCCESS
    sending.shutdown()
    assert stored(collector, label) == 2


def test_probes_ask_for_health_over_grpc(collector: RunningCollector) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{collector.info.otlp_grpc_port}") as channel:
        assert channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=30) == b"\x08\x01"


def preflight(collector: RunningCollector, origin: str) -> Any:
    """What a browser asks before it sends spans in JSON from a page of `origin`."""
    return post(
        collector,
        b"",
        None,
        method="OPTIONS",
        Origin=origin,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type,x-run",
    )


def test_pages_send_nothing_unless_they_may(
    collector: RunningCollector, new_collector: Callable[..., RunningCollector]
) -> None:
    assert preflight(collector, PAGE).status == 405
    assert (
        "access-control-allow-origin" not in post(collector, b"{}", "application/json", Origin=PAGE).headers
    )
    open_to_page = new_collector(cors_origins=f"https://app.example.org, {PAGE}")
    allowed = preflight(open_to_page, PAGE)
    assert allowed.status == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert "content-type" in allowed.headers["access-control-allow-headers"]
    sent = post(open_to_page, b"{}", "application/json", Origin=PAGE)
    assert (sent.status, sent.headers["access-control-allow-origin"]) == (200, PAGE)
    assert preflight(open_to_page, "https://evil.example").status == 400
    assert open_to_page.stop() == 0
