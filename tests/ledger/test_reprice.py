"""Prices of the past: asked for, carried out slice by slice, broken off anywhere and done again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collector.engine.runner import rows
from collector.keeper.reprice import MERGING, CallsCameBetween, call_slices, task_slices
from collector.prices.reprice_requests import RepriceStuck, ask, follow, open_reprices
from sdk_hooks import attributes as names
from tests.ledger.ledger import Ledger
from tests.ledger.spans import HAIKU, NOON, OPUS, SONNET, call, task

DAY = 86_400.0
DEARER = """
prices:
- {provider: anthropic, model: claude-haiku-4-5, factor: 3}
- {provider: acme, model: house, output_usd_per_mtok: 2, fresh_input_usd_per_mtok: 1}
"""
PROFILE = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0"
COPYING = "INSERT INTO copied SELECT * FROM llm_calls"


@pytest.fixture(params=[0, 1_000_000], ids=["in a copy", "written anew"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are priced in a copy, as large ones are, or written anew, as small ones are."""
    monkeypatch.setattr("collector.keeper.reprice.LARGE_DAY_CALLS", request.param)


class Broken(RuntimeError):
    """The process dies here."""


class BreakingRunner:
    """The ledger's engine until statement number `at`, which never runs."""

    def __init__(self, ledger: Ledger, at: int) -> None:
        self._engine, self._left = ledger.engine, at

    def run(self, sql: str, *rest: Any, **more: Any) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise Broken
        return self._engine.run(sql, *rest, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def fill(ledger: Ledger) -> None:
    """Calls of two days and a task that takes three; one model is unknown to the list."""
    ledger.take(
        task("t1", "short", "support", trace="a"),
        call("a1", model=HAIKU, trace="a", parent="t1"),
        call("a2", model=OPUS, trace="a", parent="t1", at=1, tokens=(300_000, 5, 6, 7, 8)),
        call("b1", {names.ABANDONED: True}, model=HAIKU, trace="b", at=DAY),
        call("b2", model="house", provider="acme", trace="b", at=DAY + 1),
        task("t3", "long", "research", trace="c", took=3 * DAY),
        call("c1", {names.TASK_ID: "long"}, model=HAIKU, trace="c", parent="t3", at=10),
        call("c2", {names.TASK_ID: "long"}, model=SONNET, trace="c", parent="t3", at=3 * DAY),
        call("d1", {names.SERVICE_CLASS: "batch", names.BATCH_ID: "b"}, model=HAIKU, trace="d", at=-30),
    )


def figures(ledger: Ledger) -> dict[str, Any]:
    """What stands, without the version of the book: a call whose price stays keeps the one that gave it."""
    return {
        kind: [{key: item for key, item in row.items() if key != "price_book_version"} for row in found]
        for kind, found in ledger.snapshot().items()
    }


def reprice(
    ledger: Ledger, from_: datetime | None = None, to: datetime | None = None, book: str | None = None
) -> str:
    ledger.keeper.prepare()
    asked = ask(ledger.engine, from_, to, book)
    ledger.catch_up()
    assert open_reprices(ledger.engine) == []
    return asked


def total(ledger: Ledger, table: str, column: str = "list_cost_usd") -> Decimal:
    return Decimal(ledger.value(f"SELECT toString(sum(toDecimal128({column}, 12))) FROM {table} FINAL"))


@pytest.mark.usefixtures("way")
def test_a_reprice_gives_what_a_rebuild_gives(ledger: Ledger) -> None:
    fill(ledger)
    before = {row["span_id"]: row["original_cost_usd"] for row in ledger.calls()}
    ledger.configure(DEARER)
    reprice(ledger)
    repriced = figures(ledger)
    ledger.rebuild()
    assert repriced == figures(ledger)
    for row in ledger.calls():
        if row["request_model"] != "house":
            assert row["original_cost_usd"] == before[row["span_id"]]
    assert total(ledger, "llm_calls") == total(ledger, "tasks") == total(ledger, "calls_rollup")
    assert total(ledger, "llm_calls") > total(ledger, "llm_calls", "original_cost_usd")


def test_a_reprice_by_the_same_book_writes_nothing(ledger: Ledger) -> None:
    fill(ledger)
    before, versions = (
        ledger.snapshot(),
        ledger.rows("SELECT span_id, version FROM llm_calls FINAL ORDER BY ALL"),
    )
    reprice(ledger)
    assert ledger.snapshot() == before
    assert ledger.rows("SELECT span_id, version FROM llm_calls FINAL ORDER BY ALL") == versions


@pytest.mark.usefixtures("way")
def test_only_the_stretch_asked_for_changes(ledger: Ledger) -> None:
    fill(ledger)
    before = {row["span_id"]: row["list_cost_usd"] for row in ledger.calls()}
    ledger.configure(DEARER)
    ledger.catch_up()
    reprice(ledger, NOON + timedelta(days=1), NOON + timedelta(days=2))
    changed = {row["span_id"] for row in ledger.calls() if row["list_cost_usd"] != before[row["span_id"]]}
    assert changed == {ledger.call("b1", "b")["span_id"], ledger.call("b2", "b")["span_id"]}
    assert total(ledger, "llm_calls") == total(ledger, "tasks") == total(ledger, "calls_rollup")


@pytest.mark.parametrize(
    ("at", "large"),
    [
        *((at, 1_000_000) for at in (3, 6, 8, 10, 11, 12, 13, 14, 16, 20)),
        *((at, 0) for at in (20, 24, 26, 28, 31)),
    ],
)
def test_broken_off_anywhere_and_done_again_it_is_right(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, at: int, large: int
) -> None:
    monkeypatch.setattr("collector.keeper.reprice.LARGE_DAY_CALLS", large)
    fill(ledger)
    ledger.configure(DEARER)
    ledger.catch_up()
    ask(ledger.engine, None, None)
    broken = ledger.new_keeper(BreakingRunner(ledger, at))
    try:
        broken.catch_up()
    except Broken:
        assert open_reprices(ledger.engine)
    ledger.new_keeper().catch_up()
    assert open_reprices(ledger.engine) == []
    done = figures(ledger)
    ledger.rebuild()
    assert done == figures(ledger)


def test_what_had_no_price_gets_one_with_the_first_book_that_knows_it(ledger: Ledger) -> None:
    fill(ledger)
    assert ledger.call("b2", "b")["pricing_status"] == "unknown_model"
    haiku = ledger.call("a1", "a")["list_cost_usd"]
    ledger.configure(DEARER)
    ledger.catch_up()
    row = ledger.call("b2", "b")
    assert (row["pricing_status"], Decimal(row["list_cost_usd"])) == ("priced", Decimal("0.0012"))
    assert row["original_cost_usd"] == row["list_cost_usd"]
    assert ledger.call("a1", "a")["list_cost_usd"] == haiku, "a price once given stays until a reprice"
    assert {one["unpriced_calls"] for one in ledger.tasks()} == {0}
    assert total(ledger, "llm_calls") == total(ledger, "tasks") == total(ledger, "calls_rollup")


@pytest.mark.usefixtures("way")
def test_a_chosen_book_holds_for_its_stretch_until_it_is_asked_otherwise(ledger: Ledger) -> None:
    fill(ledger)
    old = ledger.call("a1", "a")
    ledger.configure(DEARER)
    reprice(ledger)
    new = ledger.call("a1", "a")
    assert Decimal(new["list_cost_usd"]) == 3 * Decimal(old["list_cost_usd"])
    reprice(ledger, NOON, NOON + timedelta(seconds=5), old["price_book_version"])
    assert ledger.call("a1", "a") == {
        **new,
        **{
            k: old[k]
            for k in (
                "list_cost_usd",
                "fresh_input_cost_usd",
                "output_cost_usd",
                "pricing_note",
                "price_book_version",
                "price_row",
                "first_price",
            )
        },
    }
    assert ledger.call("c1", "c")["price_book_version"] == new["price_book_version"], "outside the stretch"
    ledger.rebuild()
    assert ledger.call("a1", "a")["price_book_version"] == old["price_book_version"], "later spans keep it"
    reprice(ledger)
    assert ledger.call("a1", "a") == new


def test_the_preview_says_what_the_reprice_does(ledger: Ledger) -> None:
    fill(ledger)
    ledger.take(call("p1", model=PROFILE, provider="aws.bedrock", trace="p"))
    old = total(ledger, "llm_calls")
    ledger.configure(DEARER)
    ledger.keeper.prepare()
    (book,) = rows(ledger.engine, "keeper/book_versions")[:1]
    everything = {"from_": "2000-01-01 00:00:00", "to_": "2100-01-01 00:00:00"}
    said = ledger.rows(_preview(), **everything, book=book["version"])
    by_model = {row["model"]: row for row in said}
    assert by_model["house"]["newly_priced"] == 1
    assert by_model[OPUS]["changed_calls"] == by_model[PROFILE]["changed_calls"] == 0
    assert by_model[HAIKU]["changed_calls"] == by_model[HAIKU]["calls"] == 4
    moved = sum(Decimal(row["moved_usd"]) for row in said)
    reprice(ledger)
    assert total(ledger, "llm_calls") - old == moved > 0
    assert {row["model"]: row["book_usd"] for row in said} == {
        row["model"]: row["now_usd"] for row in ledger.rows(_preview(), **everything, book="")
    }
    assert sum(row["changed_calls"] for row in ledger.rows(_preview(), **everything, book="")) == 0


def test_folded_hours_are_summed_anew_too(ledger: Ledger) -> None:
    later = datetime(2026, 11, 20, tzinfo=UTC)
    ledger.now_ns = lambda: int(later.timestamp()) * 1_000_000_000
    ledger.new_keeper()
    fill(ledger)
    ledger.keeper.fold_hours()
    assert ledger.value("SELECT count() FROM calls_rollup FINAL WHERE bucket_s = 60") == 0
    ledger.configure(DEARER)
    reprice(ledger)
    assert total(ledger, "calls_rollup") == total(ledger, "llm_calls")
    assert ledger.value("SELECT count() FROM calls_rollup FINAL WHERE bucket_s = 60") == 0


def test_progress_reaches_the_total_and_a_book_must_be_known(ledger: Ledger) -> None:
    fill(ledger)
    asked = reprice(ledger)
    seen: list[tuple[int, int]] = []
    follow(ledger.engine, asked, lambda done, whole: seen.append((done, whole)))
    assert seen[-1][0] == seen[-1][1] > 0
    with pytest.raises(RepriceStuck, match="no price book 'nonsense'"):
        ask(ledger.engine, None, None, "nonsense")
    with pytest.raises(RepriceStuck, match="knows no reprice"):
        follow(ledger.engine, "0", lambda done, whole: None)


def _preview() -> str:
    from sql.catalogue import query

    return query("reprice_preview").text


@pytest.mark.parametrize(
    ("between", "large"), [(0, 0), (2, 0), *((between, 1_000_000) for between in range(6))]
)
def test_what_arrives_between_two_slices_is_counted_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, between: int, large: int
) -> None:
    """Tasks and minutes that a batch recomputes while a reprice is under way have part of it in their sums."""
    monkeypatch.setattr("collector.keeper.reprice.LARGE_DAY_CALLS", large)
    monkeypatch.setattr("collector.keeper.reprice.SLICE_CALLS", 1)
    monkeypatch.setattr("collector.keeper.reprice.LARGE_SLICE_CALLS", 1)
    monkeypatch.setattr("collector.keeper.reprice.SLICE_TASKS", 1)
    fill(ledger)
    ledger.configure(DEARER)
    ledger.catch_up()
    ask(ledger.engine, None, None)
    for _ in range(between):
        assert ledger.keeper.reprice_step()
    ledger.send(
        call("a3", model=HAIKU, trace="a", parent="t1", at=2),  # an old task, its minutes summed anew
        call("c3", {names.TASK_ID: "long"}, model=HAIKU, trace="c", parent="t3", at=DAY),
        call("e1", model=HAIKU, trace="e", at=DAY + 2),  # a new task, added as a slice to a minute
    )
    assert ledger.keeper.step()
    ledger.catch_up()
    assert open_reprices(ledger.engine) == []
    done = figures(ledger)
    assert total(ledger, "llm_calls") == total(ledger, "tasks") == total(ledger, "calls_rollup")
    ledger.rebuild()
    assert done == figures(ledger)


