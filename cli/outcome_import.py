"""Brings a file of outcomes into the ledger and says what came of it.

In: settings and the file's text. Out: an `OutcomeSummary`. Verdicts on tasks that the ledger does not know are kept:
they count once their calls arrive.
"""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.errors import UnavailableError, UsageError
from cli.importers.targets import target
from cli.moments import moment
from cli.outcome_rows import Defaults, OutcomeRow, read_outcomes
from cli.outcome_spans import bodies
from cli.output import progress
from collector.engine.runner import Runner, chunks, rows
from collector.engine.typed import strings
from collector.otlp.intake import TRACES
from collector.settings import CollectorSettings

LOOKED_UP_AT_ONCE = 1000
NAMED = 10


@dataclass(frozen=True)
class OutcomeSummary:
    """What a file held, and what became of it. `unknown` names tasks the ledger does not know, sorted."""

    outcomes: int
    tasks: int
    succeeded: int
    failed: int
    with_units: int
    unknown: tuple[str, ...]
    is_dry_run: bool = False

    def lines(self) -> list[str]:
        """The summary in words."""
        verb = "checked, nothing written" if self.is_dry_run else "imported"
        found = [
            f"{self.outcomes:,} outcomes of {self.tasks:,} tasks {verb}: {self.succeeded:,} succeeded, "
            f"{self.failed:,} failed, {self.with_units:,} with useful units"
        ]
        if self.unknown:
            named = ", ".join(self.unknown[:NAMED]) + (", ..." if len(self.unknown) > NAMED else "")
            found.append(
                f"{len(self.unknown):,} tasks are not in the ledger (kept, they count once their calls "
                f"arrive): {named}"
            )
        return found

    def as_dict(self) -> dict[str, Any]:
        """The summary for --json."""
        return asdict(self)


def read_file(name: str, decided_at: str | None) -> tuple[str, datetime]:
    """Text of the file, and the moment that holds for lines without one. Raises UsageError."""
    try:
        if name == "-":
            content, changed_at = sys.stdin.buffer.read(), datetime.now(UTC)
        else:
            path = Path(name).expanduser()
            content = path.read_bytes()
            changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(f"{name} line {line}: it is no UTF-8; save the file as UTF-8") from None
    return text, moment("--decided-at", decided_at) if decided_at else changed_at


def import_outcomes(
    settings: CollectorSettings, text: str, name: str, defaults: Defaults, *, dry_run: bool
) -> OutcomeSummary:
    """Raises BadOutcomes before anything is written, UnavailableError where there is no ledger."""
    found = read_outcomes(text, name, defaults)
    if dry_run:
        return _summary(found, (), is_dry_run=True)
    folder = settings.folder
    if settings.is_embedded and not folder.engine.is_dir():
        raise UnavailableError(f"there is no ledger in {folder.root}; `spanledger up` starts one")
    with target(settings, dry_run=False) as ledger:
        with progress("importing") as advance:
            done = 0
            for count, body in bodies(found):
                ledger.send(TRACES, body)
                done += count
                advance(done, len(found))
        with progress("recomputing") as advance:
            ledger.settle(advance)
        return _summary(found, _unknown(ledger.runner, found))


def _unknown(runner: Runner, found: Sequence[OutcomeRow]) -> tuple[str, ...]:
    wanted = sorted({row.task_id for row in found})
    known: set[str] = set()
    for part in chunks(wanted, LOOKED_UP_AT_ONCE):
        known |= {row["task_id"] for row in rows(runner, "queries/known_tasks", {"ids": strings(part)})}
    return tuple(task for task in wanted if task not in known)


def _summary(
    found: Sequence[OutcomeRow], unknown: tuple[str, ...], *, is_dry_run: bool = False
) -> OutcomeSummary:
    return OutcomeSummary(
        outcomes=len(found),
        tasks=len({row.task_id for row in found}),
        succeeded=sum(row.success is True for row in found),
        failed=sum(row.success is False for row in found),
        with_units=sum(row.useful_units is not None for row in found),
        unknown=unknown,
        is_dry_run=is_dry_run,
    )
