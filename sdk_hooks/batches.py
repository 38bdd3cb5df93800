"""Requests that a provider answers hours later, as a batch: what was submitted, and what came back.

In: custom ids and answers, from the wrapped clients or told by hand. Out: spans with the ids of what was
submitted, so that what never came back is seen, and one call span for each answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.util.types import AttributeValue

from sdk_hooks import attributes as names
from sdk_hooks.emit import emit
from sdk_hooks.guard import shield
from sdk_hooks.scopes import known
from sdk_hooks.stamp import current_stamp, detach, in_task, stamped

if TYPE_CHECKING:
    from sdk_hooks.scopes import Scope

BatchResult = Literal["succeeded", "errored", "canceled", "expired"]
ScopeOf = Callable[[str], "Scope | str | None"]

IDS_A_SPAN = 100
CHARACTERS_A_SPAN = 3000
"""The ledger keeps no longer values, as they may be content."""
FLUSH_EVERY = 1000
"""Answers come faster than spans are sent; so many are let pass before waiting for the sending, a little."""
FLUSH_S = 1.0

_KEY = otel_context.create_key("spanledger-batch-tasks")


class BatchTasks:
    """Says which task each request of a batch belongs to; a context manager."""

    def __init__(self, tasks: Mapping[str, Scope | str] | ScopeOf) -> None:
        self._task_of: ScopeOf = tasks.get if isinstance(tasks, Mapping) else tasks
        self._token: Token[Context] | None = None

    def __enter__(self) -> BatchTasks:
        shield(self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shield(self._close)

    def _open(self) -> None:
        self._token = otel_context.attach(otel_context.set_value(_KEY, self._task_of))

    def _close(self) -> None:
        token, self._token = self._token, None
        if token is not None:
            detach(token)


def batch_tasks(tasks: Mapping[str, Scope | str] | ScopeOf) -> BatchTasks:
    """Charge each request of a batch to a task of its own, where a batch serves many.

    tasks: from custom id to the task (or another scope opened inside it, such as a step), or to the task's id; a
    mapping or a function. Put it around creating the batch and around reading its results. What it does not know
    belongs to the task that is open.

        with sdk_hooks.batch_tasks({"ticket-1": task_1, "ticket-2": task_2}):
            batch = client.messages.batches.create(requests=requests)
    """
    return BatchTasks(tasks)


def batch_submitted(
    batch_id: str, custom_ids: Iterable[str], *, provider: str | None = None, model: str | None = None
) -> None:
    """Tell the ledger of a batch that was submitted by a client that the hooks do not wrap.

    provider: as OpenTelemetry names it ("gcp.gemini"). For anthropic and openai this happens by itself.
    """
    shield(submitted, batch_id, [(name, model) for name in custom_ids], provider)


def batch_returned(
    batch_id: str,
    custom_id: str,
    *,
    provider: str,
    model: str,
    result: BatchResult = "succeeded",
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cache_read_tokens: int | None = None,
    cache_write_tokens: int | None = None,
    response_id: str | None = None,
) -> None:
    """Tell the ledger of one answer of a batch, read by a client that the hooks do not wrap.

    input_tokens: all of them, cached ones included. Tokens that are not known are left out.
    """
    told: Mapping[str, AttributeValue | None] = {
        names.OPERATION_NAME: names.OPERATION_CHAT,
        names.PROVIDER_NAME: provider,
        names.REQUEST_MODEL: model,
        names.RESPONSE_MODEL: model,
        names.RESPONSE_ID: response_id,
        names.INPUT_TOKENS: input_tokens,
        names.OUTPUT_TOKENS: output_tokens,
        names.CACHE_READ_TOKENS: cache_read_tokens,
        names.CACHE_WRITE_TOKENS: cache_write_tokens,
        names.ERROR_TYPE: None if result == "succeeded" else f"batch_{result}",
    }
    shield(_returned_known, batch_id, custom_id, result, told)


def submitted(batch_id: str, requests: Iterable[tuple[str, str | None]], provider: str | None) -> None:
    """Record the requests (custom id and model) of a batch: as many spans as tasks, models and ids need.

    Without any request it is still known that the batch is on its way.
    """
    groups: dict[tuple[Scope | str | None, str | None], list[str]] = {}
    for custom_id, model in requests:
        groups.setdefault((_task_of(custom_id), model), []).append(custom_id)
    for (task, model), ids in (groups or {(None, None): []}).items():
        context = _context_of(task)
        about = known(
            {names.PROVIDER_NAME: provider, names.BATCH_MODEL: model, names.BATCH_STATE: "submitted"}
        )
        for some in map(tuple, _chunks(ids)):
            attributes = stamped(current_stamp(context), call=True)
            attributes.update(about)
            attributes[names.BATCH_ID] = batch_id
            attributes[names.BATCH_CUSTOM_IDS] = some
            now_ns = time.time_ns()
            emit("batch submitted", context, attributes, now_ns, now_ns, False)


def returned(batch_id: str, custom_id: str, result: str, told: Mapping[str, AttributeValue]) -> None:
    """Record one answer as a call span of the batch service class; `told` holds its usage, or its error."""
    context = _context_of(_task_of(custom_id))
    attributes = stamped(current_stamp(context), call=True)
    attributes.update(told)
    attributes[names.SERVICE_CLASS] = "batch"
    attributes[names.BATCH_CUSTOM_ID] = custom_id
    attributes[names.BATCH_STATE] = "returned"
    attributes[names.BATCH_RESULT] = result
    if batch_id:
        attributes[names.BATCH_ID] = batch_id
    name = f"{told.get(names.OPERATION_NAME)} {told.get(names.REQUEST_MODEL, '')}".rstrip()
    now_ns = time.time_ns()
    emit(name, context, attributes, now_ns, now_ns, result != "succeeded")


def _returned_known(
    batch_id: str, custom_id: str, result: str, told: Mapping[str, AttributeValue | None]
) -> None:
    returned(batch_id, custom_id, result, known(told))


class Answers:
    """The answers of one batch as they are read; lets the sending keep up with them."""

    def __init__(self, batch_id: str) -> None:
        self.batch_id = batch_id
        self._count = 0

    def returned(self, custom_id: str, result: str, told: Mapping[str, AttributeValue]) -> None:
        """Record one answer."""
        returned(self.batch_id, custom_id, result, told)
        self._count += 1
        if self._count % FLUSH_EVERY == 0:
            from sdk_hooks.pipeline import send_now

            send_now(FLUSH_S)


def _task_of(custom_id: str) -> Scope | str | None:
    task_of = otel_context.get_value(_KEY)
    return task_of(custom_id) if callable(task_of) else None


def _context_of(task: Scope | str | None) -> Context:
    if task is None:
        return otel_context.get_current()
    if isinstance(task, str):
        return in_task(task)
    return task.context or otel_context.get_current()


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    """`ids` in lists that the ledger keeps whole; one empty list where there are none."""
    some: list[str] = []
    characters = 0
    for custom_id in ids:
        if some and (len(some) == IDS_A_SPAN or characters + len(custom_id) > CHARACTERS_A_SPAN):
            yield some
            some, characters = [], 0
        some.append(custom_id)
        # In JSON each has quotes and a comma, and a character may take six.
        characters += len(custom_id.encode("ascii", "backslashreplace")) + 3
    yield some
