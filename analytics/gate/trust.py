"""Whether the gate may block: judged by how often it failed code that had not changed.

In: how many comparisons of a version with itself there were, and how many failed. Out: a rule's answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.gate.simulate import wilson

MOST_SIMULATED = 0.02
"""Upper 95 % Wilson bound of FAIL on simulated unchanged suites."""

MOST_REAL = 0.05
"""The same on real comparisons of a version with itself; above it the gate only warns."""

LAST_NIGHTS = 100


@dataclass(frozen=True)
class Trust:
    """failed of nights; upper: the 95 % Wilson bound of its share."""

    nights: int
    failed: int
    upper: float

    @property
    def is_demoted(self) -> bool:
        """Whether the gate lost the right to block."""
        return self.failed > 0 and self.upper > MOST_REAL

    def words(self) -> str:
        """One line for the comment."""
        return f"{self.failed} of the last {self.nights} comparisons of unchanged code failed"


def trust(nights: int, failed: int) -> Trust:
    """The rule over the last nights."""
    return Trust(nights, failed, wilson(failed, nights)[1])
