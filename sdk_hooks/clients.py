"""Which clients are wrapped: the module that holds each one's narrow place, and what wraps it.

A client is wrapped when its module is imported, never imported for being wrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from sdk_hooks import (
    anthropic_batches,
    bedrock,
    google_genai,
    google_interactions,
    litellm_calls,
    openai_batches,
    stainless,
)

WRAPPERS: dict[str, Callable[[ModuleType], None]] = {
    "anthropic._base_client": stainless.wrap,
    "anthropic.resources.messages.batches": anthropic_batches.wrap,
    "anthropic.resources.beta.messages.batches": anthropic_batches.wrap,
    "openai._base_client": stainless.wrap,
    "openai.resources.batches": openai_batches.wrap_batches,
    "openai.resources.files": openai_batches.wrap_files,
    "google.genai._api_client": google_genai.wrap,
    "google.genai._gaos.basesdk": google_interactions.wrap,
    "google.genai._interactions._base_client": stainless.wrap,
    "botocore.client": bedrock.wrap,
    "aiobotocore.client": bedrock.wrap_async,
    "litellm": litellm_calls.wrap,
}


def wrap(module: ModuleType) -> None:
    """Wrap the client in `module`, one of `WRAPPERS`; does nothing when it is wrapped already."""
    WRAPPERS[module.__name__](module)
