"""Rows of the bridge's query as cells."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from analytics.bridge.split import BridgeCell
from sql.catalogue import query
from tests.ledger.ledger import Ledger
from tests.ledger.spans import NOON


def cells_of(ledger: Ledger, from_days: float = -1, to_days: float = 1, **filters: str) -> list[BridgeCell]:
    """Cells of the tasks that ended between these days from noon; filters are ClickHouse arrays as text."""
    names = (
        "workloads", "environments", "models", "agents", "tiers", "tenants", "prompt_versions", "changes",
    )  # fmt: skip
    params = {name: filters.get(name, "[]") for name in names}
    bounds = {"from_": _text(NOON + timedelta(days=from_days)), "to_": _text(NOON + timedelta(days=to_days))}
    return [_cell(row) for row in ledger.rows(query("bridge_cells").text, **bounds, **params)]


def _cell(row: dict[str, Any]) -> BridgeCell:
    return BridgeCell(
        **{name: Decimal(value) if name.endswith("_usd") else value for name, value in row.items()}
    )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
