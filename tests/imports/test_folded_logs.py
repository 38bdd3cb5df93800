"""Several log records of one call of an emitter nobody listed: one call, with and without a span that tells it."""

import pytest

from tests.imports.signals import send
from tests.imports.test_unlisted_logs import BILLED, CHAT, DETAILS, IN, OUT, USAGE, buckets, logs, record
from tests.ledger.ledger import Ledger
from tests.ledger.spans import span


@pytest.mark.parametrize("names", [("gen_ai.choice", "gen_ai.choice"), ("llm.response", "llm.finished")])
@pytest.mark.parametrize("scope", ["opentelemetry.instrumentation.genai.anthropic", "acme.agent"])
@pytest.mark.parametrize("is_told", [True, False])
def test_records_of_one_call_on_both_sides_of_a_second(
    ledger: Ledger, names: tuple[str, str], scope: str, is_told: bool
) -> None:
    ledger.clear()
    if is_told:
        ledger.send(span("c", {**CHAT, **USAGE}, took=3), scope=scope)
    records = [
        record(name, {**CHAT, **USAGE}, at=at, inside="c")
        for name, at in zip(names, (0.9995, 1.0005), strict=True)
    ]
    send(ledger, "logs", logs(*records, scope=scope))
    ledger.catch_up()
    (row,) = ledger.calls()
    assert buckets(row) == BILLED


@pytest.mark.parametrize("spans_first", [True, False])
def test_counts_that_grow_below_a_call_are_that_call(ledger: Ledger, spans_first: bool) -> None:
    ledger.clear()
    grows = [record("llm.partial", {**CHAT, IN: 1000, OUT: n}, at=n / 10, inside="c") for n in (10, 20, 30)]
    for is_span in (spans_first, not spans_first):
        if is_span:
            ledger.send(span("c", {**CHAT, IN: 1000, OUT: 30}, took=4), scope="acme.agent")
        else:
            send(ledger, "logs", logs(*grows))
        ledger.catch_up()
    (row,) = ledger.calls()
    assert row["output_tokens"] == 30


def test_calls_below_a_call_that_sums_them_up_are_calls(ledger: Ledger) -> None:
    ledger.clear()
    ledger.send(span("c", {**CHAT, IN: 2500, OUT: 100}, took=9), scope="acme.agent")
    two = [
        record("llm.response", {**CHAT, IN: tokens, OUT: out}, at=at, inside="c")
        for tokens, out, at in ((1000, 30, 1), (1500, 70, 5))
    ]
    send(ledger, "logs", logs(*two))
    ledger.catch_up()
    assert sorted(row["output_tokens"] for row in ledger.calls()) == [30, 70]


@pytest.mark.parametrize("inside", ["", "gone"])
def test_an_own_event_in_a_request_of_its_own_is_the_same_call(ledger: Ledger, inside: str) -> None:
    ledger.clear()
    for name, at in ((DETAILS, 1.0), ("acme.response", 1.0001)):
        send(ledger, "logs", logs(record(name, {**CHAT, **USAGE}, at=at, inside=inside)))
        ledger.catch_up()
    (row,) = ledger.calls()
    assert buckets(row) == BILLED


def test_two_calls_told_twice_each_are_two(ledger: Ledger) -> None:
    ledger.clear()
    for name, late in ((DETAILS, 0.0), ("gen_ai.choice", 0.0001)):
        both = [record(name, {**CHAT, **USAGE}, at=at + late, inside="boss") for at in (1.3, 2.1)]
        send(ledger, "logs", logs(*both))
        ledger.catch_up()
    assert [buckets(row) for row in ledger.calls()] == [BILLED] * 2
