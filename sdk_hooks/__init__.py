"""SpanLedger's hooks: what runs inside the agent's process, and never gets in its way.

import sdk_hooks
sdk_hooks.instrument(service_name="support-agent")
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sdk_hooks.batches import BatchTasks, batch_returned, batch_submitted, batch_tasks
from sdk_hooks.call_facts import call_context
from sdk_hooks.cascades import Attempt, Cascade, cascade
from sdk_hooks.guard import shield
from sdk_hooks.guardrails import BudgetExceeded, Decision, Limit
from sdk_hooks.outcomes import record_outcome
from sdk_hooks.propagation import extract, inject
from sdk_hooks.scopes import Scope, agent, step, tool
from sdk_hooks.spending import check_limits, set_limits
from sdk_hooks.tasks import Task, current_task, task
from sdk_hooks.version import VERSION as __version__

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

__all__ = [
    "Attempt",
    "BatchTasks",
    "BudgetExceeded",
    "Cascade",
    "Decision",
    "Limit",
    "Scope",
    "Task",
    "__version__",
    "agent",
    "batch_returned",
    "batch_submitted",
    "batch_tasks",
    "call_context",
    "cascade",
    "check_limits",
    "current_task",
    "extract",
    "flush",
    "inject",
    "instrument",
    "record_outcome",
    "set_limits",
    "step",
    "task",
    "tool",
    "uninstrument",
]


def instrument(
    *,
    service_name: str | None = None,
    environment: str | None = None,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    file: str | os.PathLike[str] | None = None,
    tracer_provider: TracerProvider | None = None,
    export: bool | None = None,
    content: bool | None = None,
    complete_stream_usage: bool = False,
    carry_threads: bool = True,
    workload: str | None = None,
    tenant: str | None = None,
    prompt_version: str | None = None,
    change_commit: str | None = None,
    change_pull_request: str | None = None,
) -> TracerProvider | None:
    """Record every call of the anthropic, openai, google-genai, boto3 (Bedrock) and litellm clients, whenever they
    are imported, and stamp every span.

    tracer_provider: default the registered one, else a new one, which is registered with `service_name`
    and the
        deployment `environment`.
    endpoint, headers: the collector's base address; default `OTEL_EXPORTER_OTLP_*`, then
    http://127.0.0.1:4318. file: append spans to this OTLP JSON-lines file in place of sending them;
    default `SPANLEDGER_FILE`. export: False leaves sending to others. A provider made by somebody else is
    taken to send already, unless
        `endpoint`, `file` or `export=True` is given.
    content: record prompts and answers too; default `SPANLEDGER_CONTENT`, else not.
    complete_stream_usage: have streamed chat completions of openai report their usage when the agent does
    not ask
        for it; the extra chunk is kept from the agent.
    carry_threads: let the context cross into threads and executors.
    workload, tenant, prompt_version, change_*: for the whole process, below what a task says; the change
    is read
        from the variables of the CI where it is not given.

    Returns the provider that the spans go to; None when OpenTelemetry is disabled or could not be set up.
    Never raises. Called again, it replaces the earlier setting.
    """
    return shield(
        _start,
        service_name=service_name,
        environment=environment,
        endpoint=endpoint,
        headers=headers,
        file=file,
        tracer_provider=tracer_provider,
        export=export,
        content=content,
        complete_stream_usage=complete_stream_usage,
        carry_threads=carry_threads,
        workload=workload,
        tenant=tenant,
        prompt_version=prompt_version,
        change_commit=change_commit,
        change_pull_request=change_pull_request,
    )


def uninstrument() -> None:
    """Send what is left, put the clients and threads back as they were, and stop stamping. Never raises."""
    shield(_stop)


def flush(timeout_s: float = 5.0) -> bool:
    """Send every finished span now; whether all of them left within `timeout_s`. For functions that are
    frozen
    after they return, and before a kill. Never raises."""
    return shield(_flush, timeout_s) or False


def _start(**options: object) -> TracerProvider | None:
    from sdk_hooks.pipeline import Options, start

    return start(Options(**options))  # type: ignore[arg-type]  # the names and types are those of `instrument`


def _stop() -> None:
    from sdk_hooks.pipeline import stop

    stop()


def _flush(timeout_s: float) -> bool:
    from sdk_hooks.pipeline import send_now

    return send_now(timeout_s)
