"""What spanledger.yaml states, read from the ledger: which tasks several agents are compared with.

In: rows of `stated`. Out: baselines by workload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """Query `stated`."""

    kind: str
    scope: str
    name: str
    period: str
    amount_usd: float | None
    other_scope: str
    other: str


@dataclass(frozen=True)
class StatedBaseline:
    """What a workload is compared with: its own tasks of one architecture, or all of another workload."""

    architecture: str = ""
    workload: str = ""

    @property
    def words(self) -> str:
        return (
            f"its architecture {self.architecture}" if self.architecture else f"the workload {self.workload}"
        )


Baselines = Mapping[str, StatedBaseline]


def baselines(rows: Sequence[Statement]) -> dict[str, StatedBaseline]:
    """The stated baseline of each workload that has one."""
    return {
        row.name: StatedBaseline(**{row.other_scope: row.other})
        for row in rows
        if row.kind == "baseline" and row.other_scope in ("architecture", "workload")
    }
