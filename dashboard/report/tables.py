"""Tables of the review's HTML: what it is held against, savings, actions, workloads. Every number leads to its rows.

In: a Review, where the dashboard answers. Out: HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from analytics.figures.numbers import UNKNOWN, count, plural, share, usd
from analytics.periods import iso
from analytics.review.answer import Review
from analytics.review.parts import Check
from analytics.review.rows import ReviewWeek
from dashboard.report.markup import linked, section, table, taken
from dashboard.report.words import Links, fine

P50, P95 = 3, 9
PAGES: Final = {"cache": "caching"}
"""Pages of savings whose rung is called otherwise."""


def checks(heading: str, found: Sequence[Check], review: Review, links: Links) -> str:
    """What is held against a threshold; each number leads to the page with its rows."""
    rows = [
        [
            escape(one.label) + (f"<br><small>{escape(one.where)}</small>" if one.where else ""),
            f"<b>{linked(one.text, links.page(one.leads, review) if one.leads else '')}</b>",
            escape(one.threshold),
            f'<span class="{ {True: "good", False: "bad", None: "muted"}[one.is_fine] }">{fine(one.is_fine)}</span>',
            escape(one.sample),
        ]
        for one in found
    ]
    note = taken(
        review, links, "Each number beside the threshold it is held against.", "review_calls", "review_weeks",
        "review_facts",
    )  # fmt: skip
    return section(
        heading, table(("", "Measured", "Held against", "State", "Taken over"), rows, right=(1,)) + note
    )


def savings(review: Review, links: Links) -> str:
    """What could be saved; worth leads to the page with the calls."""
    if not review.savings:
        return section("Savings", '<p class="muted">Nothing found that would save a cent a month.</p>')
    rows = [
        [
            escape(one.what),
            linked(one.rung, _page_of(review, links, one.rung)),
            f"<b>{linked(one.text, _page_of(review, links, one.rung))}</b> a month",
            escape(one.confidence),
            escape(one.evidence),
        ]
        for one in review.savings
    ]
    how = (
        "This week's calls, times the weeks of a month; low and high where what is kept of the cache differs."
    )
    note = taken(review, links, how, "review_calls", sample=plural(review.calls, "call"))
    return section("Savings", table(("What", "Rung", "Worth", "Confidence", "Evidence"), rows) + note)


def _page_of(review: Review, links: Links, rung: str) -> str:
    return links.page(PAGES.get(rung, rung), review)


def _page_before(review: Review, links: Links, rung: str) -> str:
    """The same page over the week before, beside which something was realised."""
    week = review.week.previous
    return links.page(PAGES.get(rung, rung), review, **{"from": iso(week.from_), "to": iso(week.to)})


def actions(review: Review, links: Links) -> str:
    """This week's proposals, and what became of last week's."""
    if not review.actions:
        return section("Actions", '<p class="muted">None proposed.</p>')
    rungs = {one.what: one.rung for one in review.savings}
    rows = [
        [
            escape(one.what),
            escape(one.owner),
            f'<span class="whole">{escape(one.due)}</span>',
            linked(f"{usd(one.expected_usd)} a month", _page_of(review, links, rungs.get(one.what, "batch")))
            if one.expected_usd
            else "",
            linked(
                f"{usd(one.realised_usd)} a month", _page_before(review, links, rungs.get(one.what, "batch"))
            )
            if one.realised_usd is not None
            else "first named this week",
        ]
        for one in review.actions
    ]
    how = "Expected: the high end of what the saving is worth. Realised: by how much that fell since the week before."
    note = taken(review, links, how, "review_calls", sample=plural(review.calls, "call"))
    return section(
        "Actions", table(("What", "Owner", "Due", "Expected", "Realised since last week"), rows) + note
    )


def workloads(review: Review, links: Links) -> str:
    """One line a workload; every number leads to its tasks, success and useful output to their page."""
    before = {row.workload: row for row in review.workloads_before}

    def to(page: str, text: str, row: ReviewWeek, **more: str) -> str:
        return linked(
            text, links.page(page, review, workload=row.workload, **more) if text != UNKNOWN else ""
        )

    def p95(row: ReviewWeek) -> str:
        if row.priced_tasks < 20:
            return UNKNOWN
        return to("tasks", usd(row.cost_levels_usd[P95]), row, cost=f"{row.cost_levels_usd[P95]!r}..")

    rows = [
        [
            linked(row.workload or "(no name)", links.page("workload", review, workload=row.workload)),
            to("tasks", count(row.tasks), row),
            to("tasks", usd(row.cost_usd), row),
            to("workload", _moved(row, before.get(row.workload)), row),
            to("tasks", usd(row.cost_levels_usd[P50]) if row.priced_tasks else UNKNOWN, row),
            p95(row),
            to("useful", share(row.successes / row.judged) if row.judged else UNKNOWN, row),
            to("useful", usd(row.outcome_cost_usd / row.units_made) if row.units_made else UNKNOWN, row),
        ]
        for row in review.workloads
    ]
    head = ("Workload", "Tasks", "Cost", "Change", "P50 / task", "P95 / task", "Success", "Per useful output")
    how = "Tasks that ended in the week. P50 and P95 over tasks that are priced whole; success over judged ones."
    note = taken(review, links, how, "review_weeks", sample=plural(review.tasks, "task"))
    return section("Workloads", table(head, rows, right=tuple(range(1, 8))) + note)


def _moved(row: ReviewWeek, before: ReviewWeek | None) -> str:
    if before is None or before.cost_usd <= 0 or min(before.tasks, row.tasks) < 30:
        return UNKNOWN
    return f"{(row.cost_usd / before.cost_usd - 1) * 100:+.0f} %".replace("-", "−")
