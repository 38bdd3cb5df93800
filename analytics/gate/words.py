"""The words of a gate's result, the same in the terminal, the comment, the page and the annotations.

In: a result. Out: short texts without markup. Unknown is a dash, never a zero.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from analytics.bridge.split import WORDS, closing
from analytics.figures.numbers import UNKNOWN, share, usd
from analytics.gate.result import GateResult, Split, WorkloadResult
from analytics.gate.verdict import Judgement, Measure, SideCosts, Verdict

ICONS = {
    Verdict.FAIL: "🔴",
    Verdict.WARN: "🟡",
    Verdict.INCONCLUSIVE: "⚪",
    Verdict.PASS: "🟢",
    None: "⚫",
}
NOT_COMPARABLE = "NOT COMPARABLE"
SAME = "~"
"""Where a change is within what chance alone explains."""


@dataclass(frozen=True)
class FactorRow:
    """One cause: amount and interval as text, share of the difference."""

    cause: str
    amount: str
    interval: str
    share: str


def verdict_word(verdict: Verdict | None) -> str:
    """The verdict, or that there is none."""
    return NOT_COMPARABLE if verdict is None else verdict.value


def headline(result: GateResult) -> str:
    """The verdict line with money; a broken limit stands before a verdict that would let it pass."""
    word = f"{ICONS[result.verdict]} {verdict_word(result.verdict)}"
    if result.broken_limits and result.verdict is not Verdict.FAIL:
        above = len({check.case for check in result.broken_limits})
        cases = "1 case is" if above == 1 else f"{above} cases are"
        word = f"{ICONS[Verdict.FAIL]} LIMIT: {cases} above a limit. {verdict_word(result.verdict)}"
    if result.verdict is None:
        return f"{word}: {result.reason}"
    total = result.total or _gravest(result)
    typical = _measures(total)[0]
    parts = [f"{word}: {change(typical.ratio)} typical cost per task"]
    if math.isinf(typical.ratio):
        parts = [f"{word}: tasks cost something that cost nothing before"]
    if typical.low is not None and typical.high is not None:
        parts.append(f"(95 % CI {change(typical.low)} … {change(typical.high)})")
    text = " ".join(parts)
    if total.monthly_usd is not None:
        return f"{text}, ≈ {signed(total.monthly_usd)} a month at today's volume"
    return f"{text}, {signed(total.usd_per_1000_tasks)} per 1,000 tasks"


def accepted(result: GateResult) -> str:
    """Why a FAIL or a broken limit does not block; empty when it does, or there is none."""
    if result.verdict is not Verdict.FAIL and not result.broken_limits:
        return ""
    if result.override is not None:
        by = result.override
        return (
            f"accepted by {by.by} ({by.way}): {by.reason}" if by.reason else f"accepted by {by.by} ({by.way})"
        )
    if result.is_demoted and not result.broken_limits:
        return "does not block: the gate's own comparisons of unchanged code failed too often lately"
    return ""


def spend_words(result: GateResult) -> str:
    """What a limit on spending did; empty without one."""
    spend = result.spend
    if spend is None:
        return ""
    told = f"${spend.spent_usd:,.4f} spent of the limit of ${spend.limit_usd}"
    if spend.unpriced_calls:
        told += f", {spend.unpriced_calls} calls without a known price not counted"
    if not spend.is_stopped:
        return told
    return (
        f"stopped by the limit on spending after {spend.runs_done} of {spend.runs_planned} runs: {told}; "
        "the verdict rests on the runs that were done"
    )


def change(ratio: float) -> str:
    """A ratio as a change: `+18 %`, `−3.1 %`, `±0 %`."""
    if not math.isfinite(ratio):
        return "from nothing" if ratio > 0 else UNKNOWN
    percent = 100 * (ratio - 1)
    if abs(percent) < 0.05:
        return "±0 %"
    digits = 1 if abs(percent) < 10 else 0
    return f"{'+' if percent > 0 else '−'}{abs(percent):,.{digits}f} %"


def signed(amount: float) -> str:
    """Money with its sign."""
    return usd(amount) if amount < 0 else f"+{usd(amount)}"


def tested(measure: Measure, level: float) -> str:
    """The change, or `~` where neither a rise nor a fall is certain."""
    text = change(measure.ratio)
    return text if min(measure.p_rise, measure.p_fall) <= level else f"{SAME} ({text})"


def probability(value: float) -> str:
    """A p-value: `0.012`, `<0.001`."""
    return "<0.001" if value < 0.001 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def sides(result: WorkloadResult) -> tuple[SideCosts, SideCosts]:
    """Costs of base and head."""
    found = result.judgement or result.unpaired
    assert found is not None
    return found.base, found.head


def shown_workloads(result: GateResult) -> tuple[WorkloadResult, ...]:
    """Workloads whose costs are known well enough to be shown: none where a side lacks too many prices."""
    for side in (result.base, result.head):
        calls = sum(note.calls for note in side.models)
        if sum(note.unpriced for note in side.models) > result.settings.unpriced * calls:
            return ()
    return result.workloads


def clean(text: str) -> str:
    """A name from outside on one line, without signs that move or hide others."""
    kept = "".join(
        c if c.isspace() or not unicodedata.category(c).startswith("C") else "\ufffd" for c in text
    )
    return " ".join(kept.split())


def workload_cells(result: WorkloadResult, level: float, is_comparable: bool = True) -> list[str]:
    """One row below WORKLOAD_HEADINGS; no verdict where the sides cannot be compared."""
    typical, bill, tail = _measures(result)
    base, head = sides(result)
    return [
        clean(result.workload),
        result.verdict.value if is_comparable else UNKNOWN,
        usd(base.mean_usd),
        usd(head.mean_usd),
        tested(typical, level),
        tested(bill, level),
        tested(tail, level),
        f"{usd(base.p50.value)} → {usd(head.p50.value)}",
        f"{usd(base.p95.value)} → {usd(head.p95.value)}",
        success_words(result),
        probability(result.p_family),
    ]


WORKLOAD_HEADINGS = (
    "workload", "verdict", "base", "head", "Δ typical", "Δ bill", "Δ costliest tenth", "P50", "P95", "success", "p",
)  # fmt: skip


def success_words(result: WorkloadResult) -> str:
    """Success rates of both sides, with p where it moved."""
    found = result.success
    if found is None:
        return UNKNOWN
    rates = [
        share(good / judged) if judged else UNKNOWN
        for good, judged in (
            (found.base_succeeded, found.base_judged),
            (found.head_succeeded, found.head_judged),
        )
    ]
    certain = f" (p {probability(found.p)})" if found.p is not None and found.p <= 0.05 else ""
    return f"{rates[0]} → {rates[1]}{certain}"


def factor_rows(split: Split) -> list[FactorRow]:
    """Causes with an amount, largest first; the shown amounts sum to the shown difference."""
    difference = split.head_usd - split.base_usd
    step = _step(difference, [part.amount_usd for part in split.parts])
    shown = closing([part.amount_usd for part in split.parts], difference, step)
    rows = [
        FactorRow(
            WORDS[part.factor],
            exact(amount),
            ""
            if part.low_usd is None or part.high_usd is None
            else f"{exact(part.low_usd.quantize(step))} … {exact(part.high_usd.quantize(step))}",
            _percent(part.amount_usd / difference) if difference else UNKNOWN,
        )
        for part, amount in zip(split.parts, shown, strict=True)
        if amount
    ]
    amounts = {WORDS[part.factor]: abs(part.amount_usd) for part in split.parts}
    return sorted(rows, key=lambda row: -amounts[row.cause])


def _percent(ratio: Decimal) -> str:
    return f"{round(100 * ratio):d} %"


def difference_shown(split: Split) -> str:
    """The difference, rounded as the causes are."""
    difference = split.head_usd - split.base_usd
    return exact(difference.quantize(_step(difference, [part.amount_usd for part in split.parts])))


def exact(amount: Decimal) -> str:
    """Money with all its digits and its sign: `+$0.0182`, `−$3.10`."""
    return f"{'−' if amount < 0 else '+'}${abs(amount):,f}"


def method_lines(result: GateResult) -> list[str]:
    """How the verdict came about, for the folded part."""
    lines = []
    total = result.total
    judgement = total.judgement if total and shown_workloads(result) else None
    if judgement is not None:
        lines.append(
            f"{judgement.cases} cases, {judgement.base.runs} base and {judgement.head.runs} head runs; "
            f"{result.settings.permutations} permutations of runs within cases, step-down max-T, seeded from the data"
        )
        lines.append(_spread_line(judgement))
    unpaired = total.unpaired if total else None
    if unpaired is not None:
        lines.append(
            f"against production: {unpaired.base.runs} tasks of {unpaired.base_days} days, head {unpaired.head.runs} "
            f"tasks of {unpaired.head_days} days; day-to-day spread {unpaired.day_spread:.2f} of ln cost; "
            f"detectable change {change(1 + unpaired.detectable)}"
        )
    for name, side in (("base", result.base), ("head", result.head)):
        commits = ", ".join(change[:12] for change in side.changes[:3]) or "commit not recorded"
        lines.append(f"{name}: {side.source} ({commits}), {side.runs} runs, {side.calls} calls")
        models = sorted({note.answered or note.asked for note in side.models})
        lines.append(f"models of {name}: {', '.join(models[:8]) or 'none'}")
    books = ", ".join(sorted({*result.base.price_books, *result.head.price_books})) or "none"
    lines.append(f"price book {books}, all calls at the prices of {result.priced_as_of[:10]}")
    if result.repricing_usd:
        lines.append(f"repricing effect on base, not counted as a change: {exact(result.repricing_usd)}")
    if result.spend is not None and not result.spend.is_stopped:
        lines.append(spend_words(result))
    lines += [f"{name}: {text}" for name, text in sorted(result.notes.items())]
    return lines


def _spread_line(judgement: Judgement) -> str:
    if judgement.spread is None or judgement.detectable is None:
        return "run-to-run spread unknown: every case ran once a side; repeats would show it"
    text = f"run-to-run spread {judgement.spread:.2f} of ln cost; detectable change {change(1 + judgement.detectable)}"
    if judgement.verdict is Verdict.INCONCLUSIVE and judgement.needed_runs:
        text += f"; about {judgement.needed_runs} more runs a side would decide"
    return text


def _gravest(result: GateResult) -> WorkloadResult:
    return min(result.workloads, key=lambda found: list(Verdict).index(found.verdict))


def _measures(result: WorkloadResult) -> tuple[Measure, Measure, Measure]:
    found = result.judgement or result.unpaired
    assert found is not None
    return found.typical, found.bill, found.tail


def _step(difference: Decimal, amounts: Sequence[Decimal]) -> Decimal:
    """Rounding step: three digits of the largest amount, at most cents, at least a billionth of a dollar."""
    largest = max([abs(difference), *map(abs, amounts)], default=Decimal(0))
    step = min(Decimal("0.01"), Decimal(1).scaleb(largest.adjusted() - 3)) if largest else Decimal("0.01")
    return max(step, Decimal("1e-9"))
