"""The stand-in model and the prompt caches, without a wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.wire.behaviour import StandIn
from examples.wire.prompt import Hints, Prompt, ToolSpec
from examples.wire.prompt_cache import AnthropicPromptCache, Block, OpenAIPromptCache
from examples.wire.tokens import estimate_tokens
from examples.wire.wording import fill, prose

SCHEMA = {
    "type": "object",
    "properties": {
        "area": {"enum": ["billing", "login", "other"]},
        "accept": {"type": "boolean"},
        "confidence": {"type": "number"},
        "count": {"type": "integer", "minimum": 3, "maximum": 5},
        "notes": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 3},
    },
}


def prompt(text: str, model: str = "claude-sonnet-5-5", hints: Hints | None = None) -> Prompt:
    return Prompt(model, text, text, text, hints=hints or Hints(), answer_schema=SCHEMA)


def test_an_answer_depends_on_seed_model_and_prompt_alone() -> None:
    assert StandIn(1).answer(prompt("a")) == StandIn(1).answer(prompt("a"))
    assert StandIn(1).answer(prompt("a")) != StandIn(2).answer(prompt("a"))
    assert StandIn(1).answer(prompt("a")) != StandIn(1).answer(prompt("b"))


def test_abler_models_are_sure_of_more_tasks() -> None:
    def sure(model: str) -> int:
        answers = (StandIn(7).answer(prompt(f"task {n}", model)) for n in range(300))
        return sum(json.loads(answer.text)["accept"] for answer in answers)

    nano, standard, premium = map(sure, ("gpt-5.6-luna", "claude-sonnet-5-5", "claude-opus-5-5"))
    assert nano < standard < premium
    assert 150 < nano < 255
    assert premium > 280


def test_what_an_abler_model_gets_right_a_weaker_one_got_right_alike() -> None:
    for n in range(50):
        weak, strong = (
            json.loads(StandIn(7).answer(prompt(f"task {n}", model)).text)
            for model in ("gpt-5.6-luna", "claude-opus-5-5")
        )
        if weak["accept"] and strong["accept"]:
            assert weak["area"] == strong["area"]


def test_a_judge_goes_by_what_the_draft_says_of_itself() -> None:
    for stated, accepted in ((0.9, True), (0.2, False)):
        answer = StandIn(7).answer(prompt(f'Judge this: {{"reply": "x", "confidence": {stated}}}'))
        assert json.loads(answer.text)["accept"] is accepted


def test_a_test_may_dictate_the_difficulty() -> None:
    easy, hard = (StandIn(7).answer(prompt("x", hints=Hints(difficulty=d))) for d in (0.0, 1.0))
    assert json.loads(easy.text)["accept"] is True
    assert json.loads(hard.text)["accept"] is False
    assert json.loads(easy.text)["confidence"] > json.loads(hard.text)["confidence"]


def test_tools_are_used_until_the_steps_are_done() -> None:
    tool = ToolSpec("search", {"type": "object", "properties": {"query": {"type": "string"}}})

    def calls(results: int, forced: str = "") -> int:
        asked = Prompt(
            "gpt-5.6-luna", "t", "t", f"{results}", (tool,), forced, None, results, hints=Hints(steps=2)
        )
        return len(StandIn(7).answer(asked).tool_calls)

    assert [calls(n) for n in range(4)] == [1, 1, 0, 0]
    assert calls(9, "search") == calls(9, "any") == 1
    assert calls(0, "none") == 0


@given(st.text(), st.booleans(), st.floats(0, 1))
def test_filled_json_fits_its_schema(key: str, good: bool, confidence: float) -> None:
    value = json.loads(fill(SCHEMA, key, good=good, confidence=confidence))
    assert set(value) == set(SCHEMA["properties"])
    assert value["area"] in ("billing", "login", "other")
    assert 3 <= value["count"] <= 5
    assert 2 <= len(value["notes"]) <= 3


@given(st.text(), st.integers(1, 400))
def test_prose_has_the_length_asked_for(key: str, tokens: int) -> None:
    assert abs(estimate_tokens(prose(key, tokens)) - tokens) <= 1


blocks = st.lists(
    st.builds(Block, st.text(alphabet="abc", max_size=4000), st.sampled_from([None, None, "5m", "1h"])),
    max_size=30,
)


@given(st.lists(blocks, max_size=4))
def test_anthropic_buckets_sum_to_the_prompt(prompts: list[list[Block]]) -> None:
    cache = AnthropicPromptCache()
    for now, prompt_blocks in enumerate(prompts):
        whole = sum(estimate_tokens(block.text) for block in prompt_blocks)
        first = cache.use("m", prompt_blocks, minimum_tokens=100, now=float(now))
        again = cache.use("m", prompt_blocks, minimum_tokens=100, now=float(now))
        assert first.total_tokens == again.total_tokens == whole
        assert again.write_short_tokens == again.write_long_tokens == 0
        assert again.fresh_tokens == first.fresh_tokens


@given(st.lists(st.text(alphabet="ab ", max_size=12_000), max_size=4))
def test_openai_buckets_sum_to_the_prompt(prompts: list[str]) -> None:
    cache = OpenAIPromptCache()
    for now, text in enumerate(prompts):
        first = cache.use("m", text, minimum_tokens=1024, now=float(now))
        again = cache.use("m", text, minimum_tokens=1024, now=float(now))
        assert first.total_tokens == again.total_tokens == estimate_tokens(text)
        assert again.write_short_tokens == 0
        assert again.read_tokens % 128 == 0


def test_an_overlapping_call_cannot_read_what_is_still_being_written() -> None:
    cache, marked = AnthropicPromptCache(), [Block("x" * 8000, "5m")]
    cache.use("m", marked, minimum_tokens=1024, now=0.0, usable_from=2.0)
    assert cache.use("m", marked, minimum_tokens=1024, now=1.0, usable_from=3.0).read_tokens == 0
    assert cache.use("m", marked, minimum_tokens=1024, now=2.5).read_tokens == 2000


def test_the_lookup_goes_back_twenty_blocks() -> None:
    for between, hit in ((19, True), (21, False)):
        cache, head = AnthropicPromptCache(), Block("x" * 8000, "5m")
        cache.use("m", [head], minimum_tokens=1024, now=0.0)
        tail = [Block(f"{n}" * 40) for n in range(between - 1)] + [Block("end" * 40, "5m")]
        use = cache.use("m", [Block(head.text), *tail], minimum_tokens=1024, now=1.0)
        assert (use.read_tokens > 0) is hit


@pytest.mark.parametrize("model", ["gpt-5.6-luna", "claude-opus-5-5", "something-else"])
def test_durations_follow_the_output(model: str) -> None:
    short, long = (
        StandIn(7).answer(
            Prompt(model, "t", "t", "t", hints=Hints(output_tokens=tokens), max_output_tokens=9000)
        )
        for tokens in (50, 2000)
    )
    assert long.output_tokens == 2000
    assert long.duration_s > short.duration_s > short.first_chunk_s > 0
