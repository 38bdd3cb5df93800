"""What spanledger.yaml states stands in the ledger, follows the file, and leaves it with the file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from collector.config.model import Config, parse_config
from collector.errors import ConfigError
from collector.stated import Stated
from tests.ledger.ledger import Ledger, only_ledger

FIRST = b"""
budgets:
  - {all: true, period: month, limit_usd: 2500}
  - {workload: support, period: week, limit_usd: 12.345678}
  - {tenant: acme, period: hour, limit_usd: 1}
single_agent_baselines:
  research: {architecture: single}
  writing: {workload: writing-alone}
invoices:
  - {provider: anthropic, month: 2026-10, usd: 1234.56}
"""
SECOND = b"""
budgets:
  - {all: true, period: month, limit_usd: 3000}
single_agent_baselines:
  research: {workload: research-alone}
"""
HELD = "SELECT kind, scope, name, period, amount_usd, other_scope, other FROM stated FINAL ORDER BY kind, scope, name"


@pytest.fixture
def ledger() -> Ledger:
    found = only_ledger()
    found.clear()
    return found


def test_statements_follow_the_file(ledger: Ledger) -> None:
    configs: list[Config] = []
    stated = Stated(ledger.engine, parse_config(FIRST, "first"), lambda: configs.pop() if configs else None)
    assert stated.look() == 6
    rows = ledger.rows(HELD)
    assert [(row["kind"], row["scope"], row["name"]) for row in rows] == [
        ("baseline", "workload", "research"), ("baseline", "workload", "writing"), ("budget", "all", ""),
        ("budget", "tenant", "acme"), ("budget", "workload", "support"), ("invoice", "provider", "anthropic"),
    ]  # fmt: skip
    assert Decimal(str(rows[4]["amount_usd"])) == Decimal("12.345678")
    assert (rows[0]["other_scope"], rows[0]["other"], rows[0]["amount_usd"]) == (
        "architecture",
        "single",
        None,
    )
    assert stated.look() == 0
    assert Stated(ledger.engine, parse_config(FIRST, "first")).look() == 0

    configs.append(parse_config(SECOND, "second"))
    assert stated.look() == 6
    rows = ledger.rows(HELD)
    assert [(row["kind"], row["other"]) for row in rows] == [("baseline", "research-alone"), ("budget", "")]
    assert Decimal(str(rows[1]["amount_usd"])) == 3000


def test_nothing_stated_is_nothing_written(ledger: Ledger) -> None:
    assert Stated(ledger.engine, Config()).look() == 0
    assert ledger.rows(HELD) == []


@pytest.mark.parametrize("month", ["2026-13", "October", "2026", "2026-10-01"])
def test_an_invoice_of_no_month_is_refused_by_line(month: str) -> None:
    with pytest.raises(ConfigError, match="invoices"):
        parse_config(f"invoices:\n  - {{provider: anthropic, month: '{month}', usd: 1}}".encode(), "file")
