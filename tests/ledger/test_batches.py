"""Requests of batches: told by the hooks, kept as submitted and returned, and missed where they never came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import sdk_hooks
from sdk_hooks import attributes as names
from sdk_hooks.export import encode
from sql.catalogue import query
from tests.ledger.ledger import Ledger, Row
from tests.ledger.spans import call

IDS = [f"request-{number:04}" for number in range(230)]


def told(tell: Callable[[], None]) -> bytes:
    """What the hooks send of what `tell` tells them."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    sdk_hooks.instrument(tracer_provider=provider)
    try:
        with sdk_hooks.task("digest", id="t1", tenant="acme"):
            tell()
    finally:
        sdk_hooks.uninstrument()
    return encode(kept.get_finished_spans())


def submitted() -> None:
    sdk_hooks.batch_submitted("b1", IDS, provider="gcp.gemini", model="gemini-3-flash")
    sdk_hooks.batch_submitted("b2", ["one"], provider="gcp.gemini", model="gemini-3-flash")


def returned(batch_id: str, *custom_ids: str, expired: str = "") -> Callable[[], None]:
    def tell() -> None:
        for name in custom_ids:
            sdk_hooks.batch_returned(
                batch_id,
                name,
                provider="gcp.gemini",
                model="gemini-3-flash",
                result="expired" if name == expired else "succeeded",
                input_tokens=None if name == expired else 100,
                output_tokens=None if name == expired else 10,
            )

    return tell


def outstanding(ledger: Ledger, *workloads: str) -> dict[str, Row]:
    now = datetime.now(UTC)
    params = {
        "from_": (now - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S"),
        "to_": (now + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S"),
        "workloads": str(list(workloads)),
        "tenants": "[]",
    }
    rows = ledger.rows(query("batch_outstanding").text, **params)
    return {row["batch_id"]: row for row in rows}


def test_what_never_came_back(ledger: Ledger) -> None:
    first = told(submitted)
    ledger.send_bytes(first)
    ledger.send_bytes(told(returned("b1", *IDS[:-3], expired=IDS[0])))
    ledger.catch_up()
    (digest, other) = (outstanding(ledger)[name] for name in ("b1", "b2"))
    assert (digest["requests"], digest["returned"], digest["failed"], digest["outstanding"]) == (
        230,
        227,
        1,
        3,
    )
    assert digest["examples"] == IDS[-3:]
    assert (digest["provider"], digest["model"], digest["workload"]) == (
        "gcp.gemini",
        "gemini-3-flash",
        "digest",
    )
    assert (other["outstanding"], other["examples"]) == (1, ["one"])
    ledger.send_bytes(first)
    assert outstanding(ledger)["b1"] == digest
    assert outstanding(ledger, "another") == {}


def test_an_answer_without_its_batch_counts(ledger: Ledger) -> None:
    ledger.send_bytes(told(submitted))
    ledger.send_bytes(told(returned("", "one")))
    assert outstanding(ledger)["b2"]["outstanding"] == 0


def test_only_answers_are_calls(ledger: Ledger) -> None:
    ledger.send_bytes(told(submitted))
    ledger.send_bytes(told(returned("b1", IDS[0], IDS[1], expired=IDS[1])))
    ledger.catch_up()
    calls = ledger.rows(
        "SELECT batch_id, batch_custom_id, service_class, task_id, status, toString(pricing_status) AS pricing"
        " FROM llm_calls FINAL ORDER BY batch_custom_id"
    )
    assert [(c["batch_id"], c["batch_custom_id"], c["service_class"], c["task_id"]) for c in calls] == [
        ("b1", IDS[0], "batch", "t1"),
        ("b1", IDS[1], "batch", "t1"),
    ]
    assert [call["status"] for call in calls] == ["ok", "error"]
    assert calls[1]["pricing"] == "not_billed"


def test_an_answer_of_a_batch_is_batched_whether_or_not_its_class_is_told(ledger: Ledger) -> None:
    """Some tell the class of a request that was answered alone; one that failed is no live call for that."""
    ids = {names.BATCH_ID: "b1", names.BATCH_CUSTOM_ID: "one", names.BATCH_STATE: "returned"}
    failed = {**ids, names.ERROR_TYPE: "batch_expired"}
    ledger.take(
        call("failed", failed, tokens=(None,) * 5, error=True),
        call("told otherwise", {**ids, names.SERVICE_CLASS: "flex"}),
        call("live"),
    )
    ledger.take(call("foreign", failed, tokens=(None,) * 5, error=True), scope="somebody.else")
    classes = {
        name: ledger.call(name)["service_class"] for name in ("failed", "foreign", "told otherwise", "live")
    }
    assert classes == {"failed": "batch", "foreign": "batch", "told otherwise": "flex", "live": "standard"}
