"""The weekly review as Markdown and as a few lines for Slack.

In: a Review, where the dashboard answers. Out: text. Names from outside cannot start markup or mentions.
"""

from __future__ import annotations

from collections.abc import Sequence

from analytics.figures.numbers import UNKNOWN, count, share, usd
from analytics.review.answer import CostBridge, Review
from analytics.review.parts import Check, Slice
from dashboard.report.words import (
    Links,
    basis,
    bridge_memo,
    cents,
    effect_words,
    fine,
    gate_name,
    gate_words,
    interval,
    month,
    override_words,
    plain_cents,
    plan,
    release_name,
    sentence,
    signed,
    taken_over,
    title,
)

SLACK_LINES = 8
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>|#"})
_SLACK = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "_": "ˍ", "`": "'", "~": "∼", "@": "＠"}
)


def markdown(review: Review, links: Links) -> str:
    """GitHub-flavoured Markdown, the nine parts in order."""
    parts = [
        f"# {safe(title(review))}",
        _verdict(review),
        safe(f"{plan(review)} {month(review)} {basis(review)}"),
        "## The numbers",
        _table(
            ("", "This week", "On the week before", "95 % interval", "Taken over"),
            [
                (
                    t.label,
                    t.text,
                    t.change_text or UNKNOWN,
                    interval(t) or UNKNOWN,
                    taken_over(t),
                )
                for t in review.trends
            ],
        ),
        *(("## Plan", _checks(review.budgets)) if review.budgets else ()),
        "## From last week to this one",
        _bridge(review.bridge),
        "## Who moved it",
        _slices("Up", review.up, links),
        _slices("Down", review.down, links),
        "## Changes of the week",
        _releases(review),
        _gates(review),
        "## Discipline",
        _checks(review.checks),
        "## Savings",
        "\n".join(
            f"- {safe(one.what)}: **{one.text}** a month ({one.rung}; confidence {safe(one.confidence)}; "
            f"{safe(one.evidence)})"
            for one in review.savings
        )
        or "Nothing found that would save a cent a month.",
        "## Actions",
        _actions(review),
        "## Data quality",
        _checks(review.quality),
        "## Workloads",
        _workloads(review),
    ]
    link = links.page("review", review, week=review.week.name)
    return "\n\n".join([*parts, *([f"[The review on the dashboard]({link})"] if link else [])]) + "\n"


def _actions(review: Review) -> str:
    if not review.actions:
        return "None proposed."
    return _table(
        ("What", "Owner", "Due", "Expected a month", "Realised since last week"),
        [
            (
                a.what,
                a.owner,
                a.due,
                usd(a.expected_usd) if a.expected_usd else "",
                usd(a.realised_usd) if a.realised_usd is not None else "first named this week",
            )
            for a in review.actions
        ],
    )


def _workloads(review: Review) -> str:
    return _table(
        ("Workload", "Tasks", "Cost", "P50 / task", "P95 / task", "Success"),
        [
            (
                w.workload or "(no name)",
                count(w.tasks),
                usd(w.cost_usd),
                usd(w.cost_levels_usd[3]) if w.priced_tasks else UNKNOWN,
                usd(w.cost_levels_usd[9]) if w.priced_tasks >= 20 else UNKNOWN,
                share(w.successes / w.judged) if w.judged else UNKNOWN,
            )
            for w in review.workloads
        ],
    )


def _verdict(review: Review) -> str:
    """The sentence with its strong parts bold; spaces around them stay outside."""
    out = []
    for piece in review.sentence:
        text = safe(piece.text)
        lead, tail = (" " if piece.text[:1] == " " else ""), (" " if piece.text[-1:] == " " else "")
        out.append(lead + (f"**{text}**" if piece.strong else text) + tail)
    return "".join(out)


def slack(review: Review, links: Links) -> str:
    """Slack's own markup, at most eight lines."""
    by_key = {trend.key: trend for trend in review.trends}

    def number(key: str) -> str:
        trend = by_key[key]
        change = f" ({trend.change_text})" if trend.change_text else ""
        return f"{trend.label} *{trend.text}*{change}, n = {count(trend.now.sample)}"

    lines = [
        f"*{slack_safe(title(review))}*",
        slack_safe(sentence(review)),
        " · ".join([number("p50"), number("p95")]),
        " · ".join([number("success"), number("useful")]),
        slack_safe(f"{plan(review)} {month(review)}"),
    ]
    if review.savings:
        first = review.savings[0]
        lines.append(f"First thing to do: {slack_safe(first.what)}, worth {first.text} a month")
    missed = [one.label for one in (*review.budgets, *review.checks, *review.quality) if one.is_fine is False]
    if missed:
        lines.append(f"Missed: {slack_safe('; '.join(missed[:4]))}")
    link = links.page("review", review, week=review.week.name)
    if link:
        lines.append(f"<{link}|The whole review>")
    return "\n".join(lines[:SLACK_LINES]) + "\n"


def safe(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return " ".join(text.split()).translate(_MARKS)


def slack_safe(text: str) -> str:
    """Text that Slack shows as it is: no mention, link or markup."""
    return " ".join(text.split()).translate(_SLACK)


def _bridge(split: CostBridge | None) -> str:
    if split is None:
        return "No tasks in one of the two weeks."
    rows = [
        ("the week before", plain_cents(split.before_usd)),
        *((line.words, cents(line.amount_usd)) for line in split.lines),
        ("this week", plain_cents(split.now_usd)),
    ]
    more = f"More work {cents(split.more_work_usd)}, dearer work {cents(split.dearer_work_usd)}. "
    return f"{_table(('', 'USD'), rows)}\n\n{safe(more + bridge_memo(split))}"


def _slices(way: str, found: Sequence[Slice], links: Links) -> str:
    if not found:
        return f"{way}: nothing."
    lines = []
    for one in found:
        task = links.task(one.task)
        example = f" ([example]({task}))" if task else f" (example: {safe(one.task)})" if one.task else ""
        spend = f"{usd(one.before_usd)} → {usd(one.now_usd)}"
        lines.append(f"- {safe(one.words)}: **{signed(one.delta_usd)}**, {spend}{example}")
    return f"{way}:\n\n" + "\n".join(lines)


def _releases(review: Review) -> str:
    if not review.releases:
        return "No release began in the week."
    return "\n".join(
        f"- **{safe(release_name(one))}** ({safe(one.workload)}): {safe(effect_words(one))}"
        for one in review.releases[:8]
    )


def _gates(review: Review) -> str:
    if not review.gates:
        return "The gate recorded no verdict in the week."
    rows = [
        (gate_name(one), one.verdict, gate_words(one), override_words(one) or "not overridden")
        for one in review.gates[:8]
    ]
    return _table(("Change", "Gate", "Measured", "Override"), rows)


def _checks(found: Sequence[Check]) -> str:
    rows = [(one.label, one.text, one.threshold, fine(one.is_fine), one.sample) for one in found]
    return _table(("", "Measured", "Held against", "State", "Taken over"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(safe(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
