"""What this process has spent, by task, workload or tenant, over a rolling window: an hour ends.

In: spending with the moment it was made. Out: sums over the window, and since a moment. Not safe by itself for
threads: its user holds a lock. Memory is bounded: buckets of time, and the least used counters are let go.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict, deque
from decimal import Decimal
from typing import NamedTuple

BUCKETS_A_WINDOW = 720
"""An hour is kept in steps of 5 s, a day in steps of two minutes; a step counts until all of it is too old."""
MOST_LATEST = 4096
"""So many additions are kept one by one, to add to a figure of the ledger what it cannot hold yet."""
MOST_COUNTERS = 20_000

Key = tuple[str, str]
"""What is counted: "task", "workload" or "tenant", and its name."""


class Spend(NamedTuple):
    """Spending: US dollars of calls with a known price, tokens, calls, and how many of them have no known price."""

    usd: Decimal = Decimal(0)
    tokens: int = 0
    calls: int = 0
    unpriced_calls: int = 0

    def plus(self, other: Spend) -> Spend:
        """The sum of both."""
        return Spend(
            self.usd + other.usd,
            self.tokens + other.tokens,
            self.calls + other.calls,
            self.unpriced_calls + other.unpriced_calls,
        )

    def minus(self, other: Spend) -> Spend:
        """What is left of it."""
        return self.plus(Spend(-other.usd, -other.tokens, -other.calls, -other.unpriced_calls))


class _Steps:
    """Spending in steps of time, oldest first, and its running sum."""

    __slots__ = ("_span_s", "_steps", "_width_s", "total")

    def __init__(self, span_s: float, width_s: float) -> None:
        self._span_s = span_s
        self._width_s = width_s
        self._steps: deque[tuple[float, Spend]] = deque()
        self.total = Spend()

    def add(self, now_s: float, spend: Spend) -> None:
        self.forget(now_s)
        begin = now_s - now_s % self._width_s
        if self._steps and self._steps[-1][0] >= begin:
            begin, before = self._steps.pop()
            self._steps.append((begin, before.plus(spend)))
        else:
            self._steps.append((begin, spend))
        self.total = self.total.plus(spend)

    def forget(self, now_s: float) -> None:
        """Drop the steps of which nothing lies in the span any more."""
        while self._steps and self._steps[0][0] + self._width_s <= now_s - self._span_s:
            self.total = self.total.minus(self._steps.popleft()[1])


class _Latest:
    """Each of the latest additions with its moment, to tell what came after another moment."""

    __slots__ = ("_before", "_moments_s", "total")

    def __init__(self) -> None:
        self._moments_s: list[float] = []
        self._before: list[Spend] = []
        self.total = Spend()

    def add(self, now_s: float, spend: Spend) -> None:
        self._moments_s.append(now_s)
        self._before.append(self.total)
        self.total = self.total.plus(spend)
        if len(self._moments_s) > MOST_LATEST:
            del self._moments_s[: MOST_LATEST // 2], self._before[: MOST_LATEST // 2]

    def since(self, moment_s: float) -> Spend:
        first = bisect_left(self._moments_s, moment_s)
        return self.total.minus(self._before[first]) if first < len(self._before) else Spend()


class Counter:
    """What one task, workload or tenant spent in this process. Times are seconds of one monotonic clock."""

    __slots__ = ("_latest", "_window")

    def __init__(self, window_s: int | None) -> None:
        self._window = None if window_s is None else _Steps(window_s, window_s / BUCKETS_A_WINDOW)
        self._latest = _Latest()

    def add(self, now_s: float, spend: Spend) -> None:
        """Count `spend`, made at `now_s`."""
        self._latest.add(now_s, spend)
        if self._window is not None:
            self._window.add(now_s, spend)

    def total(self, now_s: float) -> Spend:
        """Everything in the window that ends at `now_s`."""
        if self._window is None:
            return self._latest.total
        self._window.forget(now_s)
        return self._window.total

    def since(self, moment_s: float) -> Spend:
        """What was spent at `moment_s` or later, never more than that; less where very much was."""
        return self._latest.since(moment_s)


class Counters:
    """The counters by key; beyond `MOST_COUNTERS` the one not used for longest is let go."""

    def __init__(self) -> None:
        self._counters: OrderedDict[Key, Counter] = OrderedDict()

    def of(self, key: Key, window_s: int | None) -> Counter:
        """The counter of `key`, made at need."""
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = Counter(window_s)
            if len(self._counters) > MOST_COUNTERS:
                self._counters.popitem(last=False)
        else:
            self._counters.move_to_end(key)
        return counter
