"""Carries out the weekly review on schedule: `spanledger review --send` as a process of its own.

In: a runner, spanledger.yaml, how to run a command. Out: rows of scheduled_runs, the review at its receivers.
A due moment is claimed in the ledger first, so that several collectors and a restart send it once.
"""

import logging
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

from collector.config.model import Config
from collector.engine.runner import Runner, execute, rows
from collector.engine.typed import text
from collector.settings import CollectorSettings

log = logging.getLogger(__name__)

NAME = "weekly_review"
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
GRACE = timedelta(hours=6)
"""A moment that passed longer ago is left out: a review that nobody expects any more."""

LOOK_S = 20.0
SETTLE_S = 2.0
LONGEST_S = 900

Command = Callable[[Sequence[str]], int]


class Schedule:
    """Runs in a thread of its own between `start` and `stop`; `look` does the same work in this thread."""

    def __init__(
        self,
        runner: Runner,
        settings: CollectorSettings,
        config: Config,
        newer_config: Callable[[], Config | None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        command: Command | None = None,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._runner = runner
        self._settings = settings
        self._config = config
        self._newer_config = newer_config
        self._now = now
        self._command = command or self._run_command
        self._settle_s = settle_s
        self._holder = uuid.uuid4().hex
        self._stop = threading.Event()
        self._done: datetime | None = None
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        """Begins looking."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once nothing runs; a review under way is ended and sent by nobody."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def look(self) -> bool:
        """Sends the review when it is due and nobody has; whether this collector did."""
        self._config = self._newer_config() or self._config
        due = last_due(self._config.schedules.weekly_review, self._now())
        if due is None or due == self._done or self._now() - due > GRACE or not self._config.receivers:
            return False
        self._done = due
        if not self._claimed(due):
            return False
        code = self._command(self._arguments())
        if code:
            log.error("the weekly review due %s was not sent to all (exit code %d)", due.isoformat(), code)
        else:
            log.info("the weekly review due %s was sent", due.isoformat())
        return True

    def _claimed(self, due: datetime) -> bool:
        params = {"name": NAME, "due_at": str(int(due.timestamp()))}
        if rows(self._runner, "keeper/schedule_winner", params):
            return False
        execute(self._runner, "keeper/schedule_claim", {**params, "holder": text(self._holder)})
        # Claims made at the same moment become visible.
        self._stop.wait(self._settle_s)
        found = rows(self._runner, "keeper/schedule_winner", params)
        return bool(found) and found[0]["winner"] == self._holder

    def _arguments(self) -> list[str]:
        path = self._settings.config_path()
        given = ["review", "--send", "--data", str(self._settings.folder.root)]
        return given + (["--config", str(path)] if path else [])

    def _run_command(self, arguments: Sequence[str]) -> int:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "cli", *arguments],
            env=dict(os.environ), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        waited = 0.0
        while process.poll() is None:
            if self._stop.wait(0.5) or waited > LONGEST_S:
                process.terminate()
                return process.wait(10)
            waited += 0.5
        return process.returncode

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.look()
            except Exception:  # a ledger that is away for a moment must not end the schedule
                self._done = None
                log.exception("the schedule could not be looked at")


def last_due(when: str | None, now: datetime) -> datetime | None:
    """The latest moment at or before `now` that `MON 09:00` or `DAY 07:30` names; None without a schedule."""
    if not when:
        return None
    day, _, clock = when.partition(" ")
    at = datetime.combine(now.astimezone(UTC).date(), time.fromisoformat(clock), UTC)
    if day != "DAY":
        at -= timedelta(days=(at.weekday() - DAYS.index(day)) % 7)
    while at > now:
        at -= timedelta(days=1 if day == "DAY" else 7)
    return at
