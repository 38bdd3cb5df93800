"""What the weekly review is held against: budgets, invoices, the gate's verdicts, late spans, in every format."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.bridge.split import BridgeCell
from analytics.figures.estimates import per_unit
from analytics.figures.numbers import share, usd
from analytics.review.answer import Review
from analytics.review.plan import cliff_check, week_part
from analytics.review.rows import ReviewFact
from analytics.spend.escalation import EscalationTier, steps
from analytics.weeks import Week
from dashboard.report import html, text
from dashboard.report.data import as_json
from dashboard.report.sheet import sheet
from dashboard.report.words import Links, sentence
from tests.dashboard.engine import TestLedger
from tests.dashboard.seed import Traffic, traffic
from tests.dashboard.test_pages import HOSTILE
from tests.dashboard.test_review import LINKS, WEEK, _review

MONTH = WEEK.from_.strftime("%Y-%m")
LONG, STEP = "claude-sonnet-4-5", 9_000
"""A model whose price steps up, and at how many tokens."""


def _statement(kind: str, scope: str, name: str, period: str, usd_: float) -> dict[str, Any]:
    return {"kind": kind, "scope": scope, "name": name, "period": period, "amount_usd": usd_, "version": 1}


def _verdict(pull_request: str, verdict: str, **more: Any) -> dict[str, Any]:
    decided = (WEEK.from_ + timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "decided_at": decided, "suite": "evals", "kind": "gate",
        "workload": "all workloads", "pull_request": pull_request, "head_change": f"c{pull_request}",
        "verdict": verdict, "reason": f"because {HOSTILE}", "typical_ratio": 1.18, "monthly_usd": 1240.0,
        "cases": 40, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Traffic:
    return traffic(5, WEEK.to - timedelta(hours=1), days=16, tasks=300)


@pytest.fixture(scope="module")
def stated(made: Traffic) -> Iterator[TestLedger]:
    """Two weeks of traffic with budgets, an invoice, verdicts of the gate, and spans that arrived now."""
    ledger = TestLedger()
    ledger.fill(made)
    ledger.insert(
        "stated",
        [
            _statement("budget", "all", "", "month", 100.0),
            _statement("budget", "workload", "coding-session", "week", 0.01),
            _statement("budget", "tenant", "nobody", "day", 5.0),
            _statement("invoice", "provider", "anthropic", MONTH, 50.0),
            _statement("invoice", "provider", "unheard-of", MONTH, 7.0),
        ],
    )
    ledger.insert("price_books", [{"version": "steep", "rows": 1}])
    ledger.insert(
        "price_book",
        [
            {
                "book_version": "steep", "provider": "anthropic", "model": "sonnet", "service_class": "standard",
                "valid_from": "2000-01-01 00:00:00", "valid_to": "2100-01-01 00:00:00", "above_input_tokens": STEP,
                "price_row": "sonnet", "source": "genai-prices",
            }
        ],
    )  # fmt: skip
    meaning = {"provider": "anthropic", "model": LONG, "book_provider": "anthropic", "book_model": "sonnet"}
    ledger.insert("model_alias", [meaning])
    ledger.insert("gate_verdicts", [_verdict("1", "PASS"), _verdict("2", "FAIL"), _verdict("3", "WARN")])
    ledger.insert("gate_verdicts", [_verdict("4", "FAIL", decided_at="2020-01-01 00:00:00")])
    ledger.insert(
        "gate_overrides",
        [
            {
                "decided_at": "2026-01-01 00:00:00", "suite": "evals", "pull_request": "3", "head_change": "c3",
                "by": HOSTILE, "way": "comment", "reason": "the launch cannot wait",
            }
        ],
    )  # fmt: skip
    yield ledger
    ledger.drop()


@pytest.fixture(scope="module")
def found(stated: TestLedger) -> Review:
    return _review(stated, WEEK)


def _calls(made: Traffic) -> pd.DataFrame:
    calls = pd.DataFrame(made.calls)
    calls["cost"] = calls["list_cost_usd"].map(lambda cost: float(cost or 0))
    return calls


def test_the_plan_is_the_weeks_part_of_the_months_budget(found: Review, made: Traffic) -> None:
    calls = _calls(made)
    mine = calls[(calls["started_at"] >= WEEK.from_) & (calls["started_at"] < WEEK.to)]
    assert found.plan is not None
    days = pd.date_range(WEEK.from_.date(), periods=7)
    assert found.plan.limit_usd == pytest.approx(sum(100.0 / day.days_in_month for day in days))
    assert found.plan.spend_usd == pytest.approx(mine["cost"].sum())
    assert found.plan.is_kept == (found.plan.spend_usd <= found.plan.limit_usd)
    assert f"{found.plan.share * 100:.1f}"[:2].rstrip(".") in sentence(found)
    assert " of the plan" in sentence(found)


def test_every_budget_is_held_against_its_own_spend(found: Review, made: Traffic) -> None:
    checks = {one.label: one for one in found.budgets}
    calls = _calls(made)
    mine = calls[(calls["started_at"] >= WEEK.from_) & (calls["started_at"] < WEEK.to)]
    coding = checks[f"coding-session, {usd(0.01)} a week"]
    assert coding.text == usd(mine[mine["workload"] == "coding-session"]["cost"].sum())
    assert coding.is_fine is False
    tenant = checks[f"Tenant nobody, {usd(5.0)} a day"]
    assert (tenant.text, tenant.threshold, tenant.is_fine) == ("$0", "at most $35.00 in the week", True)
    assert f"Everything, {usd(100.0)} a month" in checks


def test_a_budget_of_another_period_counts_with_the_weeks_part() -> None:
    across = Week(2026, 5)  # 26 Jan to 1 Feb
    assert week_part(31.0, "month", across) == pytest.approx(6 * 1.0 + 31.0 / 28)
    assert [week_part(2.0, period, across) for period in ("week", "day", "hour")] == [2.0, 14.0, 336.0]


def test_no_budget_is_no_plan(filled: TestLedger) -> None:
    plain = _review(filled, WEEK)
    assert plain.plan is None
    assert plain.budgets == ()
    assert plain.gates == ()
    assert "states no budget for everything" in text.markdown(plain, LINKS)
    assert "## Plan" not in text.markdown(plain, LINKS)
    assert "recorded no verdict" in html.document(plain, LINKS)


def test_invoices_are_held_against_the_ledger(found: Review, made: Traffic) -> None:
    calls = _calls(made)
    first = WEEK.from_.replace(day=1)
    mine = calls[
        (calls["provider"] == "anthropic")
        & (calls["started_at"] >= first)
        & (calls["started_at"].dt.strftime("%Y-%m") == MONTH)
    ]
    checks = {one.label.split(" billed")[0]: one for one in found.quality}
    assert checks["anthropic"].text == f"{50.0 / mine['cost'].sum():.3f}"
    assert checks["anthropic"].is_fine == (0.95 <= 50.0 / mine["cost"].sum() <= 1.05)
    assert checks["unheard-of"].is_fine is None


def test_late_spans_are_counted(stated: TestLedger, found: Review) -> None:
    late = next(one for one in found.quality if one.label.startswith("Spans later"))
    rows = stated.raw("health_late_spans", {"from_": WEEK.from_, "to_": WEEK.to})
    counted = pd.DataFrame(rows[1], columns=rows[0])
    assert late.sample.startswith(f"{counted['spans'].sum():,}")
    assert late.is_fine == (counted["late"].sum() <= 0.01 * counted["spans"].sum())


def test_verdicts_of_the_week_stand_with_who_overrode_them(found: Review) -> None:
    assert [(one.pull_request, one.verdict, bool(one.by)) for one in found.gates] == [
        ("3", "WARN", True), ("2", "FAIL", False), ("1", "PASS", False),
    ]  # fmt: skip
    assert found.gates[0].why == "the launch cannot wait"


def test_every_format_tells_all_of_it(found: Review) -> None:
    page, sheet_, short = html.document(found, LINKS), text.markdown(found, LINKS), text.slack(found, LINKS)
    assert found.plan is not None
    for said in (
        "What the gate said",
        "the launch cannot wait",
        "+18 % typical cost",
        "Spans later than ten minutes",
    ):
        assert said in page.replace("&nbsp;", " ")
    for said in ("the launch cannot wait", "+18 % typical cost", "Spans later than ten minutes", "## Plan"):
        assert said in sheet_
    assert "Plan: " in short
    assert len(short.splitlines()) <= 8
    for written in (page, sheet_.replace("\\<", ""), short):
        assert "<img" not in written
    told = json.loads(json.dumps(as_json(found)))
    assert told["plan"]["limit_usd"] == pytest.approx(found.plan.limit_usd)
    assert [one["verdict"] for one in told["gates"]] == ["WARN", "FAIL", "PASS"]
    assert len(told["budgets"]) == 3


def test_csv_holds_every_number_and_no_formula(found: Review) -> None:
    rows = list(csv.DictReader(io.StringIO(sheet(found))))
    parts = {part: [row for row in rows if row["part"] == part] for part in {row["part"] for row in rows}}
    assert len(parts["numbers"]) == len(found.trends)
    assert [row["state"] for row in parts["gate"]] == ["WARN", "FAIL", "PASS"]
    bridge = [float(row["value"]) for row in parts["bridge"]]
    assert bridge[0] + sum(bridge[1:-1]) == pytest.approx(bridge[-1])
    assert len(parts["plan"]) == 3
    assert len(parts["quality"]) == len(found.quality)
    by_label = {row["what"]: row for row in parts["numbers"]}
    for trend in found.trends:
        value = by_label[trend.label]["value"]
        assert (float(value) if value else None) == (
            None if trend.now.value is None else pytest.approx(trend.now.value)
        )
    assert not any(str(cell)[:1] in ("=", "@") for row in rows for cell in row.values())


def test_numbers_lead_to_their_rows(found: Review) -> None:
    page = html.document(found, LINKS)
    assert "/query?" in page
    assert "name=review_weeks" in page
    assert "name=bridge_cells" in page
    days = [(WEEK.from_ + timedelta(days=n)).strftime("%Y-%m-%dT00%%3A00%%3A00Z") for n in range(8)]
    for start, end in pairwise(days):
        assert f"/tasks?from={start}&amp;to={end}" in page
    assert "/caching?" in page
    bare = html.document(found, type(LINKS)())
    assert "href=" not in bare


def test_interval_of_a_ratio_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    inside, truth, rounds = 0, 2.0, 600
    for _ in range(rounds):
        units = rng.poisson(1.5, 120).astype(float) + 0.2
        cost = truth * units * rng.lognormal(-0.125, 0.5, 120)
        found = per_unit(
            float(cost.sum()), float(units.sum()), float((cost**2).sum()), float((cost * units).sum()),
            float((units**2).sum()), 120,
        )  # fmt: skip
        assert found.value is not None
        assert found.error is not None
        inside += abs(np.log(found.value / truth)) <= 1.96 * found.error
    assert 0.92 <= inside / rounds <= 0.975


def test_cost_per_useful_output_has_its_interval(found: Review) -> None:
    useful = next(trend for trend in found.trends if trend.key == "useful").now
    assert useful.value is not None
    assert useful.low is not None
    assert useful.high is not None
    assert useful.low < useful.value < useful.high


def test_escalations_are_held_against_their_break_even(stated: TestLedger, found: Review) -> None:
    given = {
        "from_": WEEK.from_,
        "to_": WEEK.to,
        "workloads": (),
        "models": (),
        "agents": (),
        "environments": (),
    }
    tiers = stated.rows("escalation_tiers", EscalationTier, {**given, "tiers": ()})
    wanted = {
        f"{one.row.workload}: escalations at {one.row.tier}": f"break-even {share(one.break_even)}"
        for one in steps(tiers)
        if one.break_even is not None
    }
    assert wanted
    told = {one.label: one.threshold for one in found.checks if "escalations at" in one.label}
    assert told == wanted
    assert [one.leads for one in found.checks if one.label in wanted] == ["escalation"] * len(wanted)


def test_spend_above_a_cliff_is_what_the_price_tier_says() -> None:
    def cell(price_tier: str, usd_: str) -> BridgeCell:
        values: dict[str, Any] = {
            one.name: Decimal(0) if one.name.endswith("_usd") else 0 for one in dataclasses.fields(BridgeCell)
        }
        names = ("unit", "run", "provider", "model", "service_class")
        return BridgeCell(
            **{**values, **dict.fromkeys(names, "x"), "price_tier": price_tier, "cost_usd": Decimal(usd_)}
        )

    (check,) = cliff_check(
        [cell("", "8"), cell("us above 272000", "1.5"), cell("above 200000", "0.5"), cell("us", "0")]
    )
    assert (check.text, check.is_fine) == ("20.0 %", False)
    assert cliff_check([cell("", "0")]) == []


def test_long_prompts_are_held_against_the_price_cliff(
    found: Review, stated: TestLedger, made: Traffic
) -> None:
    calls = _calls(made)
    calls = calls[(calls["started_at"] >= WEEK.from_) & (calls["started_at"] < WEEK.to)]
    calls = calls[(calls["response_model"] == LONG) & calls["fresh_input_tokens"].notna()]
    buckets = [
        "fresh_input_tokens",
        "cache_read_tokens",
        "cache_write_short_tokens",
        "cache_write_long_tokens",
    ]
    calls["input"] = calls[buckets].astype(float).fillna(0).sum(axis=1)
    given = {"from_": WEEK.from_, "to_": WEEK.to, "workloads": (), "tenants": ()}
    facts = {row.scope: row for row in stated.rows("review_facts", ReviewFact, given) if row.part == "cliff"}
    assert set(facts) == set(calls["workload"])
    told = {one.label: one for one in found.checks}
    for workload, mine in calls.groupby("workload"):
        fact, p95 = facts[str(workload)], float(mine["input"].quantile(0.95))
        assert (fact.name, fact.count, fact.of_count) == (LONG, len(mine), STEP)
        assert fact.ratio is not None
        assert fact.ratio * STEP == pytest.approx(p95, rel=0.03)
        check = told[f"{workload}: P95 prompt on {LONG}"]
        assert (check.is_fine, check.leads) == (fact.ratio <= 1, "context")
        assert check.threshold == "below the price cliff at 9,000"


def test_of_one_workload_it_says_why_spans_and_invoices_are_not_told(stated: TestLedger) -> None:
    of_one = _review(stated, WEEK, "coding-session")
    told = {one.label: one for one in of_one.quality}
    for label, why in (
        ("Spans later than ten minutes", "names no workload"),
        ("Invoices against the ledger", "all calls of a provider"),
    ):
        assert told[label].is_fine is None
        assert why in told[label].where
        assert why in html.document(of_one, LINKS)
        assert label in text.markdown(of_one, LINKS)


def test_every_bar_and_every_number_of_a_workload_leads_on(found: Review) -> None:
    page = html.document(found, LINKS)
    assert found.bridge is not None
    for line in found.bridge.lines:
        assert f'aria-label="{line.words} ' in page
    start, end = (moment.strftime("%Y-%m-%dT00%%3A00%%3A00Z") for moment in (WEEK.previous.from_, WEEK.from_))
    assert f"/tasks?from={start}&amp;to={end}" in page
    table_ = page[page.rindex("<table>") : page.rindex("</table>")]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table_)
    assert len(cells) == 8 * len(found.workloads)
    assert all("href=" in cell or cell == "–" for cell in cells)
    for name in (
        "review_weeks",
        "review_days",
        "review_calls",
        "review_releases",
        "review_facts",
        "bridge_cells",
    ):
        assert f"name={name}" in page
    assert page.count("Rows and SQL:") >= 8
    at_first = html.document(dataclasses.replace(found, prices="then"), Links(LINKS.base, "then"))
    tasks_ = re.findall(r'href="[^"]*/tasks\?[^"]*"', at_first)
    assert tasks_
    assert all("prices=then" in one for one in tasks_)
