"""What a change of prompts and tools does before any model is called: tokens, cacheable prefix, cost a turn.

In: the requests that both versions build for the same cases, a token counter, a price. Out: StaticResult. Tokens do not
vary from run to run, so any difference is real; only the counter's own error stands between them and a bill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from analytics.gate.result import StaticFinding, StaticPart, StaticResult, StaticSegment
from analytics.gate.segments import KINDS, model_of, segments
from analytics.gate.tokens import Counter
from analytics.gate.verdict import Verdict

INPUT_MARGIN = 0.10
SHORTEST_PREFIX_TOKENS = 50
"""Shared prefixes shorter than this are no cache to lose."""

Price = Callable[[str], float | None]
"""USD a token of fresh input of a model; None = not known."""

CounterOf = Callable[[str], Counter]
"""The best counter there is for a model."""

Count = Callable[[Mapping[str, Any], str], int]
"""Tokens of a text that stands in a request."""


@dataclass(frozen=True)
class Built:
    """What one version built for one case, twice."""

    case: str
    request: Mapping[str, Any]
    again: Mapping[str, Any]


def compare_static(
    base: Sequence[Built],
    head: Sequence[Built],
    counter_of: CounterOf,
    price: Price,
    *,
    is_new_version: bool = False,
) -> StaticResult:
    """The static verdict: FAIL above +10 % input tokens, WARN where a cacheable prefix changes unannounced.

    is_new_version: the change says it changes the prompt, so that a changed prefix is meant.
    """
    count = _counting(counter_of)
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
    names, error = _counters(pairs, counter_of)
    return StaticResult(
        verdict,
        reason,
        names,
        error,
        ordered,
        _parts(pairs, count, price),
        shared[0],
        shared[1],
        tuple(volatile),
        _by_kind(pairs, count, price),
    )


def _counting(counter_of: CounterOf) -> Count:
    """Counts a text by its request's model, once for all the requests that repeat it."""

    @cache
    def counted(model: str, text: str) -> int:
        return counter_of(model).count(text)

    return lambda request, text: counted(model_of(request), text)


def _counters(pairs: Sequence[tuple[Built, Built]], counter_of: CounterOf) -> tuple[str, float]:
    """Names of the counters in use, and the largest error of any."""
    names: dict[str, None] = {}
    error = 0.0
    for each in (side for pair in pairs for side in pair):
        counter = counter_of(model_of(each.request))
        names.setdefault(counter.name)
        error = max(error, counter.error_of("\n".join(s.text for s in segments(each.request))))
    return ", ".join(names) or "none", error


def _finding(base: Built, head: Built, count: Count, price: Price) -> StaticFinding:
    tokens = [sum(count(each.request, s.text) for s in segments(each.request)) for each in (base, head)]
    prefixes = [_prefix(each.request) for each in (base, head)]
    prices = [price(model_of(each.request)) for each in (base, head)]
    usd = None if prices[0] is None or prices[1] is None else tokens[1] * prices[1] - tokens[0] * prices[0]
    return StaticFinding(
        base.case,
        tokens[0],
        tokens[1],
        count(base.request, prefixes[0]),
        count(head.request, prefixes[1]),
        None if prefixes[0] == prefixes[1] else _common(prefixes),
        usd,
    )


def _by_kind(pairs: Sequence[tuple[Built, Built]], count: Count, price: Price) -> tuple[StaticSegment, ...]:
    """Tools, system, history, tool results and user: mean tokens and USD of fresh input a call, on both sides."""
    tokens = {kind: [0.0, 0.0] for kind in KINDS}
    usd: dict[str, list[float | None]] = {kind: [0.0, 0.0] for kind in KINDS}
    for pair in pairs:
        for side, each in enumerate(pair):
            a_token = price(model_of(each.request))
            for segment in segments(each.request):
                counted = count(each.request, segment.text)
                tokens[segment.kind][side] += counted / len(pairs)
                held = usd[segment.kind][side]
                usd[segment.kind][side] = (
                    None if held is None or a_token is None else held + counted * a_token / len(pairs)
                )
    return tuple(StaticSegment(kind, *tokens[kind], *usd[kind]) for kind in KINDS if any(tokens[kind]))


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
        usd = price(model_of(head.request))
        for name in {**texts[0], **texts[1]}:
            before, after = texts[0].get(name, ""), texts[1].get(name, "")
            if before != after:
                counted = count(base.request, before), count(head.request, after)
                found.setdefault(name, []).append((*counted, usd))
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
    return count(side[0].request, prefixes[0][: _common(prefixes)])


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
