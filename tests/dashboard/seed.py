"""Made-up agent traffic for the dashboard's tests: calls, the spans around them, and what derives from both.

The derived tables are computed here in plain Python, apart from the keeper's SQL and from the queries.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

USD = Decimal("0.000000000001")
MODELS = {
    "nano": ("anthropic", "claude-haiku-4-5", Decimal("0.000001"), Decimal("0.000005")),
    "standard": ("anthropic", "claude-sonnet-4-5", Decimal("0.000003"), Decimal("0.000015")),
    "premium": ("openai", "gpt-5.2", Decimal("0.000005"), Decimal("0.000025")),
}
WORKLOADS = {"support-triage": 0.5, "research-planner": 0.2, "coding-session": 0.2, "nightly-batch": 0.1}


@dataclass
class Traffic:
    """Rows for the tables, as dictionaries of column and value."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    spans: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    rollup: list[dict[str, Any]] = field(default_factory=list)
    batches: list[dict[str, Any]] = field(default_factory=list)


def traffic(seed: int, now: datetime, *, days: float, tasks: int) -> Traffic:
    """`tasks` tasks spread evenly over the `days` before `now`; the same for the same arguments."""
    chance = random.Random(seed)
    made = Traffic()
    for number in range(tasks):
        age = days * (1 - (number + chance.random()) / tasks)
        _one_task(made, chance, f"task-{seed}-{number:06d}", now - timedelta(days=age), age)
    made.rollup = rollup_rows(made.calls)
    return made


