"""Investigate: the planted cause is found, the parts add up, whatever the windows and names are."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.investigate.answer import Investigation
from analytics.investigate.ask import first_call, investigate, latest
from analytics.investigate.health import health_notes
from analytics.investigate.leaves import AS_BEFORE, leaves_of
from analytics.investigate.question import Span, UnanswerableQuestion, question, trend_of
from analytics.investigate.rows import HealthRow, LeafRow
from analytics.investigate.stopped import latest_question
from cli.errors import UsageError
from cli.investigate import Asked, as_markdown, as_text, as_values, parts_of
from cli.investigate_times import firing_of, scope_in, spans, window_of
from cli.typed_rows import TypedLedger
from tests.ledger.ledger import Ledger
from tests.oncall.traffic import HOUR, insert

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
WINDOW = Span(NOW - 6 * HOUR, NOW)
WEEK = timedelta(days=7)
HOSTILE = "<script>alert(1)</script> | `x` ' \\ \u202e \n"


class Direct:
    """The test's engine as the command line sees a ledger."""

    where = "test"
    prices = "book"

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def query(self, sql: str, fmt: str, parameters: Mapping[str, str] | None = None) -> Iterator[bytes]:
        yield self.ledger.engine.run(sql, parameters, {"readonly": "1"}, fmt)


def asked_of(
    ledger: Ledger, window: Span = WINDOW, baseline: Span | None = None, **scope: tuple[str, ...]
) -> Investigation:
    with ThreadPoolExecutor(1) as workers:
        typed = TypedLedger(Direct(ledger), workers)
        return investigate(typed, question(window, first_call(typed), scope, baseline))


def put(
    ledger: Ledger, begin: datetime, hours: int, workload: str, usd: float, tokens: int = 1000, **of: Any
) -> None:
    """Two tasks of one call an hour, with their sums."""
    calls, tasks, sums = [], [], []
    model, agent = of.get("model", "m1"), of.get("agent", "a")
    cost = {"list_cost_usd": f"{usd:.6f}", "version": 1}
    priced = {**cost, "original_cost_usd": f"{usd:.6f}"}
    names = {name: of.get(name, "") for name in ("tenant", "prompt_version", "change")} | {
        "workload": workload
    }
    by = {"provider": "anthropic", "tier": "standard", "agent": agent}
    tokens_and_usd = {
        "fresh_input_tokens": tokens, "fresh_input_cost_usd": f"{usd:.6f}", "output_tokens": 0, "output_cost_usd": "0",
    }  # fmt: skip
    models = {
        "request_model": model,
        "response_model": model,
        "service_class": "standard",
        "pricing_status": "priced",
    }
    lists = {"models": [model], "agents": [agent], "tiers": ["standard"]}
    for hour in range(hours):
        for minute in (10, 40):
            at = begin + hour * HOUR + timedelta(minutes=minute)
            name = f"{workload}-{model}-{agent}-{names['prompt_version']}-{at:%d%H%M}"
            when = f"{at:%Y-%m-%d %H:%M:%S}"
            key = {"started_at": when, "trace_id": name, "span_id": "s", "task_id": name}
            calls.append({**key, **by, **models, **tokens_and_usd, **priced, **names})
            verdict = {"success": True, "useful_units": 1, "calls": 1}
            tasks.append(
                {"task_id": name, "started_at": when, "ended_at": when, **verdict, **lists, **priced, **names}
            )
            sums.append(
                {
                    "minute": when[:17] + "00",
                    "bucket_s": 60,
                    "workload": workload,
                    "model": model,
                    "calls": 1,
                    **by,
                    **cost,
                }
            )
    insert(ledger, "llm_calls", calls)
    insert(ledger, "tasks", tasks)
    insert(ledger, "calls_rollup", sums)


