"""Times and labels between the ledger's text and ours.

In: text of JSONEachRow, aware UTC datetimes. Out: the other. Never: a time without a zone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from analytics.alerts.model import Scope


def text_of(moment: datetime) -> str:
    """As ClickHouse reads a DateTime64(6,'UTC')."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def second_text(moment: datetime) -> str:
    """As ClickHouse reads a DateTime('UTC')."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def moment_of(text: str) -> datetime:
    """An aware moment from ClickHouse's text."""
    return datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=UTC)


def moment_or_none(text: str | None) -> datetime | None:
    """As `moment_of`; None stays None."""
    return None if text is None else moment_of(text)


def scope_from(values: Mapping[str, str]) -> Scope:
    """A scope from the ledger's map."""
    return tuple(sorted((str(name), str(value)) for name, value in values.items()))
