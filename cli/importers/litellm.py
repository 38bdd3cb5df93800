"""Spend logs of LiteLLM's proxy (table LiteLLM_SpendLogs, or its /spend/logs answer): one call a row.

In: rows as objects; CSV has their inner objects as text. Out: calls and what was left out. No message is read.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from cli.importers.json_items import Found
from cli.importers.records import Call, Item, Skipped, mapping, moment, money, service_class, text, whole

SOURCE = "litellm"
PROVIDERS = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "xai": "x_ai",
    "text-completion-openai": "openai",
}


def is_mine(found: dict[str, Any]) -> bool:
    """Whether an object is a row of the spend logs."""
    return "request_id" in found and bool({"spend", "call_type", "custom_llm_provider"} & found.keys())


def read(found: Iterable[Found]) -> Iterator[Item]:
    """Calls of the rows."""
    for row in found:
        yield row if isinstance(row, Skipped) else _item(row)


def _item(row: dict[str, Any]) -> Item:
    meta = _object(row.get("metadata"))
    usage = _object(meta.get("usage_object")) or _object(meta.get("additional_usage_values"))
    started_at = moment(row.get("startTime"))
    call_type = text(row.get("call_type")).lower()
    is_error = "fail" in (text(row.get("status")) or text(meta.get("status"))).lower()
    spent = money(row.get("spend")) or Decimal(0)
    if not text(row.get("request_id")) or started_at is None:
        return Skipped("row without request_id or startTime", reported_usd=spent, is_fault=True)
    input_, read_, written = _input(row, usage)
    output = whole(row.get("completion_tokens"))
    if not is_error and not (input_ or output):
        return Skipped(f"row without tokens ({call_type or 'no call_type'})", reported_usd=spent)
    if is_error and not (input_ or output):
        input_ = output = read_ = written = None
    provider = text(row.get("custom_llm_provider")).lower()
    session = text(row.get("session_id"))
    # An answer from LiteLLM's own cache costs nothing.
    is_cached = str(row.get("cache_hit")).strip().lower() == "true"
    return Call(
        source=SOURCE,
        key=text(row.get("request_id")),
        started_at=started_at,
        ended_at=moment(row.get("endTime")),
        first_chunk_at=_first_chunk(row),
        service=SOURCE,
        operation="embeddings" if "embedding" in call_type else "chat",
        provider=PROVIDERS.get(provider, provider),
        request_model=_model(row, provider),
        response_id=text(row.get("request_id")),
        input_tokens=input_,
        cache_read_tokens=read_,
        cache_write_tokens=written,
        cache_write_long_tokens=whole(
            _object(usage.get("cache_creation_token_details")).get("ephemeral_1h_input_tokens")
        ),
        output_tokens=output,
        reasoning_tokens=whole(_object(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        reported_cost_usd=None if is_error else money(row.get("spend")),
        session=session,
        task=session or text(row.get("request_id")),
        workload=_workload(meta),
        labels={
            "spanledger.tenant": text(row.get("end_user")),
            "spanledger.cache_hit": "true" if is_cached else "",
            **_prices(usage),
        },
        error_type=_error(meta) if is_error else "",
    )


def _input(row: dict[str, Any], usage: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Input with everything in it, cache reads, cache writes. Older versions left the writes, or both, out."""
    input_ = whole(row.get("prompt_tokens"))
    details = _object(usage.get("prompt_tokens_details"))
    read_ = _first(usage.get("cache_read_input_tokens"), details.get("cached_tokens"))
    written = _first(
        usage.get("cache_creation_input_tokens"),
        details.get("cache_creation_tokens"),
        details.get("cache_write_tokens"),
    )
    if input_ is None:
        return None, read_, written
    if input_ < (read_ or 0):
        input_ += (read_ or 0) + (written or 0)
    elif input_ < (read_ or 0) + (written or 0):
        input_ += written or 0
    return input_, read_, written


def _prices(usage: dict[str, Any]) -> dict[str, str]:
    """What sets another price than that of tokens in an ordinary call: class, place, searches."""
    searches = _first(
        _object(usage.get("server_tool_use")).get("web_search_requests"),
        _object(usage.get("prompt_tokens_details")).get("web_search_requests"),
    )
    return {
        "spanledger.service_class": service_class(usage.get("speed"))
        or service_class(usage.get("service_tier")),
        "anthropic.usage.inference_geo": text(usage.get("inference_geo")),
        "spanledger.usage.web_searches": str(searches) if searches else "",
    }


def _first(*values: object) -> int | None:
    """The first count that is told and not zero, else the first that is told."""
    told = [count for count in map(whole, values) if count is not None]
    return next((count for count in told if count), told[0] if told else None)


def _model(row: dict[str, Any], provider: str) -> str:
    """The model without the provider that LiteLLM puts before it."""
    model = text(row.get("model"))
    return model.removeprefix(f"{provider}/") if provider else model


def _workload(meta: dict[str, Any]) -> str:
    """Who spent it: the team, else the key, by the names they were given."""
    return text(meta.get("user_api_key_team_alias")) or text(meta.get("user_api_key_alias"))


def _error(meta: dict[str, Any]) -> str:
    information = _object(meta.get("error_information"))
    return text(information.get("error_class")) or text(str(information.get("error_code") or "")) or "error"


def _first_chunk(row: dict[str, Any]) -> Any:
    """When a streamed answer began; LiteLLM writes the end there when nothing was streamed."""
    began, ended = moment(row.get("completionStartTime")), moment(row.get("endTime"))
    return began if began is not None and ended is not None and began < ended else None


def _object(value: object) -> dict[str, Any]:
    """An object, also when a CSV holds it as text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return mapping(json.loads(value))
        except (ValueError, RecursionError):
            return {}
    return mapping(value)
