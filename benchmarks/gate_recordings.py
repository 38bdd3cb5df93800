"""Recordings of an eval suite, as `SPANLEDGER_FILE` writes them: OTLP/JSON, one request a line.

In: cases, repeats, what the head does otherwise. Out: a file. The same arguments write the same bytes.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BEGIN_NS = 1_791_374_400_000_000_000
DAY_NS = 86_400_000_000_000
MODEL = "claude-sonnet-4-5"


@dataclass(frozen=True)
class Suite:
    """What is recorded. rise multiplies the tokens; lost_cache is the share of cache reads that become fresh input."""

    name: str
    cases: int = 40
    repeats: int = 3
    calls: int = 3
    rise: float = 1.0
    spread: float = 0.1
    lost_cache: float = 0.0
    model: str = MODEL
    other_model: str = ""
    other_share: float = 0.0
    workloads: tuple[str, ...] = ("triage",)
    seed: int = 1
    change: str = ""
    success: float | None = None
    day: int = 0


def write(path: Path, suite: Suite) -> Path:
    """Writes the file; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for line in lines(suite):
            file.write(line + "\n")
    return path


def lines(suite: Suite) -> Iterator[str]:
    """One request a run."""
    sizes = random.Random(suite.seed)
    levels = [sizes.lognormvariate(0, 0.8) for _ in range(suite.cases)]
    # Runs differ from arm to arm, cases do not.
    chance = random.Random(f"{suite.seed} {suite.name}")
    for repeat in range(suite.repeats):
        for case, level in enumerate(levels):
            yield json.dumps(_request(suite, chance, case, repeat, level), separators=(",", ":"))


def _request(suite: Suite, chance: random.Random, case: int, repeat: int, level: float) -> dict[str, Any]:
    trace = f"{chance.getrandbits(128) | 1:032x}"
    root = f"{chance.getrandbits(64) | 1:016x}"
    workload = suite.workloads[case % len(suite.workloads)]
    start = BEGIN_NS + suite.day * DAY_NS + (repeat * suite.cases + case) * 10_000_000_000
    labels: dict[str, object] = {
        "spanledger.case.id": f"tests/test_agent.py::test_case[{case:05d}]",
        "spanledger.run.id": f"{suite.name}-{repeat}",
        "spanledger.task.id": trace,
        "spanledger.workload": workload,
    }
    if suite.change:
        labels["spanledger.change.commit"] = suite.change
    root_labels = {**labels, "gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": workload}
    if suite.success is not None:
        root_labels["spanledger.outcome.success"] = chance.random() < suite.success
    spans = [_span(trace, root, "", f"task {workload}", start, 9_000_000_000, root_labels)]
    run = level * suite.rise * chance.lognormvariate(0, suite.spread)
    for number in range(suite.calls):
        model = suite.other_model if chance.random() < suite.other_share else suite.model
        tokens = _tokens(suite, run * (1 + number))
        at = start + (1 + number) * 1_000_000_000
        said = {**labels, **tokens, "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic"}
        said |= {"gen_ai.request.model": model, "gen_ai.response.model": model}
        spans.append(
            _span(trace, f"{chance.getrandbits(64) | 1:016x}", root, f"chat {model}", at, 800_000_000, said)
        )
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": "agent"})},
                "scopeSpans": [{"scope": {"name": "sdk_hooks", "version": "0.1.0"}, "spans": spans}],
            }
        ]
    }


def _tokens(suite: Suite, size: float) -> dict[str, object]:
    read = int(3000 * size)
    lost = int(read * suite.lost_cache)
    return {
        "gen_ai.usage.input_tokens": int(800 * size) + read,
        "gen_ai.usage.cache_read.input_tokens": read - lost,
        "gen_ai.usage.cache_write.input_tokens": 0,
        "gen_ai.usage.output_tokens": max(1, int(120 * size)),
    }


def _span(
    trace: str, span: str, parent: str, name: str, at: int, took: int, labels: dict[str, object]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": trace,
        "spanId": span,
        "name": name,
        "kind": 3 if parent else 1,
        "startTimeUnixNano": str(at),
        "endTimeUnixNano": str(at + took),
        "attributes": _attributes(labels),
        "status": {"code": 0},
    }
    return {**made, "parentSpanId": parent} if parent else made


def _attributes(labels: dict[str, object]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in labels.items()]


def _value(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}
