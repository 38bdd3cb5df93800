"""What the page on changes needs from the ledger, asked side by side.

In: a window, filters, which kind of change. Out: frozen results of analytics. Raises DashboardError.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from analytics.change_prices import ChangePriced, OneBook, at_one_book
from analytics.changes.effects import ChangeDay, ChangeLevels, ChangeSpread, Effect, GateVerdict, effects
from analytics.periods import Window
from dashboard.data.client import Parameter, ledger
from dashboard.data.pages import FRESH_S, Filters, parameters
from dashboard.serving import access
from dashboard.serving.access import kept

LOOK_BACK = timedelta(days=28)
"""How far before the period the tasks before a change may lie."""


@dataclass(frozen=True)
class ChangesData:
    """Effects of the changes whose first task began in the period, the rows they come from, and the gate's verdicts."""

    effects: list[Effect]
    days: list[ChangeDay]
    gates: list[GateVerdict]


@kept(ttl=FRESH_S, max_entries=50)
def changes(window: Window, filters: Filters, kind: str) -> ChangesData:
    """Three queries at once."""
    given = _given(window, filters, kind)
    days = ledger().later("change_days", ChangeDay, given)
    levels = ledger().later("change_levels", ChangeLevels, given)
    # A verdict tells of other workloads too, so viewers of single ones do without.
    gates = None if access.current().is_narrow else ledger().later("gate_verdicts", GateVerdict, given)
    rows = days()
    found = [effect for effect in effects(rows, levels()) if effect.after.first_task >= window.from_]
    return ChangesData(found, rows, gates() if gates else [])


@kept(ttl=FRESH_S, max_entries=50)
def spread(window: Window, kind: str, workload: str, values: tuple[str, str]) -> list[ChangeSpread]:
    """How task cost is spread before and after one change; nothing where the workload is not the viewer's."""
    if (mine := access.current().workloads) and workload not in mine:
        return []
    given = _given(window, Filters(), kind) | {"workload": workload, "values_": values}
    return ledger().rows("change_spread", ChangeSpread, given)


@kept(ttl=FRESH_S, max_entries=50)
def one_book(window: Window, kind: str, effect: Effect) -> OneBook | None:
    """Both sides of one change at the prices of its latest task; None where the workload is not the viewer's."""
    if (mine := access.current().workloads) and effect.workload not in mine:
        return None
    values = (effect.before.value, effect.after.value)
    given = _given(window, Filters(), kind) | {
        "workload": effect.workload, "values_": values, "as_of": effect.after.last_task,
    }  # fmt: skip
    return at_one_book(effect, ledger().rows("change_at_prices", ChangePriced, given))


def _given(window: Window, filters: Filters, kind: str) -> dict[str, Parameter]:
    wider = replace(window, from_=window.from_ - LOOK_BACK)
    return parameters(wider, filters) | {"kind": kind}
