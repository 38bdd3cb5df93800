"""Own events of agents in log records: alike within a second, told twice, and sums over a session under any name."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.imports.signals import send
from tests.imports.test_unlisted_logs import logs, record
from tests.ledger.ledger import Ledger
from tests.ledger.spans import span

USED = {"model": "claude-sonnet-4-5", "input_tokens": 1000, "output_tokens": 70}
TRIPLE = {"model": "claude-sonnet-4-5", "input_tokens": 3000, "output_tokens": 210}
SESSION = {"session.id": "s-1"}


def outputs(ledger: Ledger, *records: Any) -> list[int]:
    """The output of each call that stands after `records` came inside a step called boss."""
    ledger.clear()
    ledger.send(span("boss", {"acme.step": "plan"}, took=9), scope="acme.agent", service="acme")
    send(ledger, "logs", logs(*records))
    ledger.catch_up()
    return sorted(row["output_tokens"] for row in ledger.calls())


@pytest.mark.parametrize(("first", "second"), [(1.0, 1.4), (1.9, 2.1)], ids=["in a second", "in two"])
def test_an_event_of_one_name_is_sent_once_a_call(ledger: Ledger, first: float, second: float) -> None:
    told = [record("acme.llm_call", USED, at=at, inside="boss") for at in (first, second)]
    assert outputs(ledger, *told) == [70, 70]
    assert outputs(ledger, *told, *told) == [70, 70]


def test_events_of_two_names_tell_each_call_together(ledger: Ledger) -> None:
    told = [
        record(event, USED, at=1 + 0.2 * n + gap, inside="boss")
        for n in range(3)
        for event, gap in (("acme.llm_call", 0.0), ("acme.usage_seen", 0.01))
    ]
    assert outputs(ledger, *told) == [70] * 3


@pytest.mark.parametrize("event", ["acme.final", "acme.query_complete", "acme.end", "acme.result"])
def test_what_tells_all_of_its_session_before_it_is_a_sum(ledger: Ledger, event: str) -> None:
    calls = [record("acme.llm_call", {**USED, **SESSION}, at=1.0 + n) for n in range(3)]
    assert outputs(ledger, *calls, record(event, {**TRIPLE, **SESSION}, at=9)) == [70] * 3
    less: Mapping[str, Any] = {**TRIPLE, **SESSION, "output_tokens": 200}
    assert outputs(ledger, *calls, record(event, less, at=9)) == [70] * 3 + [200]


@pytest.mark.parametrize(
    "event", ["agent.completed", "crew.kickoff_completed", "acme.flow.finished", "acme.shutdown"]
)
def test_the_end_of_larger_work_is_no_call(ledger: Ledger, event: str) -> None:
    assert outputs(ledger, record(event, TRIPLE)) == []


@pytest.mark.parametrize("name", ["total_{}_tokens", "usage.total_{}_tokens"])
def test_totals_by_their_names_are_no_call(ledger: Ledger, name: str) -> None:
    said = {"model": "claude-sonnet-4-5", name.format("input"): 3000, name.format("output"): 210}
    assert outputs(ledger, record("acme.ended", said)) == []
