"""Moving up a tier because an answer was not good enough, told apart from trying again."""

from decimal import Decimal

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import HAIKU, OPUS, SONNET, call, task

MODELS = {"nano": HAIKU, "standard": SONNET, "premium": OPUS}


def attempt(
    number: int,
    tier: str,
    after: str = "",
    why: str = "",
    cascade: str = "cascade-1",
    of: str = "ticket-1",
    name: str = "",
) -> Span:
    """The n-th try; `after` is the tier it escalated from."""
    said: dict[str, object] = {
        names.TASK_ID: of,
        names.CASCADE_ID: cascade,
        names.ATTEMPT: number,
        names.TIER: tier,
        names.ESCALATION_FROM_TIER: after or None,
        names.ESCALATION_SIGNAL: why or None,
    }
    return call(name or f"{of} {cascade} {number}", said, model=MODELS[tier], trace=of, at=number)


def verdicts(ledger: Ledger, of: str = "ticket-1") -> list[tuple[bool, str, bool]]:
    rows = sorted(ledger.calls(task_id=of), key=lambda row: (row["attempt"], row["started_at"]))
    return [(row["escalated"], row["escalation_signal"], row["abandoned"]) for row in rows]


def test_an_escalation_marks_the_attempt_before_it(ledger: Ledger) -> None:
    ledger.take(
        task("root", "ticket-1", "triage", trace="ticket-1"),
        attempt(1, "nano"),
        attempt(2, "standard", "nano", "low_confidence"),
        attempt(3, "premium", "standard", "schema_invalid"),
    )
    assert verdicts(ledger) == [
        (True, "low_confidence", True),
        (True, "schema_invalid", True),
        (False, "", False),
    ]
    row = ledger.task("ticket-1")
    assert (row["escalations"], row["attempts"], row["cascades"], row["highest_tier"]) == (2, 3, 1, "premium")
    thrown = [Decimal(each["list_cost_usd"]) for each in ledger.calls() if each["abandoned"]]
    assert Decimal(row["abandoned_cost_usd"]) == sum(thrown) > 0
    assert ledger.value("SELECT sum(escalated_calls) FROM calls_rollup FINAL") == 2


def test_a_retry_and_a_fallback_are_no_escalations(ledger: Ledger) -> None:
    ledger.take(attempt(1, "nano"), attempt(2, "nano"), attempt(3, "standard"))
    assert verdicts(ledger) == [(False, "", True), (False, "", True), (False, "", False)]
    assert ledger.task("ticket-1")["escalations"] == 0


def test_a_retry_before_the_escalation(ledger: Ledger) -> None:
    ledger.take(attempt(1, "nano"), attempt(2, "nano"), attempt(3, "premium", "nano", "judge"))
    assert verdicts(ledger) == [(False, "", True), (True, "judge", True), (False, "", False)]


def test_the_higher_attempt_arrives_first(ledger: Ledger) -> None:
    ledger.take(attempt(2, "standard", "nano", "low_confidence"))
    assert ledger.task("ticket-1")["escalations"] == 0
    ledger.take(attempt(1, "nano"))
    assert verdicts(ledger) == [(True, "low_confidence", True), (False, "", False)]


def test_several_calls_of_one_attempt_are_one_escalation(ledger: Ledger) -> None:
    ledger.take(
        attempt(1, "nano", name="a"),
        attempt(1, "nano", name="b"),
        attempt(2, "standard", name="c"),
        attempt(2, "standard", "nano", "judge", name="d"),
    )
    assert [verdict[0] for verdict in verdicts(ledger)] == [True, True, False, False]
    row = ledger.task("ticket-1")
    assert (row["escalations"], row["attempts"]) == (1, 2)


def test_the_same_cascade_name_in_two_tasks_is_two_cascades(ledger: Ledger) -> None:
    ledger.take(
        attempt(1, "nano", cascade="answer"),
        attempt(1, "nano", cascade="answer", of="ticket-2"),
        attempt(2, "standard", "nano", "judge", cascade="answer", of="ticket-2"),
    )
    assert verdicts(ledger) == [(False, "", False)]
    assert verdicts(ledger, "ticket-2") == [(True, "judge", True), (False, "", False)]


def test_abandoned_by_its_own_word(ledger: Ledger) -> None:
    ledger.take(call("c1", {names.TASK_ID: "ticket-1", names.ABANDONED: True}))
    row = ledger.task("ticket-1")
    assert row["abandoned_cost_usd"] == row["list_cost_usd"] != "0"


def test_tiers_come_from_the_label_else_from_the_map(ledger: Ledger) -> None:
    ledger.configure("tiers: {premium: [claude-haiku-*], nano: [house-*]}")
    ledger.take(
        call("c1", model=HAIKU, trace="a"),
        call("c2", {names.TIER: "standard"}, model=HAIKU, trace="b"),
        call("c3", model="house-7b", trace="c"),
        call("c4", model="gpt-5-nano", trace="d"),
        call("c5", model="nobody-knows", trace="e"),
    )
    tiers = [ledger.call(f"c{n}", trace)["tier"] for n, trace in enumerate("abcde", 1)]
    assert tiers == ["premium", "standard", "nano", "nano", ""]
