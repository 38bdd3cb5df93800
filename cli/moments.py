"""Reads a moment as a user writes it: `2026-11-01` or `2026-11-01T08:00:00Z`."""

from datetime import UTC, datetime

from cli.errors import UsageError

FIRST = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
"""Between these lies everything that a ledger holds."""


def moment(option: str, text: str) -> datetime:
    """Aware UTC; a date means its first moment, no zone means UTC. Raises UsageError naming the option.

    What lies before FIRST or after LAST means these, so `0001-01-01` and `9999-12-31` are from ever and for good.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text!r}: expected a date such as 2026-11-01, or 2026-11-01T08:00Z"
        ) from None
    if not FIRST.year < read.year < LAST.year:
        return FIRST if read.year <= FIRST.year else LAST
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
