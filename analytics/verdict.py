"""One or two sentences that answer “is anything off?”, written from the figures.

Takes figures and workload rows, gives text pieces; names from outside stay apart from our words, so that a
page can show them as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.figures.change import Better, Change, Kind, Tone, compare
from analytics.figures.estimates import quantile
from analytics.figures.numbers import share, usd
from analytics.overview import Figure
from analytics.rows import CallWorkload, TaskWorkload

NOTEWORTHY = 0.05
"""A spend change below this is not explained."""

INSIDE_SHARE = 0.03
INSIDE_RISE = 0.15
"""A workload that got dearer is named from this share of the cost and this rise of P95 or P50 on."""

EXPLAINS = 0.4
"""A workload is named when it makes at least this share of the change."""


@dataclass(frozen=True)
class Piece:
    """Some words; strong ones carry the answer."""

    text: str
    strong: bool = False


def verdict(
    shown: Sequence[Figure],
    spend: Sequence[CallWorkload],
    tasks: Sequence[TaskWorkload],
    before_words: str,
    *,
    covered: bool,
) -> list[Piece]:
    """The sentences, in pieces. spend and tasks carry both periods of every workload."""
    by_key = {figure.key: figure for figure in shown}
    inside = _inside_sentence(spend, tasks) if covered and len(spend) > 1 else []
    return [
        *_spend_sentence(by_key["spend"], spend, before_words),
        *_watch_sentence(by_key, bool(inside)),
        *inside,
    ]


def _spend_sentence(spend: Figure, workloads: Sequence[CallWorkload], before_words: str) -> list[Piece]:
    pieces = [Piece("Spend "), Piece(spend.text, strong=True)]
    amount = spend.change.amount
    if amount is None:
        return [*pieces, Piece(f"; no comparison: {spend.change.why}. ")]
    pieces.append(Piece(f", {spend.change.text} on {before_words}"))
    if abs(amount) < NOTEWORTHY or len(workloads) < 2:
        return [*pieces, Piece(". ")]
    change_usd = sum(row.spend_usd - row.previous_spend_usd for row in workloads)
    if change_usd == 0:
        return [*pieces, Piece(". ")]
    top = max(workloads, key=lambda row: (row.spend_usd - row.previous_spend_usd) / change_usd)
    part = (top.spend_usd - top.previous_spend_usd) / change_usd
    word = "rise" if change_usd > 0 else "fall"
    if part < EXPLAINS:
        return [
            *pieces,
            Piece(f", spread over several workloads; {top.workload} makes {share(part)} of the {word}. "),
        ]
    if part > 1:
        moved = usd(abs(top.spend_usd - top.previous_spend_usd))
        return [
            *pieces,
            Piece("; "),
            Piece(top.workload, strong=True),
            Piece(f" alone {'rose' if change_usd > 0 else 'fell'} by {moved}. "),
        ]
    return [
        *pieces,
        Piece("; "),
        Piece(top.workload, strong=True),
        Piece(" explains "),
        Piece(share(part) if part < 0.995 else "all", strong=True),
        Piece(f" of the {word}. "),
    ]


def _watch_sentence(by_key: dict[str, Figure], has_inside: bool) -> list[Piece]:
    """has_inside: a workload that got dearer is named next, so that a calm whole is called no more than that."""
    p50, p95 = by_key["p50"], by_key["p95"]
    if p95.change.tone is Tone.BAD and p50.change.tone is Tone.BAD:
        return [
            Piece("Tasks got dearer: P50 "),
            Piece(p50.change.text, strong=True),
            Piece(f" to {p50.text}, P95 "),
            Piece(p95.change.text, strong=True),
            Piece(f" to {p95.text}."),
            *_also(by_key),
        ]
    if p95.change.tone is Tone.BAD:
        return [
            Piece("P95 per task "),
            Piece(p95.change.text, strong=True),
            Piece(f" to {p95.text} while P50 did not rise: a few tasks got dearer."),
            *_also(by_key),
        ]
    if p50.change.tone is Tone.BAD:
        return [
            Piece("A typical task got dearer: P50 "),
            Piece(p50.change.text, strong=True),
            Piece(f" to {p50.text}."),
            *_also(by_key),
        ]
    rest = _also(by_key)
    if rest:
        return rest
    better = [figure for figure in by_key.values() if figure.change.tone is Tone.GOOD]
    if better:
        return [
            Piece(
                f"{'As a whole, nothing' if has_inside else 'Nothing'} got worse; {_lower(better[0].label)} "
            ),
            Piece(better[0].change.text, strong=True),
            Piece(f" to {better[0].text}."),
        ]
    if any(figure.change.tone is not Tone.NONE for figure in by_key.values()):
        whole = "As a whole, no" if has_inside else "No"
        return [Piece(f"{whole} other figure moved by more than chance explains.")]
    return []


def _also(by_key: dict[str, Figure]) -> list[Piece]:
    for key in ("success", "escalation", "useful", "cache"):
        figure = by_key[key]
        if figure.change.tone is Tone.BAD:
            return [
                Piece(f" {figure.label} "),
                Piece(figure.change.text, strong=True),
                Piece(f" to {figure.text}."),
            ]
    return []


def _inside_sentence(spend: Sequence[CallWorkload], tasks: Sequence[TaskWorkload]) -> list[Piece]:
    """The workload whose dearer tasks cost most, which a quiet total can hide; none when none got dearer."""
    all_usd = sum(row.spend_usd for row in spend)
    dearer: list[tuple[float, TaskWorkload, str, float | None, Change]] = []
    earlier = {row.workload: row for row in tasks if row.period == 1}
    for row in tasks:
        before = earlier.get(row.workload)
        if row.period or before is None or row.cost_usd < INSIDE_SHARE * all_usd:
            continue
        for name, level in (("P95", 0.95), ("P50", 0.50)):
            now = quantile(level, row.cost_levels_usd, row.priced_tasks)
            then = quantile(level, before.cost_levels_usd, before.priced_tasks)
            change = compare(Kind.MONEY, Better.LOWER, now, then, covered=True)
            if change.tone is Tone.BAD and change.amount and change.amount >= INSIDE_RISE:
                extra_usd = row.cost_usd - before.cost_usd * row.tasks / before.tasks
                dearer.append((extra_usd, row, name, now.value, change))
                break
    if not dearer:
        return []
    extra_usd, row, name, level_usd, change = max(dearer, key=lambda found: found[0])
    more = f", {usd(extra_usd)} more than the same tasks cost before" if extra_usd > 0 else ""
    return [
        Piece(" Underneath, "),
        Piece(row.workload, strong=True),
        Piece(f" got dearer: {name} "),
        Piece(change.text, strong=True),
        Piece(f" to {usd(level_usd)}{more}."),
    ]


def _lower(label: str) -> str:
    return label if label[:2] in ("P5", "P9") else label[:1].lower() + label[1:]
