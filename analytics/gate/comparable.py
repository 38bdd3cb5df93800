"""Whether two sides may be compared at all, and what a reader should know before believing the comparison.

In: both sides, their pairing, settings. Out: reasons against (the gate then has no verdict), and warnings.
"""

from __future__ import annotations

from collections.abc import Iterable

from analytics.figures.numbers import share
from analytics.gate.evidence import ModelUse, SideData
from analytics.gate.pairing import Pairing
from analytics.gate.settings import GateSettings

SHOWN = 3


def clashing_case(side: SideData) -> str | None:
    """A case whose runs are of different workloads, so that nobody can say which runs belong together."""
    seen: dict[str, str] = {}
    for run in side.runs:
        other = seen.setdefault(run.case, run.workload)
        if other != run.workload:
            first, second = sorted((other, run.workload))
            return (
                f"{side.source}: case {run.case!r} is used by two workloads, {first!r} and {second!r}; "
                "give each its own spanledger.case.id"
            )
    return None


def reasons_against(base: SideData, head: SideData, pairing: Pairing, settings: GateSettings) -> list[str]:
    """Why these two cannot be compared; none = they can."""
    reasons = []
    if not pairing.paired.cases:
        reasons.append(
            f"no case is on both sides (base {_names(pairing.base_only)}; head {_names(pairing.head_only)}); "
            "give the same case the same spanledger.case.id in both"
        )
    elif pairing.missing_share > settings.missing_cases:
        reasons.append(
            f"{share(pairing.missing_share)} of the cases are on one side only, more than "
            f"{share(settings.missing_cases)}: {_missing(pairing)}"
        )
    reasons += [
        text for name, side in (("base", base), ("head", head)) for text in unpriced(name, side, settings)
    ]
    reasons += other_models(base, head, settings)
    books = [{use.price_book for use in side.models if use.price_book} for side in (base, head)]
    if books[0] and books[1] and books[0] != books[1]:
        reasons.append(
            f"the sides are priced by different price books: base {_names(books[0])}, head {_names(books[1])}; "
            "`spanledger rebuild` prices both by the newest"
        )
    return reasons


def unpriced(name: str, side: SideData, settings: GateSettings) -> list[str]:
    """A reason if too much of a side has no price."""
    lost = [use for use in side.models if use.is_unpriced]
    calls, tokens = sum(use.calls for use in side.models), sum(use.tokens for use in side.models)
    of_calls = sum(use.calls for use in lost) / calls if calls else 0.0
    of_tokens = sum(use.tokens for use in lost) / tokens if tokens else 0.0
    if max(of_calls, of_tokens) <= settings.unpriced:
        return []
    what = sorted(
        {f"{use.response_model or use.request_model or 'no model'} ({use.pricing_status})" for use in lost}
    )
    return [
        f"{share(of_tokens)} of the tokens and {share(of_calls)} of the calls of {name} have no price, more than "
        f"{share(settings.unpriced)}: {_names(what)}; prices of your own stand in spanledger.yaml"
    ]


def other_models(base: SideData, head: SideData, settings: GateSettings) -> list[str]:
    """A reason if the sides talked to other models: none in common, or another snapshot behind the same name."""
    if settings.allow_other_models:
        return []
    answered = [_answered(side.models) for side in (base, head)]
    for asked in sorted(answered[0].keys() & answered[1].keys()):
        first, second = answered[0][asked], answered[1][asked]
        if first and second and not first & second:
            return [
                f"{asked[1]} was answered by other models: base by {_names(first)}, head by {_names(second)}; "
                "that is the provider's change, record both sides anew"
            ]
    names = [_models(side.models) for side in (base, head)]
    if names[0] and names[1] and not names[0] & names[1]:
        return [
            f"the sides use other models: base {_names(names[0])}, head {_names(names[1])}; "
            "if the change of model is what you test, say --allow-other-models"
        ]
    return []


def warnings(base: SideData, head: SideData, pairing: Pairing) -> list[str]:
    """What does not forbid the comparison but belongs beside it."""
    found = []
    if len(pairing.paired.cases) and (pairing.base_only or pairing.head_only):
        found.append(f"left out, on one side only: {_missing(pairing)}")
    first, second = _models(base.models), _models(head.models)
    if first & second:
        if new := second - first:
            found.append(f"only head uses {_names(new)}")
        if gone := first - second:
            found.append(f"only base uses {_names(gone)}")
    for name, side in (("base", base), ("head", head)):
        lost = sum(use.calls for use in side.models if use.is_unpriced)
        if lost:
            found.append(f"{lost} calls of {name} have no price and are left out of its cost")
    counts = pairing.paired
    if len(counts.cases) and (counts.base_runs != counts.head_runs).any():
        found.append("some cases ran more often on one side than on the other")
    return found


def _answered(models: Iterable[ModelUse]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for use in models:
        if use.request_model and use.response_model:
            found.setdefault((use.provider, use.request_model), set()).add(use.response_model)
    return found


def _models(models: Iterable[ModelUse]) -> set[str]:
    return {use.request_model or use.response_model for use in models} - {""}


def _missing(pairing: Pairing) -> str:
    parts = [
        f"{len(names)} in {side} ({_names(names)})"
        for side, names in (("base", pairing.base_only), ("head", pairing.head_only))
        if names
    ]
    return ", ".join(parts)


def _names(names: Iterable[str]) -> str:
    ordered = sorted(names)
    if not ordered:
        return "none"
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more
