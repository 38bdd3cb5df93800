"""The words of stage 0: how tokens were counted, which kind of segment grew.

In: a static result. Out: short texts without markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.gate.result import StaticResult, StaticSegment
from analytics.gate.words import signed


@dataclass(frozen=True)
class SegmentRow:
    """One kind of segment: tokens of both sides, and the change in tokens and money, as text."""

    kind: str
    base: str
    head: str
    change: str


def counted_words(static: StaticResult) -> str:
    """Who counted, and how far off that may be."""
    if static.error == 0:
        return f"tokens counted by {static.counter}"
    return f"tokens counted by {static.counter}, which may be off by {100 * static.error:.0f} %"


def segment_rows(segments: Sequence[StaticSegment]) -> list[SegmentRow]:
    """One row a kind, and their sum."""
    rows = [*segments, _together(segments)] if segments else []
    return [
        SegmentRow(row.kind, f"{row.base_tokens:,.0f}", f"{row.head_tokens:,.0f}", _change(row))
        for row in rows
    ]


def grown_words(segments: Sequence[StaticSegment]) -> str:
    """The kind that grew most, in one sentence; empty where none did."""
    if not segments:
        return ""
    most = max(segments, key=_growth)
    risen = sum(max(0.0, _growth(row)) for row in segments)
    if round(_growth(most)) <= 0:
        return ""
    usd = _usd(most)
    money = "" if usd is None else f" ({signed(usd)})"
    return (
        f"{most.kind} grew most: {most.base_tokens:,.0f} → {most.head_tokens:,.0f} tokens a call{money}, "
        f"{100 * _growth(most) / risen:.0f} % of what was added"
    )


def _together(rows: Sequence[StaticSegment]) -> StaticSegment:
    usd = [
        None if None in (values := [getattr(row, name) for row in rows]) else sum(values)
        for name in ("base_usd", "head_usd")
    ]
    return StaticSegment(
        "together", sum(row.base_tokens for row in rows), sum(row.head_tokens for row in rows), usd[0], usd[1]
    )


def _growth(row: StaticSegment) -> float:
    return row.head_tokens - row.base_tokens


def _usd(row: StaticSegment) -> float | None:
    return None if row.base_usd is None or row.head_usd is None else row.head_usd - row.base_usd


def _change(row: StaticSegment) -> str:
    usd, growth = _usd(row), round(_growth(row))
    tokens = "±0" if growth == 0 else f"{'+' if growth > 0 else '−'}{abs(growth):,}"
    return tokens if usd is None or growth == 0 else f"{tokens} ({signed(usd)})"
