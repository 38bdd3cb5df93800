"""Windows: what links may say, and that buckets cover a window exactly."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.periods import (
    MOST_BUCKETS,
    RANGES,
    UnreadableWindow,
    absolute_window,
    ago,
    iso,
    relative_window,
)

NOW = datetime(2026, 11, 20, 4, 0, 7, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 20), timezones=st.just(UTC))


@given(st.sampled_from(list(RANGES)), MOMENTS)
def test_a_range_holds_everything_up_to_now(name: str, now: datetime) -> None:
    window = relative_window(name, now)
    assert now <= window.to < now + timedelta(seconds=16)
    assert window.length == RANGES[name]
    assert window.previous == window.from_ - RANGES[name]


@given(MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(days=399)))
def test_buckets_cover_the_window(start: datetime, length: timedelta) -> None:
    window = absolute_window(iso(start), iso(start + length), NOW)
    assert (window.from_, window.to) == (start, start + length)
    starts = window.starts()
    assert len(starts) == window.buckets <= MOST_BUCKETS
    assert starts[0] == window.from_
    assert starts[-1] < window.to <= starts[-1] + timedelta(seconds=window.step_s)


@pytest.mark.parametrize(
    "text", ["2026-11-01T00:00:00Z", "2026-11-01T01:00:00+01:00", "2026-11-01", "2026-11-01T01:00:00 01:00"]
)
def test_ways_to_write_a_bound(text: str) -> None:
    assert absolute_window(text, "2026-11-08T00:00:00Z", NOW).from_ == datetime(2026, 11, 1, tzinfo=UTC)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_read_or_refused(from_text: str, to_text: str) -> None:
    with contextlib.suppress(UnreadableWindow):
        window = absolute_window(from_text, to_text, NOW)
        assert window.from_ < window.to


def test_ago() -> None:
    assert ago(NOW - timedelta(seconds=5), NOW) == "just now"
    assert ago(NOW - timedelta(minutes=5), NOW) == "5 min ago"
    assert ago(NOW - timedelta(hours=3), NOW) == "3 h ago"
    assert ago(NOW - timedelta(days=12), NOW) == "12 days ago"
