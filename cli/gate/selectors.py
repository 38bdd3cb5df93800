"""What `--base` and `--head` name: a file or folder of recorded traces, or a part of the ledger.

In: the text of the option, the present moment. Out: FileSource or LedgerSource. Raises UsageError naming the option.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.errors import UsageError
from cli.moments import moment

LEDGER = "ledger:"
LISTS = {
    "workload": "workloads",
    "environment": "environments",
    "change": "changes",
    "commit": "changes",
    "pull_request": "pull_requests",
    "prompt_version": "prompt_versions",
}
"""Keys of a selector, and the query parameter each fills; a key may be given several times."""

TIMES = ("last", "from", "to")
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)
_LENGTH = re.compile(r"(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class FileSource:
    """Recorded traces."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class LedgerSource:
    """Tasks of the ledger that ended in `[from_, to)` and match every list that is not empty."""

    text: str
    from_: datetime
    to: datetime
    lists: dict[str, tuple[str, ...]]

    def __str__(self) -> str:
        return self.text


Source = FileSource | LedgerSource


def parse_source(option: str, text: str, now: datetime) -> Source:
    """The source that `text` names."""
    if not text.startswith(LEDGER):
        return FileSource(Path(text))
    lists: dict[str, tuple[str, ...]] = {}
    times: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.removeprefix(LEDGER).split(","))):
        key, equals, value = item.partition("=")
        if not equals or not value:
            raise UsageError(f"{option} {text!r}: {item!r} is not KEY=VALUE")
        if key in TIMES:
            times[key] = value
        elif key in LISTS:
            lists[LISTS[key]] = (*lists.get(LISTS[key], ()), value)
        else:
            near = difflib.get_close_matches(key, [*LISTS, *TIMES], n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join([*LISTS, *TIMES])}"
            raise UsageError(f"{option} {text!r}: {key!r} is not a key; {hint}")
    if not lists and not times:
        raise UsageError(f"{option} {text!r}: say which part of the ledger, as in ledger:change=COMMIT")
    from_, to = _window(option, text, times, now)
    return LedgerSource(text, from_, to, lists)


def _window(option: str, text: str, times: dict[str, str], now: datetime) -> tuple[datetime, datetime]:
    to = moment(f"{option} to", times["to"]) if "to" in times else now
    if "last" in times:
        found = _LENGTH.fullmatch(times["last"])
        if found is None or "from" in times:
            raise UsageError(
                f"{option} {text!r}: last is a length such as 28d or 12h, and takes no from beside it"
            )
        return to - timedelta(**{_UNITS[found[2]]: int(found[1])}), to
    from_ = moment(f"{option} from", times["from"]) if "from" in times else BEGINNING
    if from_ >= to:
        raise UsageError(f"{option} {text!r}: from is not before to")
    return from_, to
