"""A provider server whose clock is in the hand of the test, and an endpoint that keeps what it is sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic
import openai
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from examples.provider_server import API_KEY, ProviderServer
from examples.wire.provider import Provider


@dataclass
class Clock:
    """A clock that only moves when told to; epoch seconds."""

    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def server(clock: Clock) -> Iterator[ProviderServer]:
    with ProviderServer(Provider(seed=7, run="test", clock=clock, retry_after_s=0.01)) as running:
        yield running


@pytest.fixture(scope="module")
def claude(server: ProviderServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.anthropic_url, api_key=API_KEY) as client:
        yield client


@pytest.fixture(scope="module")
def gpt(server: ProviderServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.openai_url, api_key=API_KEY) as client:
        yield client


@dataclass
class Sink:
    """An OTLP/HTTP endpoint that refuses as it is told and keeps what it takes."""

    refusals: list[tuple[int, str]] = field(default_factory=list)
    rejected_spans: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def sink() -> Iterator[Sink]:
    state = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with state.lock:
                refusal = state.refusals.pop(0) if state.refusals else None
                state.headers.append({name.lower(): value for name, value in self.headers.items()})
                if refusal is None:
                    zipped = self.headers.get("content-encoding") == "gzip"
                    state.bodies.append(gzip.decompress(body) if zipped else body)
            answer = ExportTraceServiceResponse()
            if state.rejected_spans:
                answer.partial_success.rejected_spans = state.rejected_spans
                answer.partial_success.error_message = "no"
            said = answer.SerializeToString()
            self.send_response(refusal[0] if refusal else 200)
            if refusal and refusal[1]:
                self.send_header("retry-after", refusal[1])
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()
