"""Gateways that report for themselves, built from what their documentation and sources say they send.

None of these payloads was recorded: each case names where its attributes are written down.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.accounting.test_recognition import BUCKETS, buckets
from tests.ledger.ledger import Ledger
from tests.ledger.spans import span

GPT, SONNET = "gpt-5.4-mini", "claude-sonnet-4-5"
ENVOY = {
    "openinference.span.kind": "LLM",
    "llm.system": "anthropic",
    "llm.model_name": SONNET,
    "llm.token_count.prompt": 100,
    "llm.token_count.prompt_details.cache_read": 60,
    "llm.token_count.prompt_details.cache_creation": 30,
    "llm.token_count.completion": 7,
    "llm.token_count.total": 107,
}
BIFROST_OLD = {
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": GPT,
    "gen_ai.input.messages": [{"role": "user", "content": "hi"}],
    "gen_ai.chat.id": "chatcmpl-1",
    "gen_ai.chat.model": GPT,
    "gen_ai.usage.prompt_tokens": 70,
    "gen_ai.usage.completion_tokens": 7,
    "gen_ai.usage.total_tokens": 77,
    "gen_ai.usage.cost": 0.001,
}
BIFROST = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": SONNET,
    "gen_ai.response.model": SONNET,
    "gen_ai.response.id": "msg_1",
    "gen_ai.usage.prompt_tokens": 100,
    "gen_ai.usage.completion_tokens": 7,
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 7,
    "gen_ai.usage.total_tokens": 107,
    "gen_ai.usage.cache_read.input_tokens": 60,
    "gen_ai.usage.cache_creation.input_tokens": 30,
    "gen_ai.usage.prompt_token_details.cached_read_tokens": 60,
    "gen_ai.usage.prompt_token_details.cached_write_tokens": 30,
    "gen_ai.usage.prompt_token_details.cached_write_tokens_5m": 20,
    "gen_ai.usage.prompt_token_details.cached_write_tokens_1h": 10,
    "gen_ai.usage.cost": 0.001,
    "gen_ai.number_of_retries": 0,
}
BIFROST_NESTED = {
    key: said
    for key, said in BIFROST.items()
    if key not in ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens")
}
BIFROST_RESPONSES = {
    **{key: said for key, said in BIFROST_NESTED.items() if "prompt_token" not in key},
    "gen_ai.usage.input_token_details.cached_read_tokens": 60,
    "gen_ai.usage.input_token_details.cached_write_tokens": 30,
    "gen_ai.usage.input_token_details.cached_write_tokens_5m": 20,
    "gen_ai.usage.input_token_details.cached_write_tokens_1h": 10,
}
TENSORZERO = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": GPT,
    "gen_ai.usage.input_tokens": 70,
    "gen_ai.usage.output_tokens": 7,
    "gen_ai.usage.total_tokens": 77,
    "tensorzero.cost_usd": "0.00125",
}
TENSORZERO_OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.system": "anthropic",
    "llm.model_name": SONNET,
    "llm.token_count.prompt": 10,
    "llm.token_count.completion": 7,
    "llm.token_count.total": 17,
    "output.mime_type": "application/json",
    "output.value": json.dumps(
        {
            "id": "msg_1",
            "model": SONNET,
            "usage": {
                "input_tokens": 10,
                "cache_read_input_tokens": 60,
                "cache_creation_input_tokens": 30,
                "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
                "output_tokens": 7,
            },
        }
    ),
}
PLANO_OPENAI = {
    "component": "llm",
    "llm.model": GPT,
    "llm.provider": "openai",
    "llm.is_streaming": True,
    "llm.usage.prompt_tokens": 70,
    "llm.usage.completion_tokens": 7,
    "llm.usage.total_tokens": 77,
    "llm.usage.cached_input_tokens": 60,
    "llm.usage.reasoning_tokens": 3,
    "llm.usage.input_cost_usd": 0.001,
    "llm.usage.output_cost_usd": 0.001,
    "llm.usage.total_cost_usd": 0.002,
}
PLANO_ANTHROPIC = {
    "component": "llm",
    "llm.model": SONNET,
    "llm.provider": "anthropic",
    "llm.usage.prompt_tokens": 100,
    "llm.usage.completion_tokens": 7,
    "llm.usage.total_tokens": 107,
    "llm.usage.cached_input_tokens": 60,
    "llm.usage.cache_creation_tokens": 30,
}
CLOUDFLARE = {
    "gen_ai.request.model": GPT,
    "gen_ai.model.provider": "openai",
    "gen_ai.usage.input_tokens": 70,
    "gen_ai.usage.output_tokens": 7,
    "gen_ai.prompt_json": json.dumps([{"role": "user", "content": "hi"}]),
    "gen_ai.completion_json": json.dumps({"role": "assistant", "content": "hi"}),
    "gen_ai.usage.cost": 0.001,
    "team": "engineering",
}
OPENROUTER = {
    "trace.name": "OpenRouter Request",
    "span.type": "generation",
    "span.level": "DEFAULT",
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "anthropic",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "anthropic/claude-sonnet-4.5",
    "gen_ai.response.model": "anthropic/claude-sonnet-4.5",
    "gen_ai.response.id": "gen-1",
    "gen_ai.response.finish_reason": "stop",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 7,
    "gen_ai.usage.total_tokens": 107,
    "gen_ai.usage.input_tokens.cached": 60,
    "gen_ai.usage.input_tokens.cache_creation": 30,
    "gen_ai.usage.output_tokens.reasoning": 3,
    "gen_ai.usage.total_cost": 0.00188,
    "session.id": "sess-1",
    "trace.metadata.openrouter.first_token_ms": 420,
    "trace.metadata.openrouter.provider_name": "Anthropic",
    "trace.metadata.openrouter_generation.usage": 0.00188,
    "trace.metadata.openrouter_generation.usage_upstream": 0.00188,
    "span.metadata.openrouter_generation.tokens_prompt": 98,
    "span.metadata.openrouter_generation.tokens_completion": 6,
    "span.metadata.openrouter_generation.native_tokens_prompt": 100,
    "span.metadata.openrouter_generation.native_tokens_completion": 7,
    "span.metadata.openrouter_generation.native_tokens_cached": 60,
    "span.metadata.openrouter_generation.upstream_raw_response_usage": '{"prompt_tokens": 100}',
}
KONG = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": GPT,
    "gen_ai.response.model": GPT,
    "gen_ai.response.id": "chatcmpl-1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 70,
    "gen_ai.usage.output_tokens": 7,
}
WHOLE, SPLIT = (10, 60, 30, 0, 7), (10, 60, 20, 10, 7)
UNKNOWN_CACHE = (70, None, None, None, 7)
# https://github.com/envoyproxy/ai-gateway: internal/tracing/openinference
# https://github.com/maximhq/bifrost: plugins/otel/converter.go, core/schemas/trace.go
# https://github.com/tensorzero/tensorzero: crates/tensorzero-core/src/{model,config/mod}.rs
# https://github.com/katanemo/plano: crates/brightstaff/src/{streaming,tracing/constants}.rs
# https://developers.cloudflare.com/ai-gateway/observability/otel-integration
# https://openrouter.ai/docs/guides/features/broadcast/otel-collector
# https://developer.konghq.com/ai-gateway/llm-open-telemetry
GATEWAYS: dict[str, tuple[str, str, dict[str, Any], tuple[int | None, ...]]] = {
    "envoy": ("ai-gateway", "Message", ENVOY, WHOLE),
    "bifrost, first": ("bifrost-otel-plugin", "gen_ai.chat", BIFROST_OLD, UNKNOWN_CACHE),
    "bifrost": ("bifrost-otel-plugin", "chat " + SONNET, BIFROST, SPLIT),
    "bifrost, nested names": ("bifrost-otel-plugin", "chat " + SONNET, BIFROST_NESTED, SPLIT),
    "bifrost, responses": ("bifrost-otel-plugin", "chat " + SONNET, BIFROST_RESPONSES, SPLIT),
    "tensorzero": ("tensorzero", "model_provider_inference", TENSORZERO, UNKNOWN_CACHE),
    "tensorzero, openinference": (
        "tensorzero",
        "model_provider_inference",
        TENSORZERO_OPENINFERENCE,
        SPLIT,
    ),
    "plano, openai": (
        "brightstaff",
        "POST /v1/chat/completions " + GPT,
        PLANO_OPENAI,
        (10, 60, None, None, 7),
    ),
    "plano, anthropic": ("brightstaff", "POST /v1/messages " + SONNET, PLANO_ANTHROPIC, (100, 60, 30, 0, 7)),
    "cloudflare": ("cloudflare-ai-gateway", "ai-gateway", CLOUDFLARE, UNKNOWN_CACHE),
    "openrouter": ("openrouter", "LLM Generation", OPENROUTER, WHOLE),
    "kong": ("kong-internal", "kong.gen_ai", KONG, UNKNOWN_CACHE),
}


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_reports_one_priced_call(ledger: Ledger, gateway: str) -> None:
    scope, title, said, want = GATEWAYS[gateway]
    ledger.clear()
    ledger.take(span("call", said, title=title), scope=scope)
    (row,) = ledger.calls()
    assert dict(zip(BUCKETS, buckets(row), strict=True)) == dict(zip(BUCKETS, want, strict=True))
    assert row["pricing_status"] == "priced", (row["provider"], row["request_model"])


def test_a_gateway_says_what_it_cost_and_when_the_answer_began(ledger: Ledger) -> None:
    said = {
        "plano": ("brightstaff", {**PLANO_OPENAI, "llm.time_to_first_token": 420}),
        "openrouter": ("openrouter", OPENROUTER),
        "tensorzero": ("tensorzero", TENSORZERO),
    }
    ledger.clear()
    for n, (name, (scope, attributes)) in enumerate(said.items()):
        ledger.take(span(name, attributes, trace=name, at=300 * n), scope=scope)
    rows = {row["emitter"]: row for row in ledger.calls()}
    assert {row["emitter"]: Decimal(row["reported_cost_usd"]) for row in rows.values()} == {
        "brightstaff": Decimal("0.002"),
        "openrouter": Decimal("0.00188"),
        "tensorzero": Decimal("0.00125"),
    }
    assert rows["brightstaff"]["time_to_first_chunk_s"] == pytest.approx(0.42)
    assert rows["openrouter"]["time_to_first_chunk_s"] == pytest.approx(0.42)


def test_attempts_and_steps_below_a_gateways_call_are_no_calls(ledger: Ledger) -> None:
    ledger.clear()
    ledger.take(
        span("call", OPENROUTER, took=5, title="LLM Generation"),
        span("gen", {"span.type": "span"}, parent="call", at=1, title="generation"),
        span(
            "try",
            {
                "span.type": "span",
                "gen_ai.response.id": "gen-1:attempt-0",
                "gen_ai.provider.name": "Anthropic",
            },
            parent="call",
            at=1,
            title="provider attempt 1: Anthropic",
        ),
        scope="openrouter",
    )
    assert [buckets(row) for row in ledger.calls()] == [WHOLE]
    ledger.clear()
    chain = {"openinference.span.kind": "CHAIN", "model_name": SONNET}
    ledger.take(
        span("function", chain, took=5, title="function_inference"),
        span("variant", chain, parent="function", took=4, title="variant_inference"),
        span("model", chain, parent="variant", took=3, title="model_inference"),
        span("provider", TENSORZERO_OPENINFERENCE, parent="model", took=2, title="model_provider_inference"),
        scope="tensorzero",
    )
    assert [buckets(row) for row in ledger.calls()] == [SPLIT]


@pytest.mark.parametrize("gateway", ["envoy", "bifrost", "openrouter"])
def test_a_client_and_the_gateway_it_calls_are_one_call(ledger: Ledger, gateway: str) -> None:
    scope, title, said, want = GATEWAYS[gateway]
    client = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "anthropic/" + SONNET,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 60,
    }
    ledger.clear()
    ledger.send(span("client", client, took=6), scope="opentelemetry.instrumentation.openai_v2")
    ledger.take(span("call", said, parent="client", at=1, took=4, title=title), scope=scope)
    assert [buckets(row) for row in ledger.calls()] == [want]
