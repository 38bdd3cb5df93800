"""The stand-in model: what it answers to a prompt, decided by the seed and the prompt alone.
A task is as hard for every model; abler models manage more of them, so checkers really escalate."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from examples.wire.models import ModelTraits, traits_of
from examples.wire.prompt import Answer, Prompt, ToolCall, ToolSpec
from examples.wire.tokens import CHARACTERS_PER_TOKEN, digest, estimate_tokens, fraction
from examples.wire.wording import fill, prose

_STATED_CONFIDENCE = re.compile(r'confidence\\?"?\s*[:=]\s*(0?\.\d+|1(?:\.0+)?|0)\b')
_JUDGED_GOOD_FROM = 0.6


@dataclass(frozen=True)
class StandIn:
    """A model of every name; two with one seed answer alike."""

    seed: int

    def answer(self, prompt: Prompt) -> Answer:
        """The answer to `prompt`: tool calls while steps are left, then text or the asked-for JSON."""
        key = digest(self.seed, prompt.model, prompt.fingerprint)
        traits = traits_of(prompt.model)
        good, confidence = self._quality(prompt, traits)
        calls = self._tool_calls(prompt, key, good, confidence)
        thinking = prose(f"{key}/thinking", self._length(key, "thinking", 160)) if prompt.thinks else ""
        text = "" if calls else self._text(prompt, key, good, confidence)
        return _within_limit(prompt, traits, key, thinking, text, calls)

    def _quality(self, prompt: Prompt, traits: ModelTraits) -> tuple[bool, float]:
        difficulty = prompt.hints.difficulty
        if difficulty is None:
            # A judge is as sure of a draft as the draft itself says it is.
            stated = _STATED_CONFIDENCE.findall(prompt.last_text)
            if stated and not prompt.tool_results:
                confidence = float(stated[-1])
                return confidence >= _JUDGED_GOOD_FROM, confidence
            difficulty = fraction(self.seed, "difficulty", prompt.task_text)
        margin = traits.ability - difficulty
        wobble = (fraction(self.seed, prompt.model, prompt.task_text) - 0.5) * 0.1
        return margin > 0, min(0.99, max(0.05, 0.62 + margin * 0.9 + wobble))

    def _tool_calls(self, prompt: Prompt, key: str, good: bool, confidence: float) -> tuple[ToolCall, ...]:
        tool = self._chosen_tool(prompt, key)
        if tool is None:
            return ()
        arguments = fill(tool.schema, f"{self._task_key(prompt)}|{key}", good=good, confidence=confidence)
        return (ToolCall(tool.name, arguments),)

    def _chosen_tool(self, prompt: Prompt, key: str) -> ToolSpec | None:
        if not prompt.tools or prompt.forced_tool == "none":
            return None
        named = [tool for tool in prompt.tools if tool.name == prompt.forced_tool]
        if named:
            return named[0]
        steps = prompt.hints.steps
        if steps is None:
            steps = 1 + int(fraction(self.seed, "steps", prompt.last_text) * 4)
        if prompt.forced_tool != "any" and prompt.tool_results >= steps:
            return None
        return prompt.tools[int(fraction(key, "which tool") * len(prompt.tools))]

    def _text(self, prompt: Prompt, key: str, good: bool, confidence: float) -> str:
        if prompt.answer_schema is not None:
            return fill(
                prompt.answer_schema, f"{self._task_key(prompt)}|{key}", good=good, confidence=confidence
            )
        wanted = prompt.hints.output_tokens
        return prose(f"{key}/text", wanted if wanted is not None else self._length(key, "text", 180))

    def _task_key(self, prompt: Prompt) -> str:
        return digest(self.seed, prompt.task_text)

    def _length(self, key: str, what: str, median: int) -> int:
        # Output lengths are skewed: a log-normal by Box and Muller from two fractions of the key.
        first, second = fraction(key, what, 1) or 1e-9, fraction(key, what, 2)
        normal = math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)
        return max(8, min(median * 8, round(median * math.exp(0.5 * normal))))


def _within_limit(
    prompt: Prompt, traits: ModelTraits, key: str, thinking: str, text: str, calls: tuple[ToolCall, ...]
) -> Answer:
    thinking_tokens = estimate_tokens(thinking)
    spoken = estimate_tokens(text) + sum(estimate_tokens(call.name + call.arguments) for call in calls)
    room = max(1, prompt.max_output_tokens - thinking_tokens)
    truncated = spoken > room and not calls
    if truncated:
        text, spoken = text[: room * CHARACTERS_PER_TOKEN], room
    output_tokens = max(1, spoken + thinking_tokens)
    first_chunk_s = traits.first_chunk_s * (0.7 + 0.8 * fraction(key, "first chunk"))
    return Answer(
        text=text,
        thinking=thinking,
        tool_calls=calls,
        output_tokens=output_tokens,
        thinking_tokens=thinking_tokens,
        truncated=truncated,
        first_chunk_s=first_chunk_s,
        duration_s=first_chunk_s + output_tokens / traits.output_tokens_per_s,
    )
