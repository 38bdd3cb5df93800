"""The key figures as the cards component takes them: text, change, course, and what stands behind each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from analytics.figures.change import Change
from analytics.overview import Figure
from analytics.periods import Window
from analytics.rows import CallBucket, TaskBucket

Course = list[float | None]


def cards_payload(
    shown: Sequence[Figure],
    window: Window,
    trend: Sequence[TaskBucket],
    calls: Sequence[CallBucket],
) -> dict[str, Any]:
    """Payload of the cards component. Courses run over the window's buckets; None = nothing measured."""
    courses = _courses(window, trend, calls)
    return {
        "before": window.before_words,
        "figures": [
            {
                "key": figure.key,
                "label": figure.label,
                "text": figure.text,
                "known": figure.estimate.value is not None,
                "change": _change(figure.change),
                "meaning": figure.meaning,
                "sample": figure.sample,
                "sample_short": figure.sample_short,
                "unknown": figure.unknown,
                "remark": figure.remark,
                "query": figure.query,
                "series": courses[figure.key](0),
                "before": courses[figure.key](1),
            }
            for figure in shown
        ],
    }


def plain_cards(shown: Sequence[Figure], before: str = "") -> dict[str, Any]:
    """Payload of figures without a course; those that state nothing about a change carry none."""
    return {
        "before": before,
        "figures": [
            {
                "key": figure.key,
                "label": figure.label,
                "text": figure.text,
                "known": figure.estimate.value is not None,
                "change": _change(figure.change) if figure.change.text or figure.change.why else None,
                "meaning": figure.meaning,
                "sample": figure.sample,
                "sample_short": figure.sample_short,
                "unknown": figure.unknown,
                "remark": figure.remark,
                "query": figure.query,
            }
            for figure in shown
        ],
    }


def _change(change: Change) -> dict[str, str]:
    way = "same"
    if change.amount:
        way = "up" if change.amount > 0 else "down"
    short = "no earlier data" if "reach back" in change.why else "no comparison"
    if "fewer than" in change.why:
        short = "too few to compare"
    return {"text": change.text, "tone": change.tone.value, "why": change.why, "way": way, "short": short}


def _courses(
    window: Window, trend: Sequence[TaskBucket], calls: Sequence[CallBucket]
) -> dict[str, Callable[[int], Course]]:
    def tasks(
        value: Callable[[TaskBucket], float | None], missing: float | None = None
    ) -> Callable[[int], Course]:
        return lambda number: _course(
            window, {r.bucket: value(r) for r in trend if r.period == number}, missing
        )

    def spent(
        value: Callable[[CallBucket], float | None], missing: float | None = None
    ) -> Callable[[int], Course]:
        return lambda number: _course(
            window, {r.bucket: value(r) for r in calls if r.period == number}, missing
        )

    return {
        "p50": tasks(lambda r: r.p50_usd if r.priced_tasks else None),
        "p95": tasks(lambda r: r.p95_usd if r.priced_tasks else None),
        "useful": tasks(lambda r: _over(r.outcome_cost_usd, r.units_made)),
        "success": tasks(lambda r: _over(r.successes, r.judged)),
        "escalation": tasks(lambda r: _over(r.escalations, r.attempts)),
        "tasks": tasks(lambda r: r.tasks, 0.0),
        "spend": spent(lambda r: r.spend_usd, 0.0),
        "cache": spent(lambda r: _over(r.cache_read, r.cache_known)),
    }


def _course(window: Window, found: dict[int, float | None], missing: float | None) -> Course:
    return [found.get(number, missing) for number in range(window.buckets)]


def _over(top: float, bottom: float) -> float | None:
    return top / bottom if bottom else None
