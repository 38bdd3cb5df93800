"""A planned task -> OTLP spans, as the hooks would have sent them: same names, same scope, same resource.
Attribute messages that repeat are made once and copied, as most of them do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from examples.past.plan import Call, Kind, Outcome, Span, Task
from sdk_hooks import attributes as names
from sdk_hooks.version import VERSION

Value = str | bool | int | float | list[str]
_SERVERS = {"anthropic": "api.anthropic.com", "openai": "api.openai.com"}
_CACHE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Origin:
    """The resource a span comes from."""

    service: str
    environment: str


class Encoder:
    """Turns planned tasks into spans; keeps the messages that repeat."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, object], KeyValue] = {}

    def spans(self, task: Task) -> Iterator[OtlpSpan]:
        """The spans of a task in the order in which they ended, the task's own last."""
        common = self._all(_task_attributes(task))
        for span in task.spans:
            if span.call is not None and span.call.batch_id:
                yield self._submission(task, span, span.call, common)
        for span in sorted(task.spans[1:], key=lambda span: span.ended_ns):
            yield self._span(task, span, common)
        yield self._span(task, task.spans[0], common)

    def outcome(self, task: Task, outcome: Outcome) -> OtlpSpan:
        """The span of a late verdict; it has a trace of its own, as whoever judges is elsewhere by then."""
        number = outcome.decided_ns.to_bytes(8, "big")
        made = OtlpSpan(
            trace_id=_mixed(task.trace_id, number + number),
            span_id=_mixed(task.trace_id[:8], number),
            name="outcome",
            kind=OtlpSpan.SPAN_KIND_INTERNAL,
            start_time_unix_nano=outcome.decided_ns,
            end_time_unix_nano=outcome.decided_ns,
        )
        about: dict[str, Value] = {
            names.TASK_ID: task.task_id,
            names.TASK_UNIT: task.unit,
            names.WORKLOAD: task.workload,
        }
        made.attributes.extend(self._all(about | _outcome_attributes(outcome)))
        return made

    def _submission(self, task: Task, span: Span, call: Call, common: list[KeyValue]) -> OtlpSpan:
        """One request as it went into its batch, told where the task began."""
        made = OtlpSpan(
            trace_id=task.trace_id,
            span_id=_mixed(span.span_id, b"submitte"),
            parent_span_id=task.spans[0].span_id,
            name="batch submitted",
            kind=OtlpSpan.SPAN_KIND_INTERNAL,
            start_time_unix_nano=task.started_ns,
            end_time_unix_nano=task.started_ns,
        )
        about: dict[str, Value] = {
            names.PROVIDER_NAME: call.provider,
            names.BATCH_STATE: "submitted",
            names.BATCH_ID: call.batch_id,
            names.BATCH_CUSTOM_ID: call.custom_id,
            names.BATCH_MODEL: call.model,
        }
        made.attributes.extend([*common, *self._all(about)])
        return made

    def _span(self, task: Task, span: Span, common: list[KeyValue]) -> OtlpSpan:
        made = OtlpSpan(
            trace_id=task.trace_id,
            span_id=span.span_id,
            parent_span_id=span.parent_id,
            name=_name(span),
            kind=OtlpSpan.SPAN_KIND_CLIENT if span.call else OtlpSpan.SPAN_KIND_INTERNAL,
            start_time_unix_nano=span.started_ns,
            end_time_unix_nano=span.ended_ns,
        )
        if span.error:
            made.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR))
        made.attributes.extend(common)
        made.attributes.extend(self._all(_span_attributes(task, span)))
        return made

    def _all(self, attributes: dict[str, Value]) -> list[KeyValue]:
        return [self._key_value(name, value) for name, value in attributes.items()]

    def _key_value(self, name: str, value: Value) -> KeyValue:
        # True and 1 and 1.0 are one key to a dict; their types keep them apart.
        key = (name, tuple(value) if isinstance(value, list) else (type(value), value))
        made = self._made.get(key)
        if made is None:
            made = KeyValue(key=name, value=_any_value(value))
            if len(self._made) >= _CACHE_LIMIT:
                self._made.clear()
            self._made[key] = made
        return made


def request(origins_and_spans: Iterable[tuple[Origin, OtlpSpan]]) -> bytes:
    """One export request with these spans, grouped by where they come from."""
    grouped: dict[Origin, list[OtlpSpan]] = {}
    for origin, span in origins_and_spans:
        grouped.setdefault(origin, []).append(span)
    scope = InstrumentationScope(name=names.SCOPE_NAME, version=VERSION)
    made = ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(resource=_resource(origin), scope_spans=[ScopeSpans(scope=scope, spans=spans)])
            for origin, spans in grouped.items()
        ]
    )
    return bytes(made.SerializeToString())


def _resource(origin: Origin) -> Resource:
    about: dict[str, Value] = {
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "service.name": origin.service,
        names.ENVIRONMENT: origin.environment,
        names.IMPORTED: True,
    }
    return Resource(attributes=[KeyValue(key=name, value=_any_value(value)) for name, value in about.items()])


def _name(span: Span) -> str:
    return {
        Kind.TASK: f"task {span.name}",
        Kind.AGENT: f"{names.OPERATION_AGENT} {span.name}",
        Kind.TOOL: f"{names.OPERATION_TOOL} {span.name}",
        Kind.CALL: f"{names.OPERATION_CHAT} {span.name}",
    }[span.kind]


