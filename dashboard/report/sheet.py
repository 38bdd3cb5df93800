"""The weekly review as CSV: one line a number, every part in one table, so that a spreadsheet can filter it.

In: a Review. Out: RFC 4180 text; unknown is empty, amounts are plain numbers, cells cannot run as formulas.
"""

from __future__ import annotations

from collections.abc import Iterator

from analytics.review.answer import Review
from analytics.review.parts import Check
from dashboard.report.words import effect_words, fine, gate_name, gate_words, override_words, release_name
from dashboard.tables.table import csv_text

HEADER = (
    "week",
    "workload",
    "part",
    "what",
    "value",
    "low",
    "high",
    "before",
    "text",
    "held_against",
    "state",
    "sample",
)
Cells = tuple[object, ...]


def sheet(review: Review) -> str:
    """Every number of the review."""
    about = (review.week.name, review.workload)
    return csv_text(
        HEADER, [(*about, *("" if cell is None else cell for cell in row)) for row in _rows(review)]
    )


def _rows(review: Review) -> Iterator[Cells]:
    """part, what, value, low, high, before, text, held against, state, sample."""
    yield (
        "verdict",
        "spend_usd",
        review.spend_usd,
        "",
        "",
        review.spend_before_usd,
        "",
        "",
        "",
        review.calls,
    )
    if review.plan is not None:
        state = fine(review.plan.is_kept)
        yield ("verdict", "plan_usd", review.plan.limit_usd, "", "", "", review.plan.words, "", state, "")
    if (ahead := review.forecast) is not None:
        yield (
            "verdict", f"forecast_usd {ahead.month}", ahead.expected_usd, ahead.low_usd, ahead.high_usd, "", "", "", "",
            "",
        )  # fmt: skip
    for trend in review.trends:
        now = trend.now
        yield (
            "numbers", trend.label, now.value, now.low, now.high, trend.before.value, trend.text, "", "", now.sample,
        )  # fmt: skip
    yield from (_check("plan", one) for one in review.budgets)
    if (split := review.bridge) is not None:
        yield ("bridge", "the week before", split.before_usd, "", "", "", "", "", "", "")
        for line in split.lines:
            yield ("bridge", line.words, line.amount_usd, "", "", "", "", "", "", "")
        yield ("bridge", "this week", split.now_usd, "", "", "", "", "", "", "")
    for part, found in (("up", review.up), ("down", review.down)):
        for one in found:
            yield (part, one.words, one.delta_usd, "", "", one.before_usd, one.task, "", "", "")
    for release in review.releases:
        yield (
            "changes", f"{release_name(release)} of {release.workload}", release.per_task_usd, release.low_usd,
            release.high_usd, release.before_usd, effect_words(release), "", "", release.tasks,
        )  # fmt: skip
    for gate in review.gates:
        said = "; ".join(part for part in (gate.reason, override_words(gate)) if part)
        ratio = None if gate.ratio is None else gate.ratio - 1
        yield ("gate", gate_name(gate), ratio, "", "", "", said, gate_words(gate), gate.verdict, "")
    yield from (_check("discipline", one) for one in review.checks)
    for saving in review.savings:
        yield (
            "savings", saving.what, saving.high_usd, saving.low_usd, saving.high_usd, "", saving.evidence, "",
            saving.confidence, "",
        )  # fmt: skip
    for action in review.actions:
        yield (
            "actions", action.what, action.expected_usd, "", "", action.realised_usd, action.owner, action.due, "", "",
        )  # fmt: skip
    yield from (_check("quality", one) for one in review.quality)
    for row in review.workloads:
        success = row.successes / row.judged if row.judged else None
        yield ("workloads", row.workload, row.cost_usd, "", "", "", "", "", "", row.tasks)
        yield ("workloads", f"{row.workload}, success", success, "", "", "", "", "", "", row.judged)


def _check(part: str, one: Check) -> Cells:
    return (part, one.label, "", "", "", "", one.text, one.threshold, fine(one.is_fine), one.sample)
