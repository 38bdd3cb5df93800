"""Windows and scopes of the command line.

In: text. Out: Spans, a scope. Raises UsageError.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analytics.investigate_question import Span
from analytics.periods import UnreadableWindow, absolute_window
from cli.alerts.shared import age
from cli.errors import UsageError


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


def _span(text: str, option: str, now: datetime) -> Span:
    if "/" not in text:
        return Span(now - max(age(text, option), timedelta(seconds=1)), now)
    from_, _, to = text.partition("/")
    try:
        found = absolute_window(from_, to, now)
    except UnreadableWindow as error:
        raise UsageError(f"{option} {text!r}: {error}") from None
    return Span(found.from_, found.to)
