"""Sets limits on spending and tells how they stand: the public functions of guardrails."""

from __future__ import annotations

from sdk_hooks.guard import shield
from sdk_hooks.guardrails import Decision, Limit
from sdk_hooks.runtime import RUNTIME


def set_limits(*limits: Limit, shared: bool = True) -> None:
    """Put `limits` in force in this process, in place of those before; without any, take them off.

    shared: count what other processes spent too, as the collector tells it, some seconds late; False counts this
    process alone. The place asked is the one that `instrument` sends spans to.
    Before each call of a wrapped client the limits are looked at, which never waits for anything. A limit that is
    reached warns, calls a function, or raises `BudgetExceeded` in place of sending the call, as its `action` says.
    Calls under way at that moment are not stopped, and what other processes spent in the last seconds is not known
    yet: a limit can be overshot by that much. A fault in here lets calls through and is logged once.
    """
    shield(_set, limits, shared)


def check_limits() -> list[Decision]:
    """How every limit that applies here, to the current task, workload and tenant, stands now; never raises."""
    return shield(_decisions) or []


def _set(limits: tuple[Limit, ...], shared: bool) -> None:
    before, RUNTIME.limits = RUNTIME.limits, None
    stop = getattr(before, "stop", None)
    if stop is not None:
        stop()
    if not limits:
        return
    import time

    from sdk_hooks.guardrail_ledger import LedgerReader, spend_endpoint
    from sdk_hooks.guardrail_watch import Watch, warn_of_missing_prices
    from sdk_hooks.pipeline import sending_to

    reader = LedgerReader(lambda: spend_endpoint(sending_to()), time.monotonic) if shared else None
    shield(warn_of_missing_prices, limits)
    RUNTIME.limits = Watch(limits, reader)


def _decisions() -> list[Decision]:
    limits = RUNTIME.limits
    decide = getattr(limits, "decisions", None)
    return decide() if decide is not None else []
