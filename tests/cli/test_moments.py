"""Moments as users write them, and what a reprice makes of a stretch of them."""

from datetime import UTC, datetime, timedelta

import pytest

from cli.errors import UsageError
from cli.moments import FIRST, LAST, moment
from cli.reprice_steps import whole_seconds

NOON = datetime(2026, 10, 7, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-10-07", NOON - timedelta(hours=12)),
        ("2026-10-07T14:00:00+02:00", NOON),
        ("2026-10-07T12:00Z", NOON),
        ("1900-01-01", FIRST),
        ("0001-01-01T00:00+05:00", FIRST),
        ("9999-12-31T23:00-08:00", LAST),
    ],
)
def test_a_moment_is_one_that_a_ledger_can_hold(text: str, wanted: datetime) -> None:
    assert moment("--from", text) == wanted


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01", "12:00"])
def test_what_is_no_moment_is_named_with_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="--from"):
        moment("--from", text)


def test_a_stretch_is_looked_at_as_it_is_repriced() -> None:
    half, second = timedelta(seconds=0.5), timedelta(seconds=1)
    assert whole_seconds(NOON + half, NOON + second + half) == (NOON, NOON + 2 * second)
    assert whole_seconds(NOON, NOON + second) == (NOON, NOON + second)
    assert whole_seconds(None, None) == (None, None)
