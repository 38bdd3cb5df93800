"""What the calls inside a block are told about themselves: tier, attempt, prompt, conversation, batch, and
more.

No span of its own; the values stand on the spans made inside.
"""

from __future__ import annotations

from typing import Literal

from sdk_hooks import attributes as names
from sdk_hooks.scopes import Scope, Told

LatencyClass = Literal["interactive", "offline"]
ServiceClass = Literal["standard", "batch", "flex", "priority", "fast"]
CacheLifetime = Literal["short", "long"]


def call_context(
    *,
    tier: str | None = None,
    attempt: int | None = None,
    cascade_id: str | None = None,
    escalated_from_tier: str | None = None,
    escalation_signal: str | None = None,
    step: str | None = None,
    tenant: str | None = None,
    conversation_id: str | None = None,
    case_id: str | None = None,
    run_id: str | None = None,
    prompt_version: str | None = None,
    prompt_prefix_hash: str | None = None,
    prompt_prefix_tokens: int | None = None,
    latency_class: LatencyClass | None = None,
    service_class: ServiceClass | None = None,
    cache_write_lifetime: CacheLifetime | None = None,
    batch_id: str | None = None,
    batch_custom_id: str | None = None,
    abandoned: bool | None = None,
) -> Scope:
    """Tell every call inside the block what it is.

    tier: `nano`, `standard`, `premium`, or a name of your own tier map; without it the ledger goes by the
    model. attempt: from 1, within the cascade `cascade_id`; `sdk_hooks.cascade` sets these three and the
    escalation itself. service_class: where the provider's answer names another, that one holds.
    abandoned: the answer of these calls is thrown away.
    """
    every: Told = {
        names.STEP: step,
        names.TENANT: tenant,
        names.CONVERSATION_ID: conversation_id,
        names.CASE_ID: case_id,
        names.RUN_ID: run_id,
        names.PROMPT_VERSION: prompt_version,
        names.LATENCY_CLASS: latency_class,
    }
    call: Told = {
        names.TIER: tier,
        names.ATTEMPT: attempt,
        names.CASCADE_ID: cascade_id,
        names.ESCALATION_FROM_TIER: escalated_from_tier,
        names.ESCALATION_SIGNAL: escalation_signal,
        names.PROMPT_PREFIX_HASH: prompt_prefix_hash,
        names.PROMPT_PREFIX_TOKENS: prompt_prefix_tokens,
        names.SERVICE_CLASS: service_class,
        names.CACHE_WRITE_LIFETIME: cache_write_lifetime,
        names.BATCH_ID: batch_id,
        names.BATCH_CUSTOM_ID: batch_custom_id,
        names.ABANDONED: abandoned,
    }
    return Scope(every, call=call)
