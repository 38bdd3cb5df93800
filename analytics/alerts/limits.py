"""The limit rules: a measured number held against a fixed limit, or against what it was before.

In: measured numbers by scope. Out: Findings. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from analytics.alerts.model import Finding, Scope, Standing, scope_words
from analytics.figures.numbers import count, seconds, share, usd


@dataclass(frozen=True, slots=True)
class Measured:
    """One number of one scope: over `sample` things in the window, `baseline` over `baseline_sample` before it."""

    scope: Scope
    value: float | None
    sample: int
    baseline: float | None = None
    baseline_sample: int = 0


@dataclass(frozen=True)
class LimitRule:
    """Exactly one of above, below, rise (share of the baseline), drop (difference from it) is set."""

    name: str
    measure: str
    unit: str
    severity: str = "ticket"
    above: float | None = None
    below: float | None = None
    rise: float | None = None
    drop: float | None = None
    at_limit: bool = False
    fewest: int = 30
    scope: tuple[tuple[str, str], ...] = ()


CLEAR_SHARE: Final = 0.1
"""An alert clears when the number is back by a tenth of its limit; between the two it holds."""


def limit_findings(
    rule: LimitRule, measured: Iterable[Measured], words: str, from_: datetime, to: datetime
) -> list[Finding]:
    """One Finding for every scope that the rule is for. words: what the measure is called in a sentence."""
    return [_finding(rule, each, words, from_, to) for each in measured if is_for(rule.scope, each.scope)]


def is_enough(each: Measured, fewest: int) -> bool:
    """Whether there is a number, over at least so many things; else nothing can be said."""
    return each.value is not None and each.sample >= fewest


def is_for(patterns: Iterable[tuple[str, str]], scope: Scope) -> bool:
    """Whether every pattern (`*`, `?`) matches its dimension of the scope."""
    named: Mapping[str, str] = dict(scope)
    return all(fnmatchcase(named.get(name, ""), pattern) for name, pattern in patterns)


def _finding(rule: LimitRule, each: Measured, words: str, from_: datetime, to: datetime) -> Finding:
    limit, clear = _limits(rule, each)
    standing, note = _standing(rule, each, limit, clear)
    value, unit = amount(each.value, rule.unit), amount(limit, rule.unit)
    was = f", before {amount(each.baseline, rule.unit)}" if each.baseline is not None else ""
    side = "below" if rule.below is not None or rule.drop is not None else "above"
    return Finding(
        rule=rule.name, scope=each.scope, standing=standing, severity=rule.severity, value=each.value, limit=limit,
        unit=rule.unit, summary=f"{words} of {scope_words(each.scope)} is {value}, {side} {unit}{was}",
        from_=from_, to=to, expected=each.baseline, note=note,
        details={
            "now": value, "limit": unit, "before": amount(each.baseline, rule.unit), "taken over": count(each.sample),
        },
    )  # fmt: skip


def _limits(rule: LimitRule, each: Measured) -> tuple[float | None, float | None]:
    """The limit and the value at which an alert clears; None without the baseline they need."""
    if rule.above is not None:
        return rule.above, rule.above - CLEAR_SHARE * abs(rule.above)
    if rule.below is not None:
        return rule.below, rule.below + CLEAR_SHARE * abs(rule.below)
    if each.baseline is None:
        return None, None
    if rule.rise is not None:
        limit = each.baseline * (1 + rule.rise)
        return limit, each.baseline * (1 + rule.rise * (1 - CLEAR_SHARE))
    drop = rule.drop or 0.0
    return each.baseline - drop, each.baseline - drop * (1 - CLEAR_SHARE)


def _standing(
    rule: LimitRule, each: Measured, limit: float | None, clear: float | None
) -> tuple[Standing, str]:
    if each.value is None or not is_enough(each, rule.fewest):
        return Standing.UNKNOWN, f"fewer than {rule.fewest} in the window"
    if limit is None or clear is None or (_is_relative(rule) and each.baseline_sample < rule.fewest):
        return Standing.LEARNING, "needs history to compare with"
    down = rule.below is not None or rule.drop is not None
    value, limit, clear = (-each.value, -limit, -clear) if down else (each.value, limit, clear)
    if value > limit or (rule.at_limit and value == limit):
        return Standing.BREACH, ""
    return (Standing.CLEAR, "") if value <= clear else (Standing.HOLD, "")


def _is_relative(rule: LimitRule) -> bool:
    return rule.rise is not None or rule.drop is not None


def amount(value: float | None, unit: str) -> str:
    """A number in its unit, as people read it."""
    if unit == "usd":
        return usd(value)
    if unit == "ratio":
        return share(value)
    if unit == "s":
        return seconds(value)
    return "–" if value is None else f"{value:,.4g}"
