"""Names that strangers make up by the thousand: what alerts hold of them is bounded, and no dollar is lost."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from collector.alerts import grid
from collector.alerts.grid import OTHERS, SpendGrid, hours_of

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = int(END.timestamp()) // 3600


def named(workload: str) -> tuple[tuple[str, str], ...]:
    return (("workload", workload),)


def test_of_very_many_scopes_the_largest_stand_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_SCOPES", 2)
    cells = {named(f"w{n}"): {HOUR - 1: float(n), HOUR - 3: 1.0} for n in range(6)}
    found = hours_of(cells, END, 24, wanted={named("w0"), named("nobody")})
    assert set(found.scopes) == {named("w5"), named("w4"), named("w0"), named(OTHERS)}
    assert float(np.nansum(found.cost)) == sum(range(6)) + 6
    others = found.cost[found.scopes.index(named(OTHERS))]
    assert (others[23], others[21]) == (1.0 + 2.0 + 3.0, 3.0)


def test_few_scopes_are_all_there() -> None:
    cells = {named(f"w{n}"): {HOUR - 1: 1.0} for n in range(50)}
    assert set(hours_of(cells, END, 24).scopes) == set(cells)


def test_a_grid_sums_what_it_is_asked_for() -> None:
    minute = int(END.timestamp()) // 300
    minutes = {named("a"): {minute - 1: 2.0, minute - 2: 1.0}, named("b"): {minute - 1: 5.0}}
    spends = SpendGrid(minutes, 300, END - timedelta(days=3), END, hours_of({}, END, 24))
    last, both = END - timedelta(minutes=5), END - timedelta(minutes=10)
    assert spends.spend(named("a"), both, END) == 3.0
    assert spends.spend(named("b"), last, END) == 5.0
    assert spends.spend((), both, END) == 8.0
    assert spends.spend(named("nobody"), both, END) == 0.0
