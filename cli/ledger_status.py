"""What `spanledger status` says: who runs, where, how much there is, how far behind.

In: settings. Out: a LedgerStatus; a ledger that does not answer is a status too, not an error.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cli.errors import CommandError
from cli.ledger import Ledger, open_ledger, query_text
from collector.runfile import RunInfo, read_run_info
from collector.settings import CollectorSettings


@dataclass(frozen=True)
class Health:
    """Rows in the ledger. `behind_s` = age of the oldest key the keeper has yet to work on, None = none.

    `trouble` says what of the keeper's work fails now; `set_aside` counts traces that cannot be recomputed.
    """

    spans: int
    last_span: str | None
    calls: int
    tasks: int
    rejected_spans: int
    waiting_keys: int
    behind_s: float | None
    trouble: str = ""
    set_aside: int = 0


@dataclass(frozen=True)
class LedgerStatus:
    """`running`: a collector runs and the ledger answers. `health` is None when it does not answer."""

    running: bool
    where: str
    run: RunInfo | None
    health: Health | None
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def ledger_status(settings: CollectorSettings) -> LedgerStatus:
    """Look at the ledger of `settings`; with no collector running, the folder itself is read."""
    run = read_run_info(settings.folder.run_file)
    where = str(settings.folder.root)
    try:
        with open_ledger(settings) as ledger:
            where = ledger.where
            health = read_health(ledger)
    except CommandError as error:
        return LedgerStatus(False, where, run, None, str(error))
    return LedgerStatus(run is not None, where, run, health, "")


def read_health(ledger: Ledger) -> Health:
    """Ask the ledger what it holds. Raises QueryError, UnavailableError."""
    answer = b"".join(ledger.query(query_text("ledger_health"), "JSONEachRow"))
    return _health(json.loads(answer))


def describe(status: LedgerStatus) -> Iterator[str]:
    """The status in lines for a person."""
    run = status.run
    if run is None:
        yield "collector   not running"
    else:
        yield f"collector   process {run.pid}, since {run.started_at:%Y-%m-%d %H:%M:%S} UTC"
        yield f"OTLP/HTTP   {run.otlp_http_url}"
        yield f"OTLP/gRPC   {run.otlp_grpc_url}"
    yield f"ledger      {status.where}"
    health = status.health
    if health is None:
        yield f"problem     {status.problem}"
        return
    yield f"rows        {health.spans:,} spans, {health.calls:,} calls, {health.tasks:,} tasks, replaced ones included"
    if health.rejected_spans:
        yield f"rejected    {health.rejected_spans:,} spans in 30 days (table rejected_spans says why)"
    yield f"last span   {health.last_span or 'none yet'}{' UTC' if health.last_span else ''}"
    if health.behind_s is None:
        yield "keeper      up to date"
    else:
        yield f"keeper      {health.waiting_keys:,} keys waiting, {health.behind_s:.1f} s behind"
    if health.trouble:
        yield f"trouble     {health.trouble}"
    if health.set_aside:
        yield f"set aside   {health.set_aside:,} traces that cannot be recomputed (`spanledger doctor` says why)"


def _health(row: Mapping[str, Any]) -> Health:
    behind = row["behind_s"]
    return Health(
        spans=int(row["spans"]),
        last_span=row["last_span"],
        calls=int(row["calls"]),
        tasks=int(row["tasks"]),
        rejected_spans=int(row["rejected_spans"]),
        waiting_keys=int(row["waiting_keys"]),
        behind_s=None if behind is None else float(behind),
        trouble=str(row["trouble"]),
        set_aside=int(row["set_aside"]),
    )
