"""What the ledger must say of the weeks, added up from the plan and never from a span.
In: planned tasks; out: totals by workload. The rules are those of the accounting, written a second time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from examples.past.plan import Call, Task


@dataclass
class Totals:
    """Sums over one workload; tokens in disjoint buckets, reasoning is part of output.

    answered_calls have usage; refused_calls were answered with an error and are not billed; successes counts
    the newest verdicts; abandoned_calls were escalated or given up; unknown_model_calls have usage, no price.
    """

    tasks: int = 0
    spans: int = 0
    calls: int = 0
    tool_calls: int = 0
    answered_calls: int = 0
    refused_calls: int = 0
    missing_usage_calls: int = 0
    unknown_model_calls: int = 0
    fresh_input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_short_tokens: int = 0
    cache_write_long_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    attempts: int = 0
    escalations: int = 0
    abandoned_calls: int = 0
    retries: int = 0
    verdicts: int = 0
    successes: int = 0
    useful_units: float = 0.0


def expected(tasks: Iterable[Task], unknown_models: Iterable[str]) -> dict[str, Totals]:
    """Totals by workload; unknown_models are those without a price."""
    unknown, found = frozenset(unknown_models), dict[str, Totals]()
    for task in tasks:
        totals = found.setdefault(task.workload, Totals())
        totals.tasks += 1
        totals.spans += len(task.spans) + len(task.late_outcomes)
        # Each request of a batch is told twice: as it was submitted, and as it came back.
        totals.spans += sum(1 for span in task.spans if span.call and span.call.batch_id)
        totals.tool_calls += sum(1 for span in task.spans if span.kind == "tool")
        if task.verdict is not None:
            totals.verdicts += 1
            totals.successes += task.verdict.success
            totals.useful_units += task.verdict.useful_units
        calls = [span.call for span in sorted(task.spans, key=lambda s: s.started_ns) if span.call]
        escalated = _escalated(calls)
        totals.escalations += len(escalated)
        totals.abandoned_calls += len(escalated | {n for n, call in enumerate(calls) if call.abandoned})
        for call in calls:
            _add(totals, call, unknown)
    return found


def _escalated(calls: list[Call]) -> set[int]:
    """Positions of the attempts that were not good enough: the one before each that came from below."""
    found: set[int] = set()
    for position, call in enumerate(calls):
        if call.escalated_from:
            earlier = [
                n for n in range(position) if calls[n].cascade_id == call.cascade_id and calls[n].attempt
            ]
            found.add(max(earlier, key=lambda n: calls[n].attempt))
    return found


def _add(totals: Totals, call: Call, unknown: frozenset[str]) -> None:
    totals.calls += 1
    totals.attempts += call.attempt > 0
    totals.retries += call.retries
    totals.refused_calls += bool(call.error)
    totals.missing_usage_calls += bool(call.missing_usage)
    if call.tokens is None:
        return
    totals.answered_calls += 1
    totals.unknown_model_calls += call.model in unknown
    totals.fresh_input_tokens += call.tokens.fresh_input
    totals.cache_read_tokens += call.tokens.cache_read
    totals.cache_write_short_tokens += call.tokens.cache_write_short
    totals.cache_write_long_tokens += call.tokens.cache_write_long
    totals.output_tokens += call.tokens.output
    totals.reasoning_tokens += call.tokens.reasoning
