"""Reads a moment as a user writes it: `2026-11-01` or `2026-11-01T08:00:00Z`."""

from datetime import UTC, datetime

from cli.errors import UsageError


def moment(option: str, text: str) -> datetime:
    """Aware UTC; a date means its first moment, no zone means UTC. Raises UsageError naming the option."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text!r}: expected a date such as 2026-11-01, or 2026-11-01T08:00Z"
        ) from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
