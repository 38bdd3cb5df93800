"""Observations exported from Langfuse: every spelling, every dialect of usage, every form of file."""

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.importers.langfuse import tokens_of
from tests.imports.importing import by_time, read_in, summed
from tests.ledger.ledger import Ledger

CANARY = "canary-77aa what was asked"
DISJOINT = {
    "input": 1013,
    "input_cache_read": 20211,
    "input_cache_creation": 3764,
    "output": 438,
    "output_reasoning": 173,
    "total": 25599,
}


def observation(n: int = 0, **fields: Any) -> dict[str, Any]:
    """One generation as the enriched blob export writes it."""
    return {
        "id": f"{n + 1:016x}",
        "trace_id": f"{n // 2 + 1:032x}",
        "project_id": "p",
        "environment": "production",
        "type": "GENERATION",
        "parent_observation_id": None,
        "start_time": f"2026-10-01 10:{n:02}:00.123000",
        "end_time": f"2026-10-01 10:{n:02}:02.623000",
        "completion_start_time": f"2026-10-01 10:{n:02}:00.623000",
        "name": "answer",
        "level": "DEFAULT",
        "input": json.dumps({"messages": CANARY}),
        "output": CANARY,
        "provided_model_name": "claude-sonnet-4-5-20250929",
        "usage_details": DISJOINT,
        "cost_details": {"total": 0.0331},
        "total_cost": 0.0331,
        "session_id": "chat-9",
        "trace_name": "support",
        **fields,
    }


def camel(row: dict[str, Any]) -> dict[str, Any]:
    """The same as the interface and the API spell it."""
    return {
        head + "".join(word.title() for word in rest): value
        for (head, *rest), value in ((name.split("_"), value) for name, value in row.items())
    }


def as_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def as_api(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"data": [camel(row) for row in rows], "meta": {"page": 1}}))


def as_interface(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps([camel(row) for row in rows], indent=2))


def as_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({k: json.dumps(v) if isinstance(v, dict) else v for k, v in r.items()} for r in rows)


@pytest.mark.parametrize("form", [as_lines, as_api, as_interface, as_csv])
def test_a_generation_is_a_call_in_every_form_of_file(ledger: Ledger, tmp_path: Path, form: Any) -> None:
    path = tmp_path / "observations.json"
    form(
        path, [observation(0), observation(1), observation(2, type="SPAN", usage_details={}, total_cost=None)]
    )
    done = summed(ledger, path)
    assert done.tally.files == {"langfuse": 1}
    assert dict(done.tally.skipped) == {"observation that called no model (span)": 1}
    assert len(ledger.calls()) == 2
    for found in by_time(ledger):
        assert (found["fresh_input_tokens"], found["cache_read_tokens"]) == (1013, 20211)
        assert found["cache_write_short_tokens"] + found["cache_write_long_tokens"] == 3764
        assert "lifetime_assumed_short" in found["pricing_note"]
        assert (found["output_tokens"], found["reasoning_tokens"]) == (611, 173)
        assert (found["workload"], found["task_id"]) == ("support", "chat-9")
        assert found["environment"] == "production"
        assert (found["duration_s"], found["time_to_first_chunk_s"]) == (2.5, 0.5)
        assert Decimal(found["reported_cost_usd"]) == Decimal("0.0331")
        assert found["pricing_status"] == "priced"
    assert b"canary-77aa" not in ledger.engine.run("SELECT * FROM otel_traces", fmt="TSVRaw")


OPENAI_RAW = {
    "input": 24988,
    "input_cached_tokens": 23975,
    "output": 611,
    "output_reasoning_tokens": 173,
    "total": 25599,
}
LANGCHAIN = {
    "input": 1013,
    "output": 611,
    "cache_read_input_tokens": 20211,
    "cache_creation_input_tokens": 3764,
    "cache_creation_ephemeral_5m_input_tokens": 3307,
    "cache_creation_ephemeral_1h_input_tokens": 457,
    "total": 25599,
}
AUDIO = {"input": 21224, "input_audio_tokens": 3764, "output": 611, "total": 25599}


@pytest.mark.parametrize(
    ("usage", "read", "written", "long"),
    [
        (DISJOINT, 20211, 3764, None),
        (OPENAI_RAW, 23975, None, None),
        (LANGCHAIN, 20211, 3764, 457),
        (AUDIO, None, None, None),
        ({"input": 24988, "output": 611}, None, None, None),
    ],
)
def test_every_dialect_of_usage(
    usage: dict[str, int], read: int | None, written: int | None, long: int | None
) -> None:
    found = tokens_of(usage)
    assert found["input_tokens"] == 24988
    assert found["output_tokens"] == 611
    assert (found["cache_read_tokens"], found["cache_write_tokens"]) == (read, written)
    assert found["cache_write_long_tokens"] == long