def test_minutes_that_were_added_up_of_slices_take_a_reprice_once(ledger: Ledger) -> None:
    fill(ledger)
    for place in range(3):
        ledger.take(call(f"f{place}", model=HAIKU, trace=f"f{place}", at=place))
    assert ledger.value("SELECT uniqExact(slice) FROM calls_rollup FINAL WHERE NOT is_deleted") >= 3
    ledger.configure(DEARER)
    reprice(ledger)
    done = figures(ledger)
    assert total(ledger, "llm_calls") == total(ledger, "calls_rollup")
    ledger.keeper.join_slices()
    ledger.rebuild()
    assert done == figures(ledger)


@pytest.mark.usefixtures("way")
def test_calls_that_get_another_tier_move_to_another_row_of_sums(ledger: Ledger) -> None:
    ledger.take(call("a1", model="house", provider="acme", trace="a"), call("b1", model=HAIKU, trace="b"))
    ledger.configure(DEARER + "tiers:\n  premium: [house]\n")
    reprice(ledger)
    assert ledger.call("a1", "a")["tier"] == "premium"
    assert ledger.rows("SELECT tier, calls FROM calls_rollup FINAL WHERE model = 'house'") == [
        {"tier": "premium", "calls": 1}
    ]
    assert total(ledger, "llm_calls") == total(ledger, "tasks") == total(ledger, "calls_rollup")


