"""Alerts on the command line: reading them from the ledger, and writing marks and silences into it.

In: settings. Out: rows of the queries `alert_*`, plain values. Raises UnavailableError, QueryError, UsageError.
"""

import getpass
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.errors import UsageError
from cli.ledger import Ledger, open_ledger, query_text
from cli.maintenance import writing_runner
from collector.alerts.times import text_of
from collector.config.alerts import duration
from collector.engine.runner import insert_rows
from collector.engine.typed import strings
from collector.settings import CollectorSettings
from sql.catalogue import query

YEAR = timedelta(days=365)
AGES = re.compile(r"[1-9]\d{0,5}[smhd]")


def ask(ledger: Ledger, name: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of `sql/queries/<name>.sql`; parameters it does not name are left out."""
    known = query(name).parameters
    used = {key: value for key, value in parameters.items() if key in known}
    answer = b"".join(ledger.query(query_text(name), "JSONEachRow", used))
    return [json.loads(line) for line in answer.splitlines()]


def alerts_between(
    settings: CollectorSettings,
    from_: datetime,
    to: datetime,
    states: Sequence[str] = (),
    prints: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Rows of `alert_list`."""
    with open_ledger(settings) as ledger:
        return ask(
            ledger,
            "alert_list",
            _period(from_, to) | {"states": strings(states), "fingerprints": strings(prints)},
        )


def undelivered(settings: CollectorSettings, from_: datetime, to: datetime) -> list[dict[str, Any]]:
    """Rows of `alert_undelivered`."""
    with open_ledger(settings) as ledger:
        return ask(ledger, "alert_undelivered", _period(from_, to))


def mark(
    settings: CollectorSettings, fingerprint: str, what: str, note: str, now: datetime
) -> dict[str, Any]:
    """Says `what` of the newest firing whose fingerprint begins so; returns that firing."""
    if not re.fullmatch(r"[0-9a-f]{4,16}", fingerprint):
        raise UsageError(f"{fingerprint!r} is no fingerprint: 16 hex digits, or the first 4 or more of them")
    rows = alerts_between(settings, now - YEAR, now + timedelta(minutes=1))
    found = [row for row in rows if row["fingerprint"].startswith(fingerprint)]
    if not found:
        raise UsageError(f"no alert of the last year has a fingerprint that begins with {fingerprint}")
    if len({row["fingerprint"] for row in found}) > 1:
        raise UsageError(f"several alerts begin with {fingerprint}; give more of the digits")
    with writing_runner(settings) as runner:
        record = {
            "fingerprint": found[0]["fingerprint"], "started_at": found[0]["started_at"], "mark": what,
            "said_by": _somebody(), "note": note, "marked_at": text_of(now),
        }  # fmt: skip
        insert_rows(runner, "alert_marks", [record])
    return found[0]


def silence(
    settings: CollectorSettings,
    rule: str,
    scope: Mapping[str, str],
    length: timedelta,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """Keeps alerts quiet from now on; returns the silence."""
    record = {
        "id": uuid.uuid4().hex[:8], "rule": rule, "scope": dict(scope), "from_at": text_of(now),
        "to_at": text_of(now + length), "said_by": _somebody(), "reason": reason,
        "version": int(now.timestamp() * 1e9), "is_deleted": 0,
    }  # fmt: skip
    with writing_runner(settings) as runner:
        insert_rows(runner, "alert_silences", [record])
    return record


def end_silence(settings: CollectorSettings, name: str, now: datetime) -> None:
    """Takes a silence back. Raises UsageError if there is none of that id."""
    if name not in [row["id"] for row in silences(settings, now)]:
        raise UsageError(f"no silence {name!r} holds; `spanledger alerts silence` lists them")
    record = {"id": name, "version": int(now.timestamp() * 1e9), "is_deleted": 1}
    with writing_runner(settings) as runner:
        insert_rows(runner, "alert_silences", [record])


def silences(settings: CollectorSettings, now: datetime) -> list[dict[str, Any]]:
    """Rows of `alert_silences`."""
    with open_ledger(settings) as ledger:
        return ask(ledger, "alert_silences", {"now": text_of(now)})


def age(text: str, option: str) -> timedelta:
    """`6h` as a timedelta. Raises UsageError."""
    if not AGES.fullmatch(text):
        raise UsageError(f"{option} {text!r}: expected a number and s, m, h or d, such as 30m or 7d")
    return duration(text)


def scope_argument(texts: Sequence[str]) -> dict[str, str]:
    """`workload=support` given several times, as a mapping. Raises UsageError."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in ("workload", "model", "tier", "agent", "tenant", "task"):
            raise UsageError(
                f"--scope {text!r}: expected workload, model, tier, agent, tenant or task, = and a pattern"
            )
        found[name] = value
    return found


def shown_scope(scope: Mapping[str, str]) -> str:
    """A scope in a line."""
    return ", ".join(f"{name}={value}" for name, value in sorted(scope.items())) or "everything"


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


def _period(from_: datetime, to: datetime) -> dict[str, str]:
    return {"from_": text_of(from_), "to_": text_of(to)}


def _somebody() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