COUNT = st.integers(0, 100_000)


@given(fresh=COUNT, read=COUNT, written=COUNT, answer=COUNT, thought=COUNT)
def test_disjoint_buckets_sum_to_the_whole(
    fresh: int, read: int, written: int, answer: int, thought: int
) -> None:
    usage = {
        "input": fresh,
        "input_cached_tokens": read,
        "input_cache_creation": written,
        "output": answer,
        "output_reasoning_tokens": thought,
        "total": fresh + read + written + answer + thought,
    }
    found = tokens_of(usage)
    assert found["input_tokens"] + found["output_tokens"] == usage["total"]


def test_flat_fields_of_older_exports(ledger: Ledger, tmp_path: Path) -> None:
    old = {
        "id": "b7e1c1d2-4a30-4a41-8f0e-2f7a1f5a9a10",
        "traceId": "0c9f2f4e-96a3-4a1e-9f0e-5d0c8a4a2b11",
        "type": "GENERATION",
        "startTime": "2025-03-01T10:00:00.000Z",
        "endTime": "2025-03-01T10:00:01.000Z",
        "model": "gpt-4o",
        "input": [{"role": "user", "content": CANARY}],
        "output": CANARY,
        "usage": {"input": 700, "output": 30, "total": 730, "unit": "TOKENS"},
        "calculatedTotalCost": 0.00205,
        "level": "DEFAULT",
    }
    path = tmp_path / "old.json"
    path.write_text(json.dumps([old]))
    read_in(ledger, path)
    (found,) = ledger.calls()
    assert (found["fresh_input_tokens"], found["output_tokens"]) == (700, 30)
    assert (found["pricing_status"], found["trace_id"]) == ("priced", "0c9f2f4e96a34a1e9f0e5d0c8a4a2b11")


@pytest.mark.parametrize(("unit", "counted"), [("TOKENS", 700), ("CHARACTERS", None), ("IMAGES", None)])
def test_what_is_counted_in_another_unit_is_no_count_of_tokens(
    ledger: Ledger, tmp_path: Path, unit: str, counted: int | None
) -> None:
    old = {
        "id": "b7e1c1d2",
        "traceId": "0c9f2f4e",
        "type": "GENERATION",
        "startTime": "2025-03-01T10:00:00.000Z",
        "model": "gpt-4o",
        "usage": {"input": 700, "output": 30, "total": 730, "unit": unit},
    }
    path = tmp_path / "old.json"
    path.write_text(json.dumps([old]))
    read_in(ledger, path)
    (found,) = ledger.calls()
    assert found["fresh_input_tokens"] == counted
    assert found["pricing_status"] == ("missing_usage" if counted is None else "priced")


def test_errors_and_calls_without_usage(ledger: Ledger, tmp_path: Path) -> None:
    rows = [
        observation(
            0, level="ERROR", usage_details={}, cost_details={}, total_cost=0, completion_start_time=None
        ),
        observation(1, usage_details={}, cost_details={}, total_cost=0),
        # It broke off after the answer had begun: that is billed, and nobody knows how much.
        observation(2, level="ERROR", usage_details={}, cost_details={}, total_cost=0),
    ]
    path = tmp_path / "observations.jsonl"
    as_lines(path, rows)
    read_in(ledger, path)
    assert [row["pricing_status"] for row in by_time(ledger)] == [
        "not_billed",
        "missing_usage",
        "missing_usage",
    ]
    assert [row["reported_cost_usd"] for row in by_time(ledger)] == [None] * 3


def test_an_observation_that_was_a_live_span_is_that_span(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "observations.jsonl"
    as_lines(path, [observation(0)])
    read_in(ledger, path)
    (found,) = ledger.calls()
    assert (found["trace_id"], found["span_id"]) == (f"{1:032x}", f"{1:016x}")
    before = ledger.snapshot()
    read_in(ledger, path)
    assert ledger.snapshot() == before


def test_traces_without_usage_say_what_to_export(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    trace = {"id": "a", "timestamp": "2026-10-01T10:00:00Z", "name": "x", "session_id": "s", "user_id": "u"}
    path.write_text(json.dumps(trace))
    ((_, why),) = read_in(ledger, path).unread
    assert why == "traces of Langfuse carry no usage; export its observations"


def test_a_list_that_breaks_off_keeps_what_stands_before(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    whole = json.dumps([camel(observation(n)) for n in range(20)])
    path.write_text(whole[: len(whole) // 2])
    tally = read_in(ledger, path)
    assert 5 < tally.calls == len(ledger.calls()) < 20
    assert tally.unread == [(path, "the list breaks off or is broken; the rest of the file is lost")]
