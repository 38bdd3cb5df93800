"""Keeps in the ledger what spanledger.yaml states about budgets, baselines and invoices, so that pages can read it.

In: a runner, the configuration in force. Out: rows of `stated`, written when they differ.
"""

import logging
import threading
import time
from collections.abc import Callable
from decimal import Decimal

from collector.config.model import Config
from collector.engine.runner import Runner, insert_rows, rows

log = logging.getLogger(__name__)

LOOK_S = 5.0
Key = tuple[str, str, str, str]
Value = tuple[Decimal | None, str, str]


class Stated:
    """Runs in a thread of its own between `start` and `stop`; `look` does the same work in this thread."""

    def __init__(
        self,
        runner: Runner,
        config: Config,
        newer_config: Callable[[], Config | None] = lambda: None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._runner = runner
        self._config = config
        self._newer_config = newer_config
        self._now_ns = now_ns
        self._is_written = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stated", daemon=True)

    def start(self) -> None:
        """Begins writing and watching."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> int:
        """Writes what differs from the ledger; returns how many statements that were."""
        newer = self._newer_config()
        if newer is not None:
            self._config, self._is_written = newer, False
        if self._is_written:
            return 0
        wanted = statements(self._config)
        held = {
            (row["kind"], row["scope"], row["name"], row["period"]): (
                None if row["amount_usd"] is None else Decimal(str(row["amount_usd"])),
                row["other_scope"],
                row["other"],
            )
            for row in rows(self._runner, "keeper/stated_written")
        }
        version = self._now_ns()
        changed = [_row(key, value, version) for key, value in wanted.items() if held.get(key) != value]
        gone = [{**_row(key, held[key], version), "is_deleted": 1} for key in held if key not in wanted]
        insert_rows(self._runner, "stated", [*changed, *gone])
        self._is_written = True
        return len(changed) + len(gone)

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # a ledger that is away for a moment must not end the thread
                log.exception("what spanledger.yaml states could not be written; trying again")
            if self._stop.wait(LOOK_S):
                return


def statements(config: Config) -> dict[Key, Value]:
    """What the file states, by what it is stated of; of two for the same the later holds."""
    found: dict[Key, Value] = {}
    for budget in config.budgets:
        scope = "workload" if budget.workload else "tenant" if budget.tenant else "all"
        name = budget.workload or budget.tenant or ""
        found["budget", scope, name, budget.period] = (budget.limit_usd, "", "")
    for workload, baseline in config.single_agent_baselines.items():
        kind = "architecture" if baseline.architecture else "workload"
        name = baseline.architecture or baseline.workload or ""
        found["baseline", "workload", workload, ""] = (None, kind, name)
    for invoice in config.invoices:
        found["invoice", "provider", invoice.provider, invoice.month] = (invoice.usd, "", "")
    return found


def _row(key: Key, value: Value, version: int) -> dict[str, object]:
    kind, scope, name, period = key
    amount, other_scope, other = value
    return {
        "kind": kind, "scope": scope, "name": name, "period": period, "amount_usd": amount,
        "other_scope": other_scope, "other": other, "version": version, "is_deleted": 0,
    }  # fmt: skip
