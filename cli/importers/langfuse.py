"""Observations exported from Langfuse (interface, blob storage or API; JSON, JSON lines, CSV): one call a generation.

In: observations as objects, in either spelling of their fields. Out: calls and what was left out. No text is read.
Source: https://langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cli.importers.json_items import Found
from cli.importers.records import Call, Item, Skipped, mapping, moment, money, text, whole

SOURCE = "langfuse"
CALL_TYPES = frozenset(("GENERATION", "EMBEDDING"))
TYPES = CALL_TYPES | {"SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "GUARDRAIL"}
OWN = frozenset(
    ("usage_details", "provided_model_name", "parent_observation_id", "cost_details", "calculated_total_cost")
)
READ = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_input_tokens")
WRITTEN = (
    "input_cache_creation",
    "cache_creation_input_tokens",
    "input_cache_creation_input_tokens",
    "input_cache_write",
)
LONG = (
    "cache_creation_ephemeral_1h_input_tokens",
    "input_cache_creation_1h",
    "cache_creation_1h_input_tokens",
)
SHORT = (
    "cache_creation_ephemeral_5m_input_tokens",
    "input_cache_creation_5m",
    "cache_creation_5m_input_tokens",
)
REASONING = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")
_INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def is_mine(found: dict[str, Any]) -> bool:
    """Whether an object is an observation."""
    row = _snake(found)
    has_type = text(row.get("type")).upper() in TYPES and "start_time" in row
    return has_type and (bool(OWN & row.keys()) or "trace_id" in row)


def is_trace(found: dict[str, Any]) -> bool:
    """Whether an object is a trace of Langfuse, which carries no usage of its own."""
    row = _snake(found)
    return "timestamp" in row and "id" in row and {"session_id", "user_id"} <= row.keys()


def read(found: Iterable[Found]) -> Iterator[Item]:
    """Calls of the observations."""
    for row in found:
        yield row if isinstance(row, Skipped) else _item(_snake(row))


def _item(row: Mapping[str, Any]) -> Item:
    kind = text(row.get("type")).upper()
    costs = _object(row.get("cost_details"))
    cost = next(
        (
            m
            for m in (
                money(row.get("total_cost")),
                money(row.get("calculated_total_cost")),
                money(costs.get("total")),
            )
            if m
        ),
        None,
    )
    if kind not in CALL_TYPES:
        return Skipped(
            f"observation that called no model ({kind.lower() or 'no type'})", reported_usd=cost or Decimal(0)
        )
    started_at, name = moment(row.get("start_time")), text(row.get("id"))
    if started_at is None or not name:
        return Skipped("observation without id or start time", reported_usd=cost or Decimal(0), is_fault=True)
    usage = _usage(row)
    tokens = tokens_of(usage)
    trace = text(row.get("trace_id")).replace("-", "").lower()
    is_error = text(row.get("level")).upper() == "ERROR"
    session = text(row.get("session_id"))
    return Call(
        source=SOURCE,
        key=name,
        started_at=started_at,
        ended_at=moment(row.get("end_time")),
        first_chunk_at=moment(row.get("completion_start_time")),
        service=SOURCE,
        environment=text(row.get("environment")),
        operation="embeddings" if kind == "EMBEDDING" else "chat",
        provider=_provider(row),
        request_model=text(row.get("provided_model_name"))
        or text(row.get("model"))
        or text(row.get("internal_model_id")),
        **tokens,
        reported_cost_usd=cost,
        session=session,
        task=session or text(row.get("trace_id")),
        workload=text(row.get("trace_name")),
        error_type="error" if is_error else "",
        trace_id=trace,
        span_id=name.lower(),
        parent_span_id=text(row.get("parent_observation_id")).lower(),
    )


def tokens_of(usage: Mapping[str, int]) -> dict[str, Any]:
    """Counts in the words of Call. Langfuse keeps disjoint buckets; raw counts of a provider hold the cached part.

    The total tells the two apart where it is told: it is the sum of all buckets, or of input and output alone.
    """
    read_, long, reasoning = _pick(usage, READ), _pick(usage, LONG), _pick(usage, REASONING)
    short = _pick(usage, SHORT)
    written = _pick(usage, WRITTEN)
    if written is None and (short is not None or long is not None):
        written = (short or 0) + (long or 0)
    input_, output = usage.get("input"), usage.get("output")
    if input_ is None and output is None:
        return {}
    other_in = sum(
        n for k, n in usage.items() if k.startswith("input_") and k not in READ + WRITTEN + LONG + SHORT
    )
    cached = (read_ or 0) + (written or 0) + other_in
    thought = reasoning or 0 if any(name in usage for name in REASONING[:2]) else 0
    total = usage.get("total")
    holds_cached = holds_thought = False
    if total is not None and input_ is not None and output is not None:
        holds_cached = (
            total in (input_ + output, input_ + output + thought) and cached <= input_ and cached > 0
        )
        holds_thought = (
            thought > 0 and total in (input_ + output, input_ + output + cached) and thought <= output
        )
    return {
        "input_tokens": input_ if input_ is None or holds_cached else input_ + cached,
        "cache_read_tokens": read_,
        "cache_write_tokens": written,
        "cache_write_long_tokens": long if long is not None or short is None or short != written else 0,
        "output_tokens": output if output is None or holds_thought else output + thought,
        "reasoning_tokens": reasoning,
    }


def _usage(row: Mapping[str, Any]) -> dict[str, int]:
    """Counts by name: details where there are any, else the older flat fields."""
    details = {name: whole(count) for name, count in _object(row.get("usage_details")).items()}
    if not any(details.values()):
        old = _snake(_object(row.get("usage")))
        if text(_first_text(old.get("unit"), row.get("unit"))).upper() not in ("", "TOKENS"):
            # Characters, images, seconds: no count of tokens.
            return {}
        details = {
            "input": _first(old, row, "input", "input_usage", "prompt_tokens", "input_tokens"),
            "output": _first(old, row, "output", "output_usage", "completion_tokens", "output_tokens"),
            "total": _first(old, row, "total", "total_usage", "total_tokens"),
        }
        if not any(details.values()):
            return {}
    return {name: count for name, count in details.items() if count is not None}


def _first_text(*values: object) -> object:
    return next((value for value in values if value), "")


def _first(old: Mapping[str, Any], row: Mapping[str, Any], name: str, *names: str) -> int | None:
    """The first of the flat fields that counts something; `input` and `output` of an observation are texts."""
    found = [whole(old.get(name)), *(whole(place.get(other)) for other in names for place in (old, row))]
    return next((count for count in found if count is not None), None)


def _pick(usage: Mapping[str, int], names: Iterable[str]) -> int | None:
    return next((usage[name] for name in names if name in usage), None)


def _provider(row: Mapping[str, Any]) -> str:
    """As the SDK noted it; else nothing: the price list finds a provider by the model's name."""
    meta = _object(row.get("metadata"))
    return text(meta.get("ls_provider")) or text(_object(meta.get("attributes")).get("gen_ai.provider.name"))


def _snake(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _INNER_CAPITAL.sub(lambda m: f"_{m[1]}", str(name)).lower().replace(" ", "_"): value
        for name, value in row.items()
    }


def _object(value: object) -> dict[str, Any]:
    """An object, also when a CSV holds it as text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return mapping(json.loads(value))
        except (ValueError, RecursionError):
            return {}
    return mapping(value)
