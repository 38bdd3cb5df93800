"""CPU that the hooks add to one model call, against a plain OpenTelemetry span with the same attributes.

Real client libraries over a mock transport; all ways run in turn, in small blocks, in one process, so that
what the machine does meanwhile hits all alike. Prints a table; `python -m benchmarks.hooks_overhead
[--rounds N]`.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

import sdk_hooks
from benchmarks.hooks_calls import USUAL_HEADERS, Discard, agent_call, anthropic_client, small_call
from tests.hooks import wire

BLOCK_CALLS = 100
SETTLING_CALLS = 40
WARM_UP_CALLS = 300
GOAL = 1.1


@dataclass(frozen=True)
class Case:
    """One kind of call; `own_spans` makes the same client with spans of its own, where it can."""

    name: str
    call: Callable[[], object]
    own_spans: Callable[[], object] | None = None


@dataclass(frozen=True)
class Way:
    """One way to make the call: what to run, where its spans go, whether the hooks are on."""

    call: Callable[[], object]
    provider: TracerProvider
    hooked: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 0 when every ratio reaches the goal, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=60, help="blocks of 100 calls for each way (default 60)"
    )
    parser.add_argument("--only", default="", help="only cases with this in their name")
    parsed = parser.parse_args(arguments)
    rounds, only = parsed.rounds, parsed.only
    provider, exporter = _provider()
    reached = True
    print("CPU added to one call, microseconds (median over blocks); ratio to the plain span")
    print(
        f"{'case':34}{'plain span':>12}{'hooks':>10}{'ratio':>8}{'own spans':>12}{'+ hooks':>10}{'ratio':>8}"
    )
    added: dict[str, dict[str, float]] = {}
    for case in _cases(provider):
        if only not in case.name:
            continue
        micros = _measure(case, provider, exporter, rounds)
        ratio = micros["hooks"] / micros["plain"]
        reached = reached and ratio <= GOAL
        added[case.name] = micros
        row = f"{case.name:34}{micros['plain']:12.1f}{micros['hooks']:10.1f}{ratio:8.2f}"
        if "own" in micros:
            stamping = micros["stamped"]
            stamping_ratio = stamping / micros["plain"]
            reached = reached and stamping_ratio <= GOAL
            row += f"{micros['own']:12.1f}{stamping:10.1f}{stamping_ratio:8.2f}"
        print(row)
    small, large = added.get("anthropic, 1 message"), added.get("anthropic, 40 messages, 6 tools")
    if small and large:
        growth, of_plain = (large[way] / small[way] for way in ("hooks", "plain"))
        print(f"40 messages against 1: hooks {growth:.2f}, plain span {of_plain:.2f} of the added CPU")
    print(f"goal: at most {GOAL} of the plain span: {'reached' if reached else 'not reached'}")
    return 0 if reached else 1


def _provider() -> tuple[TracerProvider, Discard]:
    provider, exporter = TracerProvider(shutdown_on_exit=False), Discard()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=8192))
    return provider, exporter


def _cases(provider: TracerProvider) -> list[Case]:
    small, large = small_call(), agent_call()
    plain = anthropic_client(False)
    own = anthropic_client({"tracer_provider": provider})
    gpt = _openai()
    ask = [{"role": "user", "content": "Which queue does this ticket belong to?"}]
    return [
        Case(
            "anthropic, 1 message",
            lambda: plain.messages.create(**small),
            lambda: own.messages.create(**small),
        ),
        Case(
            "anthropic, 40 messages, 6 tools",
            lambda: plain.messages.create(**large),
            lambda: own.messages.create(**large),
        ),
        Case("openai chat, 1 message", lambda: gpt.chat.completions.create(model="m", messages=ask)),  # type: ignore[arg-type,unused-ignore]
        Case(
            "openai chat, 40 messages",
            lambda: gpt.chat.completions.create(model="m", messages=_PLAIN_CONVERSATION),  # type: ignore[arg-type,unused-ignore]
        ),
    ]


def _measure(case: Case, provider: TracerProvider, exporter: Discard, rounds: int) -> dict[str, float]:
    """Microseconds of CPU that each way adds to the bare call; the median of the rounds' differences."""
    attributes = _attributes(case.call, provider, exporter)
    # A provider of its own, as the hooks' processor is not part of a plain span.
    bare_provider, _ = _provider()
    tracer = bare_provider.get_tracer("plain")

    def plain() -> None:
        with tracer.start_as_current_span("chat m", kind=SpanKind.CLIENT, attributes=attributes):
            case.call()

    ways = {
        "bare": Way(case.call, bare_provider),
        "plain": Way(plain, bare_provider),
        "hooks": Way(case.call, provider, hooked=True),
    }
    if case.own_spans is not None:
        ways["own"] = Way(case.own_spans, provider)
        ways["stamped"] = Way(case.own_spans, provider, hooked=True)
    for way in ways.values():
        _block(way, WARM_UP_CALLS)
    differences: dict[str, list[float]] = {name: [] for name in ways if name != "bare"}
    for number in range(rounds):
        # Alternating order, so that no way always follows the same other one.
        order = list(ways)[:: 1 if number % 2 else -1]
        cpu = {name: _block(ways[name], BLOCK_CALLS) for name in order}
        for name, found in differences.items():
            # What the hooks add to a client that emits by itself is measured against just that client.
            beside = cpu["own"] if name == "stamped" else cpu["bare"]
            found.append((cpu[name] - beside) / BLOCK_CALLS * 1e6)
    return {name: statistics.median(found) for name, found in differences.items()}


def _block(way: Way, calls: int) -> float:
    """CPU seconds of the process for `calls` calls inside a task, exporting included, setting up excluded."""
    if way.hooked:
        sdk_hooks.instrument(tracer_provider=way.provider, export=False)
    with sdk_hooks.task("bench", id="task-1", tenant="acme"), sdk_hooks.call_context(tier="standard"):
        # Switching the hooks on and off has the interpreter specialise the client's code anew.
        for _ in range(SETTLING_CALLS):
            way.call()
        way.provider.force_flush()
        gc.collect()
        started = time.process_time()
        for _ in range(calls):
            way.call()
        way.provider.force_flush()
        took = time.process_time() - started
    if way.hooked:
        sdk_hooks.uninstrument()
    return took


def _attributes(call: Callable[[], object], provider: TracerProvider, exporter: Discard) -> Mapping[str, Any]:
    """The attributes that the hooks record for this call, for the plain span to carry too."""
    sdk_hooks.instrument(tracer_provider=provider, export=False)
    with sdk_hooks.task("bench", id="task-1", tenant="acme"), sdk_hooks.call_context(tier="standard"):
        call()
        provider.force_flush()
    sdk_hooks.uninstrument()
    assert exporter.last is not None
    found = dict(exporter.last.attributes or {})
    assert len(found) >= 20, found
    return found


def _openai() -> openai.OpenAI:
    body, headers = wire.completion(), {**wire.OPENAI_RATE_LIMITS, **USUAL_HEADERS}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=body, headers=headers))
    return openai.OpenAI(api_key="k", http_client=httpx2.Client(transport=transport))


_PLAIN_CONVERSATION: list[dict[str, Any]] = [
    {"role": "assistant" if number % 2 else "user", "content": "def parse(): ...\n" * 40}
    for number in range(40)
]


if __name__ == "__main__":
    raise SystemExit(main())
