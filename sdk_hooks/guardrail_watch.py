"""Watches over limits: decides before each call whether it may be sent, counts what each call spent.

In: calls, before they are sent and once they are over. Out: None, or the `BudgetExceeded` to raise. A fault here
lets the call through. Nothing here waits: the ledger's figures are fetched by a thread of their own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import get_current_span

from sdk_hooks import attributes as names
from sdk_hooks.call import Call
from sdk_hooks.guard import logger, shield, warn_once
from sdk_hooks.guardrail_counters import Counters, Spend
from sdk_hooks.guardrail_ledger import Figure, LedgerReader
from sdk_hooks.guardrails import BudgetExceeded, Decision, Limit, Measure
from sdk_hooks.local_prices import MISSING, has_prices, price_call
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.stamp import current_stamp, stamped


class Watch:
    """The limits in force in this process. `ledger` is None where only this process counts."""

    def __init__(
        self,
        limits: Sequence[Limit],
        ledger: LedgerReader | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = tuple(limits)
        self.ledger = ledger
        self._allowed = [limit.allowed for limit in self.limits]
        self._windows = {limit.per: limit.window_s for limit in self.limits}
        self._prices = any(limit.usd is not None for limit in self.limits)
        self._clock = clock
        self._lock = threading.Lock()
        self._counters = Counters()
        self._ended: deque[tuple[Mapping[str, str], Spend, float]] = deque()
        """What ended calls spent, until it is counted before the next one."""
        self._told: set[tuple[int, str, Measure]] = set()
        if ledger is not None:
            self._ask_ahead(ledger)

    def refusal(self, call: Call) -> Exception | None:
        """What to raise in place of sending `call`; None when it may be sent, which counts it as a call."""
        place = place_of(call.context)
        figures = self._figures(place)
        with self._lock:
            # Looking and counting are one step, so that of two threads at the last call only one passes.
            decisions = self._decide(place, figures)
            crossed = [found for found in decisions if self._crosses(*found)]
            if not crossed:
                self._add(place, Spend(calls=1), self._clock())
                return None
        refused: BudgetExceeded | None = None
        for number, decision in crossed:
            refused = shield(self._act, number, decision) or refused
        if refused is None:
            with self._lock:
                self._add(place, Spend(calls=1), self._clock())
        return refused

    def count(self, call: Call) -> None:
        """Count the tokens and dollars of a call that is over."""
        told = call.report.told
        tokens = sum(_whole(told.get(name)) for name in (names.INPUT_TOKENS, names.OUTPUT_TOKENS))
        usd = price_call(_priced_by(call)).usd if self._prices else Decimal(0)
        spend = Spend(usd or Decimal(0), tokens, 0, int(usd is None))
        if spend != Spend():
            # A dropped stream ends in the garbage collector, which may run while this thread holds the lock.
            self._ended.append((place_of(call.context), spend, self._clock()))

    def decisions(self, context: Context | None = None) -> list[Decision]:
        """How every limit that applies in `context` (the current one when None) stands now."""
        place = place_of(context)
        figures = self._figures(place)
        with self._lock:
            return [decision for _, decision in self._decide(place, figures)]

    def stop(self) -> None:
        """Ask the ledger no more."""
        if self.ledger is not None:
            self.ledger.stop()

    def _figures(self, place: Mapping[str, str]) -> dict[str, Figure | None]:
        ledger = self.ledger
        if ledger is None:
            return {}
        return {per: ledger.figure((per, place[per])) for per in self._windows if per in place}

    def _decide(
        self, place: Mapping[str, str], figures: Mapping[str, Figure | None]
    ) -> list[tuple[int, Decision]]:
        """Every limit that applies, by its number; under the lock."""
        while self._ended:
            self._add(*self._ended.popleft())
        now_s = self._clock()
        return [
            (number, decision)
            for number, limit in enumerate(self.limits)
            if limit.per in place and _applies(limit, place)
            for decision in self._against(number, place[limit.per], figures.get(limit.per), now_s)
        ]

    def _against(self, number: int, name: str, figure: Figure | None, now_s: float) -> list[Decision]:
        limit = self.limits[number]
        counter = self._counters.of((limit.per, name), limit.window_s)
        local = counter.total(now_s)
        shared = figure.spend.plus(counter.since(figure.asked_s)) if figure is not None else None
        decisions = []
        for measure, allowed in self._allowed[number].items():
            mine = Decimal(getattr(local, measure))
            spent, spend, source, age_s = mine, local, "local", None
            if shared is not None and figure is not None:
                # Both are at least what was spent, so the larger is nearer to it.
                spent = max(mine, Decimal(getattr(shared, measure)))
                spend, source, age_s = shared, "ledger", now_s - figure.asked_s + figure.lag_s
            note = MISSING if measure == "usd" and source == "local" and not has_prices() else ""
            decisions.append(
                Decision(limit, name, measure, spent, allowed, source, age_s, spend.unpriced_calls, note)  # type: ignore[arg-type]  # source is one of the two words
            )
        return decisions

    def _crosses(self, number: int, decision: Decision) -> bool:
        """Whether something is to be done: a warning comes once for each crossing, all else before each call."""
        key = (number, decision.name, decision.measure)
        if not decision.exceeded:
            self._told.discard(key)
            return False
        if decision.limit.action != "warn":
            return True
        is_first = key not in self._told
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told.add(key)
        return is_first

    def _act(self, number: int, decision: Decision) -> BudgetExceeded | None:
        action = self.limits[number].action
        if action == "raise":
            return BudgetExceeded(decision)
        if callable(action):
            try:
                action(decision)
            except BudgetExceeded as refused:
                return refused
        else:
            logger.warning("spending limit reached: %s", decision)
        return None

    def _add(self, place: Mapping[str, str], spend: Spend, now_s: float) -> None:
        """Count `spend` everywhere it belongs; under the lock."""
        for per, window_s in self._windows.items():
            if (name := place.get(per)) is not None:
                self._counters.of((per, name), window_s).add(now_s, spend)

    def _ask_ahead(self, ledger: LedgerReader) -> None:
        """Have the figures that are sure to be needed fetched before the first call."""
        place = place_of(None)
        for limit in self.limits:
            wanted = {"workload": limit.workload, "tenant": limit.tenant}.get(limit.per) or place.get(
                limit.per
            )
            if wanted is not None:
                ledger.figure((limit.per, wanted))


def _priced_by(call: Call) -> dict[str, Any]:
    """The attributes of `call` that its price depends on."""
    attributes: dict[str, Any] = stamped(current_stamp(call.context), call=True)
    call.describe_request(attributes)
    attributes.update(call.report.told)
    if call.failed is not None or call.report.error_type is not None:
        attributes[names.ERROR_TYPE] = call.report.error_type or type(call.failed).__name__
    if call.report.missing_reason is not None:
        attributes[names.USAGE_MISSING_REASON] = call.report.missing_reason
    return attributes


MOST_TOLD = 10_000
"""How many crossings are remembered as told; then they may be told of once more."""


def place_of(context: Context | None) -> dict[str, str]:
    """Which task, workload and tenant a call in `context` is charged to, as far as it says; as the ledger has it."""
    said = stamped(current_stamp(context), call=False)
    task = said.get(names.TASK_ID) or said.get(names.CONVERSATION_ID)
    if task is None:
        span = get_current_span(context).get_span_context()
        task = f"{span.trace_id:032x}" if span.is_valid else None
    workload = said.get(names.WORKLOAD) or _service_name()
    found: dict[str, Any] = {"task": task, "workload": workload, "tenant": said.get(names.TENANT)}
    return {per: str(name) for per, name in found.items() if name}


def warn_of_missing_prices(limits: Sequence[Limit]) -> None:
    """Say once, at the start, that dollar limits lack prices in this process."""
    if any(limit.usd is not None for limit in limits) and not has_prices():
        warn_once("prices", "dollar limits hold by the ledger's figures alone: %s", MISSING)


def _applies(limit: Limit, place: Mapping[str, str]) -> bool:
    return (limit.workload is None or limit.workload == place.get("workload")) and (
        limit.tenant is None or limit.tenant == place.get("tenant")
    )


def _service_name() -> Any:
    """What the ledger takes for the workload where nothing is said."""
    resource = getattr(RUNTIME.tracer, "resource", None)
    return resource.attributes.get("service.name") if resource is not None else None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
