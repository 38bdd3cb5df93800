"""A cascade: ordered tries at one step, cheap tier first, moving up only when an answer is not good enough.

Each call inside an attempt knows its tier, its number and its cascade. Escalation (the lower tier was not
good enough), retry (same tier again) and fallback (an outage) are three things and are recorded as such.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextvars import Token
from types import TracebackType
from typing import Literal, get_args

from opentelemetry.context import Context
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.guard import shield, warn_once
from sdk_hooks.scopes import known
from sdk_hooks.stamp import attach, detach

Signal = Literal["schema", "self_confidence", "missing_tool_call", "logprob", "checker", "error"]
Verdict = Literal["accepted", "escalated", "retried", "fell_back"]


class Attempt:
    """One try at one tier. Give it one verdict; without one it counts as accepted."""

    def __init__(self, tier: str, number: int) -> None:
        self.tier = tier
        self.number = number
        """From 1, over all tiers of the cascade."""
        self.verdict: Verdict | None = None
        self.signal: str | None = None

    def accept(self) -> None:
        """The answer is good; the cascade ends here."""
        self.verdict = "accepted"

    def escalate(self, *, signal: Signal) -> None:
        """The answer is not good enough, as `signal` shows; the next tier tries, if there is one."""
        shield(_check_signal, signal)
        self.verdict, self.signal = "escalated", signal

    def retry(self) -> None:
        """The same tier tries again, such as after an error. How often is up to the caller."""
        self.verdict = "retried"

    def fallback(self) -> None:
        """The tier is out of service; the next one tries, which is no judgement of an answer."""
        self.verdict = "fell_back"


class Cascade:
    """The tries at one step; a context manager, sync and async, good for one pass through `attempts`."""

    def __init__(self, step: str | None = None) -> None:
        self.step = step
        self.id = uuid.uuid4().hex
        self.accepted: Attempt | None = None
        """The attempt whose answer was taken; None while running, or when no tier was good enough."""
        self._token: Token[Context] | None = None

    def __enter__(self) -> Cascade:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shield(self._leave)

    async def __aenter__(self) -> Cascade:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shield(self._leave)

    def attempts(self, *tiers: str) -> Iterator[Attempt]:
        """Attempts at `tiers`, in the order given, until one is accepted or the last has been tried.

        The calls in the body of the loop belong to the attempt that the loop is at.
        """
        number = 0
        position = 0
        before: Attempt | None = None
        while position < len(tiers):
            number += 1
            attempt = Attempt(tiers[position], number)
            shield(self._enter, attempt, before)
            try:
                yield attempt
            finally:
                shield(self._leave)
                if attempt.verdict in (None, "accepted"):
                    self.accepted = attempt
            if self.accepted is not None:
                return
            before = attempt
            position += attempt.verdict != "retried"

    def _enter(self, attempt: Attempt, before: Attempt | None) -> None:
        call: dict[str, AttributeValue] = {
            names.CASCADE_ID: self.id,
            names.TIER: attempt.tier,
            names.ATTEMPT: attempt.number,
        }
        if before is not None and before.verdict == "escalated" and before.signal is not None:
            call[names.ESCALATION_FROM_TIER] = before.tier
            call[names.ESCALATION_SIGNAL] = before.signal
        self._token = attach(known({names.STEP: self.step}), call)

    def _leave(self) -> None:
        token, self._token = self._token, None
        if token is not None:
            detach(token)


def cascade(step: str | None = None) -> Cascade:
    """Open a cascade for the named step.

    with cascade("classify") as c:
        for attempt in c.attempts("nano", "standard", "premium"):
            answer = ask(models[attempt.tier])
            if valid(answer):
                attempt.accept()
            else:
                attempt.escalate(signal="schema")
    """
    return Cascade(step)


def _check_signal(signal: str) -> None:
    if signal not in get_args(Signal):
        warn_once(
            f"signal {signal}", "escalation signal %r is none of %s", signal, ", ".join(get_args(Signal))
        )
