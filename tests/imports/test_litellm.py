"""Spend logs of LiteLLM's proxy: as JSON lines, as an answer of its interface, as CSV of the table."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.importers import json_items
from cli.importers.files import Source
from cli.importers.records import Skipped
from tests.imports.importing import by_time, read_in, summed
from tests.ledger.ledger import Ledger
from tests.ledger.spans import call

CANARY = "canary-11d4 what the user asked"


def row(n: int = 0, **fields: Any) -> dict[str, Any]:
    """One row of LiteLLM_SpendLogs; `usage` goes into its metadata."""
    usage = fields.pop("usage", {})
    meta = fields.pop("meta", {})
    return {
        "request_id": f"chatcmpl-{n}",
        "call_type": "acompletion",
        "api_key": "9f86d081884c7d659a2feaa0c55ad015",
        "spend": 0.01234,
        "total_tokens": 25599,
        "prompt_tokens": 24988,
        "completion_tokens": 611,
        "startTime": f"2026-10-01T10:{n:02}:00.000Z",
        "endTime": f"2026-10-01T10:{n:02}:03.500Z",
        "completionStartTime": f"2026-10-01T10:{n:02}:00.700Z",
        "model": "anthropic/claude-sonnet-4-5",
        "model_group": "sonnet",
        "custom_llm_provider": "anthropic",
        "api_base": "https://api.anthropic.com",
        "user": "u1",
        "end_user": "customer-7",
        "team_id": "t1",
        "cache_hit": "None",
        "status": "success",
        "session_id": "session-1",
        "messages": {"content": CANARY},
        "response": {"content": CANARY},
        "metadata": {"user_api_key_team_alias": "search", "usage_object": usage, **meta},
        **fields,
    }


CACHED = {
    "prompt_tokens": 24988,
    "completion_tokens": 611,
    "cache_read_input_tokens": 20211,
    "cache_creation_input_tokens": 3764,
    "prompt_tokens_details": {"cached_tokens": 20211, "cache_creation_tokens": 3764},
    "cache_creation_token_details": {"ephemeral_5m_input_tokens": 3307, "ephemeral_1h_input_tokens": 457},
    "completion_tokens_details": {"reasoning_tokens": 173},
}


def as_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def as_array(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(rows, indent=1))
    return path


def as_answer(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"data": rows, "total": len(rows), "page": 1}, indent=2))
    return path


def as_csv(path: Path, rows: list[dict[str, Any]], delimiter: str = ",") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        for each in rows:
            times = {
                name: each[name].replace("T", " ").replace("Z", "") for name in each if name.endswith("Time")
            }
            writer.writerow(
                {k: json.dumps(v) if isinstance(v, dict) else v for k, v in {**each, **times}.items()}
            )
    return path


def as_tabs(path: Path, rows: list[dict[str, Any]]) -> Path:
    return as_csv(path, rows, "\t")


def as_semicolons(path: Path, rows: list[dict[str, Any]]) -> Path:
    return as_csv(path, rows, ";")


@pytest.mark.parametrize("form", [as_lines, as_array, as_answer, as_csv, as_tabs, as_semicolons])
def test_a_row_is_a_call_in_every_form_of_file(ledger: Ledger, tmp_path: Path, form: Any) -> None:
    done = summed(ledger, form(tmp_path / "spend.json", [row(0, usage=CACHED), row(1, usage=CACHED)]))
    assert done.tally.files == {"litellm": 1}
    for found in by_time(ledger):
        assert (found["fresh_input_tokens"], found["cache_read_tokens"]) == (1013, 20211)
        assert (found["cache_write_short_tokens"], found["cache_write_long_tokens"]) == (3307, 457)
        assert (found["output_tokens"], found["reasoning_tokens"]) == (611, 173)
        assert (found["workload"], found["tenant"], found["task_id"]) == ("search", "customer-7", "session-1")
        assert Decimal(found["reported_cost_usd"]) == Decimal("0.01234")
        assert (found["provider"], found["request_model"]) == ("anthropic", "claude-sonnet-4-5")
        assert (found["duration_s"], found["time_to_first_chunk_s"]) == (3.5, pytest.approx(0.7))
        assert found["pricing_status"] == "priced"
    assert done.tally.calls == len(ledger.calls()) == 2
    assert done.tally.reported_usd == Decimal("0.02468")
    assert [task["calls"] for task in ledger.tasks()] == [2]
    assert b"canary-11d4" not in ledger.engine.run("SELECT * FROM otel_traces", fmt="TSVRaw")


@pytest.mark.parametrize(
    ("prompt_tokens", "case"),
    [(24988, "all in"), (21224, "writes left out, as 1.75 did"), (1013, "both left out")],
)
def test_input_is_what_the_provider_counted(
    ledger: Ledger, tmp_path: Path, prompt_tokens: int, case: str
) -> None:
    read_in(ledger, as_lines(tmp_path / "a.jsonl", [row(usage=CACHED, prompt_tokens=prompt_tokens)]))
    (found,) = ledger.calls()
    assert (found["fresh_input_tokens"], found["cache_read_tokens"]) == (1013, 20211), case


def test_embeddings_failures_and_rows_that_called_no_model(ledger: Ledger, tmp_path: Path) -> None:
    rows = [
        row(0, call_type="aembedding", model="text-embedding-3-small", custom_llm_provider="openai",
            prompt_tokens=900, completion_tokens=0, total_tokens=900),
        row(1, status="failure", prompt_tokens=0, completion_tokens=0, total_tokens=0, spend=0,
            completionStartTime=None,
            meta={"error_information": {"error_class": "RateLimitError", "error_code": "429"}}),
        row(2, call_type="/v1/files", prompt_tokens=0, completion_tokens=0, total_tokens=0, spend=0.5),
        row(3, startTime="once"),
        {**row(4), "request_id": ""},
    ]  # fmt: skip
    done = summed(ledger, as_lines(tmp_path / "a.jsonl", rows))
    embedding, failed = by_time(ledger)
    assert (embedding["pricing_status"], embedding["fresh_input_tokens"]) == ("priced", 900)
    assert (failed["pricing_status"], failed["error_type"], failed["status"]) == (
        "not_billed",
        "RateLimitError",
        "error",
    )
    assert dict(done.tally.skipped) == {
        "row without tokens (/v1/files)": 1,
        "row without request_id or startTime": 2,
    }
    assert done.tally.skipped_usd["row without tokens (/v1/files)"] == Decimal("0.5")
    assert any("$0.500000 by their own account" in line for line in done.lines())


def test_an_answer_from_the_proxy_s_own_cache_is_no_bill_of_a_provider(
    ledger: Ledger, tmp_path: Path
) -> None:
    read_in(ledger, as_lines(tmp_path / "a.jsonl", [row(0, cache_hit="True", spend=0)]))
    (found,) = ledger.calls()
    assert (found["pricing_status"], found["output_tokens"]) == ("free", 611)


def test_a_call_whose_span_arrived_live_is_one_call(ledger: Ledger, tmp_path: Path) -> None:
    # Noon of the tests' day; the row started a moment later, as the proxy sees it.
    live = call("live", {"gen_ai.response.id": "chatcmpl-0"}, tokens=(1013, 20211, 3307, 457, 611), took=4.0)
    told = row(0, usage=CACHED, startTime="2026-10-07T12:00:00.200Z", endTime="2026-10-07T12:00:03.900Z")
    ledger.take(live)
    read_in(ledger, as_lines(tmp_path / "a.jsonl", [told]))
    read_in(ledger, as_csv(tmp_path / "b.csv", [told]))
    (found,) = ledger.calls()
    assert (found["fresh_input_tokens"], found["output_tokens"]) == (1013, 611)
    assert Decimal(found["reported_cost_usd"]) == Decimal("0.01234"), "what the proxy said stands beside"


def test_a_row_cut_off_costs_only_itself(ledger: Ledger, tmp_path: Path) -> None:
    path = as_lines(tmp_path / "a.jsonl", [row(0), row(1)])
    path.write_text(path.read_text().replace('"chatcmpl-0"', '"chatcmpl-0') + "\n" + json.dumps(row(2)))
    tally = read_in(ledger, path)
    assert (tally.calls, dict(tally.skipped)) == (2, {"broken line": 1})


def test_class_place_and_searches_set_the_price(ledger: Ledger, tmp_path: Path) -> None:
    plain = {"prompt_tokens": 1000, "completion_tokens": 100}
    opus = {"model": "claude-opus-5", "prompt_tokens": 1000, "completion_tokens": 100}
    rows = [
        row(0, usage=plain, **opus),
        row(1, usage={**plain, "server_tool_use": {"web_search_requests": 3}}, **opus),
        row(2, usage={**plain, "inference_geo": "us", "service_tier": "standard"}, **opus),
        row(3, usage={**plain, "service_tier": "batch"}, **opus),
    ]
    read_in(ledger, as_lines(tmp_path / "spend.jsonl", rows))
    ordinary, searched, here, batch = (Decimal(found["list_cost_usd"]) for found in by_time(ledger))
    assert searched - ordinary == 3 * Decimal("0.01")
    assert here == ordinary * Decimal("1.1")
    assert batch * 2 == ordinary
    assert [found["service_class"] for found in by_time(ledger)] == ["standard"] * 3 + ["batch"]
    assert not any("context_fallback" in found["pricing_note"] for found in by_time(ledger))


def test_a_first_line_that_is_broken_costs_only_itself_in_a_file_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_items, "ITEM_CHARS", 10_000)
    path = as_lines(tmp_path / "spend.jsonl", [row(n % 60, request_id=f"r{n}") for n in range(100)])
    path.write_text('{"request_id": "cut o\n' + path.read_text())
    assert path.stat().st_size > 5 * 10_000
    source = Source(path)
    found = list(json_items.objects(source))
    source.close()
    assert isinstance(found[0], Skipped)
    assert [each["request_id"] for each in found[1:] if isinstance(each, dict)] == [
        f"r{n}" for n in range(100)
    ]
