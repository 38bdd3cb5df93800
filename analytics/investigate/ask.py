"""Asks a ledger what an investigation needs, side by side, whichever client asks.

In: a Question and a way to ask. Out: an Investigation. Never: a client of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from analytics.investigate.answer import (
    FirstAnswers,
    Investigation,
    SecondAnswers,
    change_parameters,
    finer_trend,
    investigation,
    new_names,
    trend_parameters,
)
from analytics.investigate.leaves import leaves_of
from analytics.investigate.question import Question
from analytics.investigate.rows import (
    ChangeRow,
    ExemplarRow,
    HealthRow,
    LeafRow,
    OutcomeRow,
    SidedCell,
    TrendRow,
)
from analytics.investigate.slice import cell_parameters, sliced
from analytics.investigate.stopped import Latest, latest_of, latest_question
from analytics.movers.ranking import root_causes
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
    inner = sliced(asked, causes, frame).parameters()
    cells = asker.later("investigate_cells", SidedCell, cell_parameters(asked, causes, frame))
    exemplars = asker.later("investigate_tasks", ExemplarRow, inner)
    outcomes = asker.later("investigate_outcomes", OutcomeRow, inner)
    finely = finer_trend(asked, trend())
    minutes = asker.later("investigate_trend", TrendRow, trend_parameters(asked, finely)) if finely else None
    first = FirstAnswers(leaves(), trend(), changes(), health()[0])
    second = SecondAnswers(cells(), exemplars(), outcomes(), finely, minutes() if minutes else ())
    return investigation(asked, first, second, frame, causes)


def latest(asker: Asker, found: Investigation, now: datetime) -> Latest | None:
    """Whether it has stopped; None where that is no question."""
    asked = latest_question(found, now)
    if asked is None:
        return None
    return latest_of(found, asked, asker.later("investigate_leaves", LeafRow, asked.parameters())())
