"""The plan as OTLP request bodies, in the order in which spans and late verdicts came about."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from examples.past.encode import Encoder, Origin, request
from examples.past.plan import Outcome, Task

SPANS_A_REQUEST = 512
JUDGE = "quality-desk"


def bodies(tasks: Sequence[Task], spans_a_request: int = SPANS_A_REQUEST) -> Iterator[tuple[int, bytes]]:
    """(spans, uncompressed body), each body full but the last."""
    waiting: list[tuple[Origin, OtlpSpan]] = []
    for item in _in_order(tasks):
        waiting.append(item)
        if len(waiting) == spans_a_request:
            yield len(waiting), request(waiting)
            waiting.clear()
    if waiting:
        yield len(waiting), request(waiting)


def _in_order(tasks: Sequence[Task]) -> Iterator[tuple[Origin, OtlpSpan]]:
    encoder = Encoder()
    late: list[tuple[int, str, Task, Outcome]] = []
    for task in sorted(tasks, key=lambda task: (task.ended_ns, task.task_id)):
        while late and late[0][0] <= task.ended_ns:
            yield _verdict(encoder, heapq.heappop(late))
        origin = Origin(task.service, task.environment)
        for span in encoder.spans(task):
            yield origin, span
        for outcome in task.late_outcomes:
            heapq.heappush(late, (outcome.decided_ns, task.task_id, task, outcome))
    while late:
        yield _verdict(encoder, heapq.heappop(late))


def _verdict(encoder: Encoder, item: tuple[int, str, Task, Outcome]) -> tuple[Origin, OtlpSpan]:
    _, _, task, outcome = item
    return Origin(JUDGE, task.environment), encoder.outcome(task, outcome)
