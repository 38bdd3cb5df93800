"""Research: an orchestrator of the premium tier plans and reviews, cheap workers search and read beside it.
A small share runs as a single agent, for comparison. One bad prompt doubles the orchestrator's input."""

from __future__ import annotations

import random
from datetime import datetime

from examples.past.builder import TaskBuilder, skewed
from examples.past.plan import Call, Outcome, Task, Tokens
from examples.past.story import BAD_PROMPT, PLANNER, Story
from examples.past.warmth import AUTOMATIC_S, SHORT_S, Warmth

TENANTS = ("globex", "acme", "wayne", "initech")
TENANT_WEIGHTS = (40, 28, 20, 12)
WEEKDAY, WEEKEND = 66, 20
ORCHESTRATOR, WORKER = "claude-opus-5-5", "gpt-5.6-luna"
_TOOLS = ("search", "fetch_page", "run_query")
_WORKERS = ("researcher", "researcher", "analyst", "fact-checker")
_ORCHESTRATOR_PREFIX, _WORKER_PREFIX = 2900, 1408


def plan_task(story: Story, warmth: Warmth, dice: random.Random, begins: datetime) -> Task:
    """One question."""
    single = dice.random() < 0.14
    task = TaskBuilder(
        dice,
        story,
        PLANNER,
        "research-planner",
        begins,
        dice.choices(TENANTS, TENANT_WEIGHTS)[0],
        environment="staging" if dice.random() < 0.07 else "production",
        architecture="single" if single else "orchestrator-worker",
        unit="finding",
    )
    bad_prompt = task.release.prompt_version == BAD_PROMPT
    if single:
        _alone(task, warmth)
    else:
        _together(task, warmth, bad_prompt)
    chance = 0.68 if bad_prompt else 0.86 if single else 0.925
    success = dice.random() < chance
    if not success and dice.random() < (0.35 if bad_prompt else 0.1):
        task.error = "PlanNotFollowed"
    findings = float(dice.randrange(3, 6 if single else 9)) if success else 0.0
    return task.finish(Outcome(success, "citation-check", "deterministic", findings))


def _together(task: TaskBuilder, warmth: Warmth, bad_prompt: bool) -> None:
    dice = task.dice
    question = skewed(dice, 350)
    inflation = 2.3 if bad_prompt else 1.0
    with task.agent("planner", "orchestrator"):
        _think(task, warmth, "plan", round(question * inflation), 900, 600, inflation)
        rounds = 2 if dice.random() < (0.55 if bad_prompt else 0.17) else 1
        for _ in range(rounds):
            notes = _workers(task, warmth, dice.randrange(3, 6) + bad_prompt, question)
            step = round((question + notes) * inflation)
            _think(task, warmth, "review", step, 1500, 700, inflation)


def _workers(task: TaskBuilder, warmth: Warmth, count: int, question: int) -> int:
    """Workers side by side; gives the tokens of what they bring back."""
    begins_ns, ends_ns, notes = task.now_ns, task.now_ns, 0
    for number in range(count):
        task.now_ns = begins_ns
        task.wait(0.01 * number)
        with task.agent(_WORKERS[number % len(_WORKERS)], "worker"):
            notes += _work(task, warmth, question)
        ends_ns = max(ends_ns, task.now_ns)
    task.now_ns = ends_ns
    return notes


def _work(task: TaskBuilder, warmth: Warmth, question: int) -> int:
    dice, context = task.dice, 0
    steps = dice.randrange(1, 4)
    for step in range(steps + 1):
        output = skewed(dice, 520 if step == steps else 90)
        prefix = f"{task.environment}/{WORKER}/{task.release.prompt_version}"
        warm = warmth.is_warm(prefix, task.now_ns, AUTOMATIC_S)
        fresh = question + context % 128
        tokens = Tokens(
            fresh_input=fresh,
            cache_read=(_WORKER_PREFIX if warm else 0) + (context // 128 * 128 if step else 0),
            cache_write_short=0 if warm else _WORKER_PREFIX,
            output=output,
        )
        retries = 1 if dice.random() < 0.02 else 0
        task.call(
            Call("openai", WORKER, tokens, tier="nano", step="work", finish="completed", retries=retries)
        )
        if step < steps:
            found = dice.choice(_TOOLS)
            failed = "ToolTimeout" if dice.random() < 0.015 else ""
            task.tool(found, 8.0 if failed else 0.2 + dice.random() * 2.5, failed)
            context += output + skewed(dice, 1100, 0.6)
    # The report and the passages it rests on.
    return output + skewed(dice, 2300, 0.4)


def _think(
    task: TaskBuilder, warmth: Warmth, step: str, fresh: int, said: int, thought: int, inflation: float
) -> None:
    """One call of the orchestrator, after a refused one now and then."""
    dice = task.dice
    prefix_tokens = round(_ORCHESTRATOR_PREFIX * inflation)
    prefix = f"{task.environment}/{ORCHESTRATOR}/{task.release.prompt_version}"
    if dice.random() < 0.012:
        refused = Call(
            "anthropic",
            ORCHESTRATOR,
            None,
            tier="premium",
            step=step,
            error="overloaded_error",
            status_code=529,
            finish="",
            retries=2,
        )
        task.call(refused, 4 + dice.random() * 5)
        task.wait(2 + dice.random() * 5)
    warm = warmth.is_warm(prefix, task.now_ns, SHORT_S)
    thinking = skewed(dice, thought)
    tokens = Tokens(
        fresh_input=fresh,
        cache_read=prefix_tokens if warm else 0,
        cache_write_short=0 if warm else prefix_tokens,
        output=skewed(dice, said, 0.35) + thinking,
        reasoning=thinking,
    )
    task.call(
        Call(
            "anthropic",
            ORCHESTRATOR,
            tokens,
            tier="premium",
            step=step,
            finish="end_turn",
            prefix_hash=f"{hash_of(prefix):016x}",
            prefix_tokens=prefix_tokens,
            remaining_tokens=2 * dice.randrange(100_000, 900_000),
        )
    )


def _alone(task: TaskBuilder, warmth: Warmth) -> None:
    """The same question to one agent of the standard tier with the same tools."""
    dice, context = task.dice, skewed(task.dice, 350)
    model = "claude-sonnet-5-5"
    with task.agent("solo"):
        steps = dice.randrange(4, 9)
        cached = 0
        for step in range(steps + 1):
            prefix = f"{task.environment}/{model}/{task.release.prompt_version}"
            warm = cached > 0 or warmth.is_warm(prefix, task.now_ns, SHORT_S)
            base = _ORCHESTRATOR_PREFIX if warm and not cached else 0
            read = cached or base
            written = _ORCHESTRATOR_PREFIX + context - read
            output = skewed(dice, 640 if step == steps else 120)
            tokens = Tokens(fresh_input=6, cache_read=read, cache_write_short=written, output=output)
            finish = "end_turn" if step == steps else "tool_use"
            task.call(Call("anthropic", model, tokens, tier="standard", step="work", finish=finish))
            cached = _ORCHESTRATOR_PREFIX + context
            context += output
            if step < steps:
                task.tool(dice.choice(_TOOLS), 0.2 + dice.random() * 2.5)
                context += skewed(dice, 1100, 0.6)


def hash_of(text: str) -> int:
    """A stable 64-bit number of a text."""
    return random.Random(text).getrandbits(64)
