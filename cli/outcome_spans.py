"""Turns outcomes into OTLP request bodies, as `record_outcome` sends them one by one.

In: `OutcomeRow`s. Out: bodies of at most BATCH_ROWS spans. The same row gives the same ids: sent again it changes
nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, TracesData

from cli.outcome_rows import OutcomeRow
from sdk_hooks import attributes as names

SCOPE = "spanledger.import.outcomes"
SERVICE = "spanledger-outcomes"
BATCH_ROWS = 2000
BATCH_DAYS = 60
"""An insert may touch so many daily partitions, and some to spare."""


def bodies(rows: Sequence[OutcomeRow]) -> Iterator[tuple[int, bytes]]:
    """How many rows, and the body that holds them; in the order of time."""
    batch: list[OutcomeRow] = []
    for row in sorted(rows, key=lambda row: (row.decided_at, row.line)):
        if batch and (len(batch) == BATCH_ROWS or (row.decided_at - batch[0].decided_at).days >= BATCH_DAYS):
            yield len(batch), _body(batch)
            batch = []
        batch.append(row)
    if batch:
        yield len(batch), _body(batch)


def _body(rows: Sequence[OutcomeRow]) -> bytes:
    group = ScopeSpans(spans=[_span(row) for row in rows])
    group.scope.name = SCOPE
    whole = ResourceSpans(scope_spans=[group])
    whole.resource.attributes.append(KeyValue(key="service.name", value=AnyValue(string_value=SERVICE)))
    return bytes(TracesData(resource_spans=[whole]).SerializeToString())


def _span(row: OutcomeRow) -> Span:
    # Of two lines with the same moment the later one wins.
    at_ns = _epoch_ns(row.decided_at) + row.line
    values = {
        names.TASK_ID: row.task_id,
        names.OUTCOME_SUCCESS: row.success,
        names.OUTCOME_CHECKER: row.checker or None,
        names.OUTCOME_CHECKER_KIND: row.checker_kind or None,
        names.OUTCOME_USEFUL_UNITS: row.useful_units,
        names.TASK_UNIT: row.unit or None,
        names.WORKLOAD: row.workload or None,
    }
    said = {name: value for name, value in values.items() if value is not None}
    digest = hashlib.sha256(repr((at_ns, sorted(said.items()))).encode()).digest()
    return Span(
        trace_id=digest[:16],
        span_id=digest[16:24],
        name="outcome",
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=at_ns,
        end_time_unix_nano=at_ns,
        attributes=[KeyValue(key=name, value=_value(value)) for name, value in said.items()],
    )


def _value(value: str | bool | float) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def _epoch_ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000
