"""What ten people ask of the overview at the same moment, each something that nobody has asked.

In: an address, the newest moment of the filling. Out: query strings; a crowd that asks over and over.
As people are, all look at the last seven days, each through a filter of their own; the hard case is a filter and a week
of their own that begins and ends at any minute. No two strings are alike, so no kept answer helps.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count, product
from urllib.parse import urlencode

from benchmarks.sessions import run_together

THINKS_S = 2.0
"""How long each of the others looks at new figures before asking for more."""
OFFERED = {
    "workload": ("support", "research", "coding", "nightly", "review", "extract", "plan", "route"),
    "tier": ("", "nano", "standard", "premium"),
    "agent": ("", "planner", "worker"),
    "model": ("", "claude-haiku-4-5", "claude-sonnet-4-5", "gpt-5-mini", "claude-opus-4-5"),
}
"""Names of the filling (`benchmarks/fill`), which has no environments; empty = that filter is not set."""


class Asking:
    """Hands out filters that were not handed out before. Safe from several threads: counting is."""

    def __init__(self, newest: datetime) -> None:
        self._newest = newest
        self._choices = [
            {name: value for name, value in zip(OFFERED, values, strict=True) if value}
            for values in product(*OFFERED.values())
        ]
        self._numbers = count()

    def own_filter(self) -> str:
        """A filter by one to four names, such as `workload=coding&tier=nano`, without a time."""
        number = next(self._numbers)
        # A stride that shares no factor with their number passes through all, neighbours unlike each other.
        return urlencode(self._choices[number * 67 % len(self._choices)])

    def own_week(self) -> str:
        """The same with a week that ends at a minute of its own within the last seven days."""
        to = self._newest - timedelta(minutes=next(self._numbers) * 677 % 10_000)
        from_ = to - timedelta(days=7)
        return f"{self.own_filter()}&from={from_:%Y-%m-%dT%H:%M:%SZ}&to={to:%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def crowd(address: str, people: int, ask: Callable[[], str]) -> Iterator[None]:
    """So many others ask for new figures over and over."""
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            run_together(address, [("", ask()) for _ in range(people)])
            ended.wait(THINKS_S)

    others = threading.Thread(target=work)
    others.start()
    try:
        yield
    finally:
        ended.set()
        others.join()