def rollup_rows(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums of calls by minute and the rollup's other keys."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for call in calls:
        minute = call["started_at"].replace(second=0, microsecond=0)
        model = call["response_model"] or call["request_model"]
        key = (
            minute, call["workload"], call["provider"], model, call["tier"], call["agent"], call["environment"],
            call["service_class"],
        )  # fmt: skip
        names = ("minute", "workload", "provider", "model", "tier", "agent", "environment", "service_class")
        row = found.setdefault(key, {**dict(zip(names, key, strict=True)), "bucket_s": 60, "version": 1})
        known = call["cache_read_tokens"] is not None
        additions = {
            "calls": 1,
            "failed_calls": call["status"] == "error",
            "unpriced_calls": call["list_cost_usd"] is None,
            "list_cost_usd": call["list_cost_usd"] or Decimal(0),
            "abandoned_cost_usd": (call["list_cost_usd"] or Decimal(0)) if call["abandoned"] else Decimal(0),
            "cache_read_tokens": call["cache_read_tokens"] or 0,
            "cache_known_input_tokens": _input(call) if known else 0,
            "output_tokens": call["output_tokens"] or 0,
            "attempts": call["attempt"] is not None,
            "escalated_calls": call["escalated"],
        }
        for name, value in additions.items():
            row[name] = row.get(name, 0) + (int(value) if isinstance(value, bool) else value)
    return list(found.values())


def task_row(task_id: str, calls: Sequence[dict[str, Any]], **outcome: Any) -> dict[str, Any]:
    """One row of `tasks` out of the task's calls."""
    first = min(call["started_at"] for call in calls)
    last = max(call["started_at"] + timedelta(seconds=call["duration_s"]) for call in calls)
    cost = sum((call["list_cost_usd"] or Decimal(0) for call in calls), Decimal(0))
    known = [call for call in calls if call["cache_read_tokens"] is not None]
    return {
        "task_id": task_id,
        "workload": calls[0]["workload"],
        "environment": calls[0]["environment"],
        "started_at": first,
        "ended_at": last,
        "duration_s": (last - first).total_seconds(),
        "status": "ok",
        "calls": len(calls),
        "failed_calls": sum(call["status"] == "error" for call in calls),
        "tool_calls": 0,
        "list_cost_usd": cost,
        "original_cost_usd": cost,
        "unpriced_calls": sum(call["list_cost_usd"] is None for call in calls),
        "abandoned_cost_usd": sum(
            (call["list_cost_usd"] or Decimal(0) for call in calls if call["abandoned"]), Decimal(0)
        ),
        "cache_read_tokens": sum(call["cache_read_tokens"] for call in known),
        "cache_known_input_tokens": sum(_input(call) for call in known),
        "output_tokens": sum(call["output_tokens"] or 0 for call in calls),
        "escalations": sum(call["escalated"] for call in calls),
        "attempts": sum(call["attempt"] is not None for call in calls),
        "cascades": len({call["cascade_id"] for call in calls if call["cascade_id"]}),
        "highest_tier": max((call["tier"] for call in calls), key=("", *MODELS).index),
        "agents": sorted({call["agent"] for call in calls}),
        "models": sorted({call["response_model"] for call in calls}),
        "tiers": sorted({call["tier"] for call in calls}),
        "traces": 1,
        "version": 1,
        **outcome,
    }


def _one_task(made: Traffic, chance: random.Random, task_id: str, start: datetime, age: float) -> None:
    workload = chance.choices(list(WORKLOADS), list(WORKLOADS.values()))[0]
    trace = f"{chance.getrandbits(128):032x}"
    clock = start.astimezone(UTC)
    root = _span(made, chance, trace, "", "task", f"task {workload}", clock, task_id)
    agent = {"support-triage": "triage", "research-planner": "planner", "coding-session": "coder"}.get(
        workload, "batcher"
    )
    holder = _span(
        made, chance, trace, root["span_id"], "agent", f"invoke_agent {agent}", clock, task_id, agent
    )
    mine: list[dict[str, Any]] = []

    def call(tier: str, parent: dict[str, Any], by: str, scale: float, **more: Any) -> dict[str, Any]:
        nonlocal clock
        row = _call(chance, trace, parent["span_id"], workload, task_id, by, tier, clock, scale)
        row.update(more, turn=1 + sum(one["agent"] == by for one in mine))
        mine.append(row)
        clock += timedelta(seconds=row["duration_s"] + chance.uniform(0.05, 0.6))
        return row

    success: bool | None = chance.random() > 0.12
    if workload == "support-triage":
        cascade = f"{trace[:16]}-1"
        first = call("nano", holder, agent, 1, cascade_id=cascade, attempt=1, step="classify")
        if chance.random() < (0.42 if age < 4 else 0.22):
            first.update(escalated=True, abandoned=True, escalation_signal="low_confidence")
            second = call("standard", holder, agent, 1.4, cascade_id=cascade, attempt=2, step="classify")
            if chance.random() < 0.2:
                second.update(escalated=True, abandoned=True, escalation_signal="checker_failed")
                call("premium", holder, agent, 1.6, cascade_id=cascade, attempt=3, step="classify")
        units, unit = (1.0 if success else 0.0), "ticket"
    elif workload == "research-planner":
        call("premium", holder, agent, 2, step="plan")
        for number in range(chance.randint(2, 5)):
            name = f"worker-{number % 3 + 1}"
            worker = _span(
                made, chance, trace, holder["span_id"], "agent", f"invoke_agent {name}", clock, task_id, name
            )
            _span(
                made,
                chance,
                trace,
                worker["span_id"],
                "tool",
                "execute_tool search",
                clock,
                task_id,
                name,
                "search",
            )
            clock += timedelta(seconds=chance.uniform(0.2, 1.5))
            call("nano", worker, name, 1.5, step="search")
            _close(worker, clock)
        call("premium", holder, agent, 2.5, step="write")
        units, unit = (float(chance.randint(1, 3)) if success else 0.0), "report"
    elif workload == "coding-session":
        for number in range(chance.choices((4, 8, 16, 40), (4, 4, 2, 1))[0]):
            call("standard", holder, agent, 3 + number * 0.8, step="edit")
            _span(made, chance, trace, holder["span_id"], "tool", "execute_tool run_tests", clock, task_id, agent,
                  "run_tests")  # fmt: skip
        success, units, unit = (None, None, "") if age < 0.4 else (success, 1.0 if success else 0.0, "change")
    else:
        # One in six is sent live, though nobody waits.
        is_live = len(made.tasks) % 6 == 0
        call(
            "nano",
            holder,
            agent,
            6,
            service_class="standard" if is_live else "batch",
            latency_class="offline",
        )
        units, unit = (10.0 if success else 0.0), "document"
        if not is_live:
            _batched(made, mine[0], came_back=len(made.batches) % 21 != 0)
    if chance.random() < 0.01:
        mine[-1].update(
            list_cost_usd=None, output_cost_usd=None, fresh_input_cost_usd=None, cache_read_cost_usd=None,
            cache_write_cost_usd=None, pricing_status="unknown_model", response_model="in-house-7b",
            request_model="in-house-7b", provider="self-hosted", tier="",
        )  # fmt: skip
    _close(holder, clock)
    _close(root, clock)
    made.calls += mine
    tools = sum(span["kind"] == "tool" and span["trace_id"] == trace for span in made.spans[-120:])
    made.tasks.append(
        task_row(task_id, mine, success=success, useful_units=units, unit=unit, tool_calls=tools,
                 latency_class="offline" if workload == "nightly-batch" else "interactive",
                 checker="" if success is None else "regression-suite",
                 checker_kind="" if success is None else "deterministic")
    )  # fmt: skip


def _batched(made: Traffic, call: dict[str, Any], *, came_back: bool) -> None:
    row = {
        "batch_id": f"batch-{call['started_at']:%Y%m%d}", "custom_id": call["span_id"], "state": "submitted",
        "at": call["started_at"], "trace_id": call["trace_id"], "span_id": call["span_id"], "task_id": call["task_id"],
        "workload": call["workload"], "provider": call["provider"], "model": call["request_model"],
    }  # fmt: skip
    made.batches.append(row)
    if came_back:
        made.batches.append({**row, "state": "returned", "result": "succeeded"})


def _call(
    chance: random.Random, trace: str, parent: str, workload: str, task_id: str, agent: str, tier: str,
    at: datetime, scale: float,
) -> dict[str, Any]:  # fmt: skip
    provider, model, price_in, price_out = MODELS[tier]
    whole = int(1200 * scale * chance.lognormvariate(0, 0.5))
    read = int(whole * chance.uniform(0.3, 0.8)) if workload != "nightly-batch" else None
    write = int(whole * 0.05) if read is not None else None
    fresh = whole - (read or 0) - (write or 0)
    output = int(220 * scale**0.5 * chance.lognormvariate(0, 0.6)) + 5
    costs = {
        "fresh_input_cost_usd": (fresh * price_in).quantize(USD),
        "cache_read_cost_usd": ((read or 0) * price_in / 10).quantize(USD),
        "cache_write_cost_usd": ((write or 0) * price_in * 5 / 4).quantize(USD),
        "output_cost_usd": (output * price_out).quantize(USD),
    }
    took = 0.4 + output / 120 * chance.uniform(0.7, 1.6)
    span_id = f"{chance.getrandbits(64):016x}"
    return {
        **(_limits(span_id) if provider == "anthropic" else {}),
        "started_at": at, "duration_s": round(took, 3), "time_to_first_chunk_s": round(took * 0.3, 3),
        "trace_id": trace, "span_id": span_id, "parent_span_id": parent,
        "workload": workload, "task_id": task_id, "agent": agent, "provider": provider, "request_model": model,
        "response_model": model, "tier": tier, "service_class": "standard", "cascade_id": "", "attempt": None,
        "escalated": False, "escalation_signal": "", "abandoned": False, "environment": "production", "step": "",
        "fresh_input_tokens": fresh, "cache_read_tokens": read, "cache_write_short_tokens": write,
        "cache_write_long_tokens": 0 if write is not None else None, "output_tokens": output,
        "reasoning_tokens": None, **costs, "list_cost_usd": sum(costs.values(), Decimal(0)),
        "pricing_status": "priced", "status": "ok", "error_type": "", "finish_reason": "end_turn",
        "emitter": "sdk_hooks", "version": 1,
    }  # fmt: skip


def _limits(span_id: str) -> dict[str, int]:
    """What a provider says of its rate limits; now tokens are scarcer, now calls."""
    tokens, calls = int(span_id[:4], 16) / 65_536, int(span_id[4:8], 16) / 65_536
    return {
        "rate_limit_tokens": 400_000, "rate_limit_remaining_tokens": int(400_000 * tokens),
        "rate_limit_calls": 1_000, "rate_limit_remaining_calls": int(1_000 * calls),
    }  # fmt: skip


def _span(
    made: Traffic, chance: random.Random, trace: str, parent: str, kind: str, name: str, at: datetime,
    task_id: str, agent: str = "", tool: str = "",
) -> dict[str, Any]:  # fmt: skip
    took = chance.uniform(0.1, 1.2)
    row = {
        "ingested_at": at, "trace_id": trace, "span_id": f"{chance.getrandbits(64):016x}", "parent_span_id": parent,
        "kind": kind, "name": name, "agent": agent, "tool": tool, "started_at": at,
        "duration_ns": int(took * 1e9), "status": "ok", "task_id": task_id,
    }  # fmt: skip
    made.spans.append(row)
    return row


def _close(span: dict[str, Any], at: datetime) -> None:
    span["duration_ns"] = int((at - span["started_at"]).total_seconds() * 1e9)


def _input(call: dict[str, Any]) -> int:
    return sum(
        call[name] or 0
        for name in (
            "fresh_input_tokens",
            "cache_read_tokens",
            "cache_write_short_tokens",
            "cache_write_long_tokens",
        )
    )