def history(ledger: Ledger, weeks: int = 4) -> None:
    """Two workloads, whole weeks back at the window's time, and the day before it."""
    for back in range(weeks, 0, -1):
        put(
            ledger,
            NOW - back * WEEK - 30 * HOUR,
            30,
            "support",
            0.10,
            prompt_version=f"v{9 - back}",
            change=f"r{9 - back}",
        )
        put(ledger, NOW - back * WEEK - 30 * HOUR, 30, "research", 0.20, prompt_version="p1", change="q1")
    put(ledger, NOW - 30 * HOUR, 24, "support", 0.10, prompt_version="v8", change="r8")
    put(ledger, NOW - 30 * HOUR, 30, "research", 0.20, prompt_version="p1", change="q1")


def test_a_new_prompt_version_is_named_though_versions_change_every_week(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.35, tokens=3500, prompt_version="v9", change="r9")
    found = asked_of(ledger)
    assert found.question.is_weekly
    assert len(found.question.bases) == 4
    assert found.amount.now_usd == pytest.approx(12 * (0.35 + 0.20))
    assert found.amount.expected_usd == pytest.approx(12 * (0.10 + 0.20))
    cause = found.causes.causes[0]
    assert {cause.predicate, *cause.aliases} >= {
        (("change", "r9"),),
        (("prompt_version", "v9"),),
        (("workload", "support"),),
    }
    assert cause.share == pytest.approx(1.0)
    assert [row.name for row in found.onset.changes] == ["r9", "v9"]
    assert found.onset.at is not None
    assert abs(found.onset.at - WINDOW.from_) <= HOUR
    assert found.split is not None
    assert float(found.split.difference_usd) == pytest.approx(12 * 0.25)
    assert found.split.ranked()[0].factor == "input_tokens_per_call"
    assert {row.which for row in found.exemplars} == {"dearest", "usual", "before"}
    assert {row.workload for row in found.exemplars} == {"support"}
    assert any("roll it back" in lever for lever in found.levers)


def test_the_parts_of_the_split_sum_to_the_difference(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.35, tokens=900, model="m2", prompt_version="v8", change="r8")
    split = asked_of(ledger).split
    assert split is not None
    assert (
        sum(part.amount_usd for part in split.parts)
        == split.difference_usd
        == split.head_usd - split.base_usd
    )


def test_the_split_is_of_the_winning_slice_a_tenant_too(ledger: Ledger) -> None:
    for tenant in ("acme", "bolt"):
        for back in range(4, -1, -1):
            risen = tenant == "acme" and back == 0
            put(ledger, NOW - back * WEEK - 6 * HOUR, 6, f"support-{tenant}", 0.4 if risen else 0.1,
                tokens=4000 if risen else 1000, tenant=tenant)  # fmt: skip
            put(ledger, NOW - back * WEEK - 6 * HOUR, 6, f"research-{tenant}", 0.4 if risen else 0.1,
                tokens=4000 if risen else 1000, tenant=tenant)  # fmt: skip
    found = asked_of(ledger)
    assert found.causes.causes[0].predicate == (("tenant", "acme"),)
    assert found.split_of == (("tenant", "acme"),)
    assert found.split is not None
    assert float(found.split.base_usd) == pytest.approx(24 * 0.1)
    assert float(found.split.head_usd) == pytest.approx(24 * 0.4)
    assert {unit.unit for unit in found.split.units} == {"support-acme", "research-acme"}


BEFORE = Span(NOW - 12 * HOUR, NOW - 6 * HOUR)


def versions(ledger: Ledger, old_until: datetime, begin: datetime, hours: int) -> None:
    """Four agents on version v8; from `begin` on also on v9, which sends three times the tokens."""
    put(ledger, NOW - 12 * HOUR, 12, "research", 0.20, prompt_version="p1")
    for agent in ("a", "b", "c", "d"):
        of: dict[str, Any] = {"agent": agent, "change": "r8"}
        put(ledger, NOW - 60 * HOUR, 1, "support", 0.10, prompt_version="v8", **of)
        old_hours = int((old_until - BEFORE.from_) / HOUR)
        put(ledger, BEFORE.from_, old_hours, "support", 0.10, prompt_version="v8", **of)
        put(ledger, begin, hours, "support", 0.30, tokens=3000, prompt_version="v9", **of)


