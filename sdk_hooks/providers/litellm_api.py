"""Reads answers of litellm: every provider's in OpenAI's shape, with what litellm knows beside it.

Its prompt count includes cached tokens. Usage of a stream whose caller did not ask for it stands beside the
last chunk. Facts by litellm 1.109.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.providers.openai_api import ChatCompletions, Embeddings, Responses, read_completion_usage
from sdk_hooks.providers.report import Api, Report, count, field, fields, tell

PROVIDERS = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "text-completion-openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""litellm's names of providers, where OpenTelemetry's differ."""

_LIMIT_HEADERS = {
    names.RATE_LIMIT_REMAINING_TOKENS: (
        "x-ratelimit-remaining-tokens",
        "llm_provider-anthropic-ratelimit-tokens-remaining",
    ),
    names.RATE_LIMIT_REMAINING_CALLS: (
        "x-ratelimit-remaining-requests",
        "llm_provider-anthropic-ratelimit-requests-remaining",
    ),
    names.RATE_LIMIT_TOKENS: ("x-ratelimit-limit-tokens", "llm_provider-anthropic-ratelimit-tokens-limit"),
    names.RATE_LIMIT_CALLS: ("x-ratelimit-limit-requests", "llm_provider-anthropic-ratelimit-requests-limit"),
}


class Completions(ChatCompletions):
    """`completion` and `text_completion`."""

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `ModelResponse`."""
        super().read_response(response, report)
        _read_usage(fields(response).get("usage"), report)
        _read_hidden(response, report)

    def read_event(self, event: Any, report: Report) -> None:
        """Read one chunk."""
        super().read_event(event, report)
        told = _hidden(event).get("usage") or field(event, "usage")
        _read_usage(told, report)
        _read_hidden(event, report)

    def absent_usage(self, body: dict[str, Any]) -> str:
        """litellm hands usage on wherever the provider reports it."""
        return "not_reported"


class ResponsesCalls(Responses):
    """`responses`."""

    def read_response(self, response: Any, report: Report) -> None:
        """Read a `ResponsesAPIResponse`."""
        super().read_response(response, report)
        _read_hidden(response, report)


class EmbeddingCalls(Embeddings):
    """`embedding`."""

    def read_response(self, response: Any, report: Report) -> None:
        """Read an `EmbeddingResponse`."""
        super().read_response(response, report)
        _read_hidden(response, report)


_CHAT = Completions()
_TEXT = Completions(names.OPERATION_TEXT_COMPLETION)
_RESPONSES = ResponsesCalls()
_EMBEDDINGS = EmbeddingCalls()

APIS: dict[str, Api] = {
    "completion": _CHAT,
    "acompletion": _CHAT,
    "text_completion": _TEXT,
    "atext_completion": _TEXT,
    "responses": _RESPONSES,
    "aresponses": _RESPONSES,
    "embedding": _EMBEDDINGS,
    "aembedding": _EMBEDDINGS,
}
"""By function of litellm."""


def server_of(body: dict[str, Any]) -> dict[str, AttributeValue]:
    """`gen_ai.provider.name` of a call; takes litellm's prefix off the model in `body`."""
    model, provider = body.get("model"), body.get("custom_llm_provider")
    if not isinstance(model, str):
        return {}
    body["model"], found = _split(model, provider if isinstance(provider, str) else None)
    return {names.PROVIDER_NAME: PROVIDERS.get(found, found)} if found else {}


@lru_cache(maxsize=256)
def _split(model: str, provider: str | None) -> tuple[str, str]:
    """Model and provider, as litellm itself takes them apart."""
    try:
        name, found, *_ = sys.modules["litellm"].get_llm_provider(model=model, custom_llm_provider=provider)
    except Exception:  # noqa: BLE001 - litellm raises its own errors for a model it cannot place
        return model, provider or ""
    return str(name), str(found)


def _hidden(answer: Any) -> Mapping[str, Any]:
    found = getattr(answer, "_hidden_params", None)
    return found if isinstance(found, Mapping) else {}


def _read_usage(usage: Any, report: Report) -> None:
    """What stands only in litellm's usage; all zeros is its way to say that nothing was reported."""
    given = fields(usage)
    if not given.get("prompt_tokens") and not given.get("completion_tokens"):
        for name in (names.INPUT_TOKENS, names.OUTPUT_TOKENS):
            if report.told.get(name) == 0:
                del report.told[name]
        return
    read_completion_usage(usage, report)
    details = given.get("prompt_tokens_details")
    if names.CACHE_WRITE_TOKENS not in report.told:
        tell(report.told, names.CACHE_WRITE_TOKENS, field(details, "cache_creation_tokens"))
    written = field(details, "cache_creation_token_details")
    tell(report.told, names.CACHE_WRITE_LONG_TOKENS, field(written, "ephemeral_1h_input_tokens"))


def _read_hidden(answer: Any, report: Report) -> None:
    hidden = _hidden(answer)
    if hidden.get("cache_hit") is True:
        report.told[names.CACHE_HIT] = True
    headers = hidden.get("additional_headers")
    if isinstance(headers, Mapping):
        for ours, theirs in _LIMIT_HEADERS.items():
            left = next((headers[name] for name in theirs if name in headers), None)
            number = int(left) if isinstance(left, str) and left.isdigit() else count(left)
            if number is not None:
                report.told[ours] = number
