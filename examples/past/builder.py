"""Lays the spans of one task along a clock: things open, happen, and close; nothing overlaps unless asked.
In: dice, a start and what is common to the task; out: a Task. Ids come from the dice alone."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from examples.past.plan import Call, Kind, Outcome, Release, Span, Task
from examples.past.story import NS, Story
from examples.wire.models import traits_of

QUESTIONS = 40
"""Different things that a tool is asked in one task."""


def skewed(dice: random.Random, median: float, spread: float = 0.45) -> int:
    """A whole number around `median` with a long tail upwards; spread is the log's standard deviation."""
    return max(1, round(median * math.exp(dice.gauss(0.0, spread))))


@dataclass
class _Open:
    span_id: bytes
    agent: str
    role: str


@dataclass
class TaskBuilder:
    """One task in the making; `now_ns` is the clock."""

    dice: random.Random
    story: Story
    workload: str
    service: str
    begins: datetime
    tenant: str
    environment: str = "production"
    architecture: str = ""
    latency_class: str = "interactive"
    unit: str = ""
    error: str = ""
    release: Release = field(init=False)
    trace_id: bytes = field(init=False)
    task_id: str = field(init=False)
    now_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self.now_ns = round(self.begins.timestamp() * 1000) * (NS // 1000)
        self._started_ns = self.now_ns
        self.trace_id = self.dice.randbytes(16)
        self.task_id = f"{self.workload}-{self.begins:%Y%m%d}-{self.dice.getrandbits(40):010x}"
        self.release = self.story.release(self.workload, self.now_ns)
        self._root = _Open(self.dice.randbytes(8), "", "")
        self._open = [self._root]
        self._spans: list[Span] = []
        self._uses = 0

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self.now_ns += max(0, round(seconds * NS))

    def new_id(self) -> str:
        """A fresh id as 16 hex digits, for a cascade say."""
        return self.dice.randbytes(8).hex()

    @contextmanager
    def agent(self, name: str, role: str = "") -> Iterator[None]:
        """A span around everything that happens inside."""
        parent, opened, started_ns = self._open[-1], _Open(self.dice.randbytes(8), name, role), self.now_ns
        self._open.append(opened)
        yield
        self._open.pop()
        span = Span(
            Kind.AGENT, name, opened.span_id, parent.span_id, started_ns, self.now_ns, agent=name, role=role
        )
        self._spans.append(span)

    def tool(self, name: str, seconds: float, error: str = "") -> None:
        """One use of a tool, now and then with arguments that it was given before in the same task."""
        self._uses += 1
        # Dice of their own: what is asked of tools must not move what else happens.
        asked = random.Random(f"{self.task_id}/{name}/{self._uses}").randrange(QUESTIONS)
        said = int.from_bytes(
            hashlib.blake2b(f"{self.task_id}/{name}/{asked}".encode(), digest_size=7).digest()
        )
        started_ns = self.now_ns
        self.wait(seconds)
        self._add(Kind.TOOL, name, started_ns, error=error, argument_hash=said)

    def call(self, call: Call, seconds: float | None = None) -> None:
        """One model call; it takes as long as its model would, or `seconds`."""
        started_ns = self.now_ns
        self.wait(self.seconds_of(call) if seconds is None else seconds)
        self._add(Kind.CALL, call.model, started_ns, error=call.error, call=call)

    def seconds_of(self, call: Call) -> float:
        """How long a call takes: until its first chunk, then by its output."""
        traits = traits_of(call.model)
        output = call.tokens.output if call.tokens else 0
        return (call.first_chunk_s or traits.first_chunk_s) + output / traits.output_tokens_per_s

    def finish(self, outcome: Outcome | None, late: tuple[Outcome, ...] = ()) -> Task:
        """The task, ended now."""
        root = Span(
            Kind.TASK,
            self.workload,
            self._root.span_id,
            b"",
            self._started_ns,
            max(self.now_ns, max((span.ended_ns for span in self._spans), default=0)),
            error=self.error,
        )
        return Task(
            task_id=self.task_id,
            trace_id=self.trace_id,
            workload=self.workload,
            service=self.service,
            environment=self.environment,
            tenant=self.tenant,
            release=self.release,
            architecture=self.architecture,
            latency_class=self.latency_class,
            unit=self.unit,
            spans=(root, *self._spans),
            outcome=outcome,
            late_outcomes=late,
        )

    def _add(
        self,
        kind: Kind,
        name: str,
        started_ns: int,
        *,
        error: str = "",
        call: Call | None = None,
        argument_hash: int = 0,
    ) -> None:
        inside = self._open[-1]
        self._spans.append(
            Span(
                kind,
                name,
                self.dice.randbytes(8),
                inside.span_id,
                started_ns,
                self.now_ns,
                agent=inside.agent,
                role=inside.role,
                error=error,
                call=call,
                argument_hash=argument_hash,
            )
        )
