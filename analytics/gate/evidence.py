"""What one side of a gate is: its runs, the models it used, and the cells of its cost.

Frozen rows of the queries gate_runs, gate_models and gate_cells. Money is Decimal, USD at list price.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from analytics.bridge.split import BridgeCell
from analytics.gate.pairing import RunCost

KNOWN_COST = frozenset(("priced", "free", "not_billed"))


@dataclass(frozen=True)
class RunFacts:
    """Query `gate_runs`. is_eval: the emitter named the case; else the case is the task."""

    case: str
    run: str
    workload: str
    day: date
    tasks: int
    calls: int
    judged: int
    succeeded: int
    changes: tuple[str, ...]
    prompt_versions: tuple[str, ...]
    traces: tuple[str, ...]
    is_eval: bool

    @property
    def success(self) -> bool | None:
        """Whether all judged tasks succeeded; None when nobody judged."""
        return self.succeeded == self.judged if self.judged else None


@dataclass(frozen=True)
class ModelUse:
    """Query `gate_models`."""

    provider: str
    request_model: str
    response_model: str
    pricing_status: str
    price_book: str
    calls: int
    tokens: int
    latest: datetime

    @property
    def is_unpriced(self) -> bool:
        """Whether its cost is unknown."""
        return self.pricing_status not in KNOWN_COST


@dataclass(frozen=True)
class SegmentUse:
    """Query `gate_segments`: a kind of segment over all calls whose segments were counted."""

    segment: str
    calls: int
    tokens: float
    usd: float


@dataclass(frozen=True)
class SideData:
    """One side. cells: unit = case, priced at one moment for both sides; own_cost_usd: at the calls' own times."""

    source: str
    runs: tuple[RunFacts, ...]
    models: tuple[ModelUse, ...]
    cells: tuple[BridgeCell, ...]
    own_cost_usd: Decimal
    segments: tuple[SegmentUse, ...] = ()

    @property
    def cost_usd(self) -> Decimal:
        """At the one moment's prices."""
        return sum((cell.cost_usd for cell in self.cells), Decimal(0))

    def run_costs(self) -> list[RunCost]:
        """Every run with what its calls cost; a run without calls cost nothing."""
        found: dict[tuple[str, str], Decimal] = {}
        for cell in self.cells:
            key = (cell.unit, cell.run)
            found[key] = found.get(key, Decimal(0)) + cell.cost_usd
        return [
            RunCost(
                run.workload,
                run.case,
                run.run,
                found.get((run.case, run.run), Decimal(0)),
                run.calls,
                run.tasks,
                run.success,
            )
            for run in self.runs
        ]
