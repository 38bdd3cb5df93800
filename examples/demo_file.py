"""The demo's spanledger.yaml: what a team like the one in the history would write into it."""

from __future__ import annotations

from datetime import datetime

from examples.past.coding import MODEL
from examples.past.story import CODING, NIGHTLY, PLANNER, SUPPORT, Story

_TEXT = """\
# What this team tells the ledger. Every name it does not know is an error with its line.

# Model names to tiers, tried before the built-in patterns.
tiers:
  nano: ["claude-haiku-*", "gpt-*-luna*", "gpt-*-mini*"]
  standard: ["claude-sonnet-*"]
  premium: ["claude-opus-*", "claude-fable-*"]

# Whoever waits for an answer; nobody does at night.
latency_classes:
  - {{workload: "nightly-*", latency_class: offline}}

# A conversation that rests longer than this has ended its task.
task_idle_minutes: 30

# Our contract changed: from this day on {model} costs us more than its list price.
prices:
  - provider: anthropic
    model: {model}
    service_class: standard
    from: {price_change:%Y-%m-%d}
    fresh_input_usd_per_mtok: 5.00
    cache_read_usd_per_mtok: 0.25
    cache_write_short_usd_per_mtok: 6.25
    cache_write_long_usd_per_mtok: 10.00
    output_usd_per_mtok: 25.00

# What several agents are compared with: the same questions answered by one.
single_agent_baselines:
  {planner}: {{architecture: single}}

budgets:
  - {{all: true, period: month, limit_usd: 2500}}
  - {{workload: {coding}, period: week, limit_usd: 450}}
  - {{workload: {planner}, period: week, limit_usd: 70}}
  - {{workload: {support}, period: day, limit_usd: 3}}
  - {{workload: {nightly}, period: day, limit_usd: 2}}
  - {{tenant: acme, period: month, limit_usd: 150}}

schedules:
  weekly_review: "MON 09:00"
"""


def demo_config(now: datetime) -> str:
    """The text of the demo's spanledger.yaml.

    The price change in it is ten days before the midnight (UTC) before `now`, where the history has it.
    Raises ValueError for a `now` without time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"now has no time zone: {now.isoformat()}")
    return _TEXT.format(
        model=MODEL,
        price_change=Story(seed=0, now=now, weeks=4).price_change,
        coding=CODING,
        planner=PLANNER,
        support=SUPPORT,
        nightly=NIGHTLY,
    )
