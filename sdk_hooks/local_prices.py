"""List prices in the agent's own process, by the library genai-prices, where it is installed.

In: a call's attributes as they stand on its span. Out: `Priced`, US dollars or why there is no price. Loaded by
guardrails with dollar limits and by `sdk_hooks.testing` only. The ledger's own book is what counts in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from sdk_hooks import attributes as names

MISSING = "prices need genai-prices: pip install 'spanledger-hooks[guardrails]' (Python 3.11 or newer)"

PROVIDERS = {
    "aws.bedrock": "aws",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "x_ai": "x-ai",
}
"""The library's names of providers that OpenTelemetry names otherwise."""

CONTEXTS: Mapping[object, tuple[Mapping[str, str], ...]] = {
    "batch": ({"processing": "batch"},),
    "flex": ({"service_tier": "flex"},),
    "priority": ({"service_tier": "priority"},),
    "fast": ({"service_tier": "fast"}, {"speed": "fast"}),
}
"""The library's words for a service class, in the order in which they are tried."""


class Priced(NamedTuple):
    """A call's cost in US dollars, or None and why it is unknown."""

    usd: Decimal | None
    reason: str = ""


def price_call(call: Mapping[str, Any], at: datetime | None = None) -> Priced:
    """Cost of the call with these span attributes at list price, in force at `at` (now when None).

    Unknown: no library, no usage, an unknown model, or tokens of a kind that the library has no price for. A call
    that was refused without usage costs nothing. Never raises.
    """
    library = _library()
    if library is None:
        return Priced(None, MISSING)
    output = call.get(names.OUTPUT_TOKENS)
    if output is None and call.get(names.OPERATION_NAME) == names.OPERATION_EMBEDDINGS:
        output = 0
    if call.get(names.INPUT_TOKENS) is None and output is None and names.ERROR_TYPE in call:
        return Priced(Decimal(0))
    if call.get(names.INPUT_TOKENS) is None or output is None:
        reason = call.get(names.USAGE_MISSING_REASON, "not reported")
        return Priced(None, f"its usage is not known whole ({reason})")
    try:
        return library(call, at)
    except Exception as error:  # noqa: BLE001 - whatever the library cannot price has no known price
        return Priced(None, f"genai-prices cannot price it: {error}")


def has_prices() -> bool:
    """Whether the library is installed."""
    return _library() is not None


Pricing = Callable[[Mapping[str, Any], "datetime | None"], Priced]


@cache
def _library() -> Pricing | None:
    try:
        import genai_prices
    except ImportError:
        return None

    def price(call: Mapping[str, Any], at: datetime | None) -> Priced:
        usage = genai_prices.Usage(**_usage(call))
        provider = str(call.get(names.PROVIDER_NAME, ""))
        model = str(call.get(names.RESPONSE_MODEL) or call.get(names.REQUEST_MODEL) or "")
        where: dict[str, Any] = {
            "provider_id": PROVIDERS.get(provider, provider) or None,
            "genai_request_timestamp": at,
        }
        found = standard = genai_prices.calc_price(usage, model, **where)
        for context in CONTEXTS.get(call.get(names.SERVICE_CLASS), ()):
            found = genai_prices.calc_price(usage, model, price_context=dict(context), **where)
            if found.model_price != standard.model_price:
                break
        without = _unpriced_bucket(found.model_price, call)
        return Priced(None, f"{model} has no price for {without}") if without else Priced(found.total_price)

    return price


def _usage(call: Mapping[str, Any]) -> dict[str, int]:
    """The library's counts: input with cached tokens in it, and of the writes those with the long lifetime."""
    written = call.get(names.CACHE_WRITE_TOKENS)
    long = call.get(names.CACHE_WRITE_LONG_TOKENS)
    if long is None and written and call.get(names.CACHE_WRITE_LIFETIME) == "long":
        long = written
    counts = {
        "input_tokens": call.get(names.INPUT_TOKENS),
        "cache_read_tokens": call.get(names.CACHE_READ_TOKENS),
        "cache_write_tokens": written,
        "cache_write_1h_tokens": long,
        "output_tokens": call.get(names.OUTPUT_TOKENS),
    }
    return {name: count for name, count in counts.items() if count is not None}


_PRICES = (
    (names.INPUT_TOKENS, "input_mtok"),
    (names.CACHE_READ_TOKENS, "cache_read_mtok"),
    (names.CACHE_WRITE_TOKENS, "cache_write_mtok"),
    (names.OUTPUT_TOKENS, "output_mtok"),
)


def _unpriced_bucket(prices: Any, call: Mapping[str, Any]) -> str:
    """The first kind of token that was used and has no price of its own; the library charges nothing for it."""
    for name, price in _PRICES:
        if call.get(name) and getattr(prices, price, None) is None:
            return name
    return ""
