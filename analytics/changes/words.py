"""What the changes of a period did, in a sentence and a few figures.

In: effects. Out: text pieces and figures, names from outside apart from our words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from analytics.changes.effects import Effect, Outcome
from analytics.figures.figure import figure
from analytics.figures.numbers import plural, usd
from analytics.overview import Figure
from analytics.verdict import Piece

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
NOUNS = {"change": "commit", "pull_request": "pull request", "prompt_version": "prompt version"}


def verdict(found: Sequence[Effect], kind: str) -> list[Piece]:
    """How many changes there were, and the one that moved most money."""
    noun = NOUNS[kind]
    changes = len({effect.after.value for effect in found})
    pieces = [Piece(f"{plural(changes, noun)} in the period. ", strong=False)]
    dearer = [effect for effect in found if effect.outcome is Outcome.DEARER]
    cheaper = [effect for effect in found if effect.outcome is Outcome.CHEAPER]
    if dearer:
        worst = max(dearer, key=lambda effect: effect.monthly_usd or 0.0)
        pieces += [Piece(f"{_named(worst.after.value, kind)} made "), Piece(worst.workload, strong=True)]
        pieces += [Piece(" dearer: a typical task "), Piece(percent(worst.ratio), strong=True)]
        pieces += [Piece(f" ({interval(worst)}), {_monthly(worst.monthly_usd)}. ")]
        others = len(dearer) - 1
        if others:
            pieces += [Piece(f"{plural(others, 'other')} made a workload dearer too. ")]
    if cheaper:
        best = min(cheaper, key=lambda effect: effect.monthly_usd or 0.0)
        pieces += [Piece(f"{_named(best.after.value, kind)} made "), Piece(best.workload, strong=True)]
        pieces += [Piece(" cheaper: a typical task "), Piece(percent(best.ratio), strong=True)]
        pieces += [Piece(f" ({interval(best)}), {_monthly(best.monthly_usd)}.")]
    if not dearer and not cheaper:
        pieces += [Piece("None has been shown to make a task dearer or cheaper.")]
    return pieces


def figures(found: Sequence[Effect]) -> list[Figure]:
    """How many went which way, and what they move in a month."""
    known = [effect for effect in found if effect.outcome is not Outcome.TOO_FEW]
    moved = [effect for effect in known if effect.outcome in (Outcome.DEARER, Outcome.CHEAPER)]
    monthly = sum(effect.monthly_usd or 0.0 for effect in moved)
    few = len(found) - len(known)
    remark = f"{plural(few, 'pair')} of too few tasks" if few else ""
    sample = f"{plural(len(found), 'pair')} of before and after"

    def counted(key: str, label: str, outcome: Outcome, meaning: str, unknown: str = "") -> Figure:
        number = sum(effect.outcome is outcome for effect in found)
        return figure(key, label, str(number), meaning, "change_days", sample=sample, unknown=unknown)

    return [
        counted(
            "dearer", "Made dearer", Outcome.DEARER,
            "Workloads whose typical task costs at least 2 % more since the change; the 99 % interval lies above 0.",
        ),
        counted(
            "cheaper", "Made cheaper", Outcome.CHEAPER,
            "Workloads whose typical task costs at least 2 % less since the change; the 99 % interval lies below 0.",
        ),
        counted(
            "none", "No difference shown", Outcome.NONE_SHOWN,
            "Enough tasks, and the 99 % interval of the typical cost holds unchanged, or it moved less than 2 %.",
            remark,
        ),
        figure(
            "monthly", "Per month, together", signed_usd(monthly) if moved else "—",
            "Mean cost of a task after less before, times tasks a day since, times 30.4; of changes beyond chance.",
            "change_days", sample=plural(len(moved), "change"), known=bool(moved),
        ),
    ]  # fmt: skip


def percent(ratio: float | None) -> str:
    """A ratio as a signed change: `+12.3 %`."""
    if ratio is None:
        return "—"
    change = (ratio - 1) * 100
    digits = 1 if abs(change) < 100 else 0
    return f"{'+' if change >= 0 else '−'}{abs(change):.{digits}f} %"


def interval(effect: Effect) -> str:
    """The 99 % interval of the change."""
    return f"99 % interval {percent(effect.low)} to {percent(effect.high)}"


def signed_usd(amount: float | None) -> str:
    """USD with its sign."""
    if amount is None:
        return "—"
    return f"{'+' if amount >= 0 else '−'}{usd(abs(amount))}"


def _monthly(amount: float | None) -> str:
    if amount is None:
        return "amount unknown"
    return f"about {usd(abs(amount))} a month {'more' if amount >= 0 else 'less'} at today's volume"


def short(value: str) -> str:
    """A commit as people write it; anything else as it is."""
    return value[:10] if _COMMIT.fullmatch(value) else value


def _named(value: str, kind: str) -> str:
    noun = NOUNS[kind]
    return f"{noun[0].upper()}{noun[1:]} {short(value)}"
