"""OTLP/JSON trace requests as OTLP protobuf, span by span, so that one bad span does not cost the others.

In: a JSON body. Out: JsonTraces. Ids are hex, 64-bit integers text or numbers, enums numbers or names,
unknown fields ignored. Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span

from collector.errors import CollectorError

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8


class BadJson(CollectorError):
    """A body that is no OTLP/JSON request at all."""


@dataclass(frozen=True)
class JsonTraces:
    """A request in protobuf, and what was left out of it: how many spans, and why the first of them."""

    body: bytes
    rejected_spans: int
    reason: str


class _BadSpan(Exception):
    """One span that cannot be taken."""


def traces_from_json(body: bytes) -> JsonTraces:
    """`body` in protobuf. Raises BadJson if it is no JSON, or not shaped as a trace request."""
    request = ExportTraceServiceRequest()
    rejected, reason = 0, ""
    for given in _list(read_json(body), "resourceSpans", "resource_spans"):
        taken = request.resource_spans.add()
        scopes = _list(given, "scopeSpans", "scope_spans")
        try:
            rest = {name: value for name, value in given.items() if name not in ("scopeSpans", "scope_spans")}
            ParseDict(rest, taken, ignore_unknown_fields=True)
        except (ParseError, ValueError) as error:
            del request.resource_spans[-1]
            rejected += sum(len(_list(scope, "spans")) for scope in scopes)
            reason = reason or f"resource: {_short(error)}"
            continue
        for scope in scopes:
            lost, why = _add_scope(taken.scope_spans.add(), scope)
            rejected += lost
            reason = reason or why
    return JsonTraces(request.SerializeToString(), rejected, reason)


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises BadJson."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadJson(f"the body is not JSON: {_short(error)}") from None
    if not isinstance(found, dict):
        raise BadJson(f"the body is a JSON {type(found).__name__}, must be an object")
    return found


def _add_scope(taken: ScopeSpans, given: Mapping[str, Any]) -> tuple[int, str]:
    """Fill `taken`; returns how many spans were left out, and why the first of them."""
    spans = _list(given, "spans")
    try:
        ParseDict(
            {name: value for name, value in given.items() if name != "spans"},
            taken,
            ignore_unknown_fields=True,
        )
    except (ParseError, ValueError) as error:
        return len(spans), f"scope: {_short(error)}"
    rejected, reason = 0, ""
    for span in spans:
        try:
            taken.spans.append(_span(span))
        except _BadSpan as error:
            rejected += 1
            reason = reason or str(error)
    return rejected, reason


def _span(given: Mapping[str, Any]) -> Span:
    plain = dict(given)
    label = f"span {str(given.get('name', ''))[:80]!r}"
    try:
        _decode_ids(plain, label)
        if isinstance(plain.get("links"), list):
            plain["links"] = [dict(link) for link in plain["links"]]
            for link in plain["links"]:
                _decode_ids(link, f"a link of {label}")
        span = Span()
        ParseDict(plain, span, ignore_unknown_fields=True)
    except (ParseError, ValueError, TypeError) as error:
        raise _BadSpan(f"{label}: {_short(error)}") from None
    return span


def _decode_ids(fields: dict[str, Any], label: str) -> None:
    """Replace hex ids by base64, which is what protobuf's own JSON has for bytes."""
    for camel, snake, size, is_required in (
        ("traceId", "trace_id", TRACE_ID_BYTES, True),
        ("spanId", "span_id", SPAN_ID_BYTES, True),
        ("parentSpanId", "parent_span_id", SPAN_ID_BYTES, False),
    ):
        text = fields.pop(camel, None) or fields.pop(snake, None) or ""
        fields.pop(snake, None)
        if text or is_required:
            fields[camel] = _id(text, size, camel, label)


def _id(text: object, size: int, name: str, label: str) -> str:
    if not isinstance(text, str) or len(text) != 2 * size:
        shown = f"{len(text)} characters" if isinstance(text, str) else f"a {type(text).__name__}"
        raise _BadSpan(f"{label}: {name} is {shown}, must be {2 * size} hex digits")
    try:
        raw = binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        raise _BadSpan(f"{label}: {name} {text!r} is not hexadecimal") from None
    if not any(raw) and name != "parentSpanId":
        raise _BadSpan(f"{label}: {name} is all zeros")
    return base64.b64encode(raw).decode()


def _list(fields: Mapping[str, Any], *names: str) -> list[Any]:
    """The list of objects under the first of `names` that is there; [] if none is. Raises BadJson."""
    for name in names:
        found = fields.get(name)
        if found is None:
            continue
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise BadJson(f"{name} must be a list of objects")
        return found
    return []


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
