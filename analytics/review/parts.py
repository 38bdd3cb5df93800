"""Parts of the weekly review that are read from the leaves of two weeks: slices, discipline, savings, data quality.

In: rows of `review_calls` and `review_weeks`. Out: frozen parts. Every rule prints its threshold with its number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.facts.providers import batch_discount
from analytics.figures.figure import ratio
from analytics.figures.numbers import count, plural, share, usd
from analytics.movers.frame import Predicate, leaf_frame
from analytics.movers.ranking import Mover, root_causes
from analytics.review.rows import ReviewLeaf, ReviewWeek
from analytics.spend.agents import BASELINES
from analytics.spend.batch import between
from analytics.stated import Baselines

DIMENSIONS: Final = ("workload", "model", "tier", "agent", "tenant")
"""Without releases: a new one takes over all calls of the old one, and has a part of its own."""
MOST_SLICES: Final = 3
WEEKS_A_MONTH: Final = 365.25 / 12 / 7
LEAST_SAVING_USD: Final = 0.01


@dataclass(frozen=True)
class Slice:
    """Calls that moved the spend. share: of the whole difference; task: one with its dearest call of the week."""

    words: str
    predicate: Predicate
    now_usd: float
    before_usd: float
    share: float
    task: str
    is_new: bool

    @property
    def delta_usd(self) -> float:
        return self.now_usd - self.before_usd


@dataclass(frozen=True)
class Check:
    """One number with the threshold it is held against; leads: the page of the dashboard with its rows."""

    label: str
    text: str
    threshold: str
    is_fine: bool | None
    sample: str
    where: str = ""
    leads: str = ""


@dataclass(frozen=True)
class Saving:
    """One thing to do, USD a month at this week's volume; low and high where they differ."""

    key: str
    rung: str
    what: str
    low_usd: float
    high_usd: float
    evidence: str
    confidence: str

    @property
    def text(self) -> str:
        return between(self.low_usd, self.high_usd)


def slices(leaves: Sequence[ReviewLeaf]) -> tuple[list[Slice], list[Slice]]:
    """The slices that made spend rise and those that made it fall, best explanation first."""
    if not leaves:
        return [], []
    frame = leaf_frame(
        DIMENSIONS,
        [[str(getattr(leaf, name)) or "(none)" for leaf in leaves] for name in DIMENSIONS],
        [leaf.spend_usd for leaf in leaves],
        [leaf.before_usd for leaf in leaves],
    )
    found = root_causes(frame)
    causes = [_slice(leaves, c.predicate, found.delta_usd, c.is_new) for c in found.causes]
    offsets = [
        _slice(leaves, ((m.dimension, m.element),), found.delta_usd, m.expected_usd <= 0)
        for m in _distinct(found.offsets)[:MOST_SLICES]
    ]
    return (causes, offsets) if found.delta_usd > 0 else (offsets, causes)


def discipline(leaves: Sequence[ReviewLeaf], weeks: Sequence[ReviewWeek], stated: Baselines) -> list[Check]:
    """Cache, batch, coordination. weeks: rows of the asked week; stated: baselines of workloads."""
    known = sum(leaf.fresh + leaf.cache_read + leaf.cache_write for leaf in leaves)
    read = sum(leaf.cache_read for leaf in leaves)
    before = ratio(sum(lf.cache_read_before for lf in leaves), sum(lf.cache_known_before for lf in leaves))
    losing = _losing(leaves)
    offline = sum(lf.spend_usd for lf in leaves if lf.latency_class == "offline")
    live = sum(lf.spend_usd for lf in leaves if lf.latency_class == "offline" and lf.service_class != "batch")
    checks = [
        Check(
            "Cache hit rate",
            share(ratio(read, known)),
            f"at most 2 pp below {share(before)}, the week before",
            None if before is None or not known else read / known >= before - 0.02,
            f"{count(known)} input tokens",
            leads="caching",
        ),
        Check(
            "Agents that lose by caching",
            count(len(losing)),
            "none",
            not losing,
            f"of {_agents(leaves)}",
            ", ".join(" in ".join(names) for names, _ in losing[:3]),
            leads="caching",
        ),
        Check(
            "Offline spend sent live",
            share(ratio(live, offline)),
            "at most 10 %",
            None if not offline else live <= 0.1 * offline,
            usd(offline),
            leads="batch",
        ),
    ]
    return [*checks, *_coordination(weeks, stated)]