def test_the_split_of_a_new_version_is_against_what_it_replaced(ledger: Ledger) -> None:
    versions(ledger, NOW - 3 * HOUR, NOW - 3 * HOUR, 3)
    found = asked_of(ledger, baseline=BEFORE)
    cause = found.causes.causes[0]
    assert found.split_of == (("prompt_version", "v9"),)
    assert (cause.expected_usd, cause.now_usd) == (pytest.approx(24 * 0.1), pytest.approx(24 * 0.3))
    split = found.split
    assert split is not None
    assert float(split.base_usd) == pytest.approx(cause.expected_usd)
    assert float(split.head_usd) == pytest.approx(cause.now_usd)
    by_factor = {part.factor: float(part.amount_usd) for part in split.parts}
    assert by_factor["input_tokens_per_call"] == pytest.approx(24 * 0.2)
    assert by_factor["tasks"] == pytest.approx(0)
    assert {row.prompt_version for row in found.exemplars if row.which != "before"} == {"v9"}
    assert [row.tasks for row in found.outcomes if row.side == 0] == [24]


def test_a_version_that_replaced_nothing_is_split_into_more_tasks_and_dearer_ones(ledger: Ledger) -> None:
    versions(ledger, NOW, NOW - 6 * HOUR, 6)
    found = asked_of(ledger, baseline=BEFORE)
    assert found.split_of == (("prompt_version", "v9"),)
    split = found.split
    assert split is not None
    assert (split.base_usd, float(split.head_usd)) == (0, pytest.approx(48 * 0.30))
    by_factor = {part.factor: float(part.amount_usd) for part in split.parts}
    assert by_factor["tasks"] == pytest.approx(48 * 0.10)
    assert by_factor["input_tokens_per_call"] == pytest.approx(48 * 0.20)
    assert sum(part.amount_usd for part in split.parts) == split.difference_usd


def test_the_split_of_everything_is_of_the_amount_that_is_told(ledger: Ledger) -> None:
    for back in range(3, -1, -1):
        for workload in ("a", "b", "c"):
            put(ledger, NOW - back * WEEK - 6 * HOUR, 6, workload, 0.1 if back else 0.2)
    found = asked_of(ledger)
    assert found.causes.is_everywhere
    assert found.split is not None
    assert float(found.split.difference_usd) == pytest.approx(found.amount.excess_usd)
    assert float(found.split.head_usd) == pytest.approx(found.amount.now_usd)


def test_a_usual_change_of_versions_is_no_cause(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.10, prompt_version="v9", change="r9")
    found = asked_of(ledger)
    assert found.amount.excess_usd == pytest.approx(0)
    assert found.causes.causes == ()
    assert found.movers == ()


def test_any_two_windows_can_be_compared_also_of_unequal_length(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.30, prompt_version="v8", change="r8")
    base = Span(NOW - 30 * HOUR, NOW - 6 * HOUR)
    found = asked_of(ledger, baseline=base)
    assert found.amount.expected_usd == pytest.approx(12 * 0.30)
    assert found.amount.now_usd == pytest.approx(12 * 0.50)
    assert found.split is not None
    assert float(found.split.difference_usd) == pytest.approx(12 * 0.20)


def test_a_scope_narrows_every_part(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.35, prompt_version="v8", change="r8")
    found = asked_of(ledger, workload=("research",))
    assert found.amount.excess_usd == pytest.approx(0)
    assert {row.workload for row in found.exemplars} == {"research"}


def test_a_young_ledger_is_compared_with_the_time_before(ledger: Ledger) -> None:
    put(ledger, NOW - 12 * HOUR, 12, "support", 0.1)
    found = asked_of(ledger)
    assert found.question.bases == (Span(NOW - 12 * HOUR, NOW - 6 * HOUR),)
    assert found.amount.times == pytest.approx(1.0)


