"""Work that only one of several collectors may do at a time: a lease in the ledger, by insert, wait and read.

In: a runner, the name of the work. Out: whether this collector holds the lease now. Times are the ledger's own clock.
ClickHouse has no compare-and-set. A claimant inserts a row for the next term, waits until claims made at the same
time are visible too, and reads: the earliest claim of the term wins. docs/design/leases.md says what that leaves open.
"""

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from collector.engine.runner import Runner, execute, rows
from collector.engine.typed import text
from collector.errors import CollectorError


class LeaseLost(CollectorError):
    """Another collector may hold the lease by now."""


@dataclass
class Lease:
    """`lasts_s` should be several rounds; `settle_s` longer than an insert of another collector stays unseen."""

    runner: Runner
    name: str
    lasts_s: int = 90
    settle_s: float = 1.0
    holder: str = field(default_factory=lambda: uuid.uuid4().hex)
    stopping: threading.Event = field(default_factory=threading.Event)

    _held_until_s: float = field(default=float("-inf"), init=False)

    @property
    def is_held(self) -> bool:
        """Whether the last claim has not run out yet, by this process's own clock. Asks nobody."""
        return time.monotonic() < self._held_until_s

    def insist(self) -> None:
        """Raises LeaseLost once it has run out, so that a holder that froze does no harm."""
        if not self.is_held:
            raise LeaseLost(f"the lease {self.name!r} has run out; another collector may hold it by now")

    def hold(self) -> bool:
        """Renews the lease if it is ours, claims it if it is free; False when another holds it."""
        asked_s = time.monotonic()
        held = self._hold()
        self._held_until_s = asked_s + self.lasts_s if held else float("-inf")
        return held

    def _hold(self) -> bool:
        found = self._held()
        if found and found[0]["is_held"] and found[0]["winner"] != self.holder:
            return False
        if found and found[0]["winner"] == self.holder and found[0]["is_held"]:
            self._claim(int(found[0]["term"]))
            return True
        term = int(found[0]["term"]) + 1 if found else 1
        self._claim(term)
        self.stopping.wait(self.settle_s)
        after = self._held()
        return bool(after) and int(after[0]["term"]) == term and after[0]["winner"] == self.holder

    def release(self) -> None:
        """Lets go at once, so that another need not wait for the end of the lease."""
        found = self._held()
        if found and found[0]["winner"] == self.holder and found[0]["is_held"]:
            execute(
                self.runner,
                "keeper/lease_release",
                {"name": self.name, "term": str(int(found[0]["term"]) + 1), "holder": text(self.holder)},
            )

    def _held(self) -> list[dict[str, Any]]:
        return rows(self.runner, "keeper/lease_held", {"name": self.name})

    def _claim(self, term: int) -> None:
        execute(
            self.runner,
            "keeper/lease_claim",
            {"name": self.name, "term": str(term), "holder": text(self.holder), "lasts_s": str(self.lasts_s)},
        )
