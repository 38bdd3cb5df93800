"""One task in words: what it cost beside its kind, where the money went, how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.numbers import count, plural, seconds, share, usd, usd_exact
from analytics.periods import stamp
from analytics.rows import CallDetail, TaskDetail, TaskTotals
from analytics.verdict import Piece

FEWEST_FOR_USUAL = 30
MEDIAN = 3
"""Place of P50 among the levels that `task_totals` returns."""


def headline(task: TaskDetail, calls: Sequence[CallDetail], usual: TaskTotals | None) -> list[Piece]:
    """The answer to “why did this one cost that?” in two sentences."""
    if task.calls and task.unpriced_calls == task.calls:
        pieces = [
            Piece("What it cost is unknown: "),
            Piece("none of its calls has a price", strong=True),
            Piece(". "),
        ]
    else:
        pieces = [
            Piece("It cost "),
            Piece(usd(task.cost_usd), strong=True),
            *_beside(task, usual),
            Piece(". "),
        ]
    return [*pieces, *_where(task, calls)]


def quick_facts(task: TaskDetail, calls: Sequence[CallDetail]) -> list[tuple[str, str, str]]:
    """Label, value and explanation of the facts above the waterfall."""
    known = task.cache_known
    unpriced = (
        f" {plural(task.unpriced_calls, 'call')} of unknown cost not in it." if task.unpriced_calls else ""
    )
    return [
        ("Cost, exact", usd_exact(task.cost_text), f"Sum over its priced calls at list price.{unpriced}"),
        ("Duration", seconds(task.duration_s), f"{stamp(task.started_at)} to {stamp(task.ended_at)} UTC."),
        (
            "Calls", count(task.calls),
            f"{task.failed_calls} failed, {task.retries} retries, {task.tool_calls} tools.",
        ),
        (
            "Escalations", f"{task.escalations} of {task.attempts}",
            "Tries that a higher tier had to follow, of all tries.",
        ),
        ("Thrown away", usd(task.abandoned_usd), "Cost of calls whose output was not used."),
        (
            "Cache hits",
            share(task.cache_read / known) if known else "not reported",
            "Share of its input tokens that were read from a cache.",
        ),
        ("Outcome", _outcome(task), _judge(task)),
    ]  # fmt: skip


def _beside(task: TaskDetail, usual: TaskTotals | None) -> list[Piece]:
    if usual is None or usual.priced_tasks < FEWEST_FOR_USUAL or usual.cost_levels_usd[MEDIAN] <= 0:
        return []
    median = usual.cost_levels_usd[MEDIAN]
    times = task.cost_usd / median
    if 0.8 <= times <= 1.25:
        return [Piece(f", as a {task.workload} task usually does ({usd(median)} at P50 in the week before)")]
    words = f"{times:.1f}" if times < 10 else f"{times:.0f}"
    return [
        Piece(", "),
        Piece(f"{words} times", strong=True),
        Piece(f" the P50 of {task.workload} ({usd(median)})"),
    ]


def _where(task: TaskDetail, calls: Sequence[CallDetail]) -> list[Piece]:
    spent: dict[str, float] = {}
    for call in calls:
        spent[call.model] = spent.get(call.model, 0.0) + (call.cost_usd or 0.0)
    if not task.cost_usd or not spent:
        return []
    model, most = max(spent.items(), key=lambda item: item[1])
    pieces = []
    if len(spent) > 1:
        pieces += [
            Piece(share(most / task.cost_usd), strong=True),
            Piece(f" of it went to {model or 'an unknown model'}"),
        ]
    if task.abandoned_usd:
        joint = ", and " if pieces else ""
        pieces += [
            Piece(joint),
            Piece(share(task.abandoned_usd / task.cost_usd), strong=True),
            Piece(
                " to answers that were thrown away"
                if joint
                else " of it went to answers that were thrown away"
            ),
        ]
    return [*pieces, Piece(".")] if pieces else []


def _outcome(task: TaskDetail) -> str:
    if task.success is None:
        return "open"
    word = "success" if task.success else "failed"
    if task.useful_units is not None and task.unit:
        return f"{word}, {task.useful_units:g} × {task.unit}"
    return word


def _judge(task: TaskDetail) -> str:
    if task.success is None:
        return "No verdict has arrived yet; it counts neither as success nor as failure."
    kind = f" ({task.checker_kind.replace('_', ' ')})" if task.checker_kind else ""
    return f"Judged by {task.checker or 'an unnamed checker'}{kind}."