def savings(leaves: Sequence[ReviewLeaf]) -> list[Saving]:
    """What could be saved a month at this week's volume, largest first."""
    found = []
    for (workload, agent), lost in _losing(leaves, by=lambda lf: (lf.workload, lf.agent)):
        month = lost * WEEKS_A_MONTH
        found.append(
            Saving(
                f"cache {workload}/{agent}",
                "cache",
                f"Stop caching, or make the prefix stable, for {agent or 'the unnamed agent'} in {workload}",
                month,
                month,
                "writes cost more than reads saved this week; see Caching",
                "high: summed from this week's calls",
            )
        )
    by_workload: dict[str, list[ReviewLeaf]] = {}
    for leaf in leaves:
        if leaf.latency_class == "offline" and leaf.service_class != "batch" and batch_discount(leaf.model):
            by_workload.setdefault(leaf.workload, []).append(leaf)
    for workload, mine in by_workload.items():
        low, high = sum(_batch_low(leaf) for leaf in mine), sum(_batch_high(leaf) for leaf in mine)
        found.append(
            Saving(
                f"batch {workload}",
                "batch",
                f"Send {workload} in batches",
                low * WEEKS_A_MONTH,
                high * WEEKS_A_MONTH,
                "low: all cache hits lost; high: all kept; nobody waits for these calls",
                "middle: a batch was not tried",
            )
        )
    found = [one for one in found if one.high_usd >= LEAST_SAVING_USD]
    return sorted(found, key=lambda one: -one.high_usd)


def batch_savings_before(leaves: Sequence[ReviewLeaf]) -> dict[str, float]:
    """USD a month that batches would have saved a week ago, by the key of the saving; cents are left out."""
    found: dict[str, float] = {}
    for leaf in leaves:
        fact = batch_discount(leaf.model)
        if leaf.latency_class == "offline" and leaf.service_class != "batch" and fact is not None:
            key = f"batch {leaf.workload}"
            found[key] = found.get(key, 0.0) + leaf.before_usd * fact.value * WEEKS_A_MONTH
    return {key: amount for key, amount in found.items() if amount >= LEAST_SAVING_USD}


def quality(leaves: Sequence[ReviewLeaf], whole: ReviewWeek | None) -> list[Check]:
    """What is unknown or guessed in this week's numbers."""
    calls, spend = sum(leaf.calls for leaf in leaves), sum(leaf.spend_usd for leaf in leaves)
    unpriced, fallback = sum(lf.unpriced for lf in leaves), sum(lf.fallback for lf in leaves)
    no_class = sum(lf.spend_usd for lf in leaves if not lf.latency_class)
    of, tasks = plural(calls, "call"), plural(whole.tasks if whole else 0, "task")
    judged = ratio(whole.judged, whole.tasks) if whole else None
    named = ratio(whole.labelled, whole.tasks) if whole else None
    return [
        _at_most("Calls without a price", ratio(unpriced, calls), 0.01, of, "prices"),
        _at_most("Calls priced in another context", ratio(fallback, calls), 0.01, of, "health"),
        _at_least("Tasks with a verdict", judged, 0.8, tasks, "tasks"),
        _at_least("Tasks with a workload name", named, 0.99, tasks, "tasks"),
        _at_most("Spend without a latency class", ratio(no_class, spend), 0.2, of, "batch"),
        _reported(leaves),
    ]


def _at_most(label: str, value: float | None, limit: float, sample: str, leads: str) -> Check:
    kept = None if value is None else value <= limit
    return Check(label, share(value), f"at most {limit * 100:.0f} %", kept, sample, leads=leads)


def _at_least(label: str, value: float | None, limit: float, sample: str, leads: str) -> Check:
    kept = None if value is None else value >= limit
    return Check(label, share(value), f"at least {limit * 100:.0f} %", kept, sample, leads=leads)


def _reported(leaves: Sequence[ReviewLeaf]) -> Check:
    reported, listed = sum(lf.reported_usd for lf in leaves), sum(lf.reported_list_usd for lf in leaves)
    over = ratio(reported, listed)
    return Check(
        "Reported cost over ours",
        "–" if over is None else f"{over:.3f}",
        "0.98 to 1.02",
        None if over is None else 0.98 <= over <= 1.02,
        usd(listed) if listed else "nobody reports",
        leads="health",
    )


