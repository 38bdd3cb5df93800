"""Writes docs/accounting.md: what each emitter's payloads tell of each bucket, as the ledger reads them.

In: grades of all cases. Out: the page as text. Run `python -m tests.accounting.table` to write it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.accounting.case import Case, cases
from tests.accounting.grade import ASSUMED, BUCKETS, EXACT, MISSING, UNKNOWN, WRONG, Grade, grade
from tests.accounting.run import play
from tests.ledger.ledger import only_ledger

PAGE = Path(__file__).parents[2] / "docs" / "accounting.md"
WORDS = {EXACT: "exact", UNKNOWN: "–", ASSUMED: "assumed", WRONG: "**wrong**", MISSING: "**lost**"}
TITLES = {
    "fresh": "fresh input",
    "read": "cache read",
    "write_short": "write short",
    "write_long": "write long",
    "output": "output",
    "reasoning": "reasoning",
}
INTRODUCTION = """# What emitters send, and how it is read

Every payload was recorded from a real program and a real instrumentation, against a server that answered with known
token counts; `tests/accounting/` plays each one into the ledger and compares the calls with what was billed. This page
is written by `python -m tests.accounting.table` and checked against the ledger by a test.

- **exact**: equals what was billed.
- **–**: the payload does not say it; the ledger says unknown, never zero.
- **assumed**: the payload leaves it open; the number is an assumption, and `pricing_note` of the call says which.
- **wrong**: the emitter states a wrong number, and nothing in its payload shows it.

`calls` is how many calls stand, of how many that were made; a refused call stands without cost. What the emitters do
is told in `sql/data/emitter_rules.csv`, the names of their attributes in `sql/data/attribute_roles.csv`: a line in each
and a case here is all that a new emitter takes. `convention` of a call says in whose words its usage came, `evidence`
on what the reading of its input total rests, `suppressed_why` what was folded into it.

| `pricing_note` | meaning |
|---|---|
| `lifetime_assumed_short` | cache writes whose lifetime nobody said, priced as short |
| `cache_not_reported` | the emitter tells nothing of the cache; all input is priced as fresh |
| `cache_write_not_reported` | the emitter tells reads and not writes; writes are priced as fresh input |
| `cache_inclusion_assumed` | an unknown emitter; its cached tokens are taken to be inside its input |
| `output_incomplete` | the stream broke off; its output is unknown |
| `output_overstated` | the emitter adds a placeholder to the output of streams, or may have |
| `reasoning_not_counted` | the emitter leaves thinking out of the output and tells it nowhere |
| `usage_may_be_doubled` | the emitter counts streams twice; this call, all of whose counts are even, may be one |
| `usage_estimated` | the emitter counted tokens itself, because the provider told none |
| `cache_storage_not_priced` | Gemini bills keeping an explicit cache by the hour, on no call |
| `data_zone_unknown` | an Azure deployment bound to a data zone costs more, and no call says so |
| `aggregate_without_calls` | the sum of calls that never arrived |
"""


def page(grades: dict[str, Grade], all_cases: Sequence[Case]) -> str:
    """The page; one row a case, by emitter and scenario."""
    right = sum(grades[case.name].is_right for case in all_cases)
    emitters = len({case.emitter for case in all_cases})
    lines = [
        INTRODUCTION,
        f"Of {len(all_cases)} payloads of {emitters} emitter configurations {right} are read without a wrong number.",
        "",
        _row(["emitter", "version", "scenario", "calls", *TITLES.values()]),
        _row(["---"] * (4 + len(TITLES))),
        *(_row(_cells(case, grades[case.name])) for case in all_cases),
    ]
    return "\n".join(lines) + "\n"


def _cells(case: Case, found: Grade) -> list[str]:
    made = len(case.calls) + (0 if case.calls else case.failed)
    verdicts = [WORDS[found.verdicts[bucket]] if found.verdicts else "" for bucket in BUCKETS]
    return [case.emitter, case.version, case.scenario, f"{found.calls_found} of {made}", *verdicts]


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Plays every case and writes the page."""
    found = play(only_ledger(), cases())
    PAGE.write_text(
        page({case.name: grade(case, found[case.name]) for case in cases()}, cases()), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
