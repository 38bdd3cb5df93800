"""What the demo has already played into a ledger, so that a second start finds its data and adds nothing.

In: the data folder. Out: a DemoState. History is sent with the same moment again after an interruption,
so that the same spans arrive and change no number.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from collector.paths import DataFolder, write_atomically

SEED = 7


@dataclass(frozen=True)
class DemoState:
    """`now` is the aware UTC moment at which the demo's history ends."""

    now: datetime
    seed: int = SEED
    weeks: int = 4
    is_complete: bool = False


def state_file(folder: DataFolder) -> Path:
    """Where the state of a demo ledger stands."""
    return folder.root / "demo.json"


def read_state(folder: DataFolder) -> DemoState | None:
    """The demo in this folder, or None if there is none (or its file cannot be read)."""
    try:
        fields = json.loads(state_file(folder).read_bytes())
        return DemoState(
            now=datetime.fromisoformat(fields["now"]).astimezone(UTC),
            seed=int(fields["seed"]),
            weeks=int(fields["weeks"]),
            is_complete=bool(fields["is_complete"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_state(folder: DataFolder, state: DemoState) -> None:
    """Remember it. Raises OSError."""
    fields = {
        "now": state.now.isoformat(),
        "seed": state.seed,
        "weeks": state.weeks,
        "is_complete": state.is_complete,
    }
    write_atomically(state_file(folder), json.dumps(fields).encode() + b"\n")


def completed(state: DemoState) -> DemoState:
    """The same demo with all its history played in."""
    return replace(state, is_complete=True)
