"""Windows and scopes of the command line, or of an alert that it names.

In: text, a ledger. Out: Spans, a scope. Raises UsageError.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analytics.alerts.rows import AlertRow
from analytics.investigate.question import Span
from analytics.periods import UnreadableWindow, absolute_window, iso
from cli.alerts.shared import YEAR, age
from cli.errors import UsageError
from cli.typed_rows import TypedLedger


def spans(window: str, baseline: str | None, now: datetime | None = None) -> tuple[Span, Span | None]:
    """The window, and the baseline if one was given."""
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    found = _span(window, "--window", moment)
    if baseline is None:
        return found, None
    if baseline == "before":
        return found, Span(found.from_ - found.length, found.from_)
    if "/" not in baseline:
        raise UsageError(f"--baseline {baseline!r}: expected FROM/TO or `before`")
    return found, _span(baseline, "--baseline", moment)


def scope_of(texts: Sequence[str], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """`workload=support`, given several times, as a scope."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in names:
            raise UsageError(f"--scope {text!r}: expected NAME=VALUE with one of {', '.join(names)}")
        found[name] = (*found.get(name, ()), value)
    return found


def firing_of(ledger: TypedLedger, fingerprint: str, now: datetime) -> AlertRow:
    """The newest firing within a year of the alert whose fingerprint begins so."""
    if not re.fullmatch(r"[0-9a-f]{4,16}", fingerprint):
        raise UsageError(
            f"--alert {fingerprint!r}: expected a fingerprint, 16 hex digits or the first 4 or more of them"
        )
    given = {"from_": now - YEAR, "to_": now + timedelta(minutes=1), "states": (), "fingerprints": ()}
    rows = [
        row for row in ledger.rows("alert_list", AlertRow, given) if row.fingerprint.startswith(fingerprint)
    ]
    if not rows:
        raise UsageError(
            f"--alert {fingerprint}: no alert of the last year begins so; `spanledger alerts list` names them"
        )
    if len({row.fingerprint for row in rows}) > 1:
        raise UsageError(f"--alert {fingerprint}: several alerts begin so; give more of the digits")
    return max(rows, key=lambda row: row.started_at)


def window_of(alert: AlertRow | None) -> str:
    """The window of an alert, from its onset on, as `--window` takes it; an hour without one."""
    if alert is None:
        return "1h"
    return f"{iso(min(alert.since or alert.window_from, alert.window_from))}/{iso(alert.window_to)}"


def scope_in(alert: AlertRow | None, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The scope of an alert, as far as `--scope` knows it."""
    return {name: (value,) for name, value in alert.scope.items() if name in names and value} if alert else {}


def _span(text: str, option: str, now: datetime) -> Span:
    if "/" not in text:
        return Span(now - max(age(text, option), timedelta(seconds=1)), now)
    from_, _, to = text.partition("/")
    try:
        found = absolute_window(from_, to, now)
    except UnreadableWindow as error:
        raise UsageError(f"{option} {text!r}: {error}") from None
    return Span(found.from_, found.to)
