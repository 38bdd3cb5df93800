"""Recorded payloads with the true usage beside them.

In: `cases/`. Out: `Case`s, frozen. Each is one program run with an instrumentation against a server that answered with
known token counts: `<emitter>__<scenario>.otlp.bin` is what it exported, the `.json` beside it what was billed.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call in disjoint buckets; `reasoning` is a part of `output`."""

    fresh: int
    read: int
    write_short: int
    write_long: int
    output: int
    reasoning: int


@dataclass(frozen=True, slots=True)
class Carried:
    """Which buckets the payload carries, in attributes or in JSON inside one."""

    fresh: bool
    read: bool
    write: bool
    lifetime: bool
    output: bool
    reasoning: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One run: what was billed, what was refused, which calls no span tells the usage of, spans that tell of calls."""

    name: str
    emitter: str
    version: str
    scenario: str
    calls: tuple[Usage, ...]
    failed: int
    carried: Carried
    untold: frozenset[int]
    llm_spans: int

    @property
    def body(self) -> bytes:
        """The request body as it was sent; empty when the emitter sent nothing."""
        path = CASES / f"{self.name}.otlp.bin"
        return path.read_bytes() if path.is_file() else b""

    def spans(self) -> list[Span]:
        """The spans of the payload."""
        data = TracesData.FromString(self.body)
        return [s for r in data.resource_spans for group in r.scope_spans for s in group.spans]


@cache
def cases() -> tuple[Case, ...]:
    """All cases, by name."""
    return tuple(_read(path) for path in sorted(CASES.glob("*.json")))


def _read(path: Path) -> Case:
    told = json.loads(path.read_text(encoding="utf-8"))
    flags = told["recoverable_with_json"] or told["recoverable"]
    has = {key: bool(flags.get(key)) for key in flags}
    whole = has.get("input_total_or_uncached", False)
    parts = has.get("cache_read", False) and has.get("cache_write_total", False)
    return Case(
        name=told["case"],
        emitter=told["emitter"],
        version=told["version"],
        scenario=told["scenario"],
        calls=tuple(_usage(call["usage"]) for call in told["calls"]),
        failed=told["llm_calls_failed"],
        carried=Carried(
            fresh=whole and parts,
            read=has.get("cache_read", False),
            write=has.get("cache_write_total", False),
            lifetime=has.get("cache_write_ttl_split", False),
            output=has.get("output", False),
            reasoning=has.get("reasoning", False),
        ),
        untold=frozenset(
            hazard["call"] for hazard in told["hazards"] if hazard["kind"] == "no_span_carries_usage_of_call"
        ),
        llm_spans=told["llm_spans"],
    )


def _usage(told: dict[str, int]) -> Usage:
    return Usage(
        fresh=told["uncached_input"],
        read=told["cache_read"],
        write_short=told["cache_write_5m"] + told.get("cache_write_openai", 0),
        write_long=told["cache_write_1h"],
        output=told["output_total"],
        reasoning=told["reasoning_within_output"],
    )
