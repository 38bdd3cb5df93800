"""Plays recorded payloads into one ledger and reads the calls of each case.

In: cases. Out: rows of llm_calls by case. Cases whose runs lie close in time go in different rounds, because reports
of one call are told by time as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tests.accounting.case import Case
from tests.ledger.ledger import Ledger, Row

APART_NS = 5_000_000_000


def rounds(cases: Iterable[Case]) -> list[list[Case]]:
    """Cases in rounds, none within five seconds of another in its round."""
    placed: list[tuple[int, list[Case]]] = []
    timed = []
    for case in cases:
        spans = case.spans()
        if spans:
            start = min(s.start_time_unix_nano for s in spans)
            timed.append((start, max(s.end_time_unix_nano for s in spans), case))
    for start, end, case in sorted(timed, key=lambda item: (item[0], item[2].name)):
        for n, (last, members) in enumerate(placed):
            if last + APART_NS < start:
                placed[n] = (end, [*members, case])
                break
        else:
            placed.append((end, [case]))
    return [members for _, members in placed]


def play(ledger: Ledger, cases: Sequence[Case]) -> dict[str, list[Row]]:
    """The calls that stand after each case was sent, by case; a case that sent nothing has none."""
    found: dict[str, list[Row]] = {case.name: [] for case in cases}
    for members in rounds(cases):
        ledger.clear()
        ledger.send_bytes(b"".join(case.body for case in members))
        ledger.catch_up()
        owner = {s.trace_id.hex(): case.name for case in members for s in case.spans()}
        by_case: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(ledger.calls(), key=lambda row: (row["started_at"], row["span_id"])):
            by_case[owner[row["trace_id"]]].append(row)
        found |= by_case
    return found
