"""What limit rules measure, from spans and tasks on a real engine."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.alerts.limits import LimitRule, Measured, limit_findings
from analytics.alerts.model import Standing, scope_of
from collector.alerts.reader import AlertReader
from collector.context_windows import context_window
from tests.ledger.ledger import Ledger
from tests.oncall.traffic import HOUR, insert, sums, tasks

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def measured(
    ledger: Ledger, query: str, measure: str, *by: str, window: timedelta = DAY
) -> dict[str, Measured]:
    """By the values of the scope, joined."""
    found = AlertReader(ledger.engine).measured(
        query, measure, by or ("workload",), NOW - 7 * DAY, NOW - window, NOW
    )
    return {"/".join(value for _, value in each.scope): each for each in found}


def call(number: int, **of: Any) -> dict[str, Any]:
    began = NOW - timedelta(minutes=number + 1)
    usual = {
        "workload": "support",
        "provider": "anthropic",
        "request_model": "claude-sonnet-4-5",
        "agent": "a",
    }
    priced = {"service_class": "standard", "list_cost_usd": "0.01", "pricing_status": "priced"}
    names = {"trace_id": f"t{number}", "span_id": f"s{number}", "task_id": f"t{number}", "tier": "standard"}
    return {"started_at": f"{began:%Y-%m-%d %H:%M:%S}", "version": 1, **usual, **priced, **names, **of}


def test_success_and_p95_cost_now_and_before(ledger: Ledger) -> None:
    for number, success in enumerate([True] * 6 + [False] * 4):
        tasks(
            ledger,
            "support",
            [NOW - timedelta(minutes=number + 1)],
            lambda _, n=number: n + 1.0,
            success=success,
        )
    tasks(ledger, "support", [NOW - 3 * DAY - n * HOUR for n in range(20)], lambda _: 2.0, success=True)
    tasks(ledger, "other", [NOW - HOUR], lambda _: 1.0)
    rate = measured(ledger, "alert_tasks", "success_rate")
    assert rate["support"] == Measured(scope_of(workload="support"), 0.6, 10, 1.0, 20)
    assert (rate["other"].value, rate["other"].sample) == (None, 0) if "other" in rate else True
    p95 = measured(ledger, "alert_tasks", "p95_cost")["support"]
    assert p95.value == pytest.approx(9.0, rel=0.01)
    assert p95.baseline == pytest.approx(2.0, rel=0.02)


def test_failures_of_tasks_that_escalated_to_the_premium_tier(ledger: Ledger) -> None:
    for number in range(10):
        of = {"highest_tier": "premium", "escalations": 1, "success": number >= 3}
        tasks(ledger, "support", [NOW - timedelta(minutes=number + 1)], lambda _: 1.0, **of)
    tasks(
        ledger,
        "support",
        [NOW - timedelta(minutes=50)],
        lambda _: 1.0,
        highest_tier="premium",
        escalations=0,
        success=False,
    )
    assert measured(ledger, "alert_tasks", "premium_failure")["support"].value == pytest.approx(0.3)


def test_cache_hits_unpriced_and_failed_calls(ledger: Ledger) -> None:
    new = {"cache_read_tokens": 20, "cache_known_input_tokens": 100, "unpriced_calls": 7, "failed_calls": 2}
    sums(ledger, "support", NOW - 3 * HOUR, NOW, lambda _: 1.0, **new)
    sums(
        ledger,
        "support",
        NOW - 5 * DAY,
        NOW - 4 * DAY,
        lambda _: 1.0,
        cache_read_tokens=80,
        cache_known_input_tokens=100,
    )
    hits = measured(ledger, "alert_sums", "cache_hit_rate")["support"]
    assert (hits.value, hits.baseline, hits.sample, hits.baseline_sample) == (0.2, 0.8, 300, 2400)
    assert measured(ledger, "alert_sums", "unpriced_share")["support"].value == pytest.approx(0.07)
    assert measured(ledger, "alert_sums", "failed_share", "model")["m"].value == pytest.approx(0.02)


def test_cascades_that_reach_premium_and_whether_the_cheap_try_pays(ledger: Ledger) -> None:
    rows = []
    for number in range(20):
        rows.append(
            call(
                number,
                cascade_id=f"c{number}",
                attempt=1,
                tier="nano",
                escalated=number < 12,
                list_cost_usd="0.4",
            )
        )
        if number < 12:
            tier = "premium" if number < 9 else "standard"
            rows.append(
                call(
                    number,
                    span_id=f"x{number}",
                    cascade_id=f"c{number}",
                    attempt=2,
                    tier=tier,
                    list_cost_usd="0.8",
                )
            )
    insert(ledger, "llm_calls", rows)
    assert measured(ledger, "alert_cascades", "premium_escalation")["support"].value == pytest.approx(9 / 20)
    margin = measured(ledger, "alert_cascades", "cascade_margin", "workload", "tier")["nano/support"]
    assert margin.value == pytest.approx(12 / 20 - (1 - 0.4 / 0.8))
    assert margin.sample == 20


def test_what_a_cache_saves_and_what_writing_it_costs(ledger: Ledger) -> None:
    priced = {"fresh_input_tokens": 1000, "fresh_input_cost_usd": "0.003"}
    rows = [call(0, agent="reads", **priced, cache_read_tokens=100_000, cache_read_cost_usd="0.03")]
    rows += [
        call(1, agent="writes", **priced, cache_write_short_tokens=100_000, cache_write_cost_usd="0.375")
    ]
    rows += [call(2, agent="neither", **priced)]
    insert(ledger, "llm_calls", rows)
    found = measured(ledger, "alert_caches", "cache_saving", "agent")
    assert found["reads"].value == pytest.approx(0.27)
    assert found["writes"].value == pytest.approx(-0.075)
    assert "neither" not in found


def test_time_to_first_token_and_context(ledger: Ledger) -> None:
    rows = [
        call(
            n,
            time_to_first_chunk_s=n / 10,
            fresh_input_tokens=150_000,
            cache_read_tokens=30_000,
        )
        for n in range(100)
    ]
    insert(ledger, "llm_calls", rows)
    assert measured(ledger, "alert_calls", "p99_first_chunk")["support"].value == pytest.approx(9.8, rel=0.02)
    window = context_window("claude-sonnet-4-5")
    assert window
    use = measured(ledger, "alert_calls", "context_use", "workload", "model")["claude-sonnet-4-5/support"]
    assert use.value == pytest.approx(180_000 / window, rel=0.02)


def headroom(ledger: Ledger, *rows: dict[str, Any]) -> Measured | None:
    insert(ledger, "llm_calls", list(rows))
    return measured(ledger, "alert_headroom", "rate_limit_headroom", "model", "agent").get(
        "a/claude-sonnet-4-5"
    )


def refused(minute: int, error_type: str, **of: Any) -> dict[str, Any]:
    return call(minute, status="error", error_type=error_type, pricing_status="not_billed", **of)


def test_headroom_is_the_scarcer_limit_as_a_tenth_of_the_calls_found_it(ledger: Ledger) -> None:
    rows = [
        call(n, agent="a", rate_limit_tokens=1000, rate_limit_remaining_tokens=10 * (n + 1),
             rate_limit_calls=50, rate_limit_remaining_calls=50)
        for n in range(100)
    ]  # fmt: skip
    rows += [
        call(n, agent="b", trace_id=f"b{n}", rate_limit_tokens=9, rate_limit_remaining_tokens=0)
        for n in range(9)
    ]
    found = headroom(ledger, *rows, call(1, agent="a", trace_id="silent"))
    assert found is not None
    assert found.value == pytest.approx(0.1, abs=0.011)
    assert found.sample == 100
    ledger.clear()
    few_calls = [
        call(n, agent="a", rate_limit_tokens=1000, rate_limit_remaining_tokens=900,
             rate_limit_calls=50, rate_limit_remaining_calls=2)
        for n in range(10)
    ]  # fmt: skip
    found = headroom(ledger, *few_calls)
    assert found is not None
    assert found.value == pytest.approx(0.04)


@pytest.mark.parametrize(
    "error_type",
    ["rate_limit_error", "429", "rate_limit_exceeded", "openai.RateLimitError", "ThrottlingException",
     "RESOURCE_EXHAUSTED", "TooManyRequestsException", "insufficient_quota"],
)  # fmt: skip
def test_a_refused_call_found_nothing_left(ledger: Ledger, error_type: str) -> None:
    answered = [call(n, agent="a") for n in range(16)]
    found = headroom(ledger, *answered, *[refused(20 + n, error_type, agent="a") for n in range(4)])
    assert found is not None
    assert (found.value, found.sample) == (0, 20)


def test_other_failures_and_silence_say_nothing_of_limits(ledger: Ledger) -> None:
    rows = [call(n, agent="a", rate_limit_remaining_tokens=3) for n in range(5)]
    assert headroom(ledger, *rows, refused(9, "overloaded_error", agent="a")) is None


def test_a_single_refusal_among_many_calls_is_no_shortage(ledger: Ledger) -> None:
    told = [call(n, agent="a", rate_limit_calls=10, rate_limit_remaining_calls=9) for n in range(30)]
    found = headroom(ledger, *told, refused(31, "rate_limit_error", agent="a"))
    assert found is not None
    assert found.value == pytest.approx(0.9)


def test_a_model_whose_context_window_nobody_knows_is_left_out(ledger: Ledger) -> None:
    insert(ledger, "llm_calls", [call(0, request_model="no-such-model", fresh_input_tokens=10)])
    assert measured(ledger, "alert_calls", "context_use", "workload", "model") == {}


def test_batch_requests_without_a_result_after_a_day(ledger: Ledger) -> None:
    def request(number: int, state: str, days: float, batch: str = "b") -> dict[str, Any]:
        at = f"{NOW - timedelta(days=days):%Y-%m-%d %H:%M:%S}"
        return {"batch_id": batch, "custom_id": f"c{number}", "state": state, "at": at, "workload": "support"}

    rows = [request(n, "submitted", 2) for n in range(8)] + [request(n, "returned", 1.5) for n in range(5)]
    rows.append(request(5, "returned", 1.5, batch=""))  # its reader did not know the batch
    rows.append(request(9, "submitted", 0.5))  # not a day old
    insert(ledger, "batch_requests", rows)
    found = measured(ledger, "alert_batches", "batch_missing", window=7 * DAY)["support"]
    assert (found.value, found.sample) == (0.25, 8)


LIMITS = [
    (LimitRule("r", "m", "ratio", above=0.3), 0.31, Standing.BREACH),
    (LimitRule("r", "m", "ratio", above=0.3), 0.30, Standing.HOLD),
    (LimitRule("r", "m", "ratio", above=0.3, at_limit=True), 0.30, Standing.BREACH),
    (LimitRule("r", "m", "ratio", above=0.3), 0.28, Standing.HOLD),
    (LimitRule("r", "m", "ratio", above=0.3), 0.26, Standing.CLEAR),
    (LimitRule("r", "m", "ratio", above=0), 0.01, Standing.BREACH),
    (LimitRule("r", "m", "ratio", above=0), -0.01, Standing.CLEAR),
    (LimitRule("r", "m", "usd", below=-1), -1.5, Standing.BREACH),
    (LimitRule("r", "m", "usd", below=-1), -0.5, Standing.CLEAR),
    (LimitRule("r", "m", "ratio", drop=0.1), 0.69, Standing.BREACH),
    (LimitRule("r", "m", "ratio", drop=0.1), 0.75, Standing.CLEAR),
    (LimitRule("r", "m", "usd", rise=0.5), 1.21, Standing.BREACH),
    (LimitRule("r", "m", "usd", rise=0.5), 1.1, Standing.CLEAR),
    (LimitRule("r", "m", "ratio", above=0.3), None, Standing.UNKNOWN),
]


@pytest.mark.parametrize(("rule", "value", "standing"), LIMITS)
def test_a_limit_and_its_reset(rule: LimitRule, value: float | None, standing: Standing) -> None:
    each = Measured(scope_of(workload="s"), value, 100, 0.8, 100)
    (found,) = limit_findings(rule, [each], "the rate", NOW - DAY, NOW)
    assert found.standing is standing


def test_too_few_say_nothing_and_no_history_is_learning() -> None:
    rule = LimitRule("r", "m", "ratio", drop=0.1)
    few = Measured(scope_of(workload="s"), 0.1, 29, 0.8, 100)
    fresh = Measured(scope_of(workload="s"), 0.1, 100, None, 0)
    standings = [limit_findings(rule, [each], "r", NOW - DAY, NOW)[0].standing for each in (few, fresh)]
    assert standings == [Standing.UNKNOWN, Standing.LEARNING]


def test_a_rule_is_for_the_scopes_that_its_patterns_match() -> None:
    rule = LimitRule("r", "m", "ratio", above=0.1, scope=(("workload", "sup*"),))
    both = [Measured(scope_of(workload=name), 0.5, 100) for name in ("support", "research")]
    assert [f.scope for f in limit_findings(rule, both, "r", NOW - DAY, NOW)] == [
        scope_of(workload="support")
    ]