def test_a_copy_is_priced_as_calls_written_anew_are(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every column, over dearer, unknown and forgotten prices, long prompts, places, prices by the hour and fees."""

    def after_each(large: int) -> list[list[dict[str, Any]]]:
        monkeypatch.setattr("collector.keeper.reprice.LARGE_DAY_CALLS", large)
        ledger.clear()
        ledger.configure("")
        fill(ledger)
        region, searches = {"cloud.region": "us-east-1"}, {"gen_ai.usage.web_search_requests": 3}
        ledger.take(
            call("e1", model="deepseek-chat", provider="deepseek", trace="e"),
            call("e2", model="deepseek-chat", provider="deepseek", trace="e", at=12 * 3600),
            call("e3", region, model=f"anthropic.{SONNET}-v1:0", provider="aws.bedrock", trace="f"),
            call("e4", searches, model=SONNET, trace="f", tokens=(250_000, None, 9, 9, 9)),
            call("e5", model=SONNET, trace="f", tokens=(None, None, None, None, None)),
            call("e6", model=PROFILE, provider="aws.bedrock", trace="g"),
        )
        found = []
        for config in (DEARER, "prices: [{provider: anthropic, model: '*', factor: 1.1}]", DEARER, ""):
            ledger.configure(config)
            reprice(ledger)
            found.append(ledger.snapshot()["calls"])
        return found

    in_copies, anew = after_each(0), after_each(1_000_000)
    assert in_copies == anew
    assert {row["first_price"] > 0 for row in in_copies[0]} == {True, False}
    assert len({str(one) for one in in_copies}) > 2


class Inserting:
    """The ledger's engine, where another collector writes calls just before a day is put into its place."""

    def __init__(self, ledger: Ledger) -> None:
        self._engine = ledger.engine

    def run(self, sql: str, *rest: Any, **more: Any) -> bytes:
        if "FROM repricing FINAL" in sql:
            self._engine.run(
                "INSERT INTO llm_calls SELECT * REPLACE ('late' AS span_id) FROM llm_calls LIMIT 1"
            )
        return self._engine.run(sql, *rest, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_no_call_is_lost_that_is_written_while_its_day_is_priced(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.keeper.reprice.LARGE_DAY_CALLS", 0)
    ledger.take(call("a1", model=HAIKU, trace="a"))
    ledger.configure(DEARER)
    ledger.catch_up()
    ask(ledger.engine, None, None)
    with pytest.raises(CallsCameBetween, match="were written while"):
        ledger.new_keeper(Inserting(ledger)).catch_up()
    assert ledger.value("SELECT count() FROM llm_calls FINAL") == 2
    ledger.new_keeper().catch_up()
    assert ledger.value(
        "SELECT uniqExact(list_cost_usd), countIf(original_cost_usd < list_cost_usd) FROM llm_calls FINAL"
    )
    assert ledger.value("EXISTS repricing") == 0


def test_many_parts_of_a_day_become_one_on_the_way(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.keeper.reprice.LARGE_DAY_CALLS", 0)
    ledger.engine.run("SYSTEM STOP MERGES llm_calls")
    try:
        for place in range(8):
            ledger.take(call(f"c{place}", model=HAIKU, trace=f"t{place}", at=place))
        ledger.configure(DEARER)
        reprice(ledger)
    finally:
        ledger.engine.run("SYSTEM START MERGES llm_calls")
    parts = "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'llm_calls' AND active"
    assert ledger.value(parts) == 1
    done = figures(ledger)
    ledger.rebuild()
    assert done == figures(ledger)


def test_two_threads_carry_a_reprice_out_where_one_is_the_rule(ledger: Ledger) -> None:
    """By itself the engine gives one thread to each statement: it has less than a free GiB for a second."""
    ledger.engine.run("SYSTEM STOP MERGES llm_calls")
    try:
        for day in range(3):
            for call_id in ("x", "y"):
                ledger.take(call(f"{call_id}{day}", trace=f"{call_id}{day}", at=day * DAY))
                ledger.catch_up()
        ledger.engine.run("CREATE TABLE copied AS llm_calls ENGINE = Null")
        sql = f"EXPLAIN PIPELINE {COPYING}"
        alone, together = (
            ledger.engine.run(sql, settings=settings, fmt="TSVRaw").count(b'label="NullSink')
            for settings in ({}, MERGING)
        )
    finally:
        ledger.engine.run("DROP TABLE IF EXISTS copied")
        ledger.engine.run("SYSTEM START MERGES llm_calls")
    assert (alone, together) == (1, 2)


def test_slices_hold_every_day_once_and_never_large_and_small_ones_together() -> None:
    noon = int(NOON.timestamp())
    first = noon - noon % 86_400
    days = [
        {"day": first + place * 86_400, "calls": calls}
        for place, calls in enumerate([10, 140_000, 800_000, 600_000, 200_000, 2_500_000, 3])
    ]
    found = list(call_slices(days))
    assert [name for one in found for name in one.days] == [
        f"{datetime.fromtimestamp(row['day'], UTC):%Y%m%d}" for row in days
    ]
    assert [(one.calls, one.is_large) for one in found] == [
        (140_010, False),
        (1_400_000, True),
        (200_000, True),
        (2_500_000, True),
        (3, False),
    ]
    assert (found[1].first_s, found[1].last_s) == (days[2]["day"], days[3]["day"])
    tasks = [{"tasks": count} for count in (150_000, 40_000, 30_000, 500_000, 1)]
    assert [[row["tasks"] for row in group] for group in task_slices(tasks)] == [
        [150_000, 40_000],
        [30_000],
        [500_000],
        [1],
    ]
