"""What a rule found in one scope at one moment, in plain values that every later station shares.

In: nothing. Out: frozen types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Scope = tuple[tuple[str, str], ...]
"""`((dimension, value), ...)` sorted by dimension; () is everything."""


class Standing(StrEnum):
    """How a rule stands. `hold` is between its limit and its reset: what fires goes on, nothing new fires."""

    BREACH = "breach"
    HOLD = "hold"
    CLEAR = "clear"
    LEARNING = "learning"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """`value` against `limit` in `unit` (usd, usd/h, ratio, times, s, count); None is unknown.

    `since` is the estimated onset; `excess_usd` what was spent beyond what was expected in [from_, to).
    """

    rule: str
    scope: Scope
    standing: Standing
    severity: str
    value: float | None
    limit: float | None
    unit: str
    summary: str
    from_: datetime
    to: datetime
    since: datetime | None = None
    expected: float | None = None
    excess_usd: float | None = None
    note: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def scope_of(**values: str) -> Scope:
    """A scope from names; empty values are kept, as a workload may have no name."""
    return tuple(sorted(values.items()))


def scope_words(scope: Scope) -> str:
    """`support`, `model gpt-5 of support`, `everything`."""
    if not scope:
        return "everything"
    named = dict(scope)
    workload = named.pop("workload", None)
    rest = ", ".join(f"{name} {value or '(none)'}" for name, value in named.items())
    if workload is None:
        return rest
    return f"{rest} of {workload or '(no workload)'}" if rest else workload or "(no workload)"


def contains(parent: Scope, child: Scope) -> bool:
    """Whether `parent` is a wider scope than `child`."""
    return parent != child and set(parent) <= set(child)
