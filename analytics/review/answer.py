"""The weekly review: nine parts for one week, of one workload or all, and one sentence that says it.

In: the rows of its queries. Out: one frozen Review that every format is written from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from analytics.bridge.split import WORDS, BridgeCell, Factor, bridge, closing
from analytics.figures.numbers import share, usd
from analytics.review.parts import (
    Check,
    Saving,
    Slice,
    batch_savings_before,
    discipline,
    quality,
    savings,
    slices,
)
from analytics.review.plan import (
    Gate,
    Plan,
    budgets,
    cliff_check,
    escalation_checks,
    gates,
    late_and_billed,
    near_cliffs,
    plan,
    stated_baselines,
)
from analytics.review.releases import Effect, effects
from analytics.review.rows import ReviewDay, ReviewFact, ReviewLeaf, ReviewRelease, ReviewWeek
from analytics.review.trends import Forecast, Trend, forecast, trends
from analytics.verdict import Piece
from analytics.weeks import Week
from sql.then import IN_FORCE, Prices

MORE_WORK = (Factor.TASKS,)
MOST_SAVINGS = 3


@dataclass(frozen=True)
class ReviewData:
    """What the review is made from: eight weeks of sums and days, two of the rest, facts of the asked one.

    `days` are of all workloads.
    """

    weeks: Sequence[ReviewWeek]
    days: Sequence[ReviewDay]
    leaves: Sequence[ReviewLeaf]
    releases: Sequence[ReviewRelease]
    base: Sequence[BridgeCell]
    head: Sequence[BridgeCell]
    facts: Sequence[ReviewFact] = ()


@dataclass(frozen=True)
class BridgeLine:
    """One cause, USD in whole cents; all lines sum to the difference to the cent. factor: its name."""

    words: str
    amount_usd: Decimal
    factor: str = ""


@dataclass(frozen=True)
class CostBridge:
    """Cost of the tasks that ended in the week before, and in this one, and what lies between.

    more_work and dearer_work sum to the difference. abandoned: spend thrown away in both weeks, already inside.
    """

    before_usd: Decimal
    now_usd: Decimal
    lines: tuple[BridgeLine, ...]
    more_work_usd: Decimal
    dearer_work_usd: Decimal
    abandoned_before_usd: float
    abandoned_usd: float
    unpriced_calls: int


@dataclass(frozen=True)
class Action:
    """One thing to do; realised_usd: how much less a month it costs than a week ago, None where it is new."""

    what: str
    owner: str
    due: str
    expected_usd: float
    realised_usd: float | None


@dataclass(frozen=True)
class Review:
    """The nine parts, in order, and what they are taken over."""

    week: Week
    workload: str
    sentence: tuple[Piece, ...]
    spend_usd: float
    spend_before_usd: float | None
    forecast: Forecast | None
    plan: Plan | None
    budgets: tuple[Check, ...]
    trends: tuple[Trend, ...]
    bridge: CostBridge | None
    up: tuple[Slice, ...]
    down: tuple[Slice, ...]
    releases: tuple[Effect, ...]
    gates: tuple[Gate, ...]
    checks: tuple[Check, ...]
    savings: tuple[Saving, ...]
    actions: tuple[Action, ...]
    quality: tuple[Check, ...]
    days: tuple[ReviewDay, ...]
    workloads: tuple[ReviewWeek, ...]
    workloads_before: tuple[ReviewWeek, ...]
    tasks: int
    calls: int
    open_tasks: int
    prices: Prices = IN_FORCE
    offered: tuple[str, ...] = ()


def review(found: ReviewData, week: Week, workload: str = "", prices: Prices = IN_FORCE) -> Review:
    """The review of `week`; workload empty = all of them; prices: at which the rows were asked."""
    days = [row for row in found.days if not workload or row.workload == workload]
    mine = [row for row in found.weeks if row.week == week.monday]
    before = [row for row in found.weeks if row.week == week.previous.monday]
    whole = next((row for row in mine if row.part == "total"), None)
    earlier = next((row for row in before if row.part == "total"), None)
    spend = sum(row.spend_usd for row in days if week.from_.date() <= row.day < week.to.date())
    spend_before = sum(
        row.spend_usd for row in days if week.previous.from_.date() <= row.day < week.from_.date()
    )
    has_before = any(row.day < week.from_.date() for row in days)
    lines = trends(found.weeks, week)
    split = _bridge(found, whole, earlier)
    up, down = slices(found.leaves)
    saved = savings(found.leaves)
    releases = effects(found.releases, week)
    ahead = forecast(days, week)
    planned = plan(found.facts, days, week, workload, ahead)
    return Review(
        week=week,
        workload=workload,
        sentence=tuple(
            _sentence(spend, spend_before if has_before else None, planned, split, lines, up, down, releases)
        ),
        spend_usd=spend,
        spend_before_usd=spend_before if has_before else None,
        forecast=ahead,
        plan=planned,
        budgets=tuple(budgets(found.facts, found.days, found.leaves, week)),
        trends=tuple(lines),
        bridge=split,
        up=tuple(up),
        down=tuple(down),
        releases=tuple(releases),
        gates=tuple(gates(found.facts)),
        checks=(
            *discipline(found.leaves, mine, stated_baselines(found.facts)),
            *escalation_checks(found.facts),
            *cliff_check(found.head),
            *near_cliffs(found.facts),
        ),
        savings=tuple(saved[:MOST_SAVINGS]),
        actions=tuple(_actions(saved, batch_savings_before(found.leaves), week)),
        quality=(*quality(found.leaves, whole), *late_and_billed(found.facts, workload)),
        days=tuple(row for row in days if week.from_.date() <= row.day < week.to.date()),
        workloads=tuple(row for row in mine if row.part == "workload"),
        workloads_before=tuple(row for row in before if row.part == "workload"),
        tasks=whole.tasks if whole else 0,
        calls=sum(leaf.calls for leaf in found.leaves),
        prices=prices,
        offered=tuple(_offered(found.days)),
        open_tasks=whole.tasks - whole.with_outcome if whole else 0,
    )


def _offered(days: Sequence[ReviewDay]) -> list[str]:
    """Workloads of the eight weeks, dearest first."""
    total: dict[str, float] = {}
    for row in days:
        total[row.workload] = total.get(row.workload, 0.0) + row.spend_usd
    return sorted(total, key=lambda name: -total[name])


def _bridge(found: ReviewData, whole: ReviewWeek | None, earlier: ReviewWeek | None) -> CostBridge | None:
    if not found.base or not found.head:
        return None
    split = bridge(found.base, found.head)
    cents = closing([part.amount_usd for part in split.parts], split.difference_usd)
    lines = [
        BridgeLine(WORDS[part.factor], amount, part.factor.value)
        for part, amount in zip(split.parts, cents, strict=True)
        if part.factor is not Factor.FEES or amount
    ]
    more = sum((c for p, c in zip(split.parts, cents, strict=True) if p.factor in MORE_WORK), Decimal(0))
    # The week before in cents is this week less the difference, so that the columns add up as printed.
    now = split.head_usd.quantize(Decimal("0.01"))
    total = sum(cents, Decimal(0))
    return CostBridge(
        before_usd=now - total,
        now_usd=now,
        lines=tuple(lines),
        more_work_usd=more,
        dearer_work_usd=total - more,
        abandoned_before_usd=earlier.abandoned_usd if earlier else 0.0,
        abandoned_usd=whole.abandoned_usd if whole else 0.0,
        unpriced_calls=split.base_unpriced_calls + split.head_unpriced_calls,
    )


def _sentence(
    spend: float,
    before: float | None,
    planned: Plan | None,
    split: CostBridge | None,
    lines: Sequence[Trend],
    up: Sequence[Slice],
    down: Sequence[Slice],
    releases: Sequence[Effect],
) -> list[Piece]:
    pieces = [Piece("Spend "), Piece(usd(spend), strong=True)]
    if planned is not None:
        pieces += [
            Piece(", "),
            Piece(share(planned.share), strong=not planned.is_kept),
            Piece(" of the plan"),
        ]
    if not before:
        return [*pieces, Piece(": the ledger holds no week before to compare with.")]
    change = spend / before - 1
    words = f"{change * 100:+.0f} %".replace("-", "−") if abs(change) >= 0.005 else "as much as"
    pieces.append(Piece(f", {words}{' on' if abs(change) >= 0.005 else ''} the week before"))
    reason = _reason(split)
    if reason:
        pieces.append(Piece(f": {reason}"))
    top = (up if change > 0 else down)[:1]
    if top and top[0].predicate and abs(change) >= 0.02:
        pieces += [
            Piece("; "),
            Piece(top[0].words, strong=True),
            Piece(f" moved {_signed(top[0].delta_usd)}"),
        ]
    release = next((one for one in releases if one.is_sure and one.week_usd), None)
    if release:
        name = release.prompt_version or release.change[:10]
        pieces += [
            Piece("; release "),
            Piece(name, strong=True),
            Piece(f" made a {release.workload} task {_dearer_by(release.per_task_usd or 0.0)}"),
        ]
    p95 = next(line for line in lines if line.key == "p95")
    if p95.change is not None and p95.sure and abs(p95.change) >= 0.05:
        pieces += [Piece(". P95 cost per task "), Piece(f"{p95.change_text} to {p95.text}", strong=True)]
    success = next(line for line in lines if line.key == "success")
    if success.change is not None and success.sure:
        pieces += [Piece(f", success {success.change_text} to {success.text}")]
    return [*pieces, Piece(".")]


def _reason(split: CostBridge | None) -> str:
    if split is None or split.now_usd == split.before_usd:
        return ""
    more, dearer = split.more_work_usd, split.dearer_work_usd
    ranked = sorted(split.lines[1:], key=lambda line: -abs(line.amount_usd))
    biggest = ""
    if ranked:
        part = ranked[0].amount_usd
        # Parts may cancel: one alone can be larger than all together, or of the other sign.
        is_most = 2 * abs(part) >= abs(dearer) >= abs(part) and part * dearer > 0
        lead = "most of it" if is_most else "the largest part"
        biggest = f", {lead} {ranked[0].words} ({_signed(float(part))})"
    return (
        f"{_signed(float(more))} for {'more' if more >= 0 else 'fewer'} tasks and {_signed(float(dearer))} for "
        f"{'dearer' if dearer >= 0 else 'cheaper'} ones{biggest}"
    )


def _dearer_by(amount: float) -> str:
    return f"{usd(abs(amount))} {'dearer' if amount >= 0 else 'cheaper'}"


def _signed(amount: float) -> str:
    return ("+" if amount >= 0 else "") + usd(amount)


def _actions(saved: Sequence[Saving], before: dict[str, float], week: Week) -> list[Action]:
    """This week's proposals, then what was proposed a week ago and is done."""
    due = (week.to + timedelta(days=7)).date().isoformat()
    actions = [
        Action(one.what, "to be named", due, one.high_usd, _realised(before.get(one.key), one.high_usd))
        for one in saved[:MOST_SAVINGS]
    ]
    open_keys = {one.key for one in saved}
    done = sorted(
        ((key, usd_) for key, usd_ in before.items() if key not in open_keys), key=lambda it: -it[1]
    )
    actions += [
        Action(f"Done since last week: {key.partition(' ')[2]} is sent in batches", "", "", 0.0, amount)
        for key, amount in done[:MOST_SAVINGS]
    ]
    return actions


def _realised(before: float | None, now: float) -> float | None:
    return None if before is None else max(0.0, before - now)