def test_an_empty_ledger_and_one_call_are_answered(ledger: Ledger) -> None:
    empty = asked_of(ledger)
    assert (empty.amount.now_usd, empty.amount.times, empty.split) == (0, None, None)
    assert list(as_text(empty))
    put(ledger, NOW - HOUR, 1, "support", 0.1)
    one = asked_of(ledger)
    assert one.amount.now_usd == pytest.approx(0.2)
    assert one.causes.causes[0].is_new


def test_hostile_names_stay_data_in_every_form(ledger: Ledger) -> None:
    history(ledger)
    put(
        ledger,
        NOW - 6 * HOUR,
        6,
        HOSTILE,
        5.0,
        tenant=HOSTILE,
        prompt_version=HOSTILE,
        change=HOSTILE,
        agent=HOSTILE,
    )
    found = asked_of(ledger)
    assert HOSTILE in dict(found.causes.causes[0].predicate).values(), found.causes.causes
    markdown = "\n".join(as_markdown(found))
    assert "<script>" not in markdown.replace("\\<script\\>", "")
    json.dumps(as_values(found))
    narrowed = asked_of(ledger, workload=(HOSTILE,))
    assert narrowed.amount.now_usd == pytest.approx(60)


def test_text_markdown_and_json_say_the_same_parts_in_order(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.35, prompt_version="v9", change="r9")
    found = asked_of(ledger)
    titles = [part.title for part in parts_of(found)]
    assert titles[0] == "Data health"
    assert [title[0] for title in titles[1:]] == sorted(title[0] for title in titles[1:])
    text, markdown = list(as_text(found)), list(as_markdown(found))
    assert [line for line in text if line.isupper()] == [title.upper() for title in titles]
    assert [line[3:] for line in markdown if line.startswith("## ")] == titles
    values = json.loads(json.dumps(as_values(found)))
    assert values["amount"]["excess_usd"] == pytest.approx(3.0)
    for each in values["queries"]:
        rows = list(Direct(ledger).query(_text(each["query"]), "JSONEachRow", each["parameters"]))
        assert rows, each["query"]


def _text(name: str) -> str:
    from sql.catalogue import query

    return query(name).text


def leaf(version: str, now: float, base: float, workload: str = "w") -> LeafRow:
    return LeafRow(workload, "m", "t", "a", version, "", "", now, base, 1, 1, 0, 0)


def expected_by_version(rows: list[LeafRow], *new: str) -> dict[str, float]:
    frame = leaves_of(rows, 1.0, {("prompt_version", "w", name) for name in new})
    at = frame.dimensions.index("prompt_version")
    return {
        frame.elements[at][code]: float(usd)
        for code, usd in zip(frame.codes[at], frame.expected, strict=True)
    }


def test_what_older_versions_no_longer_cost_is_expected_of_the_new_one() -> None:
    rows = [leaf("v1", 0, 10), leaf("v2", 16, 0)]
    assert expected_by_version(rows, "v2") == {AS_BEFORE: 0, "v2": 10}
    partly = [leaf("v1", 6, 10), leaf("v2", 9, 0)]
    assert expected_by_version(partly, "v2") == {AS_BEFORE: 6, "v2": 4}
    grown = [leaf("v1", 12, 10), leaf("v2", 9, 0)]
    assert expected_by_version(grown, "v2") == {AS_BEFORE: 10, "v2": 0}


def test_expected_costs_sum_to_the_baseline_however_versions_move() -> None:
    rows = [leaf("v1", 3, 10), leaf("v2", 5, 0), leaf("v3", 1, 4), leaf("v4", 2, 0), leaf("x", 7, 1, "other")]
    frame = leaves_of(rows, 0.5, {("prompt_version", "w", "v4")})
    assert frame.expected.sum() == pytest.approx(7.5)
    assert frame.now.sum() == pytest.approx(18)


