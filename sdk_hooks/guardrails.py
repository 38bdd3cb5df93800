"""Limits on what a task, a workload or a tenant may spend: what is asked for, and what was decided.

In: numbers from the agent's author. Out: frozen `Limit` and `Decision`, and `BudgetExceeded`, which the agent gets
in place of an answer. Wrong limits raise ValueError when they are made, never while the agent works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from sdk_hooks.guard import shield

Per = Literal["task", "workload", "tenant"]
Measure = Literal["usd", "tokens", "calls"]
Source = Literal["ledger", "local"]
Action = Literal["warn", "raise"]

WINDOWS_S: dict[str, int | None] = {"task": None, "workload": 3600, "tenant": 86_400}
"""The stretch of time that counts, up to now; a task counts whole."""


@dataclass(frozen=True)
class Limit:
    """What each task, each workload in any hour, or each tenant in any day may spend.

    per: "task" (from its beginning), "workload" (the last hour) or "tenant" (the last 24 hours).
    usd, tokens, calls: at least one. A call is refused, or told of, once this much is spent; the call that crosses
    the limit is not known to cross it before it is answered. tokens: input, cached ones included, and output.
    workload, tenant: only this one; None means each by itself. A limit per task may name either.
    action: "raise" raises `BudgetExceeded` in place of sending the next call; "warn" logs one warning for each
    crossing; a function is called with the `Decision` before each call while the limit is reached, and may raise
    `BudgetExceeded(decision)` itself.
    Raises ValueError for a limit that cannot hold.
    """

    per: Per
    usd: Decimal | float | str | None = None
    tokens: int | None = None
    calls: int | None = None
    workload: str | None = None
    tenant: str | None = None
    action: Action | Callable[[Decision], object] = "raise"

    def __post_init__(self) -> None:
        if (problem := shield(_problem_of, self)) is not None:
            raise ValueError(problem)

    @property
    def window_s(self) -> int | None:
        """Seconds up to now that count; None for a whole task."""
        return WINDOWS_S[self.per]

    @property
    def allowed(self) -> dict[Measure, Decimal]:
        """What may be spent, by measure. Raises ValueError for what is no number."""
        given = {"usd": self.usd, "tokens": self.tokens, "calls": self.calls}
        return {
            measure: _number(measure, value) for measure in MEASURES if (value := given[measure]) is not None
        }


MEASURES: tuple[Measure, ...] = ("usd", "tokens", "calls")


@dataclass(frozen=True)
class Decision:
    """What stood against one limit when a call was about to be sent.

    spent, allowed: in `measure`, US dollars for "usd". source: "ledger" is the collector's figure for all processes
    plus what this process spent since, "local" this process alone. age_s: how old the ledger's figure is, its own
    lag included; None for a local one. unpriced_calls: calls in it whose price nobody knows, which no dollar limit
    sees. note: why a figure is not what it should be; empty otherwise.
    """

    limit: Limit
    name: str
    measure: Measure
    spent: Decimal
    allowed: Decimal
    source: Source
    age_s: float | None = None
    unpriced_calls: int = 0
    note: str = ""

    @property
    def exceeded(self) -> bool:
        """Whether the limit is reached, so that the next call is one too many."""
        return self.spent >= self.allowed

    def __str__(self) -> str:
        span = {"task": "", "workload": " in the last hour", "tenant": " in the last 24 hours"}[
            self.limit.per
        ]
        spent, allowed = _shown(self.measure, self.spent), _shown(self.measure, self.allowed)
        text = f"{self.limit.per} {self.name} spent {spent} of {allowed}{span} ({self._whose()})"
        if self.measure == "usd" and self.unpriced_calls:
            text += f"; {self.unpriced_calls} calls have no known price and are not in it"
        return f"{text}; {self.note}" if self.note else text

    def _whose(self) -> str:
        if self.source == "local":
            return "local: this process alone"
        return f"ledger: all processes, {self.age_s or 0:.0f} s old, and this process since"


class BudgetExceeded(Exception):
    """A limit is reached, and the call that was about to be sent was not sent. `decision` has the figures."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(str(decision))
        self.decision = decision


def _problem_of(limit: Limit) -> str | None:
    """Why `limit` cannot hold; None when it can."""
    if limit.per not in WINDOWS_S:
        return f"a limit is per task, workload or tenant, not {limit.per!r}"
    if limit.action not in ("warn", "raise") and not callable(limit.action):
        return f"action {limit.action!r} is neither 'warn' nor 'raise' nor a function"
    if limit.per == "workload" and limit.tenant is not None:
        return "a limit per workload counts all tenants; leave out tenant"
    if limit.per == "tenant" and limit.workload is not None:
        return "a limit per tenant counts all workloads; leave out workload"
    try:
        allowed = limit.allowed
    except ValueError as error:
        return str(error)
    if not allowed:
        return "a limit needs usd, tokens or calls"
    below = [f"a limit of {value} {measure} is below 0" for measure, value in allowed.items() if value < 0]
    return below[0] if below else None


def _number(measure: str, value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{measure}={value!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{measure}={value!r} is no limit")
    return number


def _shown(measure: str, value: Decimal) -> str:
    return f"${value:,.4f}" if measure == "usd" else f"{value:,.0f} {measure}"
