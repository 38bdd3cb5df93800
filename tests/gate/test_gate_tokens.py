"""The token estimate against public tokenizers: its stated error holds, and a model's own tokenizer is preferred."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from analytics.gate.tokens import ESTIMATE, error_of, estimate
from benchmarks.gate_texts import DECLARATION, plain_texts
from cli.gate import counters
from cli.gate.counters import counter_of, of_litellm


@pytest.fixture(scope="module")
def published() -> dict[str, Callable[[str], int]]:
    folder = of_litellm()
    assert folder is not None
    claude = Tokenizer.from_file(str(folder / "anthropic_tokenizer.json"))
    found = {model: counter_of(model).count for model in ("gpt-4o", "gpt-4", "deepseek-chat")}
    return {**found, "claude-2": lambda text: len(claude.encode(text, add_special_tokens=False).ids)}


@pytest.mark.parametrize("kind", plain_texts())
def test_english_code_and_json_are_within_the_stated_error(
    kind: str, published: dict[str, Callable[[str], int]]
) -> None:
    text = plain_texts()[kind]
    for model, count in published.items():
        assert estimate(text) == pytest.approx(count(text), rel=error_of(text)), model


@pytest.mark.parametrize("language", DECLARATION)
def test_other_languages_are_within_theirs(language: str, published: dict[str, Callable[[str], int]]) -> None:
    text = DECLARATION[language]
    assert error_of(text) == 0.5
    for model in ("gpt-4o", "deepseek-chat"):
        assert estimate(text) == pytest.approx(published[model](text), rel=error_of(text)), model


def test_a_model_with_a_public_tokenizer_is_counted_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    for cached in (counter_of, counters._encoding, counters._deepseek):
        cached.cache_clear()
    text = "The quick brown fox jumps over the lazy dog."
    for model, name in (
        ("gpt-4o-mini", "o200k_base"),
        ("openai/gpt-5", "o200k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-oss-120b", "o200k_harmony"),
        ("deepseek/deepseek-chat", "deepseek"),
    ):
        counter = counter_of(model)
        assert (counter.name, counter.error_of(text)) == (f"{name}, the model's own tokenizer", 0.0)
        assert counter.count(text) == 10
    assert counter_of("gpt-4o").count("<|endoftext|>") > 1


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "gemini-2.5-pro", "", "a-model-of-my-own"])
def test_any_other_model_is_estimated(model: str) -> None:
    assert counter_of(model) is ESTIMATE


def test_without_the_data_it_is_estimated_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    monkeypatch.setattr(counters, "_folders", lambda: [tmp_path])
    monkeypatch.setattr(counters, "of_litellm", lambda: None)
    for cached in (counter_of, counters._encoding, counters._deepseek):
        cached.cache_clear()
    try:
        assert counter_of("gpt-4o") is counter_of("deepseek-chat") is ESTIMATE
    finally:
        for cached in (counter_of, counters._encoding, counters._deepseek):
            cached.cache_clear()


def test_the_estimate_of_nothing_and_of_anything_is_a_count() -> None:
    assert estimate("") == 0
    assert all(estimate(text) >= 1 for text in ("a", " ", "\n", "\x00", "é", "\ud83d", "🔴", "\u200b"))


def _no_network(*_: object) -> None:
    raise AssertionError("a tokenizer asked the network")
