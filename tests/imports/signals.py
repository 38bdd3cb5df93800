"""Recorded payloads of coding agents: every signal of a case, and the truth beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.otlp.json_form import logs_from_json, metrics_from_json, traces_from_json
from sql import otlp
from tests.ledger.ledger import Ledger, Row

CASES = Path(__file__).parents[1] / "accounting" / "cases"
AGENTS = sorted(
    path.name.partition(".otlp-logs")[0]
    for path in CASES.glob("*.otlp-logs.*")
    if path.name.startswith(("claude_code", "codex", "gemini_cli"))
)
ENTRIES = {"traces": otlp.TRACES, "logs": otlp.LOGS, "metrics": otlp.METRICS}
_FROM_JSON = {"traces": traces_from_json, "logs": logs_from_json, "metrics": metrics_from_json}
_FILES = {"traces": "otlp", "logs": "otlp-logs", "metrics": "otlp-metrics"}


@dataclass(frozen=True)
class Truth:
    """What the provider returned, call by call: disjoint buckets."""

    calls: list[dict[str, int]]


def truth(case: str) -> Truth:
    """Of one case."""
    found: dict[str, Any] = json.loads((CASES / f"{case}.json").read_text())
    return Truth([call["usage"] for call in found["calls"]])


def body(case: str, signal: str) -> bytes:
    """All of one signal of a case, in protobuf."""
    binary = CASES / f"{case}.{_FILES[signal]}.bin"
    if binary.exists():
        return binary.read_bytes()
    request = _FROM_JSON[signal]((CASES / f"{case}.{_FILES[signal]}.json_body").read_bytes())
    assert request.rejected == 0, request.reason
    return request.body


def send(ledger: Ledger, signal: str, content: bytes) -> None:
    """One insert of raw bytes, as the collector does it."""
    entry = ENTRIES[signal]
    ledger.engine.insert_raw(entry.table, entry.format, content, entry.settings)


def buckets(row: Row) -> dict[str, int]:
    """A call of the ledger in the words of the truth; a write of unknown lifetime stands under cache_write."""
    return {
        "uncached_input": row["fresh_input_tokens"],
        "cache_read": row["cache_read_tokens"],
        "cache_write": (row["cache_write_short_tokens"] or 0) + (row["cache_write_long_tokens"] or 0),
        "output_total": row["output_tokens"],
    }


def true_buckets(usage: dict[str, int]) -> dict[str, int]:
    """The truth without the split of writes by lifetime, which no log tells."""
    return {
        "uncached_input": usage["uncached_input"],
        "cache_read": usage["cache_read"],
        "cache_write": usage["cache_write_5m"] + usage["cache_write_1h"],
        "output_total": usage["output_total"],
    }
