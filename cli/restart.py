"""When a crashed process is started again, and when not any more.

In: the times at which it crashed. Out: how long to wait, or None to give up. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RestartPolicy:
    """Waits double from `first_wait_s` to `longest_wait_s`; `crashes` within `window_s` are too many."""

    first_wait_s: float = 0.5
    longest_wait_s: float = 15.0
    crashes: int = 5
    window_s: float = 120.0

    def wait_s(self, crashed_at_s: Sequence[float]) -> float | None:
        """Seconds to wait after the last of `crashed_at_s` (any clock, ascending), None = give up."""
        recent = [moment for moment in crashed_at_s if moment > crashed_at_s[-1] - self.window_s]
        if len(recent) >= self.crashes:
            return None
        return min(self.longest_wait_s, self.first_wait_s * 2.0 ** (len(recent) - 1))
