"""A task's steps as the waterfall component takes them: tree, bar, duration, cost, running total.

In: the task, its calls and the spans around them. Out: a payload of plain values. A broken tree (missing
parents, cycles) still shows every step once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from analytics.figures.numbers import UNKNOWN, count, plural, seconds, share, usd, usd_exact
from analytics.rows import CallDetail, SpanDetail, TaskDetail
from dashboard.charts.theme import Palette

SHOWN_KINDS: Final = frozenset({"task", "agent", "tool", "handoff"})
DEEPEST: Final = 12
"""Indentation stops here; deeper steps are drawn at this depth."""

UNPRICED: Final = {
    "unknown_model": "no price is known for this model",
    "no_price_for_bucket": "the price book has no price for one of its kinds of tokens",
    "missing_usage": "the call reported no usage",
    "conflicting_usage": "its reported usage contradicts itself",
}

Key = tuple[str, str]


@dataclass
class Step:
    """One span or call with its place in the tree."""

    key: Key
    parent: Key
    started_at: datetime
    duration_s: float
    call: CallDetail | None = None
    span: SpanDetail | None = None
    children: list[Step] = field(default_factory=list)


def why_unpriced(status: str) -> str:
    """Why a call has no cost, in words."""
    return UNPRICED.get(status, status.replace("_", " ") or "reason not recorded")


def waterfall_payload(
    task: TaskDetail, calls: Sequence[CallDetail], spans: Sequence[SpanDetail], colours: Palette
) -> dict[str, Any]:
    """Payload of the waterfall component."""
    roots = _tree(calls, spans)
    steps = [step for root in roots for step in _walk(root)]
    from_ = min([task.started_at, *(step.started_at for step in steps)])
    to = max([task.ended_at, *(step.started_at + timedelta(seconds=step.duration_s) for step in steps)])
    length_s = max((to - from_).total_seconds(), 1e-6)
    totals = _running_totals(calls)
    paint = _Paint(from_, length_s, task.cost_usd, totals, colours)
    rows: list[dict[str, Any]] = []
    for root in roots:
        _lay_out(root, 0, (), rows, paint)
    tiers = [tier for tier in ("nano", "standard", "premium") if any(call.tier == tier for call in calls)]
    legend = [{"text": f"{tier} tier", "colour": colours.tier(tier)} for tier in tiers]
    if any(call.abandoned for call in calls):
        legend.append({"text": "striped: answer thrown away", "colour": ""})
    return {
        "task": task.task_id,
        "caption": f"Steps of task {task.task_id}",
        "rows": rows,
        "ticks": [
            {"at": at, "text": seconds(length_s * at / 100) if at else "0"} for at in (0, 25, 50, 75, 100)
        ],
        "legend": legend,
    }


@dataclass(frozen=True)
class _Paint:
    from_: datetime
    length_s: float
    task_cost_usd: float
    totals: dict[Key, float]
    colours: Palette


def _tree(calls: Sequence[CallDetail], spans: Sequence[SpanDetail]) -> list[Step]:
    steps: dict[Key, Step] = {}
    for span in spans:
        key = (span.trace_id, span.span_id)
        steps[key] = Step(
            key, (span.trace_id, span.parent_span_id), span.started_at, span.duration_s, span=span
        )
    for call in calls:
        key = (call.trace_id, call.span_id)
        parent = (call.trace_id, call.parent_span_id)
        steps[key] = Step(key, parent, call.started_at, call.duration_s or 0.0, call=call)
    roots: list[Step] = []
    for step in steps.values():
        if not _is_shown(step):
            continue
        parent_step = _shown_ancestor(step, steps)
        (parent_step.children if parent_step else roots).append(step)
    for step in steps.values():
        step.children.sort(key=lambda child: (child.started_at, child.key))
    roots.sort(key=lambda root: (root.started_at, root.key))
    reached = {step.key for root in roots for step in _walk(root)}
    # Spans that name each other as parent hang from no root.
    for step in steps.values():
        if _is_shown(step) and step.key not in reached:
            step.children = [child for child in step.children if child.key not in reached]
            loose = Step(step.key, step.parent, step.started_at, step.duration_s, step.call, step.span)
            roots.append(loose)
            reached.add(step.key)
    return roots


def _is_shown(step: Step) -> bool:
    return step.call is not None or (step.span is not None and step.span.kind in SHOWN_KINDS)


def _shown_ancestor(step: Step, steps: dict[Key, Step]) -> Step | None:
    seen = {step.key}
    parent = steps.get(step.parent)
    while parent is not None and parent.key not in seen:
        if _is_shown(parent):
            return parent
        seen.add(parent.key)
        parent = steps.get(parent.parent)
    return None


def _walk(root: Step) -> list[Step]:
    found, waiting, seen = [], [root], {root.key}
    while waiting:
        step = waiting.pop()
        found.append(step)
        fresh = [child for child in step.children if child.key not in seen]
        seen.update(child.key for child in fresh)
        waiting.extend(reversed(fresh))
    return found


def _running_totals(calls: Sequence[CallDetail]) -> dict[Key, float]:
    total, found = 0.0, {}
    for call in sorted(calls, key=lambda one: (one.started_at, one.trace_id, one.span_id)):
        total += call.cost_usd or 0.0
        found[(call.trace_id, call.span_id)] = total
    return found


def _lay_out(
    root: Step, depth: int, ancestors: tuple[str, ...], rows: list[dict[str, Any]], paint: _Paint
) -> None:
    waiting = [(root, depth, ancestors)]
    while waiting:
        step, level, above = waiting.pop()
        identity = "/".join(step.key)
        rows.append(_row(step, min(level, DEEPEST), above, identity, paint))
        waiting.extend((child, level + 1, (*above, identity)) for child in reversed(step.children))


def _row(step: Step, depth: int, above: tuple[str, ...], identity: str, paint: _Paint) -> dict[str, Any]:
    left = (step.started_at - paint.from_).total_seconds() / paint.length_s * 100
    common = {
        "id": identity,
        "depth": depth,
        "ancestors": list(above),
        "children": len(step.children),
        "left": round(min(left, 99.6), 3),
        "width": round(min(step.duration_s / paint.length_s * 100, 100 - min(left, 99.6)), 3),
        "took": seconds(step.duration_s) if step.duration_s or step.span else UNKNOWN,
    }
    own = _call_row(step.call, paint) if step.call else _span_row(step)
    return {**common, **own}


def _call_row(call: CallDetail, paint: _Paint) -> dict[str, Any]:
    total = paint.totals[(call.trace_id, call.span_id)]
    wait = 0.0
    if call.first_chunk_s and call.duration_s:
        wait = round(min(call.first_chunk_s / call.duration_s, 1) * 100, 1)
    return {
        "kind": "call",
        "label": call.model or "unknown model",
        "colour": paint.colours.tier(call.tier),
        "marks": _marks(call),
        "thrown": call.abandoned,
        "wait": wait,
        "cost": _cost(call),
        "cost_tone": "bad" if call.cost_usd is None and call.pricing_status in UNPRICED else "",
        "cost_title": usd_exact(call.cost_text) if call.cost_text else why_unpriced(call.pricing_status),
        "total": usd(total) if call.cost_usd else "",
        "total_share": round(total / paint.task_cost_usd * 100, 1) if paint.task_cost_usd else 0,
        "why": _story(call),
        "facts": _call_facts(call),
    }


def _span_row(step: Step) -> dict[str, Any]:
    span = step.span
    assert span is not None
    below = [child.call for child in _walk(step) if child.call]
    priced = [call.cost_usd for call in below if call.cost_usd is not None]
    label = (
        span.tool if span.kind == "tool" and span.tool else span.agent if span.kind == "agent" else span.name
    )
    marks = [{"text": span.kind}] if span.kind in ("tool", "handoff") else []
    if span.status == "error":
        marks.append({"text": "error", "tone": "bad"})
    return {
        "kind": span.kind,
        "label": label or span.name or span.kind,
        "marks": marks,
        "cost": usd(sum(priced)) if priced else "",
        "cost_title": f"{plural(len(below), 'call')} inside" if below else "",
        "total": "",
        "why": "",
        "facts": [
            ["Kind", span.kind],
            ["Name", span.name],
            ["Started", _clock(span.started_at)],
            ["Duration", seconds(span.duration_s)],
            ["Calls inside", str(len(below))],
            ["Span", span.span_id],
        ],
    }


def _marks(call: CallDetail) -> list[dict[str, str]]:
    marks: list[dict[str, str]] = []
    if call.step:
        marks.append({"text": call.step})
    if call.attempt and call.attempt > 1:
        marks.append({"text": f"try {call.attempt}"})
    if call.escalated:
        marks.append({"text": "escalated", "tone": "bad"})
    if call.status == "error":
        marks.append({"text": call.error_type or "error", "tone": "bad"})
    if call.service_class not in ("", "standard"):
        marks.append({"text": call.service_class})
    return marks


def _cost(call: CallDetail) -> str:
    if call.cost_usd is not None:
        return "free" if call.pricing_status == "free" else usd(call.cost_usd)
    return "not billed" if call.pricing_status == "not_billed" else "unpriced"


def _story(call: CallDetail) -> str:
    parts = []
    if call.escalated:
        signal = f" ({call.escalation_signal})" if call.escalation_signal else ""
        parts.append(f"The answer was judged not good enough{signal}, and a higher tier followed.")
    if call.abandoned:
        parts.append("The answer was thrown away.")
    if call.cost_usd is None and call.pricing_status in UNPRICED:
        parts.append(f"Cost unknown: {why_unpriced(call.pricing_status)}.")
    if "lifetime_assumed_short" in call.pricing_note:
        parts.append("The cache lifetime was not reported; priced as the provider's default.")
    return " ".join(parts)


def _call_facts(call: CallDetail) -> list[list[str]]:
    read, known = call.cache_read, _sum(call.fresh_input, call.cache_read, call.cache_write)
    return [
        ["Fresh input", _bucket(call.fresh_input, call.fresh_input_usd)],
        ["Cache read", _bucket(call.cache_read, call.cache_read_usd)],
        ["Cache write", _bucket(call.cache_write, call.cache_write_usd)],
        ["Output", _bucket(call.output, call.output_usd)],
        [
            "Of it reasoning",
            f"{count(call.reasoning)} tokens" if call.reasoning is not None else "not reported",
        ],
        ["Cache hit rate", share(read / known) if read is not None and known else "not reported"],
        ["Cost, exact", usd_exact(call.cost_text) if call.cost_text else _cost(call)],
        ["Tier", call.tier or "not known"],
        ["Agent", call.agent or "not reported"],
        ["Provider", call.provider or "not reported"],
        ["Started", _clock(call.started_at)],
        [
            "First token after",
            seconds(call.first_chunk_s) if call.first_chunk_s is not None else "not reported",
        ],
        ["Finish reason", call.finish_reason or "not reported"],
        ["Other reports folded in", str(call.suppressed_spans)],
        ["Reported by", call.emitter or "not reported"],
        ["Span", call.span_id],
    ]


def _bucket(tokens: int | None, cost_usd: float | None) -> str:
    if tokens is None:
        return "not reported"
    return f"{count(tokens)} tokens, {usd(cost_usd)}" if cost_usd is not None else f"{count(tokens)} tokens"


def _sum(*parts: int | None) -> int:
    return sum(part or 0 for part in parts)


def _clock(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"
