"""What an import says at its end: read, priced, skipped and why, in counts and dollars.

In: a Tally and the ledger it went to. Out: a Summary, as lines or as JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cli.importers.encode import SCOPE
from cli.importers.run import Tally
from collector.engine.runner import Runner, rows

MODELS_SHOWN = 8
UNREAD_SHOWN = 10
# A call may start this long before the record that tells of it.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Calls of one pricing status and model, as they stand in the ledger."""

    status: str
    model: str
    calls: int
    cost_usd: Decimal
    reported_usd: Decimal


@dataclass(frozen=True, slots=True)
class Summary:
    """All there is to say. `known` is how many of the traces were in the ledger before."""

    tally: Tally
    outcomes: tuple[Outcome, ...]
    known: int
    is_dry_run: bool

    @property
    def cost_usd(self) -> Decimal:
        """What the priced calls cost at list price."""
        return sum((each.cost_usd for each in self.outcomes), Decimal(0))

    def calls(self, *statuses: str) -> int:
        """How many calls have one of the statuses."""
        return sum(each.calls for each in self.outcomes if each.status in statuses)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; money is text."""
        tally = self.tally
        by_status: dict[str, int] = {}
        for each in self.outcomes:
            by_status[each.status] = by_status.get(each.status, 0) + each.calls
        return {
            "dry_run": self.is_dry_run,
            "files": dict(tally.files),
            "unread_files": [{"path": str(path), "why": why} for path, why in tally.unread],
            "calls": tally.calls,
            "requests": dict(tally.requests),
            "calls_by_status": by_status,
            "known_before": self.known,
            "cost_usd": str(self.cost_usd),
            "reported_cost_usd": str(tally.reported_usd),
            "models": [
                {
                    "model": each.model,
                    "status": each.status,
                    "calls": each.calls,
                    "cost_usd": str(each.cost_usd),
                }
                for each in self.outcomes
            ],
            "partial_output": tally.partial_output,
            "skipped": [
                {
                    "why": why,
                    "count": count,
                    "reported_cost_usd": str(tally.skipped_usd.get(why, Decimal(0))),
                    "is_fault": why in tally.faults,
                }
                for why, count in tally.skipped.most_common()
            ],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from self._read_lines()
        yield from self._price_lines()
        yield from self._skip_lines()

    def _read_lines(self) -> Iterator[str]:
        tally = self.tally
        formats = ", ".join(f"{count:,} {name}" for name, count in sorted(tally.files.items()))
        yield f"read      {sum(tally.files.values()):,} files ({formats or 'none'})"
        told = [f"{tally.calls:,} calls"] if tally.calls or not tally.requests else []
        told += [f"{count:,} {_ITEMS[signal]}" for signal, count in sorted(tally.requests.items())]
        span = f", {tally.first_at:%Y-%m-%d} to {tally.last_at:%Y-%m-%d}" if tally.first_at else ""
        yield f"          {', '.join(told)}{span}"
        if self.known:
            yield f"known     {self.known:,} were in the ledger before; they stand once"

    def _price_lines(self) -> Iterator[str]:
        priced = [each for each in self.outcomes if each.status == "priced"]
        yield f"priced    {sum(each.calls for each in priced):,} calls, {_usd(self.cost_usd)}"
        for each in sorted(priced, key=lambda o: -o.cost_usd)[:MODELS_SHOWN]:
            yield f"          {each.model or 'no model'}: {each.calls:,} calls, {_usd(each.cost_usd)}"
        if self.tally.reported_usd:
            yield f"          the files themselves say {_usd(self.tally.reported_usd)}"
        merged = self.calls("merged")
        if merged:
            yield f"merged    {merged:,} calls with reports of them that came another way"
        for status in sorted({each.status for each in self.outcomes} - {"priced", "merged"}):
            models = sorted({each.model for each in self.outcomes if each.status == status and each.model})
            named = f": {', '.join(models[:MODELS_SHOWN])}" if status == "unknown_model" else ""
            yield f"unpriced  {self.calls(status):,} calls, {status}{named}"
        if self.tally.partial_output:
            yield (
                f"partial   {self.tally.partial_output:,} calls whose transcript never says how the answer ended: "
                "their output is at least what it says"
            )

    def _skip_lines(self) -> Iterator[str]:
        tally = self.tally
        for why, count in tally.skipped.most_common():
            cost = tally.skipped_usd.get(why)
            yield f"skipped   {count:,} {why}{f', {_usd(cost)} by their own account' if cost else ''}"
        for path, why in tally.unread[:UNREAD_SHOWN]:
            yield f"not read  {path}: {why}"
        if len(tally.unread) > UNREAD_SHOWN:
            yield f"not read  {len(tally.unread) - UNREAD_SHOWN:,} more files"
        if self.is_dry_run:
            yield "dry run   nothing was written"


_ITEMS = {"traces": "spans", "logs": "log records", "metrics": "metrics"}


def clock(runner: Runner) -> str:
    """Now, by the clock that stamps arrivals."""
    return str(rows(runner, "queries/ledger_clock")[0]["now"])


def summary(runner: Runner, tally: Tally, began: str, *, is_dry_run: bool) -> Summary:
    """What became of everything that arrived since `began`."""
    if tally.first_at is None or tally.last_at is None:
        return Summary(tally, (), 0, is_dry_run)
    window = {
        "from_": began,
        "to_": clock(runner),
        "scopes": "%" if tally.requests else f"{SCOPE}%",
        "started_from": _text(tally.first_at - LONGEST),
        "started_to": _text(tally.last_at + timedelta(seconds=1)),
    }
    outcomes = tuple(
        Outcome(
            row["status"],
            row["model"],
            int(row["calls"]),
            Decimal(row["cost_text"]),
            Decimal(row["reported_text"]),
        )
        for row in rows(runner, "queries/import_calls", window)
    )
    known = int(rows(runner, "queries/import_known", window)[0]["known"])
    return Summary(tally, outcomes, known, is_dry_run)


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount == 0 or amount >= 1 else f"${amount:,.6f}"
