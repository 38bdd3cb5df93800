"""Absolute limits of single cases: what a run or a task may cost, how many calls and tokens it may take.

In: rules and both sides. Out: one LimitCheck a rule, measure and case of the head. Not a test of significance: what is
above its limit is above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from analytics.gate.evidence import SideData
from analytics.gate.pairing import RunCost
from analytics.gate.result import LimitCheck

EVERY, MEAN = "every", "mean"
MEASURES = ("max_usd", "max_usd_per_task", "max_calls", "max_tokens")
UNITS = {
    "max_usd": "USD a run",
    "max_usd_per_task": "USD a task",
    "max_calls": "calls a run",
    "max_tokens": "tokens a run",
}


@dataclass(frozen=True)
class LimitRule:
    """What cases may take. cases, workloads: patterns, as `refund*`; of: the mean of a case's runs, or every run."""

    cases: str = "*"
    workloads: str = "*"
    max_usd: Decimal | None = None
    max_usd_per_task: Decimal | None = None
    max_calls: Decimal | None = None
    max_tokens: Decimal | None = None
    of: str = MEAN

    def holds_for(self, case: str, workload: str) -> bool:
        """Whether the rule is about a case."""
        return fnmatchcase(case, self.cases) and fnmatchcase(workload, self.workloads)

    def limits(self) -> Iterator[tuple[str, Decimal]]:
        """Its measures that have a limit."""
        for name in MEASURES:
            value = getattr(self, name)
            if value is not None:
                yield name, value


def check_limits(rules: Sequence[LimitRule], base: SideData, head: SideData) -> tuple[LimitCheck, ...]:
    """Every case of the head held against every rule that is about it; what is broken stands first, worst first."""
    sides = [_by_case(side) for side in (base, head)]
    lacks = any(use.is_unpriced for use in head.models)
    found = [
        _check(rule, name, limit, case, runs, sides[0].get(case, []), lacks)
        for case, runs in sides[1].items()
        for rule in rules
        if rule.holds_for(case, runs[0].run.workload)
        for name, limit in rule.limits()
    ]
    return tuple(
        sorted(
            found,
            key=lambda check: (not check.is_broken, check.is_known, -check.ratio, check.case, check.unit),
        )
    )


def unmatched(rules: Sequence[LimitRule], head: SideData) -> list[LimitRule]:
    """Rules that are about no case of the head: most likely a wrong name."""
    cases = {(run.case, run.workload) for run in head.runs}
    return [rule for rule in rules if not any(rule.holds_for(*case) for case in cases)]


@dataclass(frozen=True)
class _Run:
    """One run with what its cells hold. priced_calls: calls with a price."""

    run: RunCost
    tokens: int
    priced_calls: int

    def value(self, name: str) -> Decimal:
        match name:
            case "max_usd":
                return self.run.cost_usd
            case "max_usd_per_task":
                return self.run.cost_usd / max(1, self.run.tasks)
            case "max_calls":
                return Decimal(self.run.calls)
        return Decimal(self.tokens)


def _by_case(side: SideData) -> Mapping[str, list[_Run]]:
    tokens: dict[tuple[str, str], list[int]] = {}
    for cell in side.cells:
        held = tokens.setdefault((cell.unit, cell.run), [0, 0])
        held[0] += (
            cell.fresh_input_tokens
            + cell.cache_read_tokens
            + cell.cache_write_short_tokens
            + cell.cache_write_long_tokens
            + cell.output_tokens
        )
        held[1] += cell.calls
    found: dict[str, list[_Run]] = {}
    for run in side.run_costs():
        counted = tokens.get((run.case, run.run), [0, 0])
        found.setdefault(run.case, []).append(_Run(run, *counted))
    return found


def _check(
    rule: LimitRule,
    name: str,
    limit: Decimal,
    case: str,
    runs: Sequence[_Run],
    before: Sequence[_Run],
    lacks: bool,
) -> LimitCheck:
    values = [run.value(name) for run in runs]
    mean = sum(values, Decimal(0)) / len(values)
    judged = max(values) if rule.of == EVERY else mean
    # Calls without a price count nothing, so a case below its limit may be above it.
    is_known = name == "max_calls" or not lacks or all(r.priced_calls >= r.run.calls for r in runs)
    was = [run.value(name) for run in before]
    return LimitCheck(
        case=case,
        workload=runs[0].run.workload,
        unit=UNITS[name],
        of=rule.of,
        limit=limit,
        value=judged,
        base_value=(max(was) if rule.of == EVERY else sum(was, Decimal(0)) / len(was)) if was else None,
        runs=len(values),
        runs_above=sum(value > limit for value in values),
        is_broken=judged > limit,
        is_known=is_known or judged > limit,
    )
