"""One request in neutral words, and the answer to it: wire formats are read into and written from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from examples.wire.prompt_cache import CacheUse

Json = Mapping[str, object]


@dataclass(frozen=True)
class ToolSpec:
    """A tool the model may call: its name and the JSON schema of its arguments."""

    name: str
    schema: Json


@dataclass(frozen=True)
class Hints:
    """What a test may dictate through `x-demo-*` headers; None leaves it to the model.

    fault is "status" or "status:n" (only the first n tries fail), or "cut" (the stream breaks off).
    """

    difficulty: float | None = None
    output_tokens: int | None = None
    steps: int | None = None
    fault: str = ""
    retry: int = 0


@dataclass(frozen=True)
class Prompt:
    """One request.

    task_text: the first thing the user asked, which decides how hard the task is for every model alike;
    last_text: what the user said last; tool_results: results given since then.
    """

    model: str
    task_text: str
    last_text: str
    fingerprint: str
    tools: tuple[ToolSpec, ...] = ()
    forced_tool: str = ""
    answer_schema: Json | None = None
    tool_results: int = 0
    max_output_tokens: int = 4096
    thinks: bool = False
    hints: Hints = field(default_factory=Hints)


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool that the model asks for; arguments is a JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Answer:
    """What the model says to one prompt; output_tokens includes thinking_tokens, durations are seconds."""

    text: str
    thinking: str
    tool_calls: tuple[ToolCall, ...]
    output_tokens: int
    thinking_tokens: int
    truncated: bool
    first_chunk_s: float
    duration_s: float


@dataclass(frozen=True)
class Exchange:
    """A request with its answer and where its input tokens went; created is epoch seconds.

    id is unique to this exchange, for ledgers take equal response ids for reports of one call.
    """

    id: str
    model: str
    answer: Answer
    cache: CacheUse
    created: int
    service_tier: str
