"""How commands print: data on stdout, talk on stderr, progress only as long as it moves."""

import json
import math
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

Advance = Callable[[int, int], None]
"""Called with (done, total); both are whole numbers of any unit, total may grow."""


def say(text: str) -> None:
    """One line of talk. When nobody hears it any more, as behind `2>&1 | head`, the work goes on."""
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)


def emit(text: str) -> None:
    """One piece of data, followed by a newline."""
    print(text, flush=True)


def emit_prose(text: str, hang: int = 0) -> None:
    """A line of data made of words; a terminal breaks it between them, further lines `hang` spaces in."""
    if not sys.stdout.isatty():
        emit(text)
        return
    width = max(40, shutil.get_terminal_size().columns)
    lead = text[: len(text) - len(text.lstrip())]
    for line in textwrap.wrap(
        text.strip(), width, initial_indent=lead, subsequent_indent=" " * hang, break_long_words=False,
        break_on_hyphens=False,
    ) or [""]:  # fmt: skip
        emit(line)


def emit_json(value: Mapping[str, Any]) -> None:
    """One JSON object on one line. Dates and paths become text, what is no number null."""
    print(json_text(value), flush=True)


def json_text(value: Any) -> str:
    """`value` as JSON that every reader takes: NaN and the infinities, which JSON does not have, are null."""
    try:
        return json.dumps(value, default=str, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), default=str, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def progress(label: str) -> Iterator[Advance]:
    """A progress bar on stderr; where that is no terminal, a line at every tenth."""
    advance = _bar(label) if sys.stderr.isatty() else _tenths(label)
    with advance as step:
        yield step


@contextmanager
def _bar(label: str) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


@contextmanager
def _tenths(label: str) -> Iterator[Advance]:
    shown = -1

    def step(done: int, total: int) -> None:
        nonlocal shown
        tenth = 10 * done // total if total > 0 else 0
        if tenth > shown:
            shown = tenth
            say(f"{label}: {10 * tenth}%")

    yield step