@pytest.mark.parametrize(
    ("window", "baseline", "said"),
    [
        (Span(NOW, NOW), None, "before it begins"),
        (Span(NOW - timedelta(days=40), NOW), None, "longer than 31 days"),
        (WINDOW, Span(NOW - 7 * HOUR, NOW - 5 * HOUR), "overlap"),
        (WINDOW, Span(NOW - 7 * HOUR, NOW - 8 * HOUR), "baseline ends"),
    ],
)
def test_windows_that_make_no_sense_are_refused(window: Span, baseline: Span | None, said: str) -> None:
    with pytest.raises(UnanswerableQuestion, match=said):
        question(window, None, {}, baseline)


@pytest.mark.parametrize("hours", [0.02, 1, 6, 24, 100, 700])
def test_a_trend_has_a_bounded_number_of_points_and_ends_with_the_window(hours: float) -> None:
    asked = question(Span(NOW - hours * HOUR, NOW), NOW - 60 * 24 * HOUR)
    trend = trend_of(asked)
    assert trend.span.to == NOW
    assert trend.span.from_ < asked.window.from_
    assert 6 <= trend.buckets <= 260


@pytest.mark.parametrize("hours", [1, 163, 167, 168])
def test_up_to_a_week_is_drawn_beside_earlier_weeks(hours: float) -> None:
    asked = question(Span(NOW - hours * HOUR, NOW), NOW - 60 * 24 * HOUR)
    trend = trend_of(asked)
    assert trend.weeks == len(asked.bases) > 1
    assert trend.span.length <= WEEK
    assert trend.span.from_ <= asked.window.from_ + timedelta(seconds=trend.step_s)


def test_what_is_amiss_in_the_data_comes_first() -> None:
    good = HealthRow(0, None, NOW, 100, 1, 0, 60, 0, 0, 0, 100)
    assert [amiss for amiss, _ in health_notes(good, WINDOW)] == [False, False, False]
    bad = HealthRow(900, 400.0, NOW - 9 * HOUR, 100, 50, 3, 9000, 2, 1, 7, 100)
    notes = health_notes(bad, WINDOW)
    assert [amiss for amiss, _ in notes] == [True] * len(notes)
    assert len(notes) == 8


def rise(ledger: Ledger, **recent: Any) -> Investigation:
    """Support costs three times as much for six hours; what the last half hour costs is as `recent` says."""
    history(ledger)
    for back in range(1, 5):
        put(ledger, NOW - back * WEEK, 1, "support", 0.10)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.30, prompt_version="v8", change="r8")
    if recent:
        put(ledger, NOW, 1, "support", **recent)
    return asked_of(ledger, workload=("support",))


@pytest.mark.parametrize(
    ("recent", "course"),
    [
        ({"usd": 0.30}, "goes on"),
        ({"usd": 0.14}, "falling"),
        ({"usd": 0.10}, "over"),
        ({"usd": 0.02}, "over"),
        ({}, "silent"),
    ],
)
def test_whether_it_has_stopped(ledger: Ledger, recent: dict[str, Any], course: str) -> None:
    found = rise(ledger, **recent)
    with ThreadPoolExecutor(1) as workers:
        told = latest(TypedLedger(Direct(ledger), workers), found, NOW + timedelta(minutes=21))
    assert told is not None
    assert told.course == course
    assert told.span.words == "2026-11-18T12:05:00Z to 2026-11-18T12:20:00Z"
    assert told.expected_hourly_usd == pytest.approx(4 * 0.10)
    assert told.window_excess_hourly_usd == pytest.approx(2 * 0.20)
    text = "\n".join(as_text(found, Asked(told)))
    assert f"has it stopped? {told.words[0]}" in text
    assert as_values(found, Asked(told))["latest"]["course"] == course


def test_it_is_not_asked_whether_a_fall_or_last_month_has_stopped(ledger: Ledger) -> None:
    found = rise(ledger)
    assert latest_question(found, NOW + timedelta(hours=25)) is None
    assert latest_question(found, NOW - timedelta(hours=1)) is None
    quiet = asked_of(ledger, workload=("research",))
    assert latest_question(quiet, NOW) is None


