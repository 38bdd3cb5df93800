"""What the list of tasks is narrowed to beyond the filter row: cost, escalations, calls, one change.

In: the address. Out: a frozen Narrowing, and what of it could not be read. A click on a chart sets these parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.figures.numbers import plural, usd
from dashboard.data.client import Parameter

KINDS: Final = {"change": "commit", "pull_request": "pull request", "prompt_version": "prompt version"}
NAMES: Final = ("cost", "depth", "top", "calls", *KINDS)
DEEPEST: Final = 3
"""Escalations from which on tasks count as one kind."""


@dataclass(frozen=True)
class Narrowing:
    """USD in `[least_usd, most_usd)`, of tasks whose cost is known.

    depth: escalations of a cascade, 3 = three or more, -1 = any; top: the highest tier; kind and value: one
    commit, pull request or prompt version.
    """

    least_usd: float = 0.0
    most_usd: float = math.inf
    depth: int = -1
    top: str = ""
    least_calls: int = 0
    kind: str = ""
    value: str = ""

    def parameters(self) -> dict[str, Parameter]:
        """As `task_list` names them."""
        return {
            "least_usd": self.least_usd,
            "most_usd": self.most_usd if math.isfinite(self.most_usd) else 1e30,
            "depth": self.depth,
            "top": self.top,
            "least_calls": self.least_calls,
            "kind": self.kind,
            "value": self.value,
        }

    def words(self) -> dict[str, str]:
        """What is in force, in words, by the parameter of the address that says so."""
        found = {}
        if self.least_usd > 0 or math.isfinite(self.most_usd):
            low, high = usd(self.least_usd), usd(self.most_usd) if math.isfinite(self.most_usd) else ""
            found["cost"] = f"cost {low} to {high}" if high else f"cost from {low}"
        if self.depth >= 0:
            times = {0: "never", 1: "once", 2: "twice"}.get(self.depth, "3 times or more")
            found["depth"] = f"escalated {times}"
        if self.top:
            found["top"] = f"highest tier {self.top}"
        if self.least_calls:
            found["calls"] = f"at least {plural(self.least_calls, 'call')}"
        if self.kind:
            found[self.kind] = f"{KINDS[self.kind]} {self.value}"
        return found


def read_narrowing(given: Mapping[str, str]) -> tuple[Narrowing, list[str]]:
    """The narrowing of an address, and a sentence for every part that cannot be read and counts as none."""
    faults: list[str] = []
    least, most = _bounds(given.get("cost", ""), faults)
    kind = next((name for name in KINDS if given.get(name)), "")
    found = Narrowing(
        least_usd=least,
        most_usd=most,
        depth=min(_whole("depth", given.get("depth", ""), -1, faults), DEEPEST),
        top=given.get("top", ""),
        least_calls=_whole("calls", given.get("calls", ""), 0, faults),
        kind=kind,
        value=given.get(kind, "") if kind else "",
    )
    return found, faults


def _bounds(text: str, faults: list[str]) -> tuple[float, float]:
    if not text:
        return 0.0, math.inf
    low, dots, high = text.partition("..")
    try:
        least, most = float(low or 0), float(high or math.inf)
    except ValueError:
        least = most = math.nan
    if not dots or not 0 <= least < most:
        faults.append(f"“cost” cannot be read: “{text[:40]}”; write it like 0.01..0.5, in USD.")
        return 0.0, math.inf
    return least, most


def _whole(name: str, text: str, default: int, faults: list[str]) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        faults.append(f"“{name}” cannot be read: “{text[:40]}”; write a whole number.")
        return default
    return int(text)
