"""Prebuilt OTLP requests for the ingest benchmark: tasks of 1 root, 10 chat and 4 tool spans, 20 attributes each.

In: seed, count. Out: protobuf bytes of ExportTraceServiceRequest, 512 spans a request. Never: any I/O.
"""

import random
import time
from collections.abc import Iterator

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

SPANS_PER_REQUEST = 512
CHATS, TOOLS = 10, 4
ROUND = b"@@ROUND@@"
MODELS = (
    ("anthropic", "claude-haiku-4-5", "nano"),
    ("anthropic", "claude-sonnet-4-5", "standard"),
    ("openai", "gpt-5-mini", "standard"),
)
WORKLOADS = ("support-triage", "research", "coding", "nightly")


def requests(count: int, seed: int = 1, now_ns: int | None = None) -> Iterator[bytes]:
    """`count` requests of 512 spans; ids and tokens come from `seed`, times end at `now_ns` (default: now)."""
    rng = random.Random(seed)
    now_ns = time.time_ns() if now_ns is None else now_ns
    spans = _spans(rng, now_ns)
    for _ in range(count):
        request = ExportTraceServiceRequest()
        resource_spans = request.resource_spans.add()
        for key, value in (("service.name", "bench"), ("deployment.environment.name", "production")):
            _put(resource_spans.resource, key, value)
        scope_spans = resource_spans.scope_spans.add()
        scope_spans.scope.name, scope_spans.scope.version = "sdk_hooks", "0.1.0"
        for _ in range(SPANS_PER_REQUEST):
            _fill(scope_spans, *next(spans))
        yield request.SerializeToString()


SpanParts = tuple[bytes, bytes, bytes, str, int, int, int, dict[str, str | int | float | bool | list[str]]]


def _spans(rng: random.Random, now_ns: int) -> Iterator[SpanParts]:
    while True:
        # Seven random bytes and a marker that a sender replaces, so that one prebuilt request gives many.
        trace, root = rng.randbytes(7) + ROUND, rng.randbytes(8)
        task = f"task-{rng.getrandbits(56):014x}-{ROUND.decode()}"
        workload = rng.choice(WORKLOADS)
        start = now_ns - rng.randrange(20_000_000_000)
        common = {
            "spanledger.task.id": task,
            "spanledger.workload": workload,
            "spanledger.tenant": f"tenant-{rng.randrange(20)}",
            "spanledger.prompt.version": "v7",
            "spanledger.change.commit": "0f3c2a1",
            "gen_ai.agent.name": rng.choice(("planner", "worker")),
        }
        end = start
        for i in range(CHATS):
            provider, model, tier = rng.choice(MODELS)
            end += 900_000_000
            read = rng.randrange(0, 4000)
            usage = {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": provider,
                "gen_ai.request.model": model,
                "gen_ai.response.model": model,
                "gen_ai.response.id": f"msg_{rng.getrandbits(56):014x}{ROUND.decode()}",
                "gen_ai.usage.input_tokens": read + rng.randrange(100, 5000),
                "gen_ai.usage.output_tokens": rng.randrange(10, 900),
                "gen_ai.usage.cache_read.input_tokens": read,
                "gen_ai.usage.cache_write.input_tokens": 0,
                "gen_ai.response.time_to_first_chunk": 0.25,
                "spanledger.tier": tier,
                "server.address": "api.example.com",
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.request.stream": True,
            }
            yield trace, rng.randbytes(8), root, f"chat {model}", 3, end - 800_000_000, end, common | usage
            if i < TOOLS:
                tool = {f"tool.detail.{j}": f"value {j}" for j in range(11)}
                tool |= {
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": "search",
                    "gen_ai.tool.call.id": f"call_{rng.getrandbits(64):016x}",
                }
                yield (
                    trace,
                    rng.randbytes(8),
                    root,
                    "execute_tool search",
                    1,
                    end,
                    end + 50_000_000,
                    common | tool,
                )
        details = {f"detail.{j}": f"value {j}" for j in range(11)}
        outcome = {
            "gen_ai.operation.name": "invoke_workflow",
            "spanledger.outcome.success": True,
            "spanledger.outcome.useful_units": 1,
        }
        yield trace, root, b"", f"task {workload}", 1, start, end, common | details | outcome


def _fill(
    scope_spans: ScopeSpans,
    trace: bytes,
    span: bytes,
    parent: bytes,
    name: str,
    kind: int,
    start: int,
    end: int,
    attributes: dict[str, str | int | float | bool | list[str]],
) -> None:
    row = scope_spans.spans.add(
        trace_id=trace,
        span_id=span,
        parent_span_id=parent,
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        end_time_unix_nano=end,
    )
    for key, value in attributes.items():
        _put(row, key, value)


def _put(target: Span | object, key: str, value: str | int | float | bool | list[str]) -> None:
    attribute = target.attributes.add()
    attribute.key = key
    if isinstance(value, bool):
        attribute.value.bool_value = value
    elif isinstance(value, int):
        attribute.value.int_value = value
    elif isinstance(value, float):
        attribute.value.double_value = value
    elif isinstance(value, list):
        for item in value:
            attribute.value.array_value.values.add(string_value=item)
    else:
        attribute.value.string_value = value
