"""What a week is held against: budgets, invoices, the gate's verdicts, break-even rates, price cliffs, late spans.

In: rows of `review_facts`, spend by day. Out: frozen parts of the review. A budget of another period counts with the
week's part of it; what is unknown is said, not guessed.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from analytics.bridge.split import BridgeCell
from analytics.figures.numbers import count, plural, share, usd
from analytics.review.parts import Check
from analytics.review.rows import ReviewDay, ReviewFact, ReviewLeaf
from analytics.review.trends import Forecast, forecast
from analytics.spend.escalation import EscalationTier, Step, steps
from analytics.stated import StatedBaseline
from analytics.weeks import Week

PERIODS: Final = ("week", "month", "day", "hour")
"""Which budget of several for the same becomes the plan of a week: the first there is."""
LATE_AT_MOST: Final = 0.01
CLIFF_AT_MOST: Final = 0.05
ABOVE: Final = "above "
"""What the price tier of a cell says when the length of the prompt set the price."""
BILLED_BETWEEN: Final = (0.95, 1.05)


@dataclass(frozen=True)
class Plan:
    """The budget of what the review is about. limit_usd: the week's part of it; month_*: of a budget by the month."""

    words: str
    limit_usd: float
    spend_usd: float
    month_limit_usd: float | None
    month_expected_usd: float | None

    @property
    def share(self) -> float:
        return self.spend_usd / self.limit_usd

    @property
    def is_kept(self) -> bool:
        return self.spend_usd <= self.limit_usd

    @property
    def text(self) -> str:
        """`$400.73 is 69 % of the week's part ($583.33) of $2.50k a month; …`."""
        said = f"{usd(self.spend_usd)} is {share(self.share)} of {self.words}"
        if self.month_limit_usd is None or self.month_expected_usd is None:
            return f"{said}."
        ends = share(self.month_expected_usd / self.month_limit_usd)
        return f"{said}; the month is heading for {ends} of its {usd(self.month_limit_usd)}."


@dataclass(frozen=True)
class Gate:
    """What the gate said of one change in the week, last. by: who overrode it; monthly_usd: more a month."""

    pull_request: str
    change: str
    workload: str
    verdict: str
    reason: str
    ratio: float | None
    monthly_usd: float | None
    at: datetime
    by: str
    why: str


def plan(
    facts: Sequence[ReviewFact], days: Sequence[ReviewDay], week: Week, workload: str, ahead: Forecast | None
) -> Plan | None:
    """The budget of the workload, or of everything; None where none is stated. `days` are of the same."""
    scope = "workload" if workload else "all"
    mine = {f.period: f for f in facts if f.part == "budget" and f.scope == scope and f.name == workload}
    period = next((name for name in PERIODS if name in mine), None)
    if period is None:
        return None
    limit = mine[period].stated_usd or 0.0
    month = mine["month"].stated_usd if "month" in mine else None
    part = week_part(limit, period, week)
    of = f"the plan of {usd(limit)} a week"
    if period != "week":
        of = f"the week's part ({usd(part)}) of {usd(limit)} {_a(period)}"
    return Plan(of, part, _spent(days, week), month, ahead.expected_usd if ahead and month else None)


def budgets(
    facts: Sequence[ReviewFact], days: Sequence[ReviewDay], leaves: Sequence[ReviewLeaf], week: Week
) -> list[Check]:
    """Every stated budget beside what was spent. `days` are of all that the viewer sees."""
    return [_budget(fact, days, leaves, week) for fact in facts if fact.part == "budget" and fact.stated_usd]


def gates(facts: Sequence[ReviewFact]) -> list[Gate]:
    """Verdicts of the week, the overridden and the worst first."""
    order = ("FAIL", "WARN", "INCONCLUSIVE", "NOT_COMPARABLE", "PASS")
    found = [
        Gate(
            fact.name, fact.change, fact.scope, fact.verdict, fact.reason, fact.ratio, fact.computed_usd, fact.at,
            fact.overridden_by, fact.override_reason,
        )
        for fact in facts
        if fact.part == "gate"
    ]  # fmt: skip
    places = {verdict: number for number, verdict in enumerate(order)}
    return sorted(found, key=lambda one: (not one.by, places.get(one.verdict, len(order))))


def stated_baselines(facts: Sequence[ReviewFact]) -> dict[str, StatedBaseline]:
    """What spanledger.yaml compares the agents of a workload with."""
    return {f.name: StatedBaseline(**{f.verdict: f.reason}) for f in facts if f.part == "baseline"}


def steps_of(facts: Sequence[ReviewFact]) -> list[Step]:
    """Every tier with tries in cascades beside the tier that follows it."""
    return steps(
        [
            EscalationTier(
                workload=fact.name, tier=fact.scope, attempts=fact.count, escalated=fact.of_count, abandoned=0,
                unpriced=0, spend_usd=0.0, abandoned_usd=0.0, mean_usd=fact.stated_usd, p95_usd=None,
                check_usd=fact.computed_usd or 0.0, wait_s=None,
            )
            for fact in facts
            if fact.part == "step"
        ]
    )  # fmt: skip