def _distinct(movers: Sequence[Mover]) -> list[Mover]:
    """Movers without those that only name the same calls again, such as a workload's only agent."""
    found: list[Mover] = []
    for one in movers:
        if not any(abs(one.delta_usd - other.delta_usd) < 0.01 * abs(other.delta_usd) for other in found):
            found.append(one)
    return found


def _slice(leaves: Sequence[ReviewLeaf], predicate: Predicate, whole_usd: float, is_new: bool) -> Slice:
    """The calls that the predicate names, summed here: a cause may be told by a name of nearly the same calls."""
    inside = [
        leaf
        for leaf in leaves
        if all((str(getattr(leaf, name)) or "(none)") == element for name, element in predicate)
    ]
    now, before = sum(leaf.spend_usd for leaf in inside), sum(leaf.before_usd for leaf in inside)
    dearest = max((leaf for leaf in inside if leaf.calls), key=lambda leaf: leaf.spend_usd, default=None)
    words = ", ".join(f"{name} {element}" for name, element in predicate) or "everything at once"
    task = dearest.dearest_task if dearest else ""
    return Slice(
        words, predicate, now, before, (now - before) / whole_usd if whole_usd else 0.0, task, is_new
    )


def _losing(
    leaves: Sequence[ReviewLeaf], by: Callable[[ReviewLeaf], tuple[str, str]] | None = None
) -> list[tuple[tuple[str, str], float]]:
    key = by or (lambda leaf: (leaf.agent or "unnamed", leaf.workload))
    saved: dict[tuple[str, str], float] = {}
    for leaf in leaves:
        if leaf.fresh_usd_per_token is not None and (leaf.cache_read or leaf.cache_write):
            gain = leaf.cache_read * leaf.fresh_usd_per_token - leaf.read_usd
            gain -= leaf.write_usd - leaf.cache_write * leaf.fresh_usd_per_token
            saved[key(leaf)] = saved.get(key(leaf), 0.0) + gain
    return sorted(((k, -v) for k, v in saved.items() if v < 0), key=lambda item: -item[1])


def _agents(leaves: Sequence[ReviewLeaf]) -> str:
    return plural(len({(leaf.workload, leaf.agent) for leaf in leaves if leaf.calls}), "agent")


def _batch_high(leaf: ReviewLeaf) -> float:
    fact = batch_discount(leaf.model)
    return leaf.spend_usd * fact.value if fact else 0.0


def _batch_low(leaf: ReviewLeaf) -> float:
    fact = batch_discount(leaf.model)
    if fact is None or leaf.fresh_usd_per_token is None:
        return 0.0
    uncached = (leaf.input * leaf.fresh_usd_per_token + leaf.output_usd) * (1 - fact.value)
    return max(0.0, min(_batch_high(leaf), leaf.spend_usd - uncached))


def _coordination(weeks: Sequence[ReviewWeek], stated: Baselines) -> list[Check]:
    found = []
    rows = [row for row in weeks if row.part == "architecture" and row.priced_tasks]
    for row in rows:
        base = _baseline(rows, row.workload, stated)
        if base is None or base is row or not base.cost_usd:
            continue
        overhead = (row.cost_usd / row.tasks) / (base.cost_usd / base.tasks) - 1
        beside = "one agent" if base.workload == row.workload else base.workload
        found.append(
            Check(
                f"{row.workload}: {row.architecture or 'unlabelled'} over {beside}",
                f"{overhead * 100:+.0f} % USD".replace("-", "−"),
                "at most +400 %",
                overhead <= 4,
                f"{plural(row.tasks, 'task')} against {count(base.tasks)}",
                leads="agents",
            )
        )
    return found


def _baseline(rows: Sequence[ReviewWeek], workload: str, stated: Baselines) -> ReviewWeek | None:
    """The stated baseline, else the workload's single-agent tasks where there is something beside them."""
    found = stated.get(workload)
    if found is not None and found.workload:
        others = [row for row in rows if row.workload == found.workload]
        return next((row for row in others if row.architecture in BASELINES), others[0] if others else None)
    wanted = (found.architecture,) if found else BASELINES
    return next((row for row in rows if row.workload == workload and row.architecture in wanted), None)
