"""The words of limits: which cases are above theirs, the same in every output.

In: a result. Out: short texts without markup.
"""

from __future__ import annotations

from decimal import Decimal

from analytics.figures.numbers import UNKNOWN, usd
from analytics.gate.limits import EVERY
from analytics.gate.result import GateResult, LimitCheck
from analytics.gate.words import clean

LIMIT_HEADINGS = ("case above its limit", "limit", "head", "base", "runs above")


def limits_line(result: GateResult) -> str:
    """How many limits hold; empty where there are none."""
    if not result.limits:
        return ""
    cases = len({check.case for check in result.limits})
    broken = result.broken_limits
    unknown = sum(not check.is_known for check in result.limits)
    tail = f"; {unknown} cannot be told, as calls have no price" if unknown else ""
    if not broken:
        return (
            f"all {len(result.limits)} limits of {cases} cases hold{tail}"
            if not unknown
            else (
                f"{len(result.limits) - unknown} of {len(result.limits)} limits of {cases} cases hold{tail}"
            )
        )
    above = len({check.case for check in broken})
    old = sum(_was_broken(check) for check in broken)
    before = f", {old} of them on base already" if old else ""
    return f"{above} of {cases} cases are above a limit ({len(broken)} of {len(result.limits)} limits{before}){tail}"


def limit_cells(check: LimitCheck) -> list[str]:
    """One row below LIMIT_HEADINGS."""
    return [
        clean(check.case),
        f"{amount(check, check.limit)} {_per(check)}",
        amount(check, check.value),
        UNKNOWN if check.base_value is None else amount(check, check.base_value),
        f"{check.runs_above} of {check.runs}",
    ]


def limit_sentence(check: LimitCheck) -> str:
    """A broken limit in one sentence."""
    of = "in a run" if check.of == EVERY else "on average"
    return (
        f"{clean(check.case)}: {amount(check, check.value)} {_per(check)} {of}, above the limit of "
        f"{amount(check, check.limit)}" + (", as on base already" if _was_broken(check) else "")
    )


def amount(check: LimitCheck, value: Decimal) -> str:
    """Money, or a whole count."""
    return usd(float(value)) if check.unit.startswith("USD") else f"{value:,.0f}"


def _per(check: LimitCheck) -> str:
    return check.unit.removeprefix("USD ")


def _was_broken(check: LimitCheck) -> bool:
    return check.base_value is not None and check.base_value > check.limit
