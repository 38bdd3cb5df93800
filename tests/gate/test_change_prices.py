"""A change and a price that moved at the same time are told apart, and agree with the gate."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.change_prices import ChangePriced, OneBook, at_one_book, price_words
from analytics.changes.effects import ChangeDay, ChangeLevels, Effect, GateVerdict, effects
from sql.catalogue import query
from tests.gate.test_gate_ledger import DAY_S, compared, send_runs
from tests.ledger.ledger import Ledger
from tests.ledger.spans import NOON

DEARER = """
prices:
  - provider: anthropic
    model: claude-sonnet-4-5
    from: 2026-10-20
    fresh_input_usd_per_mtok: 6
    output_usd_per_mtok: 30
"""


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


GIVEN = {
    "from_": _at(NOON - timedelta(days=1)), "to_": _at(NOON + timedelta(days=40)), "kind": "change", "workloads": "[]",
    "models": "[]", "agents": "[]", "environments": "[]", "tiers": "[]", "tenants": "[]", "workload": "triage",
    "values_": "['aaaa1111','bbbb2222']",
}  # fmt: skip


def asked(ledger: Ledger, name: str, kind: type[Any], **more: str) -> list[Any]:
    """Rows of a query as its class."""
    statement = query(name)
    given = {**GIVEN, **more}
    found = ledger.rows(statement.text, **{key: given[key] for key in statement.parameters})
    return [kind(**{key: _typed(key, value) for key, value in row.items()}) for row in found]


def opened(ledger: Ledger) -> tuple[Effect, OneBook]:
    (effect,) = effects(asked(ledger, "change_days", ChangeDay), asked(ledger, "change_levels", ChangeLevels))
    rows = asked(ledger, "change_at_prices", ChangePriced, as_of=_at(effect.after.last_task))
    found = at_one_book(effect, rows)
    assert found is not None
    return effect, found


def _typed(key: str, value: Any) -> Any:
    if key in ("first_task", "last_task"):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if key == "day":
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else math.nan if value is None else value


def test_a_price_that_doubled_is_not_the_change(ledger: Ledger) -> None:
    ledger.configure(DEARER)
    send_runs(ledger, "aaaa1111", 1000)
    send_runs(ledger, "bbbb2222", 1300, at=20 * DAY_S)
    effect, found = opened(ledger)
    gate = compared(ledger, "ledger:change=aaaa1111", "ledger:change=bbbb2222").total.judgement.typical
    assert effect.ratio == pytest.approx(2 * gate.ratio, rel=0.01)
    assert found.ratio == pytest.approx(gate.ratio, rel=0.01)
    assert found.prices_moved
    total = effect.after.cost_usd - effect.before.cost_usd
    assert found.change_usd + found.price_usd == pytest.approx(total, rel=1e-9)
    assert found.price_usd == pytest.approx(effect.before.cost_usd, rel=1e-6)
    words = price_words(found, None)
    assert "At one price book for both sides a typical task costs +2" in words
    assert "is prices that moved" in words


def test_without_a_price_that_moved_it_is_the_same(ledger: Ledger) -> None:
    send_runs(ledger, "aaaa1111", 1000)
    send_runs(ledger, "bbbb2222", 1300, at=2 * DAY_S)
    effect, found = opened(ledger)
    assert not found.prices_moved
    assert found.price_usd == 0
    assert (found.ratio, found.low, found.high) == pytest.approx((effect.ratio, effect.low, effect.high))
    said = GateVerdict("7", "bbbb2222", "triage", "FAIL", "", 1.29, 1.2, 1.4, 25, NOON, "", "")
    assert price_words(found, said) == (
        "No price changed between the two sides: at one price book it is the same. "
        "The gate, which compares at one price book, measured +29.0 % over 25 cases before the merge."
    )
