"""Notes what of the keeper's work fails: when it is tried again, and what is said of it, in the log and the ledger.

In: steps by name, errors. Out: rows of keeper_troubles, lines in the log; a step that failed waits longer each time.
One step that fails holds up no other.
"""

import contextlib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from collector.engine.result import EngineError
from collector.engine.runner import Runner, insert_rows, rows
from collector.errors import CollectorError

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 300.0
SAY_EVERY_S = 600.0
LONGEST_PROBLEM = 500
_VARYING = re.compile(r"[0-9.]+")


@dataclass(slots=True)
class _Trouble:
    since: datetime
    tries: int
    reason: str
    said_at_s: float
    wait_s: float
    again_at_s: float


def described(error: Exception) -> str:
    """One line that says what failed, by which statement."""
    name = error.statement if isinstance(error, EngineError) else type(error).__name__
    return f"{name}: {' '.join(str(error).split())}"[:LONGEST_PROBLEM]


class Troubles:
    """The steps that fail now. Not for several threads."""

    def __init__(
        self, runner: Runner, first_wait_s: float = 5.0, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._runner = runner
        self._first_wait_s = first_wait_s
        self._clock_s = clock_s
        self._now: dict[str, _Trouble] = {}
        # What a collector that ended left in the ledger; None = not looked yet.
        self._left: set[str] | None = None

    @property
    def any(self) -> bool:
        """Whether a step fails now."""
        return bool(self._now)

    def may_try(self, step: str) -> bool:
        """Whether the step has waited long enough since it failed."""
        trouble = self._now.get(step)
        return trouble is None or self._clock_s() >= trouble.again_at_s

    def failed(self, step: str, error: Exception, *, at_once: bool = False) -> None:
        """Notes a failure; `at_once`: there is something else to try now.

        It is said when it is new, when its reason changed, and every ten minutes.
        """
        now_s, problem = self._clock_s(), described(error)
        reason = _VARYING.sub("#", problem)
        trouble = self._now.get(step)
        if trouble is None:
            trouble = _Trouble(datetime.now(UTC), 0, "", now_s, self._first_wait_s / 2, 0.0)
            self._now[step] = trouble
        trouble.tries += 1
        trouble.wait_s = trouble.wait_s if at_once else min(trouble.wait_s * 2, LONGEST_WAIT_S)
        trouble.again_at_s = now_s + (0.0 if at_once else trouble.wait_s)
        if reason == trouble.reason and now_s - trouble.said_at_s < SAY_EVERY_S:
            return
        trouble.reason, trouble.said_at_s = reason, now_s
        since = f", {trouble.tries} times since {trouble.since:%H:%M} UTC" if trouble.tries > 1 else ""
        when = "goes on with less" if at_once else f"will be tried again in {trouble.wait_s:.0f} s"
        log.error("%s failed%s, %s: %s", step, since, when, problem)
        self._write(step, trouble.since, trouble.tries, problem)

    def eased(self, step: str) -> None:
        """Notes that a part of a step works while another fails: the next failure waits no longer than a first one."""
        trouble = self._now.get(step)
        if trouble is not None:
            trouble.wait_s, trouble.again_at_s = self._first_wait_s / 2, 0.0

    def passed(self, step: str) -> None:
        """Notes that a step works, again or as always."""
        if self._left is None:
            with contextlib.suppress(CollectorError):
                self._left = {str(row["step"]) for row in rows(self._runner, "keeper/troubles")}
        trouble = self._now.pop(step, None)
        left = self._left or set()
        if trouble is not None:
            log.info("%s works again after %d failures", step, trouble.tries)
        if trouble is not None or step in left:
            left.discard(step)
            self._write(step, trouble.since if trouble else datetime.now(UTC), 0, "", is_over=True)

    def _write(self, step: str, since: datetime, tries: int, problem: str, *, is_over: bool = False) -> None:
        row = {
            "step": step,
            "since": f"{since:%Y-%m-%d %H:%M:%S.%f}",
            "tries": tries,
            "problem": problem,
            "is_deleted": int(is_over),
        }
        # The ledger itself may be what fails.
        with contextlib.suppress(CollectorError):
            insert_rows(self._runner, "keeper_troubles", [row])
