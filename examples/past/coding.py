"""Long coding sessions: every turn reads the whole conversation from the cache and writes what is new.
A long pause lets the cache lapse and the whole context is written again; a full context is compacted."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.story import CODING, NS, Story
from examples.past.warmth import LONG_S, SHORT_S, Warmth

TEAMS = ("platform", "payments", "mobile", "data")
TEAM_WEIGHTS = (38, 28, 20, 14)
WEEKDAY, WEEKEND = 32, 6
MODEL, SCOUT = "claude-opus-5-5", "claude-haiku-4-5"
_SYSTEM_TOKENS = 17_600
_COMPACT_FROM = 150_000
_TOOLS = ("read_file", "edit_file", "run_tests", "grep", "shell")
_TOOL_WEIGHTS = (34, 26, 14, 18, 8)


@dataclass
class _Context:
    """What the model is shown beyond the system prompt, and how much of that is cached."""

    tokens: int
    cached: int = 0
    last_call_ns: int = 0


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One session."""
    task = TaskBuilder(
        dice,
        story,
        CODING,
        "coding-agent",
        begins,
        dice.choices(TEAMS, TEAM_WEIGHTS)[0],
        environment="production",
        architecture="single",
        unit="merged change",
    )
    turns = min(130, 6 + skewed(dice, 23, 0.55))
    context = _Context(skewed(dice, 1500))
    interrupted = dice.random() < 0.03
    with task.agent("coder"):
        for turn in range(turns):
            _turn(task, warmth, context, last=turn == turns - 1 and not interrupted)
            if context.tokens + _SYSTEM_TOKENS > _COMPACT_FROM:
                _compact(task, context)
            if turn and dice.random() < 0.05:
                _scout(task)
        if interrupted:
            task.call(
                Call(
                    "anthropic",
                    MODEL,
                    None,
                    tier="premium",
                    streamed=True,
                    step="turn",
                    missing_usage="cancelled",
                    abandoned=True,
                    finish="",
                ),
                2 + dice.random() * 20,
            )
    success = not interrupted and dice.random() < 0.84
    outcome = Outcome(success, "test-suite", "deterministic", 1.0 if success else 0.0)
    return task.finish(outcome, _late(dice, task.now_ns, success))


def _turn(task: TaskBuilder, warmth: Warmth, context: _Context, *, last: bool) -> None:
    dice = task.dice
    lapsed = context.last_call_ns and task.now_ns - context.last_call_ns > SHORT_S * NS
    system = f"{task.tenant}/{MODEL}/{task.release.prompt_version}"
    warm = warmth.is_warm(system, task.now_ns, LONG_S)
    read = (_SYSTEM_TOKENS if warm else 0) + (0 if lapsed else context.cached)
    thinking = skewed(dice, 260) if dice.random() < 0.6 else 0
    tokens = Tokens(
        fresh_input=dice.randrange(4, 40),
        cache_read=read,
        cache_write_long=0 if warm else _SYSTEM_TOKENS,
        cache_write_short=context.tokens - (0 if lapsed else context.cached),
        output=skewed(dice, 360, 0.7) + thinking,
        reasoning=thinking,
    )
    retries = 1 if dice.random() < 0.012 else 0
    task.call(
        Call(
            "anthropic",
            MODEL,
            tokens,
            tier="premium",
            streamed=True,
            first_chunk_s=round(0.8 + dice.random() * 1.6, 4),
            finish="end_turn" if last else "tool_use",
            retries=retries,
            step="turn",
            remaining_tokens=dice.randrange(150_000, 1_900_000),
        )
    )
    context.cached, context.last_call_ns = context.tokens, task.now_ns
    context.tokens += tokens.output
    if last:
        return
    failed = "ToolError" if dice.random() < 0.04 else ""
    task.tool(dice.choices(_TOOLS, _TOOL_WEIGHTS)[0], 0.05 + dice.random() * 9, failed)
    context.tokens += skewed(dice, 1250, 0.9)
    # Somebody reads along and answers; now and then they come back after the cache has lapsed.
    pause = dice.random()
    if pause < 0.12:
        task.wait(20 + dice.random() * 160)
        context.tokens += skewed(dice, 90)
    elif pause < 0.15:
        task.wait(320 + dice.random() * 900)
        context.tokens += skewed(dice, 90)


def _compact(task: TaskBuilder, context: _Context) -> None:
    """Sums the conversation up and goes on from the summary."""
    summary = skewed(task.dice, 2600, 0.25)
    tokens = Tokens(
        fresh_input=180,
        cache_read=_SYSTEM_TOKENS + context.cached,
        cache_write_short=context.tokens - context.cached,
        output=summary,
    )
    task.call(Call("anthropic", MODEL, tokens, tier="premium", step="compact", finish="end_turn"))
    context.tokens, context.cached, context.last_call_ns = summary + 900, 0, 0


def _scout(task: TaskBuilder) -> None:
    """A cheap helper looks something up in the code and reports."""
    dice = task.dice
    with task.agent("scout", "worker"):
        found = 0
        for step in range(dice.randrange(2, 5)):
            tokens = Tokens(fresh_input=1800 + found, output=skewed(dice, 130))
            finish = "tool_use" if step else "end_turn"
            task.call(Call("anthropic", SCOUT, tokens, tier="nano", step="scout", finish=finish))
            task.tool("grep", 0.05 + dice.random())
            found += skewed(dice, 1600, 0.6)


def _late(dice: random.Random, ended_ns: int, success: bool) -> tuple[Outcome, ...]:
    """Whether the change was merged, known a day or two later for most sessions."""
    if dice.random() >= 0.65:
        return ()
    merged = success and dice.random() < 0.9
    decided_ns = ended_ns + int((1 + dice.random() * 46) * 3600) * NS
    return (Outcome(merged, "code-review", "human", 1.0 if merged else 0.0, decided_ns),)