def escalation_checks(facts: Sequence[ReviewFact]) -> list[Check]:
    """The escalation rate of every tier against its break-even, where starting a tier higher would cost as much."""
    return [
        Check(
            f"{step.row.workload}: escalations at {step.row.tier or 'no tier'}",
            share(step.rate.value),
            f"break-even {share(step.break_even)}",
            {"pays": True, "loses": False}.get(step.verdict),
            plural(step.row.attempts, "try").replace("trys", "tries"),
            leads="escalation",
        )
        for step in steps_of(facts)
        if step.break_even is not None
    ]


def cliff_check(cells: Sequence[BridgeCell]) -> list[Check]:
    """Spend of calls whose prompt was so long that every token cost more; nothing where none was priced."""
    spend = sum(float(cell.cost_usd) for cell in cells)
    above = sum(float(cell.cost_usd) for cell in cells if ABOVE in cell.price_tier)
    if not spend:
        return []
    return [
        Check(
            "Spend on prompts above a price cliff", share(above / spend), f"at most {share(CLIFF_AT_MOST)}",
            above <= CLIFF_AT_MOST * spend, usd(spend), leads="context",
        )
    ]  # fmt: skip


def near_cliffs(facts: Sequence[ReviewFact]) -> list[Check]:
    """P95 of input tokens by workload and model beside the length at which every token costs more."""
    return [
        Check(
            f"{fact.scope or '(no name)'}: P95 prompt on {fact.name}",
            f"{count(fact.ratio * fact.of_count)} tokens",
            f"below the price cliff at {count(fact.of_count)}",
            fact.ratio <= 1,
            plural(fact.count, "call"),
            leads="context",
        )
        for fact in facts
        if fact.part == "cliff" and fact.ratio is not None
    ]


def late_and_billed(facts: Sequence[ReviewFact], workload: str = "") -> list[Check]:
    """Data quality that only the whole ledger can tell: spans that came late, invoices."""
    if workload:
        whole = "see the review of all workloads"
        late, bills = "a span that comes late names no workload", "an invoice is for all calls of a provider"
        return [
            Check("Spans later than ten minutes", "–", "not told of one workload", None, whole, late),
            Check("Invoices against the ledger", "–", "not told of one workload", None, whole, bills),
        ]
    found = []
    for fact in facts:
        if fact.part == "late" and fact.of_count:
            part = fact.count / fact.of_count
            found.append(
                Check(
                    "Spans later than ten minutes", share(part), f"at most {share(LATE_AT_MOST)}",
                    part <= LATE_AT_MOST, plural(fact.of_count, "span"), leads="health",
                )
            )  # fmt: skip
    billed = [fact for fact in facts if fact.part == "invoice"]
    found += [_invoice(fact) for fact in billed]
    if not billed and facts:
        found.append(
            Check(
                "Invoices against the ledger", "–", f"{BILLED_BETWEEN[0]} to {BILLED_BETWEEN[1]}", None,
                "none stated; see invoices in spanledger.yaml",
            )
        )  # fmt: skip
    return found


def week_part(limit_usd: float, period: str, week: Week) -> float:
    """The part of a budget a period that falls on the week's seven days, by days of their months."""
    if period == "month":
        days = (week.monday + timedelta(days=n) for n in range(7))
        return sum(limit_usd / calendar.monthrange(day.year, day.month)[1] for day in days)
    return limit_usd * {"week": 1, "day": 7, "hour": 168}[period]


def _budget(fact: ReviewFact, days: Sequence[ReviewDay], leaves: Sequence[ReviewLeaf], week: Week) -> Check:
    limit = fact.stated_usd or 0.0
    label = {"all": "Everything", "tenant": f"Tenant {fact.name}"}.get(fact.scope, fact.name)
    if fact.scope == "tenant":
        spent = sum(leaf.spend_usd for leaf in leaves if leaf.tenant == fact.name)
    else:
        mine = [row for row in days if fact.scope == "all" or row.workload == fact.name]
        spent = _spent(mine, week)
        ahead = forecast(mine, week) if fact.period == "month" else None
        if ahead is not None:
            return Check(
                f"{label}, {usd(limit)} a month", usd(ahead.expected_usd), f"heading for at most {usd(limit)}",
                ahead.expected_usd <= limit, f"{usd(ahead.so_far_usd)} so far in {ahead.month}", leads="tasks",
            )  # fmt: skip
    part = week_part(limit, fact.period, week)
    return Check(
        f"{label}, {usd(limit)} {_a(fact.period)}", usd(spent), f"at most {usd(part)} in the week", spent <= part,
        f"{share(spent / part)} of it", leads="tasks",
    )  # fmt: skip


def _invoice(fact: ReviewFact) -> Check:
    low, high = BILLED_BETWEEN
    billed, ours = fact.stated_usd or 0.0, fact.computed_usd
    label = f"{fact.name} billed over ours, {date.fromisoformat(fact.period + '-01'):%B %Y}"
    if not ours:
        return Check(
            label, "–", f"{low} to {high}", None, f"billed {usd(billed)}; the ledger has no cost of it"
        )
    ratio = billed / ours
    unpriced = f", {plural(fact.count, 'call')} without a price" if fact.count else ""
    return Check(
        label, f"{ratio:.3f}", f"{low} to {high}", low <= ratio <= high, f"{usd(billed)} against {usd(ours)}{unpriced}",
        leads="prices",
    )  # fmt: skip


def _spent(days: Sequence[ReviewDay], week: Week) -> float:
    return sum(row.spend_usd for row in days if week.from_.date() <= row.day < week.to.date())


def _a(period: str) -> str:
    return "an hour" if period == "hour" else f"a {period}"
