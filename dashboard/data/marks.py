"""What people say of alerts, written into the ledger: marks and silences. Nothing else is written from the dashboard.

In: an alert, what is said. Out: rows of alert_marks and alert_silences. Raises DashboardError.
"""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.data.client import ledger

SAID: Final = ("ack", "unack", "false_alarm", "useful", "unmarked")


def mark(fingerprint: str, started_at: datetime, what: str, note: str = "") -> None:
    """Says `what` (one of SAID) of one firing."""
    if what not in SAID:
        raise ValueError(f"{what!r} is not among {', '.join(SAID)}")
    row = {
        "fingerprint": fingerprint,
        "started_at": _text(started_at),
        "mark": what,
        "said_by": _somebody(),
        "note": note,
    }
    ledger().write_row("alert_marks", row)


def silence(rule: str, scope: Mapping[str, str], length: timedelta, reason: str = "") -> None:
    """Keeps alerts of a rule in a scope quiet from now on."""
    now = datetime.now(UTC)
    row = {
        "id": uuid.uuid4().hex[:8],
        "rule": _literal(rule),
        "scope": {name: _literal(value) for name, value in scope.items()},
        "from_at": _text(now),
        "to_at": _text(now + length),
        "said_by": _somebody(),
        "reason": reason,
        "version": int(now.timestamp() * 1e9),
        "is_deleted": 0,
    }
    ledger().write_row("alert_silences", row)


def _literal(text: str) -> str:
    """A pattern that matches this text alone."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _somebody() -> str:
    try:
        return f"{getpass.getuser()} (dashboard)"
    except (KeyError, OSError):
        return "dashboard"
