"""A span of another instrumentation around several calls, each recorded by the hooks: as many calls as were made."""

from __future__ import annotations

import openai
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sdk_hooks
from sdk_hooks.export import encode
from tests.hooks import wire
from tests.hooks.scripted_server import Reply, ScriptedServer
from tests.ledger.ledger import Ledger


@pytest.mark.parametrize("told", [None, 1000], ids=["without usage", "with the last call's usage"])
def test_the_calls_inside_count(ledger: Ledger, told: int | None) -> None:
    kept, server = InMemorySpanExporter(), ScriptedServer()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    sdk_hooks.instrument(tracer_provider=provider)
    try:
        first = wire.completion()
        first = {
            **first,
            "id": "other",
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        }
        server.add(Reply(body=first), Reply(body=wire.completion()))
        client = openai.OpenAI(api_key="k", base_url=f"{server.url}/v1")
        about = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-6-sol"}
        tracer = trace.get_tracer("another", tracer_provider=provider)
        with tracer.start_as_current_span("around", attributes=about) as around:
            for _ in range(2):
                client.chat.completions.create(model="gpt-6-sol", messages=[])
            if told is not None:
                around.set_attributes({"gen_ai.usage.input_tokens": told, "gen_ai.usage.output_tokens": 80})
    finally:
        sdk_hooks.uninstrument()
        server.close()
    ledger.send_bytes(encode(kept.get_finished_spans()))
    ledger.catch_up()
    assert sorted(call["output_tokens"] for call in ledger.calls()) == [3, 80]
