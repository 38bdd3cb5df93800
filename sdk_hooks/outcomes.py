"""What a task came to: success, who checked it, how many useful units; told at its end or days later.

A late outcome travels as a span of its own on the same path, so it needs no second interface; the newest
one counts.
"""

from __future__ import annotations

from typing import Literal, get_args

from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.guard import shield, warn_once
from sdk_hooks.runtime import tracer
from sdk_hooks.scopes import known
from sdk_hooks.stamp import current_stamp, stamped

CheckerKind = Literal["deterministic", "model_judge", "human"]


def record_outcome(
    task_id: str,
    *,
    success: bool | None = None,
    checker: str | None = None,
    checker_kind: CheckerKind | None = None,
    useful_units: float | None = None,
    unit: str | None = None,
    workload: str | None = None,
) -> None:
    """Tell the ledger what the task `task_id` came to, from any process, at any time; a later word
    replaces it.

    success: None leaves it open. checker: the name of what decided, of kind `checker_kind`.
    useful_units: how much of `unit` ("ticket", "test", "page") the task delivered, zero included.
    """
    values = shield(outcome_attributes, success, checker, checker_kind, useful_units, unit)
    shield(_send, task_id, workload, values or {})


def outcome_attributes(
    success: bool | None,
    checker: str | None,
    checker_kind: str | None,
    useful_units: float | None,
    unit: str | None,
) -> dict[str, AttributeValue]:
    """The attributes of an outcome. A checker kind that does not exist is left out, with one warning."""
    if checker_kind is not None and checker_kind not in get_args(CheckerKind):
        kinds = ", ".join(get_args(CheckerKind))
        warn_once("checker_kind", "checker_kind %r is left out: it is one of %s", checker_kind, kinds)
        checker_kind = None
    return known(
        {
            names.OUTCOME_SUCCESS: success,
            names.OUTCOME_CHECKER: checker,
            names.OUTCOME_CHECKER_KIND: checker_kind,
            names.OUTCOME_USEFUL_UNITS: useful_units,
            names.TASK_UNIT: unit,
        }
    )


def _send(task_id: str, workload: str | None, values: dict[str, AttributeValue]) -> None:
    attributes = stamped(current_stamp(), call=False)
    # What surrounds the checker is not the task it judges.
    for name in (names.WORKLOAD, names.TASK_ID, names.TENANT):
        attributes.pop(name, None)
    attributes.update(values)
    attributes[names.TASK_ID] = task_id
    if workload is not None:
        attributes[names.WORKLOAD] = workload
    tracer().start_span("outcome", kind=SpanKind.INTERNAL, attributes=attributes).end()