def test_the_onset_is_told_to_the_minute(ledger: Ledger) -> None:
    began = NOW - timedelta(hours=2, minutes=23)
    rows = []
    for minute in range(24 * 60):
        at = NOW - timedelta(hours=24) + timedelta(minutes=minute)
        usd = "0.30" if at >= began else "0.10"
        rows.append({"minute": f"{at:%Y-%m-%d %H:%M:%S}", "bucket_s": 60, "workload": "w", "calls": 1,
                     "list_cost_usd": usd, "version": 1})  # fmt: skip
    insert(ledger, "calls_rollup", rows)
    put(ledger, NOW - HOUR, 1, "w", 0.3)
    found = asked_of(ledger, baseline=Span(NOW - 12 * HOUR, NOW - 6 * HOUR))
    assert found.course.trend.step_s > 60
    assert found.onset.at == began


def test_an_alert_brings_its_window_scope_and_levers(ledger: Ledger) -> None:
    history(ledger)
    put(ledger, NOW - 6 * HOUR, 6, "support", 0.35, prompt_version="v9", change="r9")
    now = datetime.now(UTC)
    insert(ledger, "alerts", [{
        "fingerprint": "00ff00ff00ff00ff", "started_at": f"{now:%Y-%m-%d %H:%M:%S}", "rule": "cost-shift",
        "kind": "shift", "severity": "page", "scope": {"workload": "support", "hour": "9"}, "state": "firing",
        "standing": "breach", "summary": "support costs more", "details": {"owner": "team-a", "lever": "flag x"},
        "window_from": f"{NOW - 6 * HOUR:%Y-%m-%d %H:%M:%S}", "window_to": f"{NOW:%Y-%m-%d %H:%M:%S}",
        "seen_at": f"{now:%Y-%m-%d %H:%M:%S}", "version": 1,
    }])  # fmt: skip
    with ThreadPoolExecutor(1) as workers:
        typed = TypedLedger(Direct(ledger), workers)
        row = firing_of(typed, "00ff", now)
        with pytest.raises(UsageError, match="no alert of the last year begins so"):
            firing_of(typed, "abcd", now)
        with pytest.raises(UsageError, match="expected a fingerprint"):
            firing_of(typed, "'; DROP", now)
    window, _ = spans(window_of(row), None)
    assert window == WINDOW
    assert scope_in(row, ("workload", "tenant")) == {"workload": ("support",)}
    text = "\n".join(as_text(asked_of(ledger, workload=("support",)), Asked(alert=row)))
    assert "cost-shift (page)" in text
    assert "lever: flag x" in text
    assert "owner: team-a" in text


def test_very_many_combinations_are_gathered_without_moving_cost_between_names(ledger: Ledger) -> None:
    """Every week another version: leaves of the window and of the weeks before have no version in common."""
    for back in range(2):
        begin = f"{NOW - back * WEEK - HOUR:%Y-%m-%d %H:%M:%S}"
        ledger.engine.run(
            "INSERT INTO llm_calls (started_at, trace_id, span_id, workload, agent, tenant, prompt_version, "
            "response_model, list_cost_usd, original_cost_usd, pricing_status, version) "
            f"SELECT toDateTime64('{begin}', 6, 'UTC') + number % 3000, toString(number), 'week {back}', "
            "concat('w', toString(number % 7)), concat('a', toString(number % 11)), "
            f"concat('t', toString(number % 199)), 'v{9 - back}', concat('m', toString(number % 2)), 0.01, 0.01, "
            "'priced', 1 FROM numbers(30646)"
        )
    found = asked_of(ledger, Span(NOW - HOUR, NOW), Span(NOW - WEEK - HOUR, NOW - WEEK))
    assert found.amount.now_usd == pytest.approx(306.46)
    assert found.amount.expected_usd == pytest.approx(306.46)
    assert [mover for mover in found.movers if abs(mover.delta_usd) > 0.01] == []
    assert not found.is_cut
    assert found.causes.causes == ()
