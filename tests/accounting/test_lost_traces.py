"""A client's span that lost its framework's trace: folded only where it can be no other call."""

from typing import Any

import pytest

from tests.accounting.test_strangers import COMPLETION, PROMPT
from tests.ledger.ledger import Ledger
from tests.ledger.spans import span

FRAMEWORK, CLIENT = "openinference.instrumentation.langchain", "openinference.instrumentation.anthropic"
ASKED = {
    "openinference.span.kind": "LLM",
    "llm.provider": "anthropic",
    "llm.system": "anthropic",
    "llm.model_name": "claude-sonnet-4-5",
}


def test_a_clients_span_without_usage_in_a_trace_of_its_own_is_its_frameworks_call(ledger: Ledger) -> None:
    ledger.clear()
    known = span("framework", {**ASKED, PROMPT: 70, COMPLETION: 7}, trace="a", took=3)
    ledger.send(span("client", ASKED, trace="b", at=0.01, took=0.2), scope=CLIENT)
    ledger.take(known, scope=FRAMEWORK)
    (row,) = ledger.calls()
    assert (row["fresh_input_tokens"], row["output_tokens"], row["suppressed_spans"]) == (70, 7, 1)
    assert row["pricing_status"] == "priced"


@pytest.mark.parametrize(
    "clients",
    [
        [{"at": 0.01}, {"at": 0.02}],
        [{"at": 2.0}],
        [{"at": 0.01, "took": 9}],
        [{"at": 0.01, "model": "claude-haiku-4-5"}],
        [{"at": 0.01, "parent": "tool"}],
        [{"at": 0.01, "scope": "opentelemetry.instrumentation.anthropic"}],
        [{"at": 0.01, "scope": "openinference.instrumentation.llama_index"}],
        [{"at": 0.01, "error": True}],
    ],
    ids=["two", "later", "longer", "other model", "below a tool", "other family", "framework", "refused"],
)
def test_a_call_without_usage_that_could_be_another_stays(
    ledger: Ledger, clients: list[dict[str, Any]]
) -> None:
    ledger.clear()
    for n, client in enumerate(clients):
        place = {"at": client["at"], "took": client.get("took", 0.2), "error": client.get("error", False)}
        said = {**ASKED, "llm.model_name": client.get("model", "claude-sonnet-4-5")}
        ledger.send(
            span(f"client {n}", said, trace=f"b{n}", parent=client.get("parent", ""), **place),
            scope=client.get("scope", CLIENT),
        )
    ledger.take(span("framework", {**ASKED, PROMPT: 70, COMPLETION: 7}, trace="a", took=3), scope=FRAMEWORK)
    assert sorted(row["output_tokens"] or 0 for row in ledger.calls()) == [0] * len(clients) + [7]


@pytest.mark.parametrize("used", [{PROMPT: 70, COMPLETION: 7}, {}], ids=["same counts", "no usage"])
def test_a_framework_that_has_its_client_below_it_takes_no_other(
    ledger: Ledger, used: dict[str, int]
) -> None:
    ledger.clear()
    known = {**ASKED, PROMPT: 70, COMPLETION: 7}
    ledger.send(span("framework", known, trace="a", took=9), scope=FRAMEWORK)
    ledger.send(span("own", known, trace="a", parent="framework", at=0.2, took=8), scope=CLIENT)
    ledger.take(span("other", {**ASKED, **used}, trace="b", at=0.5, took=1), scope=CLIENT)
    assert len(ledger.calls()) == 2


def test_one_client_of_two_frameworks_calls_at_once_stays(ledger: Ledger) -> None:
    ledger.clear()
    known = [span(f"f{n}", {**ASKED, PROMPT: 70 + n, COMPLETION: 7}, trace=f"a{n}", took=3) for n in (0, 1)]
    ledger.send(span("client", ASKED, trace="b", at=0.01, took=0.2), scope=CLIENT)
    ledger.take(*known, scope=FRAMEWORK)
    assert len(ledger.calls()) == 3
