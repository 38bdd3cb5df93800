"""One or two sentences that answer “is anything off?”, written from the figures.

Takes figures and workload rows, gives text pieces; names from outside stay apart from our words, so that a
page can show them as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.changes import Tone
from analytics.numbers import share, usd
from analytics.overview import Figure
from analytics.rows import CallWorkload

NOTEWORTHY = 0.05
"""A spend change below this is not explained."""

EXPLAINS = 0.4
"""A workload is named when it makes at least this share of the change."""


@dataclass(frozen=True)
class Piece:
    """Some words; strong ones carry the answer."""

    text: str
    strong: bool = False


def verdict(shown: Sequence[Figure], workloads: Sequence[CallWorkload], before_words: str) -> list[Piece]:
    """The sentences, in pieces. workloads carry the spend of both periods."""
    by_key = {figure.key: figure for figure in shown}
    return [*_spend_sentence(by_key["spend"], workloads, before_words), *_watch_sentence(by_key)]


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


def _watch_sentence(by_key: dict[str, Figure]) -> list[Piece]:
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
            Piece(f"Nothing got worse; {_lower(better[0].label)} "),
            Piece(better[0].change.text, strong=True),
            Piece(f" to {better[0].text}."),
        ]
    if any(figure.change.tone is not Tone.NONE for figure in by_key.values()):
        return [Piece("Nothing else moved by more than chance explains.")]
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


def _lower(label: str) -> str:
    return label if label[:2] in ("P5", "P9") else label[:1].lower() + label[1:]