def _task_attributes(task: Task) -> dict[str, Value]:
    """What every span made inside the task carries."""
    return {
        names.TASK_ID: task.task_id,
        names.WORKLOAD: task.workload,
        names.TENANT: task.tenant,
        names.ARCHITECTURE: task.architecture,
        names.PROMPT_VERSION: task.release.prompt_version,
        names.CHANGE_COMMIT: task.release.commit,
        names.CHANGE_PULL_REQUEST: task.release.pull_request,
        names.LATENCY_CLASS: task.latency_class,
    }


def _span_attributes(task: Task, span: Span) -> dict[str, Value]:
    made: dict[str, Value] = {}
    if span.agent:
        made[names.AGENT_NAME] = span.agent
    if span.role:
        made[names.AGENT_ROLE] = span.role
    if span.call is not None:
        return made | _call_attributes(span.call, span.span_id)
    if span.error:
        made[names.ERROR_TYPE] = span.error
    if span.kind is Kind.TOOL:
        made |= {names.OPERATION_NAME: names.OPERATION_TOOL, names.TOOL_NAME: span.name}
        made[names.TOOL_CALL_ID] = f"toolu_{span.span_id.hex()}"
        made[names.TOOL_ARGUMENT_HASH] = span.argument_hash
    elif span.kind is Kind.AGENT:
        made[names.OPERATION_NAME] = names.OPERATION_AGENT
    else:
        made |= {names.OPERATION_NAME: names.OPERATION_TASK, names.WORKFLOW_NAME: task.workload}
        made[names.TASK_UNIT] = task.unit
        if task.outcome is not None:
            made |= _outcome_attributes(task.outcome)
    return made


def _call_attributes(call: Call, span_id: bytes) -> dict[str, Value]:
    answered = not call.error and not call.missing_usage
    maybe: dict[str, Value | None] = {
        names.OPERATION_NAME: names.OPERATION_CHAT,
        names.PROVIDER_NAME: call.provider,
        names.SERVER_ADDRESS: call.server or _SERVERS[call.provider],
        names.SERVER_PORT: 443,
        names.REQUEST_MODEL: call.model,
        names.REQUEST_STREAM: True if call.streamed else None,
        names.TIME_TO_FIRST_CHUNK: call.first_chunk_s if call.streamed else None,
        names.RESPONSE_ID: f"{_id_prefix(call)}{span_id.hex()}" if answered else None,
        names.RESPONSE_MODEL: call.model if answered else None,
        names.FINISH_REASONS: [call.finish] if call.finish else None,
        names.SERVICE_CLASS: call.service_class if answered or call.batch_id else None,
        names.ERROR_TYPE: call.error or None,
        names.HTTP_STATUS_CODE: call.status_code or None,
        names.USAGE_MISSING_REASON: call.missing_usage or None,
        names.RETRIES: call.retries,
        names.TIER: call.tier or None,
        names.STEP: call.step or None,
        names.CASCADE_ID: call.cascade_id or None,
        names.ATTEMPT: call.attempt or None,
        names.ESCALATION_FROM_TIER: call.escalated_from or None,
        names.ESCALATION_SIGNAL: call.signal or None,
        names.ABANDONED: True if call.abandoned else None,
        names.BATCH_ID: call.batch_id or None,
        names.BATCH_CUSTOM_ID: call.custom_id or None,
        names.BATCH_STATE: "returned" if call.batch_id else None,
        names.PROMPT_PREFIX_HASH: call.prefix_hash or None,
        names.PROMPT_PREFIX_TOKENS: call.prefix_tokens or None,
        names.RATE_LIMIT_REMAINING_TOKENS: call.remaining_tokens,
        names.RATE_LIMIT_REMAINING_CALLS: call.remaining_calls,
        names.RATE_LIMIT_TOKENS: call.limit_tokens,
        names.RATE_LIMIT_CALLS: call.limit_calls,
    }
    made = {name: value for name, value in maybe.items() if value is not None}
    return made | _usage_attributes(call)


def _id_prefix(call: Call) -> str:
    """How the provider's ids begin; the Responses API ends with "completed" where others say "stop"."""
    if call.provider == "anthropic":
        return "msg_"
    return "resp_" if call.finish == "completed" else "chatcmpl-"


def _usage_attributes(call: Call) -> dict[str, Value]:
    tokens = call.tokens
    if tokens is None:
        return {}
    made: dict[str, Value] = {
        names.INPUT_TOKENS: tokens.input,
        names.OUTPUT_TOKENS: tokens.output,
        names.CACHE_READ_TOKENS: tokens.cache_read,
        names.CACHE_WRITE_TOKENS: tokens.cache_write_short + tokens.cache_write_long,
        names.CACHE_WRITE_LONG_TOKENS: tokens.cache_write_long,
    }
    # OpenAI names the count always, Anthropic only where the model thought.
    if tokens.reasoning or call.provider == "openai":
        made[names.REASONING_TOKENS] = tokens.reasoning
    return made


def _outcome_attributes(outcome: Outcome) -> dict[str, Value]:
    return {
        names.OUTCOME_SUCCESS: outcome.success,
        names.OUTCOME_CHECKER: outcome.checker,
        names.OUTCOME_CHECKER_KIND: outcome.checker_kind,
        names.OUTCOME_USEFUL_UNITS: outcome.useful_units,
    }


def _any_value(value: Value) -> AnyValue:
    # bool before int: True is an int in Python.
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=item) for item in value]))
    return AnyValue(string_value=value)


def _mixed(one: bytes, other: bytes) -> bytes:
    """A new id from two; the same two give the same id."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
