"""A recorded call as one OTLP span in the names of the hooks, and an outcome likewise.

In: what a call reported. Out: an export request in JSON. Prompts, answers, headers and keys are in none of it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.gate.segments import segments
from analytics.gate.tokens import Counter
from sdk_hooks import attributes as names
from sdk_hooks.file_export import attributes_json
from sdk_hooks.providers.report import Api, Report

SCOPE = "spanledger.proxy"
CLIENT, INTERNAL, ERROR = 3, 1, 2
_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


@dataclass(frozen=True)
class Run:
    """Whose calls they are: run and case id, the resource's attributes."""

    run: str
    case: str
    resource: Mapping[str, str]

    @property
    def task(self) -> str:
        """One task a run of a case."""
        return f"{self.run} {self.case}"

    def trace(self) -> str:
        """The trace of its calls, by name, so that every call of a run is in one."""
        return hashlib.sha256(f"{self.run}\0{self.case}\0{self.resource}".encode()).hexdigest()[:32]


@dataclass
class Recording:
    """One call while it passes. parent: the W3C traceparent that came with it, if any."""

    api: Api
    run: Run
    model: str
    host: str
    provider: str
    is_stream: bool
    started_ns: int
    parent: str = ""
    first_chunk_s: float | None = None
    status: int = 0
    error_type: str = ""
    segment_tokens: Mapping[str, int] = field(default_factory=dict)
    report: Report = field(default_factory=Report)


def segment_tokens(request: Mapping[str, Any], counter: Counter) -> dict[str, int]:
    """Tokens of a request by kind of segment; the texts are gone when this returns."""
    found: dict[str, int] = {}
    for segment in segments(request):
        found[segment.kind] = found.get(segment.kind, 0) + counter.count(segment.text)
    return found


def call_span(call: Recording, ended_ns: int) -> bytes:
    """The span of a call that is over."""
    report = call.report
    if not call.error_type and report.missing_reason is None and report.lacks_usage:
        report.missing_reason = "not_reported"
    values: dict[str, Any] = {
        names.OPERATION_NAME: call.api.operation,
        names.PROVIDER_NAME: call.provider,
        names.REQUEST_MODEL: call.model,
        names.SERVER_ADDRESS: call.host,
        **({names.REQUEST_STREAM: True} if call.is_stream else {}),
        **_whose(call.run),
        **{
            f"{names.SEGMENT_TOKENS}{kind.replace(' ', '_')}": tokens
            for kind, tokens in call.segment_tokens.items()
        },
        **report.told,
    }
    if call.first_chunk_s is not None:
        values[names.TIME_TO_FIRST_CHUNK] = call.first_chunk_s
    if report.missing_reason is not None:
        values[names.USAGE_MISSING_REASON] = report.missing_reason
    error = call.error_type or report.error_type
    if error:
        values[names.ERROR_TYPE] = error
    if call.status >= 400:
        values[names.HTTP_STATUS_CODE] = call.status
    name = f"{call.api.operation} {call.model}"
    span = _span(call.run, name, CLIENT, call.started_ns, ended_ns, values, is_error=bool(error))
    if found := _PARENT.fullmatch(call.parent):
        span["traceId"], span["parentSpanId"] = found.groups()
    return _request(call.run, span)


def outcome_span(run: Run, success: bool, checker: str, at_ns: int) -> bytes:
    """Whether a run of a case came off."""
    values = {
        **_whose(run),
        names.OUTCOME_SUCCESS: success,
        names.OUTCOME_CHECKER: checker,
        names.OUTCOME_CHECKER_KIND: "deterministic",
    }
    return _request(run, _span(run, "outcome", INTERNAL, at_ns, at_ns, values, is_error=False))


def _whose(run: Run) -> dict[str, str]:
    return {names.TASK_ID: run.task, names.CASE_ID: run.case, names.RUN_ID: run.run}


def _span(
    run: Run, name: str, kind: int, start_ns: int, end_ns: int, values: Mapping[str, Any], *, is_error: bool
) -> dict[str, Any]:
    return {
        "traceId": run.trace(),
        "spanId": secrets.token_hex(8),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(max(start_ns, end_ns)),
        "attributes": _attributes(values),
        "status": {"code": ERROR} if is_error else {},
    }


def _request(run: Run, span: Mapping[str, Any]) -> bytes:
    scopes = [{"scope": {"name": SCOPE}, "spans": [span]}]
    resource = {"attributes": _attributes(run.resource)}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}).encode()


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return attributes_json({key: value for key, value in values.items() if value not in ("", None)})
