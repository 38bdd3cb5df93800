"""Rules of spanledger.yaml on attributes, and labels that stand on the resource instead of the span."""

from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import call, trace_bytes


def test_a_rule_on_a_span_attribute_names_the_workload(ledger: Ledger) -> None:
    ledger.configure("workloads: [{match: {attribute.team.name: green*}, workload: garden}]")
    ledger.keeper.prepare()
    ledger.send(call("a", {"team.name": "greenhouse"}, trace="1"), call("b", {"team.name": "red"}, trace="2"))
    ledger.catch_up()
    assert ledger.call("a", "1")["workload"] == "garden"
    assert ledger.call("b", "2")["workload"] == "support-agent"


def test_a_rule_on_a_resource_attribute_names_the_workload(ledger: Ledger) -> None:
    ledger.configure(
        "workloads: [{match: {service: support-*, attribute.k8s.cluster.name: eu}, workload: support-eu}]"
    )
    ledger.keeper.prepare()
    ledger.take(call("a", trace="1"), resource={"k8s.cluster.name": "eu"})
    ledger.take(call("b", trace="2"), resource={"k8s.cluster.name": "us"})
    assert ledger.call("a", "1")["workload"] == "support-eu"
    assert ledger.call("b", "2")["workload"] == "support-agent"


def test_labels_on_the_resource_hold_for_spans_that_say_nothing(ledger: Ledger) -> None:
    labels = {names.WORKLOAD: "triage", names.TENANT: "acme", names.PROMPT_VERSION: "v3"}
    ledger.take(call("a", trace="1"), call("b", {names.WORKLOAD: "own"}, trace="2"), resource=labels)
    said = ledger.call("a", "1")
    assert (said["workload"], said["tenant"], said["prompt_version"]) == ("triage", "acme", "v3")
    assert ledger.call("b", "2")["workload"] == "own"
    assert ledger.task(trace_bytes("1").hex())["workload"] == "triage"
