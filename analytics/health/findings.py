"""What is right and what is doubtful in the ledger's data: findings, each with what to do.

In: rows of the health queries, the time. Out: findings, worst first. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from analytics.figures.numbers import count, plural, seconds, share, usd
from analytics.health.finding import ORDER, Finding, Severity
from analytics.health.rows import (
    BookLoaded,
    ConventionShare,
    FoldShare,
    LateSpans,
    LedgerLoad,
    NoteShare,
    PricingShare,
    RejectedSpans,
    Unpriced,
    UsageCounted,
)
from analytics.health.upkeep import book, failing, waiting

LATE_SHARE = 0.05
GAP_SHARE = 0.02
LOST_SHARE = 0.05
UNIT_TOLERANCE = 0.3
UNPAID: Final = ("free", "not_billed")


@dataclass(frozen=True)
class HealthData:
    """Rows of one period."""

    pricing: Sequence[PricingShare] = ()
    notes: Sequence[NoteShare] = ()
    folds: Sequence[FoldShare] = ()
    conventions: Sequence[ConventionShare] = ()
    unpriced: Sequence[Unpriced] = ()
    late: Sequence[LateSpans] = ()
    rejected: Sequence[RejectedSpans] = ()
    usage: Sequence[UsageCounted] = ()
    load: LedgerLoad = field(default_factory=lambda: LedgerLoad(0, None))
    books: Sequence[BookLoaded] = ()


@dataclass(frozen=True)
class Verdict:
    """The findings, worst first, and the share of calls that have a price: None without calls."""

    calls: int
    priced_share: float | None
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Severity:
        """The severity of the worst finding."""
        return self.findings[0].severity if self.findings else "ok"

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def verdict(found: HealthData, now: datetime) -> Verdict:
    """All findings of a period; what is in order is said too."""
    calls = sum(row.calls for row in found.pricing)
    billed = sum(row.calls for row in found.pricing if row.pricing_status not in UNPAID)
    priced = sum(row.calls for row in found.pricing if row.pricing_status == "priced")
    findings = [
        *_priced(billed, priced),
        *_unpriced(found.unpriced),
        *_gap(found.pricing),
        *_units(found.conventions),
        *_notes(found.notes),
        *_folds(found.folds),
        *_conventions(found.conventions),
        *_late(found.late),
        *_rejected(found.rejected),
        *_counted(found.usage),
        *waiting(found.load),
        *failing(found.load),
        *book(found.books, now),
    ]
    findings.sort(key=lambda finding: ORDER.index(finding.severity))
    return Verdict(calls, priced / billed if billed else None, tuple(findings))


def _priced(billed: int, priced: int) -> Iterator[Finding]:
    if not billed:
        yield Finding(
            "priced",
            "note",
            "No calls",
            "no call started in the period",
            "choose a longer one",
            "health_pricing",
        )
        return
    severity: Severity = "ok" if priced == billed else "note"
    verb = "has" if billed == 1 else "have"
    what = f"{share(priced / billed)} of {plural(billed, 'call')} that cost something {verb} a price"
    advice = "nothing to do" if priced == billed else "the other lines say what keeps the rest from one"
    yield Finding("priced", severity, "Calls with a price", what, advice, "health_pricing")


_UNPRICED: Final[dict[str, tuple[str, Severity, str, str, str]]] = {
    "unknown_model": (
        "unknown_models", "error", "Unknown models", "not in the price book",
        "give them a price in spanledger.yaml (the Prices page has the lines); they are priced within seconds",
    ),
    "no_price_for_bucket": (
        "no_price_for_bucket", "error", "No price for a bucket", "used tokens that the book has no price for",
        "add the missing price in spanledger.yaml; `spanledger prices show MODEL` says which is missing",
    ),
    "missing_usage": (
        "missing_usage", "warning", "Missing usage", "answered, but the emitter reported no token counts",
        "ask for usage in streams (OpenAI: stream_options.include_usage), or use the hooks, which do",
    ),
    "conflicting_usage": (
        "conflicting_usage", "warning", "Conflicting usage", "reported counts that cannot all be true",
        "update the emitter; what it said is in otel_traces",
    ),
}  # fmt: skip


def _unpriced(rows: Sequence[Unpriced]) -> Iterator[Finding]:
    for status, (name, severity, title, what, advice) in _UNPRICED.items():
        found = [row for row in rows if row.pricing_status == status]
        if not found:
            yield Finding(name, "ok", title, "none", "nothing to do", "unpriced_calls")
            continue
        models = ", ".join(dict.fromkeys(row.model or "unnamed" for row in found[:4]))
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        calls = sum(row.calls for row in found)
        yield Finding(
            name,
            severity,
            title,
            f"{plural(calls, 'call')} {what}: {models}{more}",
            advice,
            "unpriced_calls",
            (status,),
        )


def _gap(rows: Sequence[PricingShare]) -> Iterator[Finding]:
    said_calls = sum(row.said_calls for row in rows)
    if not said_calls:
        yield Finding(
            "reported_gap",
            "ok",
            "Cost as emitters say it",
            "no emitter says a cost",
            "nothing to do",
            "health_pricing",
        )
        return
    said, ours = sum(row.said_usd for row in rows), sum(row.ours_usd for row in rows)
    gap = ours / said - 1 if said else 0.0
    differing = sum(row.gap_calls for row in rows)
    severity: Severity = "warning" if abs(gap) > GAP_SHARE else "note" if differing else "ok"
    sign = "+" if gap > 0 else ""
    yield Finding(
        "reported_gap",
        severity,
        "Cost as emitters say it",
        f"emitters say {usd(said)} for {plural(said_calls, 'call')}, ours is {usd(ours)} ({sign}{gap * 100:.1f} %); "
        f"{plural(differing, 'call')} differ by more than 1 %",
        "look at the largest: emitters often price cached tokens as fresh ones"
        if differing
        else "nothing to do",
        "health_conventions",
        ("reported_gap",) if differing else (),
    )


def _units(rows: Sequence[ConventionShare]) -> Iterator[Finding]:
    """Emitters whose costs are off by a power of ten: they say cents, or thousandths, where USD is meant."""
    for row in rows:
        if row.said_usd <= 0 or row.ours_usd <= 0:
            continue
        ratio = row.said_usd / row.ours_usd
        for times, unit in _UNITS.items():
            if abs(ratio / times - 1) < UNIT_TOLERANCE:
                name = f"{row.emitter or 'unnamed'} {row.emitter_version}".strip()
                yield Finding(
                    "reported_unit", "warning", "Unit of a reported cost",
                    f"{name} says {usd(row.said_usd)} for calls that cost {usd(row.ours_usd)}, "
                    f"{ratio:,.4g} times as much: it seems to count in {unit}",
                    "correct the emitter; the ledger's own cost does not depend on it", "health_conventions",
                )  # fmt: skip


_UNITS: Final = {
    100.0: "cents",
    1000.0: "thousandths of a dollar",
    1e6: "millionths of a dollar",
    0.01: "hundreds of dollars",
}
"""By how much a reported cost is off when it is in another unit than dollars."""

_NOTES: Final[dict[str, tuple[Severity, str, str, str]]] = {
    "context_fallback": (
        "warning", "Priced as standard", "are of a service class without a price and cost as standard ones",
        "give the class a price in spanledger.yaml (service_class in a price rule)",
    ),
    "aggregate_without_calls": (
        "warning", "Totals without calls", "are totals of an agent whose calls never came, counted as one each",
        "instrument the client that makes the calls",
    ),
    "lifetime_assumed_short": (
        "note", "Cache lifetime assumed", "wrote to a cache for an unknown time and cost as the short lifetime does",
        "use the hooks or the client's own spans, which say the lifetime",
    ),
    "alias": (
        "note", "Priced by a naming rule", "use a name that a rule leads to a price, such as a dated or regional one",
        "`spanledger prices show MODEL` says which",
    ),
    "override": ("note", "Prices of your own", "are priced by a rule of spanledger.yaml", "see the Prices page"),
    "overlay": ("note", "Overlay prices", "are priced by a row that fills a gap of the list", "see the Prices page"),
}  # fmt: skip


def _notes(rows: Sequence[NoteShare]) -> Iterator[Finding]:
    for row in rows:
        severity, title, what, advice = _NOTES.get(
            row.note,
            ("note", row.note.replace("_", " ").capitalize(), f"carry the note {row.note}", "see the calls"),
        )
        yield Finding(
            row.note, severity, title, f"{plural(row.calls, 'call')} ({usd(row.list_usd)}) {what}", advice,
            "health_notes", (row.note,),
        )  # fmt: skip


def _folds(rows: Sequence[FoldShare]) -> Iterator[Finding]:
    if not rows:
        yield Finding("folded", "ok", "Reports not charged", "none", "nothing to do", "health_folds")
        return
    reasons = ", ".join(f"{row.why}: {plural(row.calls, 'call')}" for row in rows)
    yield Finding(
        "folded", "note", "Reports not charged",
        f"further reports and totals of the same calls were folded in, not charged twice ({reasons})",
        "nothing to do; switch one of two instrumentations off to send less", "health_folds", ("folded",),
    )  # fmt: skip


def _conventions(rows: Sequence[ConventionShare]) -> Iterator[Finding]:
    if not rows:
        return
    emitters = list(
        dict.fromkeys(f"{row.emitter or 'unnamed'} {row.emitter_version}".strip() for row in rows)
    )
    named = ", ".join(emitters[:4])
    more = f" and {len(emitters) - 4} more" if len(emitters) > 4 else ""
    blind = sum(row.no_cache_count for row in rows)
    yield Finding(
        "conventions", "note", "Emitters and conventions", f"{plural(len(emitters), 'emitter')}: {named}{more}",
        "nothing to do", "health_conventions",
    )  # fmt: skip
    if blind:
        yield Finding(
            "no_cache_count", "note", "No cache counts",
            f"{plural(blind, 'call')} report no cache count, so cached input may be priced as fresh",
            "look which emitters these are; newer versions or the hooks report it", "health_conventions",
        )  # fmt: skip


def _late(rows: Sequence[LateSpans]) -> Iterator[Finding]:
    spans, late = sum(row.spans for row in rows), sum(row.late for row in rows)
    imported = sum(row.imported for row in rows)
    if imported:
        yield Finding(
            "imported_spans", "note", "History read in",
            f"{plural(imported, 'span')} of older work were read in, and are not judged late",
            "nothing to do", "health_late_spans",
        )  # fmt: skip
    if not late:
        yield Finding("late_spans", "ok", "Late spans", "none", "nothing to do", "health_late_spans")
        return
    worst = max(row.latest_s for row in rows)
    yield Finding(
        "late_spans", "warning" if late / spans > LATE_SHARE else "note", "Late spans",
        f"{share(late / spans)} of {plural(spans, 'span')} arrived more than ten minutes after they ended, "
        f"the latest by {seconds(worst)}",
        "figures were corrected; look at exporters and clocks, or mark history that is read in "
        "(resource attribute spanledger.imported)",
        "health_late_spans",
    )  # fmt: skip


def _rejected(rows: Sequence[RejectedSpans]) -> Iterator[Finding]:
    spans = sum(row.spans for row in rows)
    if not spans:
        yield Finding(
            "rejected_spans", "ok", "Rejected spans", "none", "nothing to do", "health_rejected_spans"
        )
        return
    yield Finding(
        "rejected_spans", "error", "Rejected spans",
        f"{plural(spans, 'span')} were refused, most often: {rows[0].reason}",
        f"correct the sender: {rows[0].service or 'unnamed service'}, {rows[0].emitter or 'unnamed emitter'}",
        "health_rejected_spans",
    )  # fmt: skip


def _counted(rows: Sequence[UsageCounted]) -> Iterator[Finding]:
    """What emitters count themselves (metrics) against the calls that arrived; edges of the period differ a little."""
    name, title, query = "usage_completeness", "Calls that never arrived", "usage_completeness"
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        if row.bucket.endswith("_tokens"):
            counted, held = sums.get((row.service, row.bucket), (0.0, 0.0))
            sums[row.service, row.bucket] = counted + row.counted, held + (row.held or 0.0)
    lost = {key: (1 - held / counted, counted, held) for key, (counted, held) in sums.items() if counted > 0}
    if not lost:
        yield Finding(name, "ok", title, "no emitter counts its own usage in metrics", "nothing to do", query)
        return
    (service, bucket), (part, counted, held) = max(lost.items(), key=lambda item: item[1][0])
    sessions = len({(row.service, row.session_id) for row in rows if row.held is None and row.counted > 0})
    if part <= LOST_SHARE:
        emitters = plural(len({of for of, _ in lost}), "emitter")
        what = f"the calls of {emitters} hold what their metrics counted, but for {share(max(part, 0.0))}"
        yield Finding(name, "ok", title, what, "nothing to do", query)
        return
    said = (
        f"{service or 'unnamed service'} counted {count(round(counted))} {bucket.replace('_', ' ')}, "
        f"its calls here hold {count(round(held))}: {share(part)} is missing"
    )
    if sessions:
        said += f"; of {plural(sessions, 'session')} a bucket is in no call at all"
    yield Finding(
        name, "warning", title, said,
        "see that its logs or spans are sent to the same collector as its metrics, and for how long it was down", query,
    )  # fmt: skip
