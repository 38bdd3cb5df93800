"""Keeps the spans that tests make: for the fixture, and in a file where a run is recorded.

In: every span of the process's tracer provider, which it makes where there is none. Out: spans that name their case,
run and commit; an OTLP JSON line a test.
"""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

import sdk_hooks
from sdk_hooks import attributes as names
from sdk_hooks.changes import change_from
from sdk_hooks.file_export import FileExporter
from sdk_hooks.guard import shield
from sdk_hooks.runtime import RUNTIME
from sdk_hooks.stamp import current_stamp, stamped


class Recorder(SpanProcessor):
    """Everything recorded in one pytest session. `target` is a file, or a folder for a file of this run."""

    def __init__(self, target: str | None, run_id: str | None) -> None:
        self.run_id = run_id or f"{time.strftime('%Y%m%d')}-{uuid.uuid4().hex[:12]}"
        self.path = _path(target, self.run_id) if target else None
        self._file = FileExporter(self.path) if self.path else None
        self._case: str | None = None
        self._kept: list[ReadableSpan] = []
        self._listeners: list[list[ReadableSpan]] = []
        self._stamp: dict[str, Any] = {}
        self._started_hooks = False

    def start(self) -> None:
        """Listen to the registered provider, made where there is none, and switch the hooks on."""
        if self._file is not None:
            commit = {} if names.CHANGE_COMMIT in change_from(os.environ) else _commit()
            self._stamp = {names.RUN_ID: self.run_id, **change_from(os.environ), **commit}
        provider: Any = trace.get_tracer_provider()
        if not hasattr(provider, "add_span_processor"):
            provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
            trace.set_tracer_provider(provider)
        provider.add_span_processor(self)
        self._switch_hooks_on()

    def stop(self) -> None:
        """Write what is left and switch the hooks off, where they were switched on here."""
        self._write()
        if self._started_hooks:
            sdk_hooks.uninstrument()

    @contextmanager
    def listening(self) -> Iterator[list[ReadableSpan]]:
        """A list that fills with what ends inside."""
        self._switch_hooks_on()
        spans: list[ReadableSpan] = []
        self._listeners.append(spans)
        try:
            yield spans
        finally:
            self._listeners = [one for one in self._listeners if one is not spans]

    def begin_case(self, case_id: str) -> None:
        """What starts from here on belongs to the test `case_id`."""
        self._switch_hooks_on()
        self._case = case_id

    def end_case(self) -> None:
        """The test is over, its fixtures too."""
        self._write()
        self._case = None

    def verdict(self, passed: bool) -> None:
        """The test's result is the outcome of those of its tasks that have none."""
        if self._file is None:
            return
        tasks: dict[str, bool] = {}
        for span in self._kept:
            said = span.attributes or {}
            if names.TASK_ID in said:
                task = str(said[names.TASK_ID])
                tasks[task] = tasks.get(task, False) or names.OUTCOME_SUCCESS in said
        for task, has_outcome in tasks.items():
            if not has_outcome:
                sdk_hooks.record_outcome(task, success=passed, checker="pytest", checker_kind="deterministic")

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Stamp case, run and commit, unless the agent says others; never raises."""
        shield(self._started, span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        """Keep the span."""
        for listener in self._listeners:
            listener.append(span)
        if self._file is not None:
            self._kept.append(span)

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is held back from anyone."""
        return True

    def _started(self, span: Span, parent_context: Context | None) -> None:
        if not self._stamp:
            return
        wanted = {**self._stamp, **({names.CASE_ID: self._case} if self._case else {})}
        # What a scope says comes later, from the hooks' own processor.
        told = {**stamped(current_stamp(parent_context), call=False), **(span.attributes or {})}
        span.set_attributes({name: value for name, value in wanted.items() if name not in told})

    def _switch_hooks_on(self) -> None:
        """At the start, and again after a test that switched them off."""
        if not RUNTIME.active:
            sdk_hooks.instrument(tracer_provider=trace.get_tracer_provider(), export=False)
            self._started_hooks = True

    def _write(self) -> None:
        kept, self._kept = self._kept, []
        if self._file is not None and kept:
            self._file.export(kept)


def _path(target: str, run_id: str) -> str:
    if os.path.isdir(target) or target.endswith(("/", os.sep)):
        return os.path.abspath(os.path.join(target, f"{run_id}.jsonl"))
    return os.path.abspath(target)


def _resource() -> Resource:
    told = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return Resource.create({} if names.ENVIRONMENT in told else {names.ENVIRONMENT: "test"})


def _commit() -> dict[str, Any]:
    """The commit of the working folder, outside of CI; nothing where git does not know it."""
    asked = shield(
        subprocess.run, ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=False
    )
    found = asked.stdout.strip() if asked is not None and asked.returncode == 0 else ""
    return {names.CHANGE_COMMIT: found} if found else {}
