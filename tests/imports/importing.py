"""Imports into the test ledger, the way the command does it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.importers.files import expand
from cli.importers.formats import Choice
from cli.importers.run import Import, Tally, Wish
from cli.importers.summary import Summary, clock, summary
from collector.engine.runner import Runner
from tests.imports.signals import send
from tests.ledger.ledger import Ledger


class LedgerTarget:
    """A target that is the test ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.runner: Runner = ledger.engine

    def send(self, signal: str, body: bytes) -> None:
        send(self.ledger, signal, body)

    def settle(self, advance: Any) -> None:
        self.ledger.catch_up()


def read_in(ledger: Ledger, *paths: Path, task_from: str = "session", **wish: str) -> Tally:
    """Imports `paths` and has everything recomputed."""
    return summed(ledger, *paths, task_from=task_from, **wish).tally


def summed(ledger: Ledger, *paths: Path, task_from: str = "session", **wish: str) -> Summary:
    """Imports `paths` and says what the command says."""
    target = LedgerTarget(ledger)
    began = clock(target.runner)
    choice = Choice(wish.pop("format", ""), task_from)
    tally = Import(target, Wish(choice, **wish)).run(expand([str(path) for path in paths]), lambda *_: None)
    target.settle(lambda *_: None)
    return summary(target.runner, tally, began, is_dry_run=False)


def by_time(ledger: Ledger) -> list[dict[str, Any]]:
    """The calls in the order of their start."""
    return sorted(ledger.calls(), key=lambda row: (row["started_at"], row["span_id"]))


def spent(ledger: Ledger) -> Sequence[tuple[int, int, int]]:
    """Fresh input, cache read and output of the calls in the order of their start."""
    return [
        (row["fresh_input_tokens"], row["cache_read_tokens"], row["output_tokens"]) for row in by_time(ledger)
    ]
