"""Compares what stands in the ledger with what was billed.

In: a case and the ledger's calls of its traces. Out: `Grade`, a verdict a bucket and a call. Pure.
A bucket that the payload carries must equal the truth. What it does not carry must be NULL or marked as assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from tests.accounting.case import Carried, Case, Usage

Row = Mapping[str, Any]

BUCKETS = ("fresh", "read", "write_short", "write_long", "output", "reasoning")
COLUMNS = {
    "fresh": "fresh_input_tokens",
    "read": "cache_read_tokens",
    "write_short": "cache_write_short_tokens",
    "write_long": "cache_write_long_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
}
EXACT, UNKNOWN, ASSUMED, WRONG, MISSING = "exact", "unknown", "assumed", "wrong", "missing"
ORDER = (EXACT, UNKNOWN, ASSUMED, MISSING, WRONG)
DOUBLED = "usage_may_be_doubled"
EXCUSES = {
    "fresh": ("cache_not_reported", "cache_inclusion_assumed", "cache_write_not_reported", DOUBLED),
    "read": ("cache_not_reported", "cache_inclusion_assumed", DOUBLED),
    "write_short": ("lifetime_assumed_short", "cache_write_not_reported", "cache_not_reported", DOUBLED),
    "write_long": ("lifetime_assumed_short", "cache_write_not_reported", "cache_not_reported", DOUBLED),
    "output": ("output_overstated", "output_incomplete", "usage_estimated", "reasoning_not_counted", DOUBLED),
    "reasoning": (),
}
"""Notes of a call that say of a bucket: assumed, not measured."""
MAX_PERMUTED = 5


@dataclass(frozen=True, slots=True)
class Grade:
    """Verdicts by bucket, the worst over the calls of the case; `missing`: carried, yet not in the ledger."""

    case: str
    verdicts: dict[str, str]
    calls_expected: int
    calls_found: int

    @property
    def is_right(self) -> bool:
        """No wrong number, nothing lost that the payload carries, every call counted once."""
        return self.counts_right and not any(v in (WRONG, MISSING) for v in self.verdicts.values())

    @property
    def counts_right(self) -> bool:
        """Each call that has a span stands once."""
        return self.calls_expected == self.calls_found

    def faults(self) -> list[str]:
        """What is not right, one short text each."""
        found = [f"{bucket} {v}" for bucket, v in self.verdicts.items() if v in (WRONG, MISSING)]
        if not self.counts_right:
            found.append(f"{self.calls_found} calls instead of {self.calls_expected}")
        return found


def grade(case: Case, rows: Sequence[Row]) -> Grade:
    """Of one case. A call that was refused stands as not billed beside the others and carries no usage."""
    answered = [row for row in rows if row["pricing_status"] != "not_billed"]
    told = [usage for n, usage in enumerate(case.calls) if n not in case.untold]
    verdicts = _best(case, told, answered)
    if case.calls:
        return Grade(case.name, verdicts, expected_calls(case, len(answered)), len(answered))
    return Grade(case.name, verdicts, min(case.failed, case.llm_spans), len(rows))


def expected_calls(case: Case, found: int) -> int:
    """How many calls must stand. One of which a span tells no usage stands without; of others nothing can stand."""
    told = len(case.calls) - len(case.untold)
    fewest = max(told, min(1, case.llm_spans))
    return max(fewest, min(found, len(case.calls)))


def _best(case: Case, told: Sequence[Usage], rows: Sequence[Row]) -> dict[str, str]:
    truth = told if len(rows) <= len(told) else case.calls
    if not truth:
        return dict.fromkeys(BUCKETS, WRONG) if any(_has_usage(row) for row in rows) else {}
    orders = permutations(rows, min(len(rows), len(truth))) if len(rows) <= MAX_PERMUTED else [tuple(rows)]
    graded = [_worst(case, truth, order) for order in orders]
    return min(graded, key=lambda verdicts: sum(ORDER.index(v) ** 2 for v in verdicts.values()))


def _worst(case: Case, truth: Sequence[Usage], rows: Sequence[Row]) -> dict[str, str]:
    found = {}
    for bucket in BUCKETS:
        verdicts = [_verdict(case, usage, row, bucket) for usage, row in zip(truth, rows, strict=False)]
        found[bucket] = max(verdicts, key=ORDER.index) if verdicts else MISSING
    return found


def _has_usage(row: Row) -> bool:
    return any(row[column] is not None for column in COLUMNS.values())


def _verdict(case: Case, usage: Usage, row: Row, bucket: str) -> str:
    value, true = row[COLUMNS[bucket]], getattr(usage, bucket)
    untold = bool(case.untold) and row["pricing_status"] == "missing_usage"
    if value is None:
        return UNKNOWN if untold or true == 0 or not is_carried(case.carried, usage, bucket) else MISSING
    if value == true:
        return EXACT
    if bucket in ("write_short", "write_long") and case.carried.write and not case.carried.lifetime:
        whole = (row["cache_write_short_tokens"] or 0) + (row["cache_write_long_tokens"] or 0)
        is_told = "lifetime_assumed_short" in row["pricing_note"]
        return ASSUMED if whole == usage.write_short + usage.write_long and is_told else WRONG
    if is_carried(case.carried, usage, bucket):
        return WRONG
    return ASSUMED if set(row["pricing_note"].split(",")) & {*EXCUSES[bucket], "usage_estimated"} else WRONG


def is_carried(carried: Carried, usage: Usage, bucket: str) -> bool:
    """Whether the payload says this bucket; a split of writes needs the lifetime as well, unless there are none."""
    if bucket == "write_short" or bucket == "write_long":
        return carried.write and (carried.lifetime or usage.write_short + usage.write_long == 0)
    return bool(getattr(carried, bucket))
