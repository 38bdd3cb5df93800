"""What holds for any usage, whoever tells it and however it is written."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounting.test_recognition import BUCKETS, CHAT, IN, OUT, READ, TOTAL, WRITE, buckets
from tests.ledger.ledger import Ledger
from tests.ledger.spans import span, trace_bytes

QUICK = settings(max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
COUNT = st.integers(1, 200_000)
USAGE = st.tuples(COUNT, st.integers(0, 200_000), st.integers(0, 50_000), COUNT)
USAGES = st.lists(USAGE, min_size=4, max_size=6)
SCOPE = st.text("abcdefghij", min_size=3, max_size=12).map("com.{}.tracing".format)
Usage = tuple[int, int, int, int]


def _said(usage: Usage, *, inside: bool) -> dict[str, object]:
    fresh, read, write, output = usage
    whole = fresh + (read + write if inside else 0)
    return {IN: whole, READ: read, WRITE: write, OUT: output}


def _found(ledger: Ledger, told: list[dict[str, object]], scope: str) -> list[tuple[int | None, ...]]:
    ledger.clear()
    spans = [span(f"c{n}", {**CHAT, **said}, trace=f"t{n}", at=100.0 * n) for n, said in enumerate(told)]
    ledger.take(*spans, scope=scope)
    rows = {row["trace_id"]: row for row in ledger.calls()}
    assert len(rows) == len(told)
    return [buckets(rows[trace_bytes(f"t{n}").hex()]) for n in range(len(told))]


@given(usages=USAGES, scope=SCOPE)
@QUICK
def test_a_total_says_whether_the_input_holds_the_cached_part(
    ledger: Ledger, usages: list[Usage], scope: str
) -> None:
    told = [
        {**_said(usage, inside=inside), TOTAL: sum(usage)} for usage in usages for inside in (True, False)
    ]
    want = [(u[0], u[1], u[2], 0, u[3]) for u in usages for _ in range(2)]
    assert _found(ledger, told, scope) == want


@given(usages=USAGES, scope=SCOPE)
@QUICK
def test_no_reading_is_above_what_the_payload_can_mean(
    ledger: Ledger, usages: list[Usage], scope: str
) -> None:
    told = [_said(usage, inside=inside) for usage in usages for inside in (True, False)]
    for n, found in enumerate(_found(ledger, told, scope)):
        assert len(found) == len(BUCKETS)
        usage = usages[n // 2]
        assert None not in found
        assert sum(part or 0 for part in found) <= sum(usage)
        if n % 2 == 0:
            assert sum(part or 0 for part in found) == sum(usage), "the convention is met"


@given(usages=USAGES, scope=SCOPE, seed=st.integers(0, 2**32))
@QUICK
def test_how_numbers_are_written_and_in_which_order_changes_nothing(
    ledger: Ledger, usages: list[Usage], scope: str, seed: int
) -> None:
    chance = random.Random(seed)
    plain = [_said(usage, inside=True) for usage in usages]
    written = [
        {
            name: chance.choice((str(count), count, float(str(count))))
            for name, count in chance.sample(list(said.items()), len(said))
        }
        for said in plain
    ]
    assert _found(ledger, written, scope) == _found(ledger, plain, scope)
