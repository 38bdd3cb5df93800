"""Small charts as SVG text, for pages that are mailed and printed: lines with a band, stacked days, a bridge.

In: numbers and names. Out: SVG whose colours are CSS classes of the report. Names are escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 150, 40
WIDE, SLIM = 640, 340
"""Widths of a chart for screens and paper, and for a phone; text is as large in both."""
DAY_HEIGHT, BAR = 170, 22


def sparkline(
    values: Sequence[float | None], lows: Sequence[float | None], highs: Sequence[float | None], spoken: str
) -> str:
    """A line over equal steps with its interval as a band behind it; None leaves a gap."""
    known = [v for v in (*values, *highs) if v is not None]
    if not known:
        return '<span class="muted">nothing measured</span>'
    top, floor = max(known), min(0.0, *known)
    span = (top - floor) or 1.0

    def x(place: int) -> float:
        return 4 + place * (WIDTH - 8) / max(1, len(values) - 1)

    def y(value: float) -> float:
        return HEIGHT - 4 - (value - floor) / span * (HEIGHT - 8)

    marks = []
    for run in _runs(
        [
            v is not None and lo is not None and hi is not None
            for v, lo, hi in zip(values, lows, highs, strict=True)
        ]
    ):
        upper = [f"{x(n):.1f},{y(highs[n] or 0.0):.1f}" for n in run]
        lower = [f"{x(n):.1f},{y(lows[n] or 0.0):.1f}" for n in reversed(run)]
        if len(run) > 1:
            marks.append(f'<polygon class="band" points="{" ".join([*upper, *lower])}"/>')
        else:
            marks.append(
                f'<line class="whisker" x1="{x(run[0]):.1f}" x2="{x(run[0]):.1f}" y1="{y(highs[run[0]] or 0.0):.1f}" '
                f'y2="{y(lows[run[0]] or 0.0):.1f}"/>'
            )
    for run in _runs([v is not None for v in values]):
        points = " ".join(f"{x(n):.1f},{y(values[n] or 0.0):.1f}" for n in run)
        marks.append(f'<polyline class="line" points="{points}"/>')
    last = values[-1]
    if last is not None:
        marks.append(f'<circle class="dot" cx="{x(len(values) - 1):.1f}" cy="{y(last):.1f}" r="3"/>')
    return _svg(WIDTH, HEIGHT, spoken, marks, "spark")


def stacked_days(
    days: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], spoken: str, top_text: str,
    hrefs: Sequence[str] = (), width: int = WIDE,
) -> str:  # fmt: skip
    """Bars of seven days, stacked by series; classes s0 to s6 colour them. hrefs: where each day's bar leads."""
    sums = [sum(values[n] for _, values in series) for n in range(len(days))]
    top = max([*sums, 0.0]) or 1.0
    step = (width - 8) / max(1, len(days))
    marks = [
        f'<text class="axis" x="0" y="11">{escape(top_text)}</text>',
        f'<line class="grid" x1="0" x2="{width}" y1="16" y2="16"/>',
    ]
    for place, day in enumerate(days):
        base = DAY_HEIGHT - 18.0
        href = hrefs[place] if place < len(hrefs) else ""
        if href:
            name = escape(f"Tasks of {day}", quote=True)
            marks.append(f'<a href="{escape(href, quote=True)}" aria-label="{name}">')
        for number, (name, values) in enumerate(series):
            tall = values[place] / top * (DAY_HEIGHT - 36)
            if tall <= 0:
                continue
            base -= tall
            marks.append(
                f'<rect class="s{number}" x="{4 + place * step + step * 0.12:.1f}" y="{base:.1f}" '
                f'width="{step * 0.76:.1f}" height="{tall:.1f}"><title>{escape(name)}</title></rect>'
            )
        if href:
            marks.append("</a>")
        marks.append(
            f'<text class="axis mid" x="{4 + place * step + step / 2:.1f}" y="{DAY_HEIGHT - 4}">{escape(day)}</text>'
        )
    # An image may hold nothing to click.
    return _svg(width, DAY_HEIGHT, spoken, marks, _kind(width), "group" if any(hrefs) else "img")


def bridge(
    start: float,
    end: float,
    parts: Sequence[tuple[str, float, str]],
    ends: tuple[tuple[str, str], tuple[str, str]],
    spoken: str,
    hrefs: Sequence[str] = (),
    width: int = WIDE,
) -> str:
    """A waterfall of lying bars from start to end; parts are (words, amount, text), ends (words, text) of both.

    hrefs: where each bar leads, the ends included.
    """
    levels, at = [start], start
    for _, amount, _ in parts:
        at += amount
        levels.append(at)
    low, high = min(*levels, end, start), max(*levels, end, start)
    # Cut off what all bars have in common, but never so far that a bar has no foot.
    low = max(0.0, low - (high - low) * 0.6) if high > low else 0.0
    span = (high - low) or 1.0
    left, right = (190.0, width - 90.0) if width == WIDE else (134.0, width - 62.0)

    def x(value: float) -> float:
        return left + (value - low) / span * (right - left)

    rows: list[tuple[str, float, float, str, str]] = [(ends[0][0], low, start, ends[0][1], "whole")]
    at = start
    for words, amount, text in parts:
        rows.append(
            (words, min(at, at + amount), max(at, at + amount), text, "rise" if amount > 0 else "fall")
        )
        at += amount
    rows.append((ends[1][0], low, end, ends[1][1], "whole"))
    marks = []
    for number, (words, begin, stop, text, kind) in enumerate(rows):
        top = number * BAR + 3
        href = hrefs[number] if number < len(hrefs) else ""
        if href:
            name = escape(f"{words} {text}", quote=True)
            marks.append(f'<a href="{escape(href, quote=True)}" aria-label="{name}">')
        marks.append(f'<text class="name" x="{left - 8:.0f}" y="{top + 12}">{escape(words)}</text>')
        marks.append(
            f'<rect class="{kind}" x="{x(begin):.1f}" y="{top}" '
            f'width="{max(1.0, x(stop) - x(begin)):.1f}" height="{BAR - 7}"/>'
        )
        marks.append(f'<text class="axis" x="{x(stop) + 6:.1f}" y="{top + 12}">{escape(text)}</text>')
        if href:
            marks.append("</a>")
    # An image may hold nothing to click.
    return _svg(width, len(rows) * BAR + 4, spoken, marks, _kind(width), "group" if any(hrefs) else "img")


def _kind(width: int) -> str:
    return "wide" if width == WIDE else "slim"


def _svg(width: int, height: int, spoken: str, marks: Sequence[str], kind: str, role: str = "img") -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="{role}" '
        f'aria-label="{escape(spoken, quote=True)}">{"".join(marks)}</svg>'
    )


def _runs(known: Sequence[bool]) -> list[list[int]]:
    found: list[list[int]] = []
    for place, each in enumerate(known):
        if each and (place == 0 or not known[place - 1]):
            found.append([])
        if each:
            found[-1].append(place)
    return found
