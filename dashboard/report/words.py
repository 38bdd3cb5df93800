"""Pieces of the review that every format says alike: lines, cells, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from analytics.figures.numbers import count, plural, share, usd
from analytics.periods import iso
from analytics.price_words import amounts_are
from analytics.review.answer import CostBridge, Review
from analytics.review.plan import Gate
from analytics.review.releases import Effect
from analytics.review.trends import Trend
from sql.then import IN_FORCE, Prices


@dataclass(frozen=True)
class Links:
    """Where the dashboard answers; empty = no links."""

    base: str = ""
    prices: Prices = IN_FORCE

    def task(self, task_id: str) -> str:
        if not self.base or not task_id:
            return ""
        return f"{self.base}/task?id={quote(task_id, safe='')}{'&' if self._asked() else ''}{urlencode(self._asked())}"

    def page(self, name: str, review: Review, /, **more: str) -> str:
        """A page over the review's week, absolute in time, so that it still works from a PDF."""
        if not self.base:
            return ""
        asked = {"from": iso(review.week.from_), "to": iso(review.week.to), **more}
        if review.workload and "workload" not in more:
            asked["workload"] = review.workload
        return f"{self.base}/{name}?{urlencode({**asked, **self._asked()})}"

    def _asked(self) -> dict[str, str]:
        return {} if self.prices == IN_FORCE else {"prices": self.prices}


def title(review: Review) -> str:
    """`Weekly review 2026-W46 (9 to 15 Nov 2026), support-triage`."""
    of = f", {review.workload}" if review.workload else ""
    return f"Weekly review {review.week.name} ({review.week.words}){of}"


def sentence(review: Review) -> str:
    """The verdict as plain text."""
    return "".join(piece.text for piece in review.sentence)


def basis(review: Review) -> str:
    """What the review is taken over."""
    open_ = (
        f", {count(review.open_tasks)} without an outcome yet, counted neither way"
        if review.open_tasks
        else ""
    )
    return (
        f"{plural(review.tasks, 'task')} that ended in the week{open_}; "
        f"{plural(review.calls, 'call')} that started in it. "
        f"{amounts_are(review.prices)} Times are UTC."
    )


def month(review: Review) -> str:
    """The month's forecast in a sentence."""
    found = review.forecast
    if found is None:
        return "No forecast: the ledger holds less than a week."
    return (
        f"{found.month}: {usd(found.so_far_usd)} by the end of the week, heading for {usd(found.expected_usd)} "
        f"(80 % between {usd(found.low_usd)} and {usd(found.high_usd)})."
    )


def plan(review: Review) -> str:
    """The week beside its budget in a sentence."""
    if review.plan is None:
        of = review.workload or "everything"
        return f"No plan: spanledger.yaml states no budget for {of}."
    return f"Plan: {review.plan.text}"


def gate_name(one: Gate) -> str:
    """`PR 448, 9dde883f70`."""
    parts = [f"PR {one.pull_request}" if one.pull_request else "", one.change[:10]]
    return ", ".join(part for part in parts if part) or "unnamed"


def gate_words(one: Gate) -> str:
    """What the gate measured: `+18 % typical cost, +$1.24k a month`, else its reason."""
    parts = []
    if one.ratio is not None:
        parts.append(f"{(one.ratio - 1) * 100:+.0f} % typical cost".replace("-", "−"))
    if one.monthly_usd is not None:
        parts.append(f"{signed(one.monthly_usd)} a month")
    return ", ".join(parts) or one.reason


def override_words(one: Gate) -> str:
    """Who let it through and why; empty where nobody did."""
    return f"overridden by {one.by}{f': {one.why}' if one.why else ''}" if one.by else ""


def taken_over(trend: Trend) -> str:
    """What a number is taken over: `2,797 tasks`, `1 judged task`."""
    said = count(trend.now.sample)
    things = trend.of.replace("tasks", "task").replace("tries", "try") if said == "1" else trend.of
    return f"{said} {things}"


def interval(trend: Trend) -> str:
    """The week's 95 % interval, or the empty text."""
    now = trend.now
    if now.low is None or now.high is None:
        return ""
    words = share if trend.kind == "rate" else usd if trend.key in ("p50", "p95", "useful") else count
    return f"{words(now.low)} to {words(now.high)}"


def cents(amount: object) -> str:
    """A Decimal of whole cents with its sign."""
    text = f"{amount:+,.2f}"
    return f"{'−' if text[0] == '-' else '+'}${text[1:]}"


def plain_cents(amount: object) -> str:
    """A Decimal of whole cents."""
    return f"${amount:,.2f}"


def bridge_memo(split: CostBridge) -> str:
    """Escalation beside the bridge: it is inside calls, mix and tokens, so it is named and not added."""
    unpriced = (
        f" {plural(split.unpriced_calls, 'call')} of the two weeks without a price are not in it."
        if split.unpriced_calls
        else ""
    )
    return (
        f"Memo: answers thrown away in cascades cost {usd(split.abandoned_usd)}, {usd(split.abandoned_before_usd)} the "
        f"week before; this is already inside the parts above.{unpriced}"
    )


def effect_words(one: Effect) -> str:
    """One release's measured effect."""
    if one.per_task_usd is None:
        return "not enough tasks at the same hours on both sides"
    sign = "+" if one.per_task_usd >= 0 else ""
    sure = "" if one.is_sure else ", within what chance explains"
    return (
        f"{sign}{usd(one.per_task_usd)} a task ({usd(one.low_usd)} to {usd(one.high_usd)}{sure}); "
        f"{'+' if (one.week_usd or 0) >= 0 else ''}{usd(one.week_usd)} on its {plural(one.tasks, 'task')}"
    )


def release_name(one: Effect) -> str:
    """`triage-v23, PR 448, 9dde883f70`."""
    parts = [one.prompt_version, f"PR {one.pull_request}" if one.pull_request else "", one.change[:10]]
    return ", ".join(part for part in parts if part) or "unnamed"


def fine(value: bool | None) -> str:
    """Whether a number keeps its threshold, in a word."""
    return {True: "kept", False: "missed", None: "not judged"}[value]


def signed(amount: float) -> str:
    """USD with its sign."""
    return ("+" if amount >= 0 else "") + usd(amount)


def legend(names: Sequence[str]) -> list[str]:
    """Names shortened for a legend."""
    return [name if len(name) <= 28 else name[:27] + "…" for name in names]
