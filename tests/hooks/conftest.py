"""A scripted provider, an in-memory exporter and instrumented clients for the hooks' tests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sdk_hooks
from sdk_hooks import guard
from tests.hooks.scripted_server import ScriptedServer

CI_VARIABLES = ("GITHUB_SHA", "GITHUB_REF", "CI_COMMIT_SHA", "GIT_COMMIT")


class Spans:
    """The finished spans of one test."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def all(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def calls(self) -> list[ReadableSpan]:
        return [span for span in self.all() if attributes(span).get("gen_ai.operation.name") == "chat"]

    def call(self) -> dict[str, Any]:
        found = self.calls()
        assert len(found) == 1, [span.name for span in self.all()]
        return attributes(found[0])

    def named(self, name: str) -> dict[str, Any]:
        found = [span for span in self.all() if span.name == name]
        assert len(found) == 1, [span.name for span in self.all()]
        return attributes(found[0])


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    running = ScriptedServer()
    yield running
    running.close()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spans]:
    for name in CI_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    guard._seen.clear()
    # Streams that an earlier test dropped finish when they are collected.
    gc.collect()
    collected = Spans()
    sdk_hooks.instrument(tracer_provider=collected.provider)
    yield collected
    sdk_hooks.uninstrument()


@pytest.fixture(params=["own", "native"])
def claude(request: pytest.FixtureRequest, server: ScriptedServer, spans: Spans) -> anthropic.Anthropic:
    """The client without and with spans of its own."""
    return anthropic.Anthropic(
        api_key="k", base_url=server.url, max_retries=1, **native_option(request, spans)
    )


@pytest.fixture(params=["own", "native"])
def async_claude(
    request: pytest.FixtureRequest, server: ScriptedServer, spans: Spans
) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(
        api_key="k", base_url=server.url, max_retries=1, **native_option(request, spans)
    )


def native_option(request: pytest.FixtureRequest, spans: Spans) -> dict[str, Any]:
    if request.param == "own":
        return {"open_telemetry": False}
    return {"open_telemetry": {"tracer_provider": spans.provider}}


@pytest.fixture
def gpt(server: ScriptedServer, spans: Spans) -> openai.OpenAI:
    return openai.OpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=1)


@pytest.fixture
def async_gpt(server: ScriptedServer, spans: Spans) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key="k", base_url=f"{server.url}/v1", max_retries=1)
