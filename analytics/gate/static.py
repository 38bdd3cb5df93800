"""What a change of prompts and tools does before any model is called: tokens, cacheable prefix, cost a turn.

In: the requests that both versions build for the same cases, a token counter, a price. Out: StaticResult. Tokens do not
vary from run to run, so any difference is real; only the counter's own error stands between them and a bill.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.gate.result import StaticFinding, StaticPart, StaticResult
from analytics.gate.verdict import Verdict

INPUT_MARGIN = 0.10
SHORTEST_PREFIX_TOKENS = 50
"""Shared prefixes shorter than this are no cache to lose."""

Count = Callable[[str], int]
Price = Callable[[str], float | None]
"""USD a token of fresh input of a model; None = not known."""


@dataclass(frozen=True)
class Built:
    """What one version built for one case, twice."""

    case: str
    request: Mapping[str, Any]
    again: Mapping[str, Any]


@dataclass(frozen=True)
class Segment:
    """A piece of a request in the order in which providers read it; is_break: the cacheable prefix may end here."""

    name: str
    text: str
    is_break: bool
    is_static: bool


def compare_static(
    base: Sequence[Built],
    head: Sequence[Built],
    count: Count,
    price: Price,
    counter: str,
    error: float,
    *,
    is_new_version: bool = False,
) -> StaticResult:
    """The static verdict: FAIL above +10 % input tokens, WARN where a cacheable prefix changes unannounced.

    is_new_version: the change says it changes the prompt, so that a changed prefix is meant.
    """
    sides = {each.case: each for each in base}
    pairs = [(sides[each.case], each) for each in head if each.case in sides]
    findings = tuple(_finding(b, h, count, price) for b, h in pairs)
    before, after = sum(f.base_tokens for f in findings), sum(f.head_tokens for f in findings)
    changed = [f for f in findings if f.first_difference is not None]
    volatile = [
        each.case
        for each in head
        if each.request != each.again and _prefix(each.again) != _prefix(each.request)
    ]
    shared = tuple(_shared(side, count) for side in (base, head))
    rise = after / before - 1 if before else 0.0
    verdict, reason = _verdict(rise, changed, volatile, shared, is_new_version, len(findings))
    ordered = tuple(sorted(findings, key=lambda f: (-abs(f.head_tokens - f.base_tokens), f.case)))
    return StaticResult(
        verdict,
        reason,
        counter,
        error,
        ordered,
        _parts(pairs, count, price),
        shared[0],
        shared[1],
        tuple(volatile),
    )


def segments(request: Mapping[str, Any]) -> list[Segment]:
    """Tools, then system, then messages, as providers build the prefix of their cache."""
    found = [
        Segment(f"tool {_tool_name(tool, number)}", _text(tool), _is_break(tool), True)
        for number, tool in enumerate(_list(request.get("tools")), 1)
    ]
    for name in ("system", "instructions", "systemInstruction", "system_instruction"):
        for number, block in enumerate(_list(request.get(name)), 1):
            found.append(
                Segment(f"{name} {number}" if number > 1 else name, _text(block), _is_break(block), True)
            )
    turns: object = next((request[name] for name in ("messages", "input", "contents") if name in request), [])
    for number, message in enumerate(_list(turns), 1):
        role = message.get("role", "user") if isinstance(message, Mapping) else "user"
        is_static = role in ("system", "developer")
        content = (
            message.get("content", message.get("parts", "")) if isinstance(message, Mapping) else message
        )
        for part, block in enumerate(_list(content), 1):
            name = f"{role} {number}" + (f".{part}" if part > 1 else "")
            found.append(
                Segment(role if is_static and part == 1 else name, _text(block), _is_break(block), is_static)
            )
    return found


def _finding(base: Built, head: Built, count: Count, price: Price) -> StaticFinding:
    tokens = [sum(count(s.text) for s in segments(each.request)) for each in (base, head)]
    prefixes = [_prefix(each.request) for each in (base, head)]
    usd = price(_model(head.request))
    return StaticFinding(
        base.case,
        tokens[0],
        tokens[1],
        count(prefixes[0]),
        count(prefixes[1]),
        None if prefixes[0] == prefixes[1] else _common(prefixes),
        None if usd is None else (tokens[1] - tokens[0]) * usd,
    )


def _verdict(
    rise: float,
    changed: Sequence[StaticFinding],
    volatile: Sequence[str],
    shared: tuple[int, ...],
    is_new_version: bool,
    cases: int,
) -> tuple[Verdict, str]:
    if not cases:
        return Verdict.INCONCLUSIVE, "no case was built by both versions"
    told = f"input tokens {100 * rise:+.1f} % over {cases} cases"
    if rise > INPUT_MARGIN:
        return Verdict.FAIL, told
    if volatile:
        return Verdict.WARN, (
            f"{told}; the prefix differs between two builds of the same case ({len(volatile)} cases): it is never read "
            "from a cache"
        )
    if shared[0] >= SHORTEST_PREFIX_TOKENS and shared[1] < shared[0] / 2:
        return (
            Verdict.WARN,
            f"{told}; cases share a prefix of {shared[1]} tokens, {shared[0]} before: the cache breaks",
        )
    if changed and not is_new_version:
        return Verdict.WARN, (
            f"{told}; the cacheable prefix changes in {len(changed)} cases, so caches are written anew; "
            "name a new prompt version if that is meant"
        )
    return Verdict.PASS, told


def _parts(pairs: Sequence[tuple[Built, Built]], count: Count, price: Price) -> tuple[StaticPart, ...]:
    """Prompts and tool definitions that differ, with what each adds to a turn: mean over the cases that have it."""
    found: dict[str, list[tuple[int, int, float | None]]] = {}
    for base, head in pairs:
        texts = [{s.name: s.text for s in segments(each.request) if s.is_static} for each in (base, head)]
        usd = price(_model(head.request))
        for name in {**texts[0], **texts[1]}:
            before, after = texts[0].get(name, ""), texts[1].get(name, "")
            if before != after:
                found.setdefault(name, []).append((count(before), count(after), usd))
    parts = []
    for name, values in found.items():
        n = len(values)
        old, new = sum(v[0] for v in values) / n, sum(v[1] for v in values) / n
        prices = [v[2] for v in values if v[2] is not None]
        mean_usd = None if not prices else (new - old) * sum(prices) / len(prices)
        parts.append(StaticPart(name, round(old), round(new), n, mean_usd))
    return tuple(sorted(parts, key=lambda part: (-abs(part.head_tokens - part.base_tokens), part.name)))


def _shared(side: Sequence[Built], count: Count) -> int:
    """Tokens of the prefix that all cases begin with."""
    if len(side) < 2:
        return 0
    prefixes = [_prefix(each.request) for each in side]
    return count(prefixes[0][: _common(prefixes)])


def _common(texts: Sequence[str]) -> int:
    """How many characters all texts begin with."""
    first, last = min(texts), max(texts)
    return next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )


def _prefix(request: Mapping[str, Any]) -> str:
    """The cacheable prefix: up to the last marked break, else everything that does not depend on the case."""
    found = segments(request)
    breaks = [index for index, segment in enumerate(found) if segment.is_break]
    chosen = found[: breaks[-1] + 1] if breaks else [segment for segment in found if segment.is_static]
    return "\n".join(segment.text for segment in chosen)


def _model(request: Mapping[str, Any]) -> str:
    return str(request.get("model", request.get("modelId", "")))


def _tool_name(tool: object, number: int) -> str:
    if isinstance(tool, Mapping):
        inner = tool.get("function")
        name = (
            tool.get("name")
            or (inner.get("name") if isinstance(inner, Mapping) else None)
            or tool.get("type")
        )
        if name:
            return str(name)
    return str(number)


def _text(block: object) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, Mapping):
        plain = {key: value for key, value in block.items() if key != "cache_control"}
        if set(plain) <= {"type", "text"} and isinstance(plain.get("text"), str):
            return str(plain["text"])
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=str)
    return json.dumps(block, ensure_ascii=False, default=str)


def _is_break(block: object) -> bool:
    return isinstance(block, Mapping) and bool(block.get("cache_control"))


def _list(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
