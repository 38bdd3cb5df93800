"""Everything a gate found, as one frozen record; every output is written from it, and JSON brings it back.

In: nothing. Out: GateResult. Amounts are USD: Decimal where sums must close, float where they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from analytics.bridge.split import Part
from analytics.gate.settings import GateSettings
from analytics.gate.success import Success
from analytics.gate.unpaired import UnpairedJudgement
from analytics.gate.verdict import Judgement, Verdict

FORMAT = 1


@dataclass(frozen=True)
class ModelNote:
    """A model of a side: asked for, answered, and how many of its calls have no price."""

    provider: str
    asked: str
    answered: str
    calls: int
    unpriced: int


@dataclass(frozen=True)
class SideNote:
    """What one side was."""

    source: str
    runs: int
    cases: int
    tasks: int
    calls: int
    cost_usd: Decimal
    changes: tuple[str, ...]
    prompt_versions: tuple[str, ...]
    models: tuple[ModelNote, ...]
    price_books: tuple[str, ...]


@dataclass(frozen=True)
class CaseChange:
    """One case: mean USD a run on both sides, and what caused most of the difference."""

    case: str
    workload: str
    base_usd: Decimal
    head_usd: Decimal
    cause: str


@dataclass(frozen=True)
class Split:
    """The bridge of a workload or of the suite: USD a run of every case; parts sum to head - base exactly."""

    base_usd: Decimal
    head_usd: Decimal
    parts: tuple[Part, ...]
    culprit: str


@dataclass(frozen=True)
class WorkloadResult:
    """One workload. judgement or unpaired is set. p: smallest, as tested; p_family: after Holm; q: after BH.

    monthly_usd: the change at the workload's volume, None where the volume is not known.
    """

    workload: str
    verdict: Verdict
    reason: str
    judgement: Judgement | None
    unpaired: UnpairedJudgement | None
    p: float
    p_family: float
    q: float
    split: Split
    success: Success | None
    usd_per_1000_tasks: float
    monthly_tasks: float | None
    monthly_usd: float | None


@dataclass(frozen=True)
class Override:
    """Somebody accepted a dearer head: who, why, by which way (label, comment, command), and when."""

    by: str
    reason: str
    way: str
    at: str


@dataclass(frozen=True)
class LimitCheck:
    """A case held against an absolute limit. of: the mean of its runs, or every run; value, base_value: so measured,
    in `unit`. is_known: False where calls without a price might put it above."""

    case: str
    workload: str
    unit: str
    of: str
    limit: Decimal
    value: Decimal
    base_value: Decimal | None
    runs: int
    runs_above: int
    is_broken: bool
    is_known: bool

    @property
    def ratio(self) -> float:
        """Value over limit."""
        return float(self.value / self.limit) if self.limit else float("inf") if self.value else 0.0


@dataclass(frozen=True)
class SpendNote:
    """A limit on what a suite may spend: USD, calls whose price is not known, runs that ended by themselves of those
    planned, and whether the limit stopped the rest."""

    limit_usd: Decimal
    spent_usd: Decimal
    unpriced_calls: int
    runs_done: int
    runs_planned: int
    is_stopped: bool


@dataclass(frozen=True)
class StaticFinding:
    """What changes without any model call: one case or one prompt or tool definition.

    first_difference: position in characters of the first difference in the cacheable prefix; None = unchanged.
    """

    case: str
    base_tokens: int
    head_tokens: int
    base_prefix_tokens: int
    head_prefix_tokens: int
    first_difference: int | None
    usd_per_turn: float | None
    file: str = ""


@dataclass(frozen=True)
class StaticPart:
    """A prompt or tool definition that differs: mean tokens over the cases that have it, USD added to a turn."""

    name: str
    base_tokens: int
    head_tokens: int
    cases: int
    usd_per_turn: float | None


@dataclass(frozen=True)
class StaticSegment:
    """A kind of segment (tools, system, history, tool results, user): mean tokens and USD a call.

    USD as fresh input where no model was called, else as the call's input was billed.
    """

    kind: str
    base_tokens: float
    head_tokens: float
    base_usd: float | None
    head_usd: float | None


@dataclass(frozen=True)
class StaticResult:
    """Stage 0. counter: which counters, error: their largest stated error as a share; verdict FAIL, WARN, PASS or
    INCONCLUSIVE.

    shared_base, shared_head: tokens of the prefix that all cases begin with. volatile: cases whose prefix differs
    between two builds by the same version.
    """

    verdict: Verdict
    reason: str
    counter: str
    error: float
    findings: tuple[StaticFinding, ...]
    parts: tuple[StaticPart, ...] = ()
    shared_base: int = 0
    shared_head: int = 0
    volatile: tuple[str, ...] = ()
    segments: tuple[StaticSegment, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """One gate. verdict None = not comparable, for `reasons`. repricing_usd: base usage at the frozen prices, less
    at the prices of its own time."""

    suite: str
    verdict: Verdict | None
    reason: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    base: SideNote
    head: SideNote
    settings: GateSettings
    workloads: tuple[WorkloadResult, ...]
    total: WorkloadResult | None
    geomean: float | None
    cases: tuple[CaseChange, ...]
    repricing_usd: Decimal
    priced_as_of: str
    static: StaticResult | None = None
    override: Override | None = None
    is_demoted: bool = False
    spend: SpendNote | None = None
    limits: tuple[LimitCheck, ...] = ()
    segments: tuple[StaticSegment, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def blocks(self) -> bool:
        """Whether a pull request must not go on: an undemoted FAIL, or a broken limit, that nobody accepted."""
        fails = self.verdict is Verdict.FAIL and not self.is_demoted
        return (fails or bool(self.broken_limits)) and self.override is None

    @property
    def broken_limits(self) -> tuple[LimitCheck, ...]:
        """Limits that cases of the head are above."""
        return tuple(check for check in self.limits if check.is_broken)
