"""What a gate runs, in which order: every repeat of every case on both sides, in turns.

In: a file of cases, how many repeats. Out: Turns. Raises UsageError naming the file.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import UsageError

ID_KEYS = ("case_id", "id", "name")
PRIMING = -1


@dataclass(frozen=True)
class Case:
    """One case of a file: its id, and what stands in the file."""

    id: str
    value: Any


@dataclass(frozen=True)
class Turn:
    """One run of the command: side (0 base, 1 head), repeat from 0 (PRIMING = not recorded), which case."""

    arm: int
    repeat: int
    case: int | None


def turns_of(repeats: int, cases: int | None, *, prime: bool) -> list[Turn]:
    """Turns b h, h b, b h, ..., so that a provider's drift meets both sides alike.

    cases: how many; None = one command for all.
    """
    named: Sequence[int | None] = [None] if cases is None else range(cases)
    found = [Turn(arm, PRIMING, case) for case in named for arm in (0, 1)] if prime else []
    for repeat in range(repeats):
        for place, case in enumerate(named):
            pair = (0, 1) if (repeat + place) % 2 == 0 else (1, 0)
            found += [Turn(arm, repeat, case) for arm in pair]
    return found


def read_cases(path: Path) -> list[Case]:
    """Cases of a JSON list, or of a JSON value a line; each is called by its id, else by its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        whole = (
            json.loads(text)
            if text.lstrip().startswith("[")
            else [json.loads(line) for line in text.splitlines() if line.strip()]
        )
    except OSError as error:
        raise UsageError(f"--cases {path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise UsageError(f"--cases {path}: is neither a JSON list nor a JSON value a line: {error}") from None
    cases = [Case(_id(value, number), value) for number, value in enumerate(whole, 1)]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise UsageError(f"--cases {path}: two cases are called {case.id!r}")
        seen.add(case.id)
    if not cases:
        raise UsageError(f"--cases {path}: holds no cases")
    return cases


def _id(value: Any, number: int) -> str:
    named = next((value[key] for key in ID_KEYS if isinstance(value, dict) and value.get(key)), number)
    return str(named)
