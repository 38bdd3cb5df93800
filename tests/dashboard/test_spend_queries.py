"""The queries of the pages on escalation, caching, batch, context and agents, against pandas over the same rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics import rows
from analytics.periods import Window
from analytics.spend import agents, batch, caching, call_kinds, context, escalation, headroom
from dashboard.data.pages import Filters
from sql import catalogue
from tests.dashboard.engine import TestLedger
from tests.dashboard.seed import Traffic
from tests.dashboard.test_queries import WINDOWS, _parameters

ROW_TYPES = {
    "task_figures": rows.TaskFigures,
    "call_figures": rows.CallFigures,
    "call_figures_of_tenants": rows.CallFigures,
    "escalation_tiers": escalation.EscalationTier,
    "escalation_depth": escalation.EscalationDepth,
    "escalation_signals": escalation.EscalationSignal,
    "escalation_trend": escalation.EscalationBucket,
    "cache_agents": caching.CacheAgent,
    "cache_writes": caching.CacheWrites,
    "batch_live": batch.BatchLive,
    "batch_depth": batch.BatchDepth,
    "batch_outstanding": batch.BatchOutstanding,
    "context_turns": context.ContextTurn,
    "context_growth": context.ContextGrowth,
    "context_models": context.ContextModel,
    "agent_costs": agents.AgentCost,
    "agent_architectures": agents.Architecture,
    "agent_paths": agents.AgentPath,
    "agent_messages": agents.AgentMessages,
    "call_kinds": call_kinds.CallKind,
    "calls_in_flight": call_kinds.InFlight,
    "call_headroom": headroom.Headroom,
}
BUCKETS = ["fresh_input_tokens", "cache_read_tokens", "cache_write_short_tokens", "cache_write_long_tokens"]


@pytest.fixture(scope="module")
def calls(four_weeks: Traffic) -> pd.DataFrame:
    frame = pd.DataFrame(four_weeks.calls)
    frame["cost"] = frame["list_cost_usd"].map(lambda cost: float(cost or 0))
    frame["unpriced"] = frame["list_cost_usd"].isna()
    frame["input"] = frame[BUCKETS].astype(float).fillna(0).sum(axis=1)
    return frame


def _started(calls: pd.DataFrame, window: Window) -> pd.DataFrame:
    return calls[(calls["started_at"] >= window.from_) & (calls["started_at"] < window.to)]


@pytest.mark.parametrize("name", ROW_TYPES)
def test_rows_have_the_columns_of_their_class(filled: TestLedger, name: str) -> None:
    assert filled.rows(name, ROW_TYPES[name], _parameters(WINDOWS[2], Filters()))


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.length}")
def test_task_figures_are_the_three_queries_in_one(filled: TestLedger, window: Window) -> None:
    given = _parameters(window, Filters(workload=("support-triage", "coding-session")))
    found = filled.rows("task_figures", rows.TaskFigures, given)
    parts = {
        "total": [r.only(rows.TaskTotals) for r in found if r.part == "total"],
        "bucket": [r.bucket_row() for r in found if r.part == "bucket"],
        "workload": [r.only(rows.TaskWorkload) for r in found if r.part == "workload"],
    }
    same(parts["total"], filled.rows("task_totals", rows.TaskTotals, given))
    same(parts["bucket"], filled.rows("task_trend", rows.TaskBucket, given))
    same(parts["workload"], filled.rows("task_workloads", rows.TaskWorkload, given))


@pytest.mark.parametrize("whose", ["", "_of_tenants"])
@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.length}")
def test_call_figures_are_the_two_queries_in_one(filled: TestLedger, window: Window, whose: str) -> None:
    given = _parameters(window, Filters(tier=("nano", "premium")))
    found = filled.rows(f"call_figures{whose}", rows.CallFigures, given)
    buckets = [r.only(rows.CallBucket) for r in found if r.part == "bucket"]
    workloads = [r.only(rows.CallWorkload) for r in found if r.part == "workload"]
    same(buckets, filled.rows(f"call_trend{whose}", rows.CallBucket, given))
    same(workloads, filled.rows(f"call_workloads{whose}", rows.CallWorkload, given))


def same(left: list[Any], right: list[Any]) -> None:
    """The same rows, sums of floats taken in another order allowed for."""
    assert len(left) == len(right) > 0
    for one, other in zip(left, right, strict=True):
        for name, value in vars(one).items():
            expected = getattr(other, name)
            assert value == (
                pytest.approx(expected) if isinstance(value, (float, tuple)) and name != "units" else expected
            )


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.length}")
def test_escalation_tiers(filled: TestLedger, calls: pd.DataFrame, window: Window) -> None:
    found = filled.rows("escalation_tiers", escalation.EscalationTier, _parameters(window, Filters()))
    tries = _started(calls, window)
    tries = tries[tries["attempt"].notna()]
    for row in found:
        mine = tries[(tries["workload"] == row.workload) & (tries["tier"] == row.tier)]
        assert (row.attempts, row.escalated) == (len(mine), int(mine["escalated"].sum()))
        assert row.spend_usd == pytest.approx(mine["cost"].sum())
        assert row.abandoned_usd == pytest.approx(mine.loc[mine["abandoned"].astype(bool), "cost"].sum())
        priced = mine.loc[~mine["unpriced"], "cost"]
        if priced.empty:
            assert (row.mean_usd, row.p95_usd) == (None, None)
        else:
            assert row.mean_usd == pytest.approx(priced.mean())
            assert row.p95_usd == pytest.approx(np.quantile(priced, 0.95))
    assert sum(row.attempts for row in found) == len(tries)


def test_escalation_depth(filled: TestLedger, four_weeks: Traffic) -> None:
    window = WINDOWS[2]
    found = filled.rows("escalation_depth", escalation.EscalationDepth, _parameters(window, Filters()))
    frame = pd.DataFrame(four_weeks.tasks)
    frame = frame[
        (frame["ended_at"] >= window.from_) & (frame["ended_at"] < window.to) & (frame["attempts"] > 0)
    ]
    assert sum(row.tasks for row in found if row.period == 0) == len(frame)
    for row in found:
        if row.period:
            continue
        mine = frame[(frame["escalations"].clip(upper=3) == row.depth) & (frame["highest_tier"] == row.tier)]
        priced = mine.loc[mine["unpriced_calls"] == 0, "list_cost_usd"].astype(float)
        assert (row.tasks, row.successes) == (len(mine), int((mine["success"] == True).sum()))  # noqa: E712
        if len(priced):
            assert row.p50_usd == pytest.approx(priced.quantile(0.5))
            assert row.p95_usd == pytest.approx(priced.quantile(0.95))


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.length}")
def test_cache_agents(filled: TestLedger, calls: pd.DataFrame, window: Window) -> None:
    found = filled.rows("cache_agents", caching.CacheAgent, _parameters(window, Filters()))
    mine = _started(calls, window)
    known = mine[mine["cache_read_tokens"].notna()]
    assert sum(row.calls for row in found) == len(mine)
    assert sum(row.known for row in found) == len(known)
    assert sum(row.input for row in found) == known["input"].sum()
    assert sum(row.cache_read for row in found) == known["cache_read_tokens"].sum()
    assert sum(row.read_usd for row in found) == pytest.approx(
        mine["cache_read_cost_usd"].map(lambda c: float(c or 0)).sum()
    )
    for row in found:
        if row.model == "claude-haiku-4-5":
            assert row.fresh_usd_per_token == pytest.approx(0.000001, rel=1e-6)


def test_a_write_is_read_only_within_its_lifetime(filled: TestLedger, calls: pd.DataFrame) -> None:
    window = WINDOWS[2]
    found = filled.rows("cache_writes", caching.CacheWrites, _parameters(window, Filters()))
    frame = _started(calls, window)
    frame = frame[(frame["cache_read_tokens"].notna()) & (frame["status"] == "ok")]
    for row in found:
        mine = frame[
            (frame["workload"] == row.workload)
            & (frame["agent"] == row.agent)
            & (frame["response_model"] == row.model)
        ].sort_values("started_at")
        lifetime = 1800 if mine["provider"].iloc[0] == "openai" else 300
        writes = mine[mine["cache_write_short_tokens"] > 0]
        reads = mine.loc[mine["cache_read_tokens"] > 0, "started_at"]
        unread = 0
        for _, call in writes.iterrows():
            later = reads[reads > call["started_at"]]
            in_time = (
                len(later)
                and (later.min() - call["started_at"]).total_seconds() <= lifetime + call["duration_s"]
            )
            unread += not in_time
        assert (row.writes, row.unread) == (len(writes), unread)


def test_batch_and_agents_sum_to_all_spend(filled: TestLedger, calls: pd.DataFrame) -> None:
    window = WINDOWS[0]
    given = _parameters(window, Filters())
    total = _started(calls, window)["cost"].sum()
    live = filled.rows("batch_live", batch.BatchLive, given)
    assert sum(row.spend_usd for row in live) == pytest.approx(total)
    assert sum(row.input_usd + row.output_usd for row in live) == pytest.approx(total)
    assert sum(row.spend_usd for row in filled.rows("agent_costs", agents.AgentCost, given)) == pytest.approx(
        total
    )
    assert sum(
        row.spend_usd for row in filled.rows("call_kinds", call_kinds.CallKind, given)
    ) == pytest.approx(total)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: f"{w.length}")
def test_headroom_is_the_share_of_the_scarcer_limit(
    filled: TestLedger, calls: pd.DataFrame, window: Window
) -> None:
    found = filled.rows("call_headroom", headroom.Headroom, _parameters(window, Filters()))
    mine = _started(calls, window)
    mine = mine[mine["rate_limit_tokens"].notna()]
    shares = np.minimum(
        mine["rate_limit_remaining_tokens"] / mine["rate_limit_tokens"],
        mine["rate_limit_remaining_calls"] / mine["rate_limit_calls"],
    )
    told = [row for row in found if row.told]
    assert sum(row.told for row in told) == len(mine) > 0
    for row in told:
        model = mine["response_model"].where(mine["response_model"] != "", mine["request_model"])
        of = shares[(mine["workload"] == row.workload) & (mine["agent"] == row.agent) & (model == row.model)]
        assert row.least_share == pytest.approx(of.min())
        assert row.p5_share == pytest.approx(of.quantile(0.05))
        assert "of 400k tokens" in row.least_words or "of 1,000 calls" in row.least_words
    assert headroom.tightest(found) == told[0]
    refused = _started(calls, window)
    refused = refused[refused["error_type"].str.contains("429|rate.?limit|overloaded")]
    assert sum(row.refused for row in found) == len(refused)


def test_headroom_of_calls_that_tell_nothing_is_unknown(filled: TestLedger) -> None:
    given = _parameters(WINDOWS[0], Filters(model=("gpt-5.2",)))
    assert all(row.least_share is None for row in filled.rows("call_headroom", headroom.Headroom, given))
    assert headroom.headroom_words([]) == "no headroom recorded"


def test_architectures(filled: TestLedger, four_weeks: Traffic) -> None:
    window = WINDOWS[2]
    found = filled.rows("agent_architectures", agents.Architecture, _parameters(window, Filters()))
    frame = pd.DataFrame(four_weeks.tasks)
    frame = frame[(frame["ended_at"] >= window.from_) & (frame["ended_at"] < window.to)]
    for row in found:
        mine = frame[frame["workload"] == row.workload]
        priced = mine.loc[mine["unpriced_calls"] == 0, "list_cost_usd"].astype(float)
        assert row.turns == pytest.approx(mine["calls"].mean())
        assert row.turns_var == pytest.approx(mine["calls"].var())
        assert row.mean_usd == pytest.approx(priced.mean())
        assert row.p95_usd == pytest.approx(priced.quantile(0.95))


def test_paths_and_calls_at_once(filled: TestLedger, calls: pd.DataFrame) -> None:
    window = WINDOWS[0]
    given = _parameters(window, Filters(workload=("coding-session",)))
    (path,) = filled.rows("agent_paths", agents.AgentPath, given)
    mine = _started(calls, window)
    mine = mine[mine["workload"] == "coding-session"]
    by_task = mine.groupby("task_id")["duration_s"].sum()
    assert path.tasks == len(by_task)
    # Calls of a session follow one another, so the path is the sum of its branches.
    assert path.branches_s == pytest.approx(by_task.mean(), rel=0.01)
    assert path.path_s == pytest.approx(path.branches_s, rel=1e-6)
    assert path.at_once == 1
    flight = filled.rows("calls_in_flight", call_kinds.InFlight, given)
    whole = next(row for row in flight if row.part == "total")
    assert whole.calls == len(mine) == sum(row.calls for row in flight if row.part == "bucket")
    assert whole.most_at_once == max(row.most_at_once for row in flight if row.part == "bucket")
    assert whole.p99_first_s == pytest.approx(mine["time_to_first_chunk_s"].quantile(0.99), rel=0.05)


def test_turns_and_growth(filled: TestLedger, calls: pd.DataFrame) -> None:
    window = WINDOWS[0]
    found = filled.rows("context_turns", context.ContextTurn, _parameters(window, Filters()))
    assert sum(row.calls for row in found) == len(_started(calls, window))
    models = filled.rows("context_models", context.ContextModel, _parameters(window, Filters()))
    mine = _started(calls, window)
    for row in models:
        tokens = mine.loc[
            (mine["workload"] == row.workload)
            & (mine["agent"] == row.agent)
            & (mine["service_class"] == row.service_class)
            & (mine["response_model"] == row.model),
            "input",
        ]
        assert row.calls == len(tokens)
        assert row.max_input == tokens.max()
        if len(tokens) >= 30:
            assert row.p50_input == pytest.approx(tokens.median(), rel=0.1)
        assert row.cliff is None


@pytest.mark.parametrize("name", ROW_TYPES)
def test_every_query_answers_on_an_empty_ledger(ledger: TestLedger, name: str) -> None:
    found = ledger.rows(name, ROW_TYPES[name], _parameters(WINDOWS[0], Filters()))
    assert not [row for row in found if getattr(row, "calls", 0) or getattr(row, "tasks", 0)]
    assert not any(isinstance(v, float) and math.isinf(v) for row in found for v in vars(row).values())
    assert catalogue.query(name).purpose


def test_batches_that_did_not_come_back(filled: TestLedger, four_weeks: Traffic) -> None:
    window = WINDOWS[2]
    found = filled.rows("batch_outstanding", batch.BatchOutstanding, _parameters(window, Filters()))
    frame = pd.DataFrame(four_weeks.batches)
    mine = frame[(frame["at"] >= window.from_) & (frame["at"] < window.to)]
    submitted, returned = (
        mine[mine["state"] == "submitted"],
        set(frame.loc[frame["state"] == "returned", "custom_id"]),
    )
    assert sum(row.requests for row in found) == len(submitted)
    assert (
        sum(row.outstanding for row in found)
        == sum(name not in returned for name in submitted["custom_id"])
        > 0
    )


@pytest.mark.parametrize("name", ["agent_paths", "context_growth"])
def test_above_the_threshold_one_in_k_tasks_is_read(
    filled: TestLedger, calls: pd.DataFrame, name: str
) -> None:
    window = WINDOWS[0]
    given = _parameters(window, Filters())
    whole = filled.rows(name, ROW_TYPES[name], given)
    every = 4
    given["sample_above"] = math.ceil(len(_started(calls, window)) / every)
    part = filled.rows(name, ROW_TYPES[name], given)
    counted = "tasks" if name == "agent_paths" else "conversations"
    assert {row.sampled for row in whole} == {1}
    assert {row.sampled for row in part} == {every}
    # Scaled counts are whole multiples, of some tasks, not of all.
    assert all(getattr(row, counted) % every == 0 for row in part)
    exact, scaled = (sum(getattr(row, counted) for row in found) for found in (whole, part))
    read = scaled / every
    assert 0 < read < exact
    # Four standard deviations of a count of which each is read with chance 1/k.
    assert abs(scaled - exact) < 4 * every * math.sqrt(exact / every * (1 - 1 / every))


def test_a_sample_holds_tasks_whole(filled: TestLedger, calls: pd.DataFrame) -> None:
    window = WINDOWS[0]
    given = _parameters(window, Filters(workload=("coding-session",)))
    mine = _started(calls, window)
    mine = mine[mine["workload"] == "coding-session"]
    given["sample_above"] = math.ceil(len(mine) / 2)
    (path,) = filled.rows("agent_paths", agents.AgentPath, given)
    found = filled.admin.query(
        f"SELECT DISTINCT task_id FROM {filled.database}.llm_calls WHERE cityHash64(task_id) % 2 = 0"
    )
    picked = mine[mine["task_id"].isin([task for (task,) in found.result_rows])]
    by_task = picked.groupby("task_id")["duration_s"].sum()
    assert 0 < len(picked) < len(mine)
    assert (path.sampled, path.tasks, path.calls) == (2, 2 * len(by_task), 2 * len(picked))
    assert path.branches_s == pytest.approx(by_task.mean(), rel=0.01)
