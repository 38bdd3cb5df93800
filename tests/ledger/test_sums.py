"""Sums equal what they sum, in every window, folded or not, now and after a rebuild."""

import random
import time
from collections.abc import Mapping

from collector.keeper.loop import KeeperPace
from sdk_hooks import attributes as names
from tests.ledger.ledger import Around, Engine, Ledger, Row
from tests.ledger.spans import HAIKU, NOON_NS, OPUS, SONNET, call, task

SUMMED = (
    "fresh_input_tokens",
    "cache_read_tokens",
    "cache_write_short_tokens",
    "cache_write_long_tokens",
    "output_tokens",
    "reasoning_tokens",
)
TOKENS = ", ".join(f"sum(ifNull(x.{name}, 0)) AS {name}" for name in SUMMED)
BETWEEN = "x.{} >= toDateTime({{a:UInt32}}, 'UTC') AND x.{} < toDateTime({{b:UInt32}}, 'UTC')"
OF_CALLS = (
    "SELECT count() AS calls, countIf(status = 'error') AS failed, countIf(escalated) AS escalated,"
    " countIf(list_cost_usd IS NULL AND pricing_status != 'not_billed') AS unpriced,"
    f" toString(sum(ifNull(toDecimal128(list_cost_usd, 12), 0))) AS usd, {TOKENS}"
    f" FROM llm_calls AS x FINAL WHERE {BETWEEN.format('started_at', 'started_at')}"
)
OF_SUMS = (
    "SELECT sum(x.calls) AS calls, sum(failed_calls) AS failed, sum(escalated_calls) AS escalated,"
    f" sum(x.unpriced_calls) AS unpriced, toString(sum(list_cost_usd)) AS usd, {TOKENS}"
    f" FROM calls_rollup AS x FINAL WHERE {BETWEEN.format('minute', 'minute')}"
)
HOUR, DAY = 3600, 86400
NOON_S = NOON_NS // 10**9
LONG_AFTER_NS = NOON_NS + 40 * DAY * 10**9


def _work(seed: int, count: int = 60) -> list:
    dice = random.Random(seed)
    spans = []
    for n in range(count):
        of = f"task {dice.randrange(count // 3)}"
        spans.append(
            call(
                f"c{n}",
                {
                    names.TASK_ID: of,
                    names.AGENT_NAME: dice.choice(("", "writer", "critic")),
                    names.WORKLOAD: dice.choice(("a", "b")),
                    names.ATTEMPT: dice.choice((None, 1, 2)),
                },
                model=dice.choice((HAIKU, SONNET, OPUS, "nobody")),
                tokens=tuple(dice.choice((0, 10, 999)) for _ in range(5)),
                trace=f"{of} {dice.randrange(2)}",
                at=dice.choice((0, 59, 61, 3599, 3600, HOUR * 5, DAY + 7, 25 * DAY, 31 * DAY))
                + dice.random(),
                error=dice.random() < 0.1,
            )
        )
    return spans


