"""Windows of time that links and pages name: relative ranges and absolute bounds.

Takes the text of query parameters and the clock, gives an aware UTC window `[from_, to)` with its buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

RANGES: Final = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
DEFAULT_RANGE: Final = "7d"
CLOCK_STEP: Final = timedelta(seconds=15)
"""Relative windows end on a multiple of this, so that pages opened together share their answers."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST: Final = timedelta(days=400)
MOST_BUCKETS: Final = 48
BUCKET_STEPS_S: Final = (
    10, 30, 60, 120, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
)  # fmt: skip


class UnreadableWindow(ValueError):
    """A window in a link cannot be read; the message says which part and what would do."""


@dataclass(frozen=True)
class Window:
    """`[from_, to)` in aware UTC, cut into buckets of `step_s` seconds counted from `from_`."""

    from_: datetime
    to: datetime
    step_s: int
    name: str

    @property
    def length(self) -> timedelta:
        return self.to - self.from_

    @property
    def previous(self) -> datetime:
        """Start of the comparison period: as long, ending where this one starts."""
        return self.from_ - self.length

    @property
    def buckets(self) -> int:
        return -int(-self.length.total_seconds() // self.step_s)

    def starts(self) -> list[datetime]:
        """Start of each bucket, `buckets` of them."""
        return [self.from_ + timedelta(seconds=self.step_s * n) for n in range(self.buckets)]

    @property
    def is_relative(self) -> bool:
        return self.name in RANGES

    @property
    def words(self) -> str:
        """`the last 7 days`, or the two bounds."""
        if self.is_relative:
            return "the last " + {"1h": "hour", "6h": "6 hours", "24h": "24 hours"}.get(
                self.name, f"{self.name[:-1]} days"
            )
        return f"{stamp(self.from_)} to {stamp(self.to)} UTC"

    @property
    def before_words(self) -> str:
        """What the comparison is with: `the 7 days before`."""
        words = {"1h": "hour", "6h": "6 hours", "24h": "24 hours"}.get(self.name)
        if words is None:
            words = f"{self.name[:-1]} days" if self.is_relative else "period"
        return f"the {words} before"


def relative_window(name: str, now: datetime) -> Window:
    """The range `name` (a key of RANGES) that ends at `now`, rounded up to the clock step.

    Raises UnreadableWindow for a name that is no range.
    """
    if name not in RANGES:
        raise UnreadableWindow(f"“{name}” is not a range. Ranges are {', '.join(RANGES)}.")
    to = EPOCH + CLOCK_STEP * -((EPOCH - now) // CLOCK_STEP)
    return Window(to - RANGES[name], to, bucket_step_s(RANGES[name]), name)


def absolute_window(from_text: str, to_text: str, now: datetime) -> Window:
    """The window between two ISO times; an empty `to_text` means now. Times without a zone are UTC.

    Raises UnreadableWindow when a bound cannot be read, is missing, or the window is empty or too long.
    """
    if not from_text.strip():
        raise UnreadableWindow("“to” is given without “from”. Give both, or use a range.")
    from_ = _parse("from", from_text)
    to = _parse("to", to_text) if to_text.strip() else relative_window(DEFAULT_RANGE, now).to
    if from_ >= to:
        raise UnreadableWindow(f"“from” ({stamp(from_)}) is not before “to” ({stamp(to)}).")
    if to - from_ > LONGEST:
        raise UnreadableWindow(f"The window is longer than {LONGEST.days} days; choose a shorter one.")
    return Window(from_, to, bucket_step_s(to - from_), "custom")


def bucket_step_s(length: timedelta) -> int:
    """Seconds in a bucket, so that a window has at most MOST_BUCKETS of them."""
    for step_s in BUCKET_STEPS_S:
        if length.total_seconds() <= step_s * MOST_BUCKETS:
            return step_s
    return BUCKET_STEPS_S[-1]


def stamp(moment: datetime) -> str:
    """`2026-11-20 04:05`, without the zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def iso(moment: datetime) -> str:
    """`2026-11-20T04:05:00Z`, for links; fractions are kept when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `12 days ago`."""
    passed_s = (now - moment).total_seconds()
    if passed_s < 60:
        return "just now"
    if passed_s < 3600:
        return f"{passed_s // 60:.0f} min ago"
    if passed_s < 48 * 3600:
        return f"{passed_s // 3600:.0f} h ago"
    return f"{passed_s // 86_400:.0f} days ago"


def _parse(which: str, text: str) -> datetime:
    # A "+" in an address arrives as a space.
    plain = text.strip()
    if len(plain) > 6 and plain[-6] == " " and plain[-3] == ":":
        plain = plain[:-6] + "+" + plain[-5:]
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        raise UnreadableWindow(
            f"“{which}” cannot be read: “{text[:60]}”. Write it like 2026-11-20T04:05:00Z."
        ) from None
    if not 2000 <= moment.year < 2200:
        raise UnreadableWindow(f"“{which}” is out of reach: “{text[:60]}”.")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
