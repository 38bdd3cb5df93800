"""What limit rules may measure: the query it comes from, its unit, how it is called in a sentence.

In: nothing. Out: MEASURES. What a measure cannot be grouped by, a rule may not name in `by` or `scope`.
"""

from dataclasses import dataclass
from typing import Literal

Dimension = Literal["workload", "model", "tier", "agent", "tenant"]

_CALLS: tuple[Dimension, ...] = ("workload", "model", "tier", "agent", "tenant")
_SUMS: tuple[Dimension, ...] = ("workload", "model", "tier", "agent")
_TASKS: tuple[Dimension, ...] = ("workload", "tier", "tenant")


@dataclass(frozen=True)
class Measure:
    """`query` gives rows of `sql/queries`; `by` is what it is grouped by unless the rule says."""

    query: str
    unit: str
    words: str
    dimensions: tuple[Dimension, ...]
    by: tuple[Dimension, ...] = ("workload",)


MEASURES: dict[str, Measure] = {
    "premium_escalation": Measure(
        "alert_cascades", "ratio", "the share of cascades that end in the premium tier", _CALLS
    ),
    "cascade_margin": Measure(
        "alert_cascades", "ratio", "the escalation rate beyond the break-even rate", _CALLS
    ),
    "premium_failure": Measure(
        "alert_tasks", "ratio", "the failure rate of tasks that escalated to the premium tier", _TASKS
    ),
    "success_rate": Measure("alert_tasks", "ratio", "the success rate", _TASKS),
    "p95_cost": Measure("alert_tasks", "usd", "the P95 cost per task", _TASKS),
    "cache_hit_rate": Measure("alert_sums", "ratio", "the cache hit rate", _SUMS),
    "unpriced_share": Measure("alert_sums", "ratio", "the share of calls without a price", _SUMS),
    "failed_share": Measure("alert_sums", "ratio", "the share of failed calls", _SUMS),
    "cache_saving": Measure(
        "alert_caches",
        "usd",
        "what the prompt cache saves, less what writing it costs,",
        _CALLS,
        ("workload", "agent"),
    ),
    "p99_first_chunk": Measure(
        "alert_calls", "s", "the P99 time to first token", _CALLS, ("workload", "model")
    ),
    "rate_limit_headroom": Measure(
        "alert_headroom",
        "ratio",
        "the rate limit that a tenth of the calls found left, or less",
        _CALLS,
        ("model", "agent"),
    ),
    "context_use": Measure(
        "alert_calls", "ratio", "the P95 share of the context window in use", _CALLS, ("workload", "model")
    ),
    "batch_missing": Measure(
        "alert_batches",
        "ratio",
        "the share of batch results that are missing",
        ("workload", "model", "tenant"),
    ),
}