def _agree(ledger: Ledger, step_s: int) -> None:
    dice = random.Random(step_s)
    windows = [(0, 4_000_000_000)]
    first = NOON_S - NOON_S % step_s
    windows += [
        (
            first + step_s * dice.randrange(-3, 30 * DAY // step_s),
            first + step_s * dice.randrange(0, 30 * DAY // step_s),
        )
        for _ in range(4)
    ]
    windows += [(first + step_s * n, first + step_s * (n + 1)) for n in (-1, 0, 1)]
    for a, b in windows:
        bounds = {"a": str(min(a, b)), "b": str(max(a, b))}
        assert ledger.rows(OF_SUMS, **bounds) == ledger.rows(OF_CALLS, **bounds), (a, b)


def _tasks_agree(ledger: Ledger) -> None:
    by_calls = ledger.rows(
        "SELECT task_id, count() AS calls, toString(sum(ifNull(toDecimal128(list_cost_usd, 12), 0))) AS usd,"
        " sum(ifNull(output_tokens, 0)) AS output, any(workload) AS of_workload, uniqExact(workload) AS workloads"
        " FROM llm_calls FINAL GROUP BY task_id ORDER BY task_id"
    )
    by_tasks = ledger.rows(
        "SELECT task_id, calls, toString(list_cost_usd) AS usd, output_tokens AS output,"
        " workload AS of_workload, 1 AS workloads"
        " FROM tasks FINAL ORDER BY task_id"
    )
    assert by_tasks == by_calls


def _folded(ledger: Ledger) -> int:
    return int(ledger.value("SELECT count() FROM calls_rollup FINAL WHERE bucket_s = 3600"))


def test_sums_equal_the_calls_in_any_window(ledger: Ledger) -> None:
    spans = _work(1)
    ledger.take(*spans[:40])
    ledger.take(*spans[20:])
    _agree(ledger, 60)
    _tasks_agree(ledger)


def test_folding_hours_changes_no_total(ledger: Ledger) -> None:
    ledger.take(*_work(2))
    minutes = ledger.value("SELECT count() FROM calls_rollup FINAL")
    ledger.now_ns = lambda: LONG_AFTER_NS
    ledger.new_keeper().fold_hours()
    assert 0 < _folded(ledger) < minutes
    assert ledger.value("SELECT countIf(bucket_s = 60) FROM calls_rollup FINAL") > 0, "what is recent stays"
    _agree(ledger, HOUR)
    before = ledger.snapshot()
    ledger.keeper.fold_hours()
    assert ledger.snapshot() == before


class Watched(Around):
    """An engine that notes how many seconds of the sums each statement looks at."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.looked_at_s: list[int] = []

    def before(self, sql: str, params: Mapping[str, str] | None) -> None:
        if params and "INSERT INTO calls_rollup" in sql:
            self.looked_at_s.append(int(params["to_"]) - int(params["from_"]))


def test_sums_far_apart_are_renewed_a_day_at_a_time(ledger: Ledger) -> None:
    ledger.take(*_work(5))
    ledger.now_ns = lambda: LONG_AFTER_NS
    watched = Watched(ledger.engine)
    ledger.new_keeper(watched).fold_hours()
    assert len(watched.looked_at_s) > 4
    assert max(watched.looked_at_s) <= DAY, "memory must not grow with the weeks between"
    _agree(ledger, HOUR)


def test_a_late_span_goes_into_its_folded_hour(ledger: Ledger) -> None:
    ledger.take(*_work(3))
    ledger.now_ns = lambda: LONG_AFTER_NS
    ledger.new_keeper().fold_hours()
    folded = _folded(ledger)
    ledger.take(call("late", trace="late", at=62), call("later", trace="late", at=2 * HOUR))
    assert _folded(ledger) >= folded
    _agree(ledger, HOUR)
    ledger.take(task("root", "ticket-1", "corrected", trace="late", at=61))
    _agree(ledger, HOUR)
    ledger.keeper.fold_hours()
    _agree(ledger, HOUR)


def test_a_call_that_is_taken_back_leaves_the_sums(ledger: Ledger) -> None:
    same = {names.RESPONSE_ID: "r1"}
    ledger.send(
        call("poor", same, trace="a", at=59.9, took=4, tokens=(1000, None, None, None, 100)),
        scope="framework",
    )
    ledger.catch_up()
    ledger.send(call("rich", same, trace="b", at=60.5, took=3), scope="client")
    ledger.catch_up()
    _agree(ledger, 60)
    assert ledger.value("SELECT sum(calls) FROM calls_rollup FINAL") == 1


def _original(rows: list[Row]) -> list[str]:
    return [row["original_cost_usd"] for row in rows]


def test_a_rebuild_without_a_change_changes_nothing(ledger: Ledger) -> None:
    ledger.take(*_work(4))
    before = ledger.snapshot()
    ledger.rebuild()
    assert ledger.snapshot() == before


def test_a_changed_price_reprices_and_keeps_the_original(ledger: Ledger) -> None:
    ledger.take(
        call("c1", model=OPUS, trace="a"),
        call("c2", model=HAIKU, trace="b"),
        call("c3", model="house", trace="c"),
    )
    first = ledger.snapshot()
    ledger.configure(
        "prices: [{provider: anthropic, model: claude-opus-4-5, discount: 0.5},"
        " {provider: anthropic, model: house, same_as: claude-opus-4-5}]"
    )
    ledger.rebuild()
    calls, again = first["calls"], ledger.calls()
    cost = {row["request_model"]: (row["list_cost_usd"], row["original_cost_usd"]) for row in again}
    assert cost == {OPUS: ("0.00375", "0.0075"), HAIKU: ("0.0015", "0.0015"), "house": ("0.00375", "0.00375")}
    assert len(calls) == len(again)
    _agree(ledger, 60)
    _tasks_agree(ledger)
    originals = ledger.value("SELECT toString(sum(original_cost_usd)) FROM tasks FINAL")
    assert (
        originals
        == ledger.value("SELECT toString(sum(original_cost_usd)) FROM calls_rollup FINAL")
        == "0.01275"
    )
    ledger.configure("")
    ledger.rebuild()
    back = {row["request_model"]: row["list_cost_usd"] for row in ledger.calls()}
    assert back == {OPUS: "0.0075", HAIKU: "0.0015", "house": None}


def test_a_changed_tier_map_and_workload_rule_change_what_they_name(ledger: Ledger) -> None:
    ledger.take(
        call("c1", model=OPUS, trace="a"),
        call("c2", {names.WORKLOAD: "chat"}, model=HAIKU, trace="b"),
        call("c3", {names.TASK_ID: "night", names.AGENT_NAME: "x"}, model="house", trace="c"),
    )
    before = ledger.snapshot()
    ledger.configure(
        """
        tiers: {nano: [house]}
        workloads:
        - {match: {workload: chat}, workload: conversation}
        - {match: {service: support-*, agent: x}, workload: nightly}
        latency_classes: [{workload: nightly, latency_class: offline}]
        """
    )
    ledger.rebuild()
    changed = ledger.snapshot()
    facts = {
        row["request_model"]: (row["tier"], row["workload"], row["latency_class"]) for row in changed["calls"]
    }
    assert facts == {
        OPUS: ("premium", "support-agent", ""),
        HAIKU: ("nano", "conversation", ""),
        "house": ("nano", "nightly", "offline"),
    }
    assert ledger.task("night")["workload"] == "nightly"
    assert ledger.task("night")["highest_tier"] == "nano"
    _agree(ledger, 60)
    _tasks_agree(ledger)
    ledger.configure("")
    ledger.rebuild()
    assert ledger.snapshot() == before


def test_a_rebuild_of_a_range_leaves_the_rest(ledger: Ledger) -> None:
    ledger.take(call("old", model=OPUS, trace="a"), call("new", model=OPUS, trace="b", at=2 * DAY))
    ledger.configure("prices: [{provider: anthropic, model: claude-opus-4-5, discount: 0.5}]")
    ledger.rebuild(from_s=DAY)
    assert ledger.call("old", "a")["list_cost_usd"] == "0.0075"
    assert ledger.call("new", "b")["list_cost_usd"] == "0.00375"


def test_an_unknown_model_is_priced_once_it_is_known(ledger: Ledger) -> None:
    ledger.take(call("c1", model="house"))
    assert ledger.tasks()[0]["unpriced_calls"] == 1
    ledger.configure("prices: [{provider: anthropic, model: house, same_as: claude-opus-4-5}]")
    ledger.rebuild()
    assert (ledger.tasks()[0]["unpriced_calls"], ledger.call("c1")["original_cost_usd"]) == (0, "0.0075")


def test_slices_of_a_minute_are_joined_when_it_is_left_in_peace(ledger: Ledger) -> None:
    ledger.take(call("first", trace="t0"))
    for number in range(1, 4):
        ledger.take(call("next", trace=f"t{number}", at=number))
    slices = "SELECT countIf(slice = 0) AS whole, countIf(slice != 0) AS slices, sum(calls) AS calls"
    slices += " FROM calls_rollup FINAL"
    before = ledger.snapshot()
    assert ledger.rows(slices) == [{"whole": 1, "slices": 3, "calls": 4}]
    ledger.keeper.join_slices()
    assert ledger.rows(slices) == [{"whole": 1, "slices": 3, "calls": 4}], "not while more is coming in"
    later = time.time_ns() + 61 * 10**9
    ledger.keeper._now_ns = lambda: later
    ledger.keeper.join_slices()
    assert ledger.rows(slices) == [{"whole": 1, "slices": 0, "calls": 4}]
    assert ledger.snapshot() == before


def test_a_minute_of_many_slices_is_joined_at_once(ledger: Ledger) -> None:
    ledger.pace = KeeperPace(most_slices=2)
    ledger.new_keeper()
    for number in range(3):
        ledger.take(call("next", trace=f"t{number}", at=number))
    ledger.keeper.join_slices()
    assert ledger.value("SELECT count() FROM calls_rollup FINAL WHERE slice != 0") == 0
    assert ledger.value("SELECT sum(calls) FROM calls_rollup FINAL") == 3


def test_a_resent_call_in_a_minute_of_slices_is_summed_once(ledger: Ledger) -> None:
    ledger.take(call("first", trace="t0"))
    ledger.take(call("second", trace="t1", at=1))
    before = ledger.snapshot()
    ledger.take(call("second", trace="t1", at=1))
    assert ledger.snapshot() == before
    assert ledger.value("SELECT countIf(slice != 0) FROM calls_rollup FINAL") == 0
