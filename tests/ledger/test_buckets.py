"""Token counts become disjoint buckets, or a reason why not."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sdk_hooks import attributes as names
from sql.roles import recognised_names
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import HAIKU, call, span, span_bytes

FIELDS = (
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_write_short_tokens",
    "cache_write_long_tokens",
    "output_tokens",
)
IN, OUT = names.INPUT_TOKENS, names.OUTPUT_TOKENS
READ, WRITE, LONG = names.CACHE_READ_TOKENS, names.CACHE_WRITE_TOKENS, names.CACHE_WRITE_LONG_TOKENS
TOTAL, THOUGHT = "gen_ai.usage.total_tokens", names.REASONING_TOKENS

READ_AS = {
    "input includes the cache": ({IN: 100, READ: 60, WRITE: 10, OUT: 5}, (30, 60, 10, 0, 5), ""),
    "all of it cached": ({IN: 70, READ: 60, WRITE: 10, OUT: 5}, (0, 60, 10, 0, 5), ""),
    "cache larger than the whole, so beside it": (
        {IN: 20, READ: 60, WRITE: 10, OUT: 5},
        (20, 60, 10, 0, 5),
        "",
    ),
    "total proves the cache beside it": (
        {IN: 100, READ: 60, OUT: 5, TOTAL: 165},
        (100, 60, None, None, 5),
        "",
    ),
    "total proves the cache inside": ({IN: 100, READ: 60, OUT: 5, TOTAL: 105}, (40, 60, None, None, 5), ""),
    "long writes are a part of writes": ({IN: 100, WRITE: 30, LONG: 20, OUT: 5}, (70, None, 10, 20, 5), ""),
    "lifetime said in words": (
        {IN: 100, WRITE: 30, names.CACHE_WRITE_LIFETIME: "long", OUT: 5},
        (70, None, 0, 30, 5),
        "",
    ),
    "cache not reported": ({IN: 100, OUT: 5}, (100, None, None, None, 5), ""),
    "cache measured as zero": ({IN: 100, READ: 0, WRITE: 0, OUT: 5}, (100, 0, 0, 0, 5), ""),
    "everything measured as zero": ({IN: 0, READ: 0, WRITE: 0, OUT: 0}, (0, 0, 0, 0, 0), ""),
    "counts as text": ({IN: "100", READ: "60", OUT: "5"}, (40, 60, None, None, 5), ""),
    "counts as floating point": ({IN: 100.0, READ: 60.0, OUT: 5.0}, (40, 60, None, None, 5), ""),
    "deprecated names": (
        {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 5},
        (100, None, None, None, 5),
        "",
    ),
    "a name that changed": (
        {IN: 100, "gen_ai.usage.cache_creation.input_tokens": 30, OUT: 5},
        (70, None, 30, 0, 5),
        "",
    ),
}
REFUSED = {
    "negative input": {IN: -1, OUT: 5},
    "negative output": {IN: 10, OUT: -5},
    "negative cache": {IN: 10, READ: -5, OUT: 5},
    "absurdly many": {IN: 2**40, OUT: 5},
    "more long writes than writes": {IN: 100, WRITE: 10, LONG: 20, OUT: 5},
    "more thinking than output": {IN: 100, OUT: 5, THOUGHT: 6},
}


def bare(name: str, usage: dict[str, object]) -> dict[str, object]:
    said = {names.OPERATION_NAME: "chat", names.PROVIDER_NAME: "anthropic", names.REQUEST_MODEL: HAIKU}
    return {**said, **usage}


def buckets(row: Row) -> tuple[int | None, ...]:
    return tuple(row[field] for field in FIELDS)


def test_usage_is_read_into_disjoint_buckets(ledger: Ledger) -> None:
    ledger.take(*(span(name, bare(name, usage), trace=name) for name, (usage, _, _) in READ_AS.items()))
    found = {name: buckets(ledger.call(name, name)) for name in READ_AS}
    assert found == {name: wanted for name, (_, wanted, _) in READ_AS.items()}
    assert {row["pricing_status"] for row in ledger.calls()} == {"priced"}


def test_usage_that_cannot_be_true_is_conflicting(ledger: Ledger) -> None:
    ledger.take(*(span(name, bare(name, usage), trace=name) for name, usage in REFUSED.items()))
    found = {name: ledger.call(name, name) for name in REFUSED}
    assert {name: row["pricing_status"] for name, row in found.items()} == dict.fromkeys(
        REFUSED, "conflicting_usage"
    )
    assert {buckets(row) for row in found.values()} == {(None,) * 5}
    assert ledger.value("SELECT sum(unpriced_calls) FROM tasks FINAL") == len(REFUSED)
    assert ledger.value("SELECT sum(fresh_input_tokens) FROM tasks FINAL") == 0


def test_unknown_is_not_zero(ledger: Ledger) -> None:
    ledger.take(
        call("silent", tokens=(None,) * 5, trace="a"),
        call("refused", tokens=(None,) * 5, trace="b", error=True),
        call("broke off", tokens=(100, 0, 0, 0, 7), trace="c", error=True),
        call("half", tokens=(100, None, None, None, None), trace="d"),
        call("nothing", tokens=(0, 0, 0, 0, 0), trace="e"),
        span("text", bare("text", {IN: "many", OUT: ""}), trace="f"),
        span("huge", bare("huge", {IN: "9" * 30, OUT: 5}), trace="g"),
    )
    status = {
        name: ledger.call(name, trace)["pricing_status"]
        for name, trace in zip(
            ("silent", "refused", "broke off", "half", "nothing", "text", "huge"), "abcdefg", strict=True
        )
    }
    assert status == {
        "silent": "missing_usage",
        "refused": "not_billed",
        "broke off": "priced",
        "half": "missing_usage",
        "nothing": "priced",
        "text": "missing_usage",
        "huge": "missing_usage",
    }
    assert ledger.call("silent", "a")["list_cost_usd"] is None
    assert ledger.call("nothing", "e")["list_cost_usd"] == "0"
    unpriced = {row["task_id"]: row["unpriced_calls"] for row in ledger.tasks()}
    assert unpriced[ledger.call("silent", "a")["task_id"]] == 1
    assert unpriced[ledger.call("refused", "b")["task_id"]] == 0


def test_a_write_of_unknown_lifetime_is_priced_as_short_and_says_so(ledger: Ledger) -> None:
    usage = {IN: 100, WRITE: 30, OUT: 5}
    ledger.send(span("c1", bare("c1", usage)), scope="some.instrumentation")
    ledger.send(span("c2", bare("c2", usage), trace="u", at=60))
    ledger.catch_up()
    assert (ledger.call("c1")["pricing_note"], ledger.call("c2", "u")["pricing_note"]) == (
        # An emitter nobody knows may count cached tokens inside its input or beside it.
        "lifetime_assumed_short,cache_inclusion_assumed",
        "",
    )


@pytest.mark.parametrize("operation", ["embeddings"])
def test_an_embedding_has_no_output(ledger: Ledger, operation: str) -> None:
    said = {
        names.OPERATION_NAME: operation,
        names.PROVIDER_NAME: "openai",
        names.REQUEST_MODEL: "text-embedding-3-small",
    }
    ledger.take(span("c1", {**said, IN: 1000}))
    row = ledger.call("c1")
    assert (row["pricing_status"], row["list_cost_usd"], row["output_tokens"]) == ("priced", "0.00002", None)


KEYS = (IN, READ, WRITE, LONG, OUT, THOUGHT)
Usage = tuple[int | None, ...]
DAY = 86_400.0
CASES = 250
ODD: tuple[Usage, ...] = ((0, 0, 0, 0, 0, 0), (5, 5, None, None, 0, 0), (None, 1, 1, 1, 1, None))


def _usages(dice: random.Random) -> list[Usage]:
    """Counts as emitters may tell them: small and large, some left out, some that contradict each other."""
    counts = (None, 0, 1, 7, 10**3, 2 * 10**6)
    some = [
        tuple(dice.choice((dice.choice(counts), dice.randrange(200), dice.randrange(30_000))) for _ in KEYS)
        for _ in range(CASES)
    ]
    return [*ODD, *some]


def _unrelated(dice: random.Random) -> dict[str, object]:
    name = "".join(dice.choice("abcdefghij._") for _ in range(dice.randint(3, 20)))
    value = dice.choice((dice.randrange(10**6), name * 3, True, 0.5, '{"input_tokens": 3}'))
    return {} if name in recognised_names() else {name: value}


@given(seed=st.integers(0, 2**32))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_buckets_sum_to_the_whole_whatever_else_is_said_and_however_it_arrives(
    ledger: Ledger, seed: int
) -> None:
    """Hundreds of calls in one batch, each three times, days apart: plain, with an attribute more, and shuffled."""
    dice = random.Random(seed)
    usages = _usages(dice)
    ledger.clear()

    def told(kind: str, day: int) -> list[Span]:
        return [
            span(
                f"{kind} {n}",
                bare("", {k: v for k, v in zip(KEYS, usage, strict=True) if v is not None})
                | (_unrelated(dice) if kind == "decked" else {}),
                trace=f"{kind} {n}",
                at=day * DAY + n * 10,
            )
            for n, usage in enumerate(usages)
        ]

    ledger.send(*told("plain", 0), *told("decked", 1))
    shuffled = told("shuffled", 2)
    dice.shuffle(shuffled)
    ledger.send(*shuffled[::2])
    ledger.catch_up()
    ledger.send(*shuffled[1::2])
    ledger.catch_up()
    rows = {row["span_id"]: row for row in ledger.calls()}
    assert len(rows) == 3 * len(usages)
    for n, usage in enumerate(usages):
        plain, *others = (rows[span_bytes(f"{kind} {n}").hex()] for kind in ("plain", "decked", "shuffled"))
        _sums_up(usage, plain)
        for other in others:
            assert {key: other[key] for key in SAME} == {key: plain[key] for key in SAME}


SAME = (
    *FIELDS,
    "reasoning_tokens",
    "list_cost_usd",
    "pricing_status",
    "pricing_note",
    "convention",
    "evidence",
)


def _sums_up(usage: Usage, row: Row) -> None:
    whole, read, write, long, output, thought = usage
    if row["pricing_status"] == "conflicting_usage":
        assert (long or 0) > (write or 0) or (thought or 0) > (output if output is not None else 10**9)
        return
    assert row["output_tokens"] == output
    assert row["cache_read_tokens"] == read
    if whole is None:
        assert row["fresh_input_tokens"] is None
        return
    # Who tells of long writes tells of writes.
    written = long if write is None else write
    cached = (read or 0) + (written or 0)
    assert sum(row[field] or 0 for field in FIELDS[:4]) == (whole if cached <= whole else whole + cached)
