"""What the pages on escalation, caching, batch, context and agents need from the ledger, asked side by side.

In: a window and filters. Out: frozen results of analytics. Raises DashboardError; errors are never kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics.periods import Window
from analytics.rows import CallBucket
from analytics.spend.agents import AgentCost, AgentMessages, AgentPath, Architecture
from analytics.spend.batch import BatchDepth, BatchLive, BatchOutstanding
from analytics.spend.caching import CacheAgent, CacheWrites
from analytics.spend.call_kinds import CallKind, InFlight
from analytics.spend.context import ContextGrowth, ContextModel, ContextTurn
from analytics.spend.escalation import EscalationBucket, EscalationDepth, EscalationSignal, EscalationTier
from analytics.spend.headroom import Headroom
from analytics.spend.useful import UsefulRow
from analytics.stated import Baselines, Statement, baselines
from dashboard.data.client import ledger
from dashboard.data.joined import Joined
from dashboard.data.pages import FRESH_S, Filters, parameters
from dashboard.serving import access
from dashboard.serving.access import kept


@dataclass(frozen=True)
class EscalationData:
    """Rows of the escalation page."""

    tiers: list[EscalationTier]
    depths: list[EscalationDepth]
    signals: list[EscalationSignal]
    trend: list[EscalationBucket]


@dataclass(frozen=True)
class CachingData:
    """Rows of the caching page."""

    agents: list[CacheAgent]
    writes: list[CacheWrites]
    calls: list[CallBucket]


@dataclass(frozen=True)
class BatchData:
    """Rows of the batch page."""

    live: list[BatchLive]
    depth: list[BatchDepth]
    batches: list[BatchOutstanding]


@dataclass(frozen=True)
class ContextData:
    """Rows of the page on context growth."""

    turns: list[ContextTurn]
    growth: list[ContextGrowth]
    models: list[ContextModel]


@dataclass(frozen=True)
class AgentData:
    """Rows of the agents page."""

    costs: list[AgentCost]
    architectures: list[Architecture]
    paths: list[AgentPath]
    messages: list[AgentMessages]
    baselines: Baselines


@kept(ttl=FRESH_S, max_entries=100)
def escalation(window: Window, filters: Filters) -> EscalationData:
    """Four queries at once."""
    given = parameters(window, filters)
    tiers = ledger().later("escalation_tiers", EscalationTier, given)
    depths = ledger().later("escalation_depth", EscalationDepth, given)
    signals = ledger().later("escalation_signals", EscalationSignal, given)
    trend = ledger().later("escalation_trend", EscalationBucket, given)
    return EscalationData(tiers(), depths(), signals(), trend())


@kept(ttl=FRESH_S, max_entries=100)
def caching(window: Window, filters: Filters) -> CachingData:
    """Three queries at once."""
    given = parameters(window, filters)
    agents = ledger().later("cache_agents", CacheAgent, given)
    writes = ledger().later("cache_writes", CacheWrites, given)
    calls = ledger().later("call_trend", CallBucket, given)
    return CachingData(agents(), writes(), calls())


@kept(ttl=FRESH_S, max_entries=100)
def batch(window: Window, filters: Filters) -> BatchData:
    """Three queries at once."""
    given = parameters(window, filters)
    live = ledger().later("batch_live", BatchLive, given)
    depth = ledger().later("batch_depth", BatchDepth, given)
    batches = ledger().later("batch_outstanding", BatchOutstanding, given)
    return BatchData(live(), depth(), batches())


@kept(ttl=FRESH_S, max_entries=100)
def context(window: Window, filters: Filters) -> ContextData:
    """Three queries at once."""
    given = parameters(window, filters)
    turns = ledger().later("context_turns", ContextTurn, given)
    growth = ledger().later("context_growth", ContextGrowth, given)
    models = ledger().later("context_models", ContextModel, given)
    return ContextData(turns(), growth(), models())


@kept(ttl=FRESH_S, max_entries=100)
def agents(window: Window, filters: Filters) -> AgentData:
    """Four queries at once, after one for the stated baselines: another workload may be one."""
    # What is stated holds for a workload whole, so it says nothing to a viewer of single tenants.
    said = [] if access.current().tenants else ledger().rows("stated", Statement, parameters(window, filters))
    stated = baselines(said)
    others = [stated[name].workload for name in filters.workload if name in stated and stated[name].workload]
    wider = replace(filters, workload=(*filters.workload, *others))
    given = parameters(window, wider)
    ask = Joined(ledger(), ("agent_architectures", "agent_paths"))
    costs = ask.later("agent_costs", AgentCost, given)
    architectures = ask.later("agent_architectures", Architecture, given)
    paths = ask.later("agent_paths", AgentPath, given)
    messages = ask.later("agent_messages", AgentMessages, given)
    return AgentData(costs(), architectures(), paths(), messages(), stated)


@kept(ttl=FRESH_S, max_entries=100)
def useful(window: Window, filters: Filters) -> list[UsefulRow]:
    """What useful output costs, in all, over time and by unit."""
    return ledger().rows("useful_output", UsefulRow, parameters(window, filters))


@kept(ttl=FRESH_S, max_entries=100)
def calls(window: Window, filters: Filters) -> tuple[list[CallKind], list[InFlight], list[Headroom]]:
    """Every kind of call, how many ran at once, and what was left of rate limits: two queries."""
    given = parameters(window, filters)
    ask = Joined(ledger(), ("calls_in_flight", "call_headroom"))
    kinds = ask.later("call_kinds", CallKind, given)
    flight = ask.later("calls_in_flight", InFlight, given)
    limits = ask.later("call_headroom", Headroom, given)
    return kinds(), flight(), limits()


@kept(ttl=FRESH_S, max_entries=100)
def turns(window: Window, filters: Filters) -> tuple[list[ContextTurn], list[AgentPath]]:
    """Cost and length by turn, and how agents join: two queries."""
    given = parameters(window, filters)
    by_turn = ledger().later("context_turns", ContextTurn, given)
    paths = ledger().later("agent_paths", AgentPath, given)
    return by_turn(), paths()
