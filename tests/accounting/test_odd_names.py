"""Counts under odd names: other letters, nested levels, objects nobody named, thinking beside output, classes."""

import json
from collections.abc import Mapping
from typing import Any

from tests.accounting.test_no_calls import one_each, stand
from tests.accounting.test_recognition import CHAT, IN, OUT, buckets
from tests.ledger.ledger import Ledger

GPT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5.4-mini",
}
XAI = {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 60}}
THINKING = {"completion_tokens_details": {"reasoning_tokens": 30}}
WITHIN = {"input": {"total": 100, "cached": 60}, "output": {"total": 7}, "total": 107}
DOTTED = {"input_tokens": 1900, "cache_read": {"input_tokens": 600}, "cache_write": {"input_tokens": 300}}
DISJOINT = {"uncached_input_tokens": 40, "cache_read_tokens": 60, "output_tokens": 7}


def read(
    ledger: Ledger, programs: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]
) -> dict[str, Any]:
    found = stand(ledger, one_each({name: {**base, **said} for name, said in programs.items()}))
    return {name: [buckets(row) for row in rows] for name, rows in found.items()}


def test_a_name_in_other_letters_says_the_same(ledger: Ledger) -> None:
    programs: dict[str, dict[str, Any]] = {
        "camel": {"acme.usage.InputTokens": 100, "acme.usage.OutputTokens": 7},
        "upper": {"acme.usage.PROMPT_TOKENS": 100, "acme.usage.COMPLETION_TOKENS": 7},
        "hyphens": {"x-usage.input-tokens": 100, "x-usage.output-tokens": 7},
        "a prefix": {"acme_input_tokens": 100, "acme_output_tokens": 7},
        "a short prefix": {"$ai_input_tokens": 100, "$ai_output_tokens": 7},
        "one word": {"acmeInputTokens": 100, "acmeOutputTokens": 7},
        "numbers of": {"acme.usage.num_input_tokens": 100, "acme.usage.num_output_tokens": 7},
        "used": {"ai.prompt_tokens.used": 100, "ai.completion_tokens.used": 7},
        "a part beside": {"acme_input_tokens": 100, "acme_output_tokens": 7, "audio_input_tokens": 30},
    }
    assert read(ledger, programs, GPT) == {name: [(100, None, None, None, 7)] for name in programs}
    named = {name: {"llm_model": "gpt-5.4-mini", **said} for name, said in programs.items()}
    assert read(ledger, named, {}) == {name: [(100, None, None, None, 7)] for name in programs}


def test_the_pace_of_tokens_is_no_count(ledger: Ledger) -> None:
    programs: dict[str, dict[str, Any]] = {
        "pace": {"acme.output_tokens_per_second": 45, "audio_output_tokens": 9, "audio_input_tokens": 4}
    }
    assert read(ledger, programs, GPT) == {"pace": [(None,) * 5]}


def test_counts_a_level_down_are_read_with_the_level_above(ledger: Ledger) -> None:
    programs: dict[str, dict[str, Any]] = {
        "object": {"acme.usage": json.dumps(WITHIN)},
        "map": {"acme.usage": WITHIN},
        "answer": {"acme.response": json.dumps({"content": "not to be kept", "usage": WITHIN})},
        "flat": {"acme.usage.input.total": 100, "acme.usage.input.cached": 60, "acme.usage.output.total": 7},
        "fresh input": {"acme.usage": json.dumps(DISJOINT)},
        "another name": {
            "braintrust.metrics": json.dumps({"prompt_tokens": 100, "completion_tokens": 7} | DISJOINT)
        },
    }
    assert {
        name: told[0][:2] + told[0][4:] for name, told in read(ledger, programs, GPT).items()
    } == dict.fromkeys(programs, (40, 60, 7))


def test_dotted_words_of_the_convention_keep_its_meaning(ledger: Ledger) -> None:
    flat = {
        "acme.usage.input_tokens": 1900,
        "acme.usage.cache_read.input_tokens": 600,
        "acme.usage.cache_write.input_tokens": 300,
        "acme.usage.output_tokens": 7,
    }
    programs: dict[str, dict[str, Any]] = {
        "object": {"acme.usage": json.dumps({**DOTTED, "output_tokens": 7})},
        "flat": flat,
    }
    assert read(ledger, programs, CHAT) == {name: [(1000, 600, 300, 0, 7)] for name in programs}


def test_thinking_that_the_total_has_beside_the_output_belongs_to_it(ledger: Ledger) -> None:
    outside = {**XAI, **THINKING, "total_tokens": 137}
    more_than_output = {**XAI, **THINKING}
    reasoning = "gen_ai.usage.reasoning.output_tokens"
    programs: dict[str, dict[str, Any]] = {
        "object": {"acme.usage": json.dumps(outside)},
        "no total": {"acme.usage": json.dumps(more_than_output)},
        "attributes": {IN: 100, OUT: 7, reasoning: 3, "gen_ai.usage.total_tokens": 110},
        "inside": {IN: 100, OUT: 7, reasoning: 3, "gen_ai.usage.total_tokens": 107},
    }
    meant = {"object": 37, "no total": 37, "attributes": 10, "inside": 7}
    assert {name: told[0][4] for name, told in read(ledger, programs, GPT).items()} == meant


def test_the_class_of_an_answer_stands_before_the_one_that_was_asked_for(ledger: Ledger) -> None:
    asked = "gen_ai.openai.request.service_tier"
    usage = {"input_tokens": 100, "output_tokens": 7}
    programs: dict[str, dict[str, Any]] = {
        "flex": {IN: 100, OUT: 7, asked: "flex"},
        "standard": {IN: 100, OUT: 7, asked: "flex", "gen_ai.openai.response.service_tier": "default"},
        "batch": {"acme.usage": json.dumps({**usage, "service_tier": "batch"})},
        "priority": {"acme.response": json.dumps({"text": "x", "service_tier": "priority", "usage": usage})},
    }
    found = stand(ledger, one_each({name: {**GPT, **said} for name, said in programs.items()}))
    assert {name: rows[0]["service_class"] for name, rows in found.items()} == {
        name: name for name in programs
    }


def test_an_embedding_that_names_no_operation_is_a_call(ledger: Ledger) -> None:
    said = {"model": "text-embedding-3-small", "usage": json.dumps({"prompt_tokens": 9, "total_tokens": 9})}
    assert read(ledger, {"c": said}, {}) == {"c": [(9, None, None, None, None)]}


def test_an_input_of_zero_before_an_output_was_never_learnt(ledger: Ledger) -> None:
    fresh = {"input_tokens": 0, "cache_read_input_tokens": 60, "output_tokens": 7}
    programs: dict[str, dict[str, Any]] = {
        "attributes": {IN: 0, OUT: 7},
        "object": {"acme.usage": json.dumps({"prompt_tokens": 0, "completion_tokens": 7})},
        "all of it cached": {"acme.usage": json.dumps(fresh)},
    }
    found = read(ledger, programs, CHAT)
    assert {name: told[0][::4] for name, told in found.items()} == {
        "attributes": (None, 7),
        "object": (None, 7),
        "all of it cached": (0, 7),
    }
