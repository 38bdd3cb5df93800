"""The alert rules that hold unless spanledger.yaml says otherwise, in the words of that file.

In: nothing. Out: DEFAULT_RULES. A rule of the file with one of these names changes only what it gives.
"""

from typing import Any

DEFAULT_RULES: tuple[dict[str, Any], ...] = (
    {"name": "budget-burn", "kind": "budget", "min_excess_usd": 25, "clear": "30m"},
    {"name": "budget-forecast", "kind": "forecast", "over": 1.05, "clear": "6h"},
    {"name": "cost-shift", "kind": "shift", "severity": "ticket", "min_excess_usd": 1, "clear": "3h"},
    {"name": "runaway-task", "kind": "runaway", "severity": "page", "clear": "15m"},
    {
        "name": "premium-escalation", "kind": "limit", "measure": "premium_escalation", "above": 0.30,
        "window": "24h", "fewest": 30,
    },
    {
        "name": "premium-failure", "kind": "limit", "measure": "premium_failure", "at_least": 0.20,
        "window": "24h", "fewest": 20,
    },
    {
        "name": "cascade-not-worth-it", "kind": "limit", "measure": "cascade_margin", "above": 0,
        "window": "24h", "fewest": 50,
    },
    {
        "name": "cache-hits-down", "kind": "limit", "measure": "cache_hit_rate", "drop": 0.15,
        "window": "6h", "baseline": "7d", "fewest": 100,
    },
    {
        "name": "cache-losing-agent", "kind": "limit", "measure": "cache_saving", "below": -1,
        "window": "24h", "fewest": 30,
    },
    {
        "name": "unpriced-calls", "kind": "limit", "measure": "unpriced_share", "above": 0.05,
        "window": "6h", "fewest": 20,
    },
    {
        "name": "batch-results-missing", "kind": "limit", "measure": "batch_missing", "above": 0.01,
        "window": "7d", "fewest": 1,
    },
    {
        "name": "p95-cost-up", "kind": "limit", "measure": "p95_cost", "rise": 0.5,
        "window": "24h", "baseline": "14d", "fewest": 100,
    },
    {
        "name": "success-down", "kind": "limit", "measure": "success_rate", "drop": 0.10,
        "window": "24h", "baseline": "14d", "fewest": 50,
    },
    {
        "name": "first-token-slow", "kind": "limit", "measure": "p99_first_chunk", "above": 20,
        "window": "1h", "fewest": 50,
    },
    {
        "name": "rate-limit-headroom", "kind": "limit", "measure": "rate_limit_headroom", "below": 0.10,
        "window": "10m", "fewest": 10,
    },
    {
        "name": "context-window", "kind": "limit", "measure": "context_use", "above": 0.80,
        "window": "6h", "fewest": 20,
    },
)  # fmt: skip
