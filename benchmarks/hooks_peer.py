"""One way to record an anthropic call, in this interpreter: CPU of a call with it, as JSON by case.

Run by `benchmarks.hooks_peers` in the environment that has what the way needs; imports nothing else.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

from benchmarks.hooks_calls import Discard, agent_call, anthropic_client, small_call

WARM_UP_CALLS = 300
BLOCKS, BLOCK_CALLS = 7, 100

Create = Callable[..., object]


def main(way: str) -> int:
    """Measure both cases; the least of several blocks, as nothing but others' work makes a block longer."""
    provider, exporter = TracerProvider(shutdown_on_exit=False), Discard()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=8192))
    trace.set_tracer_provider(provider)
    client: Any = anthropic_client({"tracer_provider": provider} if way == "own spans" else False)
    create = WAYS[way](client, provider, exporter)
    cases = {"small call": small_call(), "40 messages, 6 tools": agent_call()}
    print(json.dumps({name: _micros(create, arguments, provider) for name, arguments in cases.items()}))
    assert way == "bare" or exporter.spans or way in ("langfuse", "logfire"), "nothing was recorded"
    return 0


def _micros(create: Create, arguments: dict[str, Any], provider: TracerProvider) -> float:
    for _ in range(WARM_UP_CALLS):
        create(**arguments)
    least = float("inf")
    for _ in range(BLOCKS):
        provider.force_flush()
        gc.collect()
        started = time.process_time()
        for _ in range(BLOCK_CALLS):
            create(**arguments)
        provider.force_flush()
        least = min(least, time.process_time() - started)
    return least / BLOCK_CALLS * 1e6


def _bare(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    return client.messages.create  # type: ignore[no-any-return]


def _plain(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    import sdk_hooks

    # The same attributes as the hooks record.
    sdk_hooks.instrument(tracer_provider=provider, export=False)
    with sdk_hooks.task("bench", id="task-1", tenant="acme"), sdk_hooks.call_context(tier="standard"):
        client.messages.create(**small_call())
        provider.force_flush()
    sdk_hooks.uninstrument()
    attributes = dict(exporter.last.attributes or {}) if exporter.last else {}
    tracer = trace.get_tracer("plain")
    create = client.messages.create

    def recorded(**arguments: Any) -> object:
        with tracer.start_as_current_span("chat m", kind=SpanKind.CLIENT, attributes=attributes):
            return create(**arguments)

    return recorded


def _hooks(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    import sdk_hooks

    sdk_hooks.instrument(tracer_provider=provider, export=False)
    sdk_hooks.task("bench", id="task-1", tenant="acme").__enter__()
    sdk_hooks.call_context(tier="standard").__enter__()
    return client.messages.create  # type: ignore[no-any-return]


def _openlit(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    import openlit

    openlit.init(capture_message_content=False, disable_metrics=True)
    return client.messages.create  # type: ignore[no-any-return]


def _langfuse(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    from langfuse import Langfuse, observe

    Langfuse(tracer_provider=provider)
    create = client.messages.create
    told = observe(as_type="generation", capture_input=False, capture_output=False)
    return told(lambda **arguments: create(**arguments))  # type: ignore[no-any-return]


def _openinference(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    from openinference.instrumentation import TraceConfig
    from openinference.instrumentation.anthropic import AnthropicInstrumentor

    hidden = TraceConfig(hide_inputs=True, hide_outputs=True)
    AnthropicInstrumentor().instrument(tracer_provider=provider, config=hidden)
    return client.messages.create  # type: ignore[no-any-return]


def _openllmetry(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor

    AnthropicInstrumentor().instrument(tracer_provider=provider)
    return client.messages.create  # type: ignore[no-any-return]


def _logfire(client: Any, provider: TracerProvider, exporter: Discard) -> Create:
    import logfire

    logfire.configure(
        send_to_logfire=False, console=False, additional_span_processors=[BatchSpanProcessor(exporter)]
    )
    logfire.instrument_anthropic(client)
    return client.messages.create  # type: ignore[no-any-return]


WAYS: dict[str, Callable[[Any, TracerProvider, Discard], Create]] = {
    "bare": _bare,
    "plain span": _plain,
    "hooks": _hooks,
    "own spans": _bare,
    "openlit": _openlit,
    "langfuse": _langfuse,
    "openinference": _openinference,
    "openllmetry": _openllmetry,
    "logfire": _logfire,
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
