"""Asks a ledger what an investigation needs, side by side, whichever client asks.

In: a Question and a way to ask. Out: an Investigation. Never: a client of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from analytics.bridge import BridgeCell
from analytics.investigate import (
    FirstAnswers,
    Investigation,
    SecondAnswers,
    bridge_parameters,
    bridged,
    change_parameters,
    investigation,
    new_names,
    sliced,
    trend_parameters,
)
from analytics.investigate_leaves import leaves_of
from analytics.investigate_question import Question
from analytics.investigate_rows import ChangeRow, ExemplarRow, HealthRow, LeafRow, OutcomeRow, TrendRow
from analytics.movers import root_causes
from analytics.rows import LedgerStatus

Row = TypeVar("Row")


class Asker(Protocol):
    """A client of the ledger."""

    def later(self, name: str, row_type: type[Row], parameters: Mapping[str, Any]) -> Callable[[], list[Row]]:
        """Starts the query `name`; calling the result waits for its rows."""
        ...


def first_call(asker: Asker) -> datetime | None:
    """The minute of the earliest call that the ledger holds."""
    return asker.later("ledger_status", LedgerStatus, {})()[0].first_call


def investigate(asker: Asker, asked: Question) -> Investigation:
    """Two rounds of queries: what the question names, then what the winning slice needs."""
    given = asked.parameters()
    leaves = asker.later("investigate_leaves", LeafRow, given)
    trend = asker.later("investigate_trend", TrendRow, trend_parameters(asked))
    changes = asker.later("investigate_changes", ChangeRow, change_parameters(asked))
    health = asker.later("investigate_health", HealthRow, given)
    frame = leaves_of(leaves(), asked.base_scale, new_names(changes()))
    causes = root_causes(frame)
    split, inner = bridged(asked, causes), sliced(asked, causes).parameters()
    cells = [
        asker.later("bridge_cells", BridgeCell, bridge_parameters(split, span))
        for span in (asked.window, *asked.bases)
    ]
    exemplars = asker.later("investigate_tasks", ExemplarRow, inner)
    outcomes = asker.later("investigate_outcomes", OutcomeRow, inner)
    first = FirstAnswers(leaves(), trend(), changes(), health()[0])
    now_cells, *base_cells = [answer() for answer in cells]
    second = SecondAnswers(now_cells, _apart(base_cells), exemplars(), outcomes())
    return investigation(asked, first, second, frame, causes)


def _apart(bases: Sequence[Sequence[BridgeCell]]) -> list[BridgeCell]:
    """Cells of all spans compared with. Spans that touch share a day; its two parts stay runs of their own."""
    return [replace(cell, run=f"{number} {cell.run}") for number, found in enumerate(bases) for cell in found]
