"""One import from the first file to the last: reads, sends, counts.

In: files, a target, what the user asked for. Out: a Tally. One bad file or line never costs the others.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from cli.importers.encode import request
from cli.importers.files import Source
from cli.importers.formats import Choice, NotImportable, first_session, items
from cli.importers.records import Call, Item, Request, Skipped
from cli.importers.targets import Refused, Target
from collector.otlp.intake import LOGS, TRACES

BATCH_CALLS = 2000
TOLD_BEFORE = "told before: copied into another file, or written again"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for. Empty text: as the files say."""

    choice: Choice
    workload: str = ""
    tenant: str = ""
    environment: str = ""


@dataclass(slots=True)
class Tally:
    """What was read, and what was left out. Times are those of the calls."""

    files: Counter[str] = field(default_factory=Counter)
    unread: list[tuple[Path, str]] = field(default_factory=list)
    calls: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_usd: dict[str, Decimal] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    reported_usd: Decimal = Decimal(0)
    first_at: datetime | None = None
    last_at: datetime | None = None
    partial_output: int = 0

    def skip(self, left_out: Skipped) -> None:
        """Counts what a reader left out."""
        self.skipped[left_out.why] += left_out.count
        if left_out.reported_usd:
            self.skipped_usd[left_out.why] = (
                self.skipped_usd.get(left_out.why, Decimal(0)) + left_out.reported_usd
            )
        if left_out.is_fault:
            self.faults[left_out.why] += left_out.count

    def see(self, at: datetime) -> None:
        """Widens the range of times."""
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at or at, at)


class Import:
    """Reads files into `target`."""

    def __init__(self, target: Target, wish: Wish) -> None:
        self._target = target
        self._wish = wish
        self._seen: set[bytes] = set()
        self._partial: set[bytes] = set()
        self._batch: list[Call] = []
        self.tally = Tally()

    def run(self, paths: Sequence[Path], progress: Progress) -> Tally:
        """All of `paths`; `progress` is called with (bytes done, bytes in all). Raises UnavailableError."""
        wish = replace(self._wish.choice, known_sessions=_sessions(paths))
        self._wish = replace(self._wish, choice=wish)
        total, done = sum(path.stat().st_size for path in paths), 0
        for path in paths:
            size = path.stat().st_size
            self._file(path, lambda at, before=done: progress(before + at, total))  # type: ignore[misc]
            done += size
            progress(done, total)
        self._flush()
        return self.tally

    def _file(self, path: Path, progress: Callable[[int], None]) -> None:
        try:
            source = Source(path)
        except OSError as error:
            self.tally.unread.append((path, error.strerror or str(error)))
            return
        try:
            name, found = items(source, self._wish.choice)
            for number, item in enumerate(found):
                self._take(item)
                if isinstance(item, Skipped) and item.ends_file:
                    self.tally.unread.append((path, item.why))
                if number % 500 == 0:
                    progress(source.done_bytes)
            self.tally.files[name] += 1
        except NotImportable as error:
            self.tally.unread.append((path, str(error)))
        except (OSError, EOFError, UnicodeError) as error:
            self.tally.unread.append((path, f"it breaks off or is damaged: {error}"))
        finally:
            source.close()

    def _take(self, item: Item) -> None:
        if isinstance(item, Skipped):
            self.tally.skip(item)
        elif isinstance(item, Request):
            self._send(item.signal, item.body, item.items)
        else:
            self._add(item)

    def _add(self, call: Call) -> None:
        name = hashlib.blake2b(f"{call.source}\0{call.key}".encode(errors="replace"), digest_size=10).digest()
        is_partial = bool(call.labels.get("spanledger.usage.note"))
        if name in self._seen and (is_partial or name not in self._partial):
            self.tally.skip(Skipped(TOLD_BEFORE))
            return
        if name in self._seen:
            # Another file has the count at the end; it is the same span, and the ledger takes the fuller report.
            self._partial.discard(name)
            self.tally.partial_output -= 1
        else:
            self._seen.add(name)
            self.tally.calls += 1
            self.tally.reported_usd += call.reported_cost_usd or Decimal(0)
            self.tally.partial_output += is_partial
            if is_partial:
                self._partial.add(name)
        self.tally.see(call.started_at)
        self._batch.append(self._as_wished(call))
        if len(self._batch) >= BATCH_CALLS:
            self._flush()

    def _as_wished(self, call: Call) -> Call:
        wish = self._wish
        labels = {**call.labels, **({"spanledger.tenant": wish.tenant} if wish.tenant else {})}
        return replace(
            call,
            workload=wish.workload or call.workload,
            environment=wish.environment or call.environment,
            labels=labels,
        )

    def _flush(self) -> None:
        if self._batch:
            calls, self._batch = self._batch, []
            self._send("", request(calls), len(calls))

    def _send(self, signal: str, body: bytes, count: int) -> None:
        """`signal` '' for calls of ours; requests of files are counted by signal, and their times looked at."""
        try:
            self._target.send(signal or TRACES, body)
        except Refused as refused:
            self.tally.skip(Skipped(f"refused by the ledger: {refused}", count=count, is_fault=True))
            return
        if signal:
            self.tally.requests[signal] += count
            for at in _times(signal, body):
                self.tally.see(at)


def _sessions(paths: Sequence[Path]) -> frozenset[str]:
    """The sessions of Codex that have a file of their own among `paths`."""
    found = set()
    for path in paths:
        if "rollout-" not in path.name:
            continue
        try:
            source = Source(path)
            try:
                found.add(first_session(source))
            finally:
                source.close()
        except (OSError, EOFError):
            continue
    return frozenset(found - {""})


def _times(signal: str, body: bytes) -> list[datetime]:
    """The first and the last time in a request of spans or log records."""
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    if signal == TRACES:
        spans = TracesData.FromString(body).resource_spans
        found = [s.start_time_unix_nano for r in spans for scope in r.scope_spans for s in scope.spans]
    elif signal == LOGS:
        logs = LogsData.FromString(body).resource_logs
        records = [each for r in logs for scope in r.scope_logs for each in scope.log_records]
        found = [each.time_unix_nano or each.observed_time_unix_nano for each in records]
    else:
        return []
    found = [ns for ns in found if 0 < ns < 4_102_444_800_000_000_000]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [epoch + timedelta(microseconds=ns // 1000) for ns in (min(found), max(found))] if found else []
