"""A task: one unit of work that somebody wanted, and what its cost is charged to.

Its span is the root of the task; what is made inside, in any thread or process it reaches, carries its id.
"""

from __future__ import annotations

import uuid
from typing import TypeVar

from opentelemetry.trace import Span
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.call_facts import LatencyClass
from sdk_hooks.guard import shield
from sdk_hooks.outcomes import CheckerKind, outcome_attributes, record_outcome
from sdk_hooks.scopes import Scope, Told
from sdk_hooks.stamp import current_stamp

T = TypeVar("T", bound="Task")


class Task(Scope):
    """An opened task. `id` is what `record_outcome` takes later, from this process or another."""

    def __init__(self, workload: str, id: str | None, every: Told, unit: str | None) -> None:
        self.id = id or uuid.uuid4().hex
        self.workload = workload
        self._given_id = id
        self._given = every
        self._unit = unit
        self._outcome: dict[str, AttributeValue] = {}
        own: Told = {
            names.OPERATION_NAME: names.OPERATION_TASK,
            names.WORKFLOW_NAME: workload,
            names.TASK_UNIT: unit,
        }
        stamped = {**every, names.WORKLOAD: workload, names.TASK_ID: self.id}
        super().__init__(stamped, span_name=f"task {workload}", own=own)

    def outcome(
        self,
        success: bool | None = None,
        *,
        checker: str | None = None,
        checker_kind: CheckerKind | None = None,
        useful_units: float | None = None,
        unit: str | None = None,
    ) -> None:
        """Say what the task came to; a later call replaces what it names. After the task's end it travels
        by itself.

        success: None leaves it open. checker: the name of what decided, of kind `checker_kind`.
        useful_units: how much of the task's unit it delivered, zero included.
        """
        if self._span is None:
            record_outcome(
                self.id,
                success=success,
                checker=checker,
                checker_kind=checker_kind,
                useful_units=useful_units,
                unit=unit or self._unit,
                workload=self.workload,
            )
            return
        values = shield(outcome_attributes, success, checker, checker_kind, useful_units, unit)
        self._outcome.update(values or {})

    def _fresh(self: T) -> T:
        """Another task of the same kind, with an id of its own unless one was given."""
        return type(self)(self.workload, self._given_id, self._given, self._unit)

    def _task(self) -> object:
        return self

    def _before_end(self, span: Span) -> None:
        for name, value in self._outcome.items():
            span.set_attribute(name, value)


def current_task() -> Task | None:
    """The task that is open around the caller, in this process; None outside of one."""
    found = shield(current_stamp)
    task = found.task if found is not None else None
    return task if isinstance(task, Task) else None


def task(
    workload: str,
    *,
    id: str | None = None,
    tenant: str | None = None,
    prompt_version: str | None = None,
    unit: str | None = None,
    architecture: str | None = None,
    conversation_id: str | None = None,
    case_id: str | None = None,
    run_id: str | None = None,
    latency_class: LatencyClass | None = None,
    change_commit: str | None = None,
    change_pull_request: str | None = None,
) -> Task:
    """One unit of work of the kind `workload`; `with task(...) as t:`, `async with`, or a decorator.

    id: made up when not given; give one to join what several processes do. unit: what useful units count
    ("ticket"). case_id: the same eval case in every run and arm; run_id: the run. change_*: otherwise read
    from the environment.
    """
    every: Told = {
        names.TENANT: tenant,
        names.PROMPT_VERSION: prompt_version,
        names.ARCHITECTURE: architecture,
        names.CONVERSATION_ID: conversation_id,
        names.CASE_ID: case_id,
        names.RUN_ID: run_id,
        names.LATENCY_CLASS: latency_class,
        names.CHANGE_COMMIT: change_commit,
        names.CHANGE_PULL_REQUEST: change_pull_request,
    }
    return Task(workload, id, every, unit)
