"""Sums of settled hours and days equal what is added up from the calls, call by call, whatever happens to them."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collector.keeper.due import Bucket, SumLimits, due
from collector.keeper.loop import KeeperPace
from collector.prices.reprice_requests import ask
from sdk_hooks import attributes as names
from sql.catalogue import query
from tests.ledger.ledger import Engine, Ledger, Row
from tests.ledger.spans import HAIKU, NOON, OPUS, SONNET, call, task
from tests.ledger.test_breaks import Fragile, Stopped

HOUR, DAY = 3600, 86400
SOME = SumLimits(settled_s=0, hour_calls=2, day_calls=6)
CALL_NAMES = (
    "workload", "agent", "agent_role", "provider", "model", "tier", "service_class", "latency_class",
    "prompt_version", "change", "tenant", "environment",
)  # fmt: skip
CALL_FIGURES = (
    "calls", "failed_calls", "unpriced_calls", "list_cost_usd", "fresh_input_cost_usd", "cache_write_cost_usd",
    "fresh_input_tokens", "cache_read_tokens", "cache_known_fresh_tokens", "output_tokens",
    "paid_fresh_tokens", "paid_fresh_usd",
)  # fmt: skip
TASK_NAMES = (
    "workload", "environment", "tenant", "change", "agent", "tier", "prompt_version", "provider",
    "model", "service_class",
)  # fmt: skip
TASK_FIGURES = ("calls", "unpriced_calls", "fresh_input_tokens", "output_tokens", "list_cost_usd")
BETWEEN = "(froms = [{a:DateTime64(6,'UTC')}], tos = [{b:DateTime64(6,'UTC')}], longest_s = {longest:UInt32})"

Sums = dict[tuple[str, ...], tuple[Decimal, ...]]


@pytest.fixture
def summed(ledger: Ledger) -> Iterator[Ledger]:
    """A ledger that sums hours of two calls and days of six."""
    ledger.pace = KeeperPace(sums=SOME)
    ledger.new_keeper()
    return ledger


def _work(seed: int, count: int = 60, first: int = 0) -> list[Any]:
    dice = random.Random(seed)
    spans = []
    for n in range(first, first + count):
        of = f"task {dice.randrange(count // 3)}"
        attributes = {
            names.TASK_ID: of,
            names.AGENT_NAME: dice.choice(("", "writer", "critic")),
            names.WORKLOAD: dice.choice(("a", "b")),
            names.TENANT: dice.choice(("acme", "umbrella")),
            names.PROMPT_VERSION: dice.choice(("", "v1", "v2")),
        }
        spans.append(
            call(
                f"c{n}",
                attributes,
                model=dice.choice((HAIKU, SONNET, OPUS, "nobody")),
                tokens=tuple(dice.choice((None, 0, 10, 999)) for _ in range(5)),
                trace=f"{of} {dice.randrange(2)}",
                at=dice.choice((0, 59, 61, 3599, 3600, HOUR * 5, HOUR * 5, DAY + 7)) + dice.random(),
                took=dice.choice((0.5, 2.0, 30.0)),
                error=dice.random() < 0.1,
            )
        )
    return spans


def _windows(seed: int) -> list[tuple[datetime, datetime]]:
    dice = random.Random(seed)
    whole = (NOON - timedelta(days=3), NOON + timedelta(days=5))
    midnight = NOON.replace(hour=0)
    found = [whole, (midnight, midnight + timedelta(days=1)), (NOON, NOON + timedelta(hours=1))]
    for _ in range(3):
        ends = sorted(NOON + timedelta(seconds=dice.uniform(-DAY, 3 * DAY)) for _ in range(2))
        found.append((ends[0], ends[1]))
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _model(row: Row) -> str:
    return str(row["response_model"] or row["request_model"])


def _added(rows: list[tuple[tuple[str, ...], tuple[Any, ...]]]) -> Sums:
    sums: dict[tuple[str, ...], list[Decimal]] = defaultdict(list)
    for key, figures in rows:
        values = [Decimal(str(figure)) for figure in figures]
        sums[key] = [a + b for a, b in zip(sums[key], values, strict=True)] if sums[key] else values
    return {key: tuple(values) for key, values in sums.items() if any(values)}


def _by_calls(calls: list[Row], a: datetime, b: datetime) -> Sums:
    found = []
    for row in calls:
        if not a <= _moment(row["started_at"]) < b:
            continue
        fresh = row["fresh_input_tokens"] or 0
        known = row["cache_read_tokens"] is not None
        figures = (
            1, row["status"] == "error",
            row["list_cost_usd"] is None and row["pricing_status"] not in ("free", "not_billed"),
            row["list_cost_usd"] or 0, row["fresh_input_cost_usd"] or 0, row["cache_write_cost_usd"] or 0,
            fresh, row["cache_read_tokens"] or 0, fresh if known else 0, row["output_tokens"] or 0,
            fresh if row["fresh_input_cost_usd"] is not None else 0, row["fresh_input_cost_usd"] or 0 if fresh else 0,
        )  # fmt: skip
        key = tuple(_model(row) if name == "model" else str(row[name]) for name in CALL_NAMES)
        found.append((key, tuple(int(f) if isinstance(f, bool) else f for f in figures)))
    return _added(found)


def _by_tasks(calls: list[Row], tasks: list[Row], a: datetime, b: datetime) -> Sums:
    ended = {row["task_id"]: row for row in tasks if a <= _moment(row["ended_at"]) < b}
    found = []
    for row in calls:
        of = ended.get(row["task_id"])
        if of is None:
            continue
        priced = row["list_cost_usd"] is not None
        unpriced = not priced and row["pricing_status"] not in ("free", "not_billed")
        fresh, output = row["fresh_input_tokens"] or 0, row["output_tokens"] or 0
        key = tuple(
            str(of[name]) if name in TASK_NAMES[:4] else _model(row) if name == "model" else str(row[name])
            for name in TASK_NAMES
        )
        figures = (priced, unpriced, fresh if priced else 0, output if priced else 0)
        found.append((key, (*map(int, figures), row["list_cost_usd"] or 0)))
    return _added(found)


def _read(ledger: Ledger, view: str, of: tuple[str, ...], figures: tuple[str, ...], **bounds: str) -> Sums:
    chosen = ", ".join([*of, *(f"sum({view}.{name}) AS sum_{name}" for name in figures)])
    found = ledger.rows(f"SELECT {chosen} FROM {view}{BETWEEN} AS {view} GROUP BY {', '.join(of)}", **bounds)
    return _added(
        [(tuple(str(row[n]) for n in of), tuple(row[f"sum_{n}"] for n in figures)) for row in found]
    )


def _agree(ledger: Ledger, seed: int = 0) -> None:
    calls, tasks = ledger.calls(), ledger.tasks()
    for a, b in _windows(seed):
        bounds = {"a": f"{a:%Y-%m-%d %H:%M:%S.%f}", "b": f"{b:%Y-%m-%d %H:%M:%S.%f}"}
        for longest in ("86400", "3600"):
            found = _read(ledger, "call_sums_in", CALL_NAMES, CALL_FIGURES, **bounds, longest=longest)
            assert found == _by_calls(calls, a, b), (a, b)
            found = _read(ledger, "task_sums_in", TASK_NAMES, TASK_FIGURES, **bounds, longest=longest)
            assert found == _by_tasks(calls, tasks, a, b), (a, b)


def _standing(ledger: Ledger) -> set[tuple[str, int, int]]:
    found = ledger.rows(
        "SELECT toString(basis) AS basis, bucket_s, toUnixTimestamp(bucket) AS at"
        " FROM summed_buckets FINAL WHERE identity(sums) > 0"
    )
    return {(row["basis"], row["bucket_s"], row["at"]) for row in found}


def test_sums_equal_the_calls_in_any_window(summed: Ledger) -> None:
    summed.take(*_work(1))
    _agree(summed)
    assert summed.keeper.sum_settled() > 6
    standing = _standing(summed)
    assert {size for _, size, _ in standing} == {HOUR, DAY}
    assert {basis for basis, _, _ in standing} == {"start", "end", "task"}
    _agree(summed, 1)
    assert summed.keeper.sum_settled() == 0
    rows = summed.value(
        "SELECT count() FROM call_sums_in(froms = [toDateTime64('1990-01-01 00:00:00', 6, 'UTC')],"
        " tos = [toDateTime64('2100-01-01 00:00:00', 6, 'UTC')], longest_s = 86400) WHERE windows = 1"
    )
    assert 0 < rows < len(summed.calls()), "sums are read in place of calls"


def test_what_comes_late_or_twice_or_corrected_is_in_the_sums_at_once(summed: Ledger) -> None:
    spans = _work(2)
    summed.take(*spans[:40])
    summed.keeper.sum_settled()
    before = _standing(summed)
    summed.take(*spans)
    assert _standing(summed) < before
    _agree(summed)
    summed.keeper.sum_settled()
    _agree(summed, 1)
    # The workload that a task is said to have late moves its calls under another name.
    summed.take(task("root", "task 3", "corrected", trace="task 3 0", at=-1))
    _agree(summed)
    summed.keeper.sum_settled()
    _agree(summed, 1)
    summed.configure("workloads: [{match: {workload: a}, workload: renamed}]")
    summed.rebuild()
    assert any(row["workload"] == "renamed" for row in summed.calls())
    _agree(summed)
    summed.keeper.sum_settled()
    _agree(summed, 1)


def test_what_is_recomputed_and_does_not_differ_keeps_its_sums(summed: Ledger) -> None:
    summed.take(*_work(3))
    summed.keeper.sum_settled()
    before = _standing(summed)
    summed.rebuild()
    assert _standing(summed) == before


def test_a_new_turn_of_a_talk_touches_only_the_hour_that_it_ended_in(summed: Ledger) -> None:
    talk = {names.TASK_ID: "talk", names.WORKLOAD: "a", names.TENANT: "acme", names.AGENT_NAME: "x"}
    turns = [call(f"t{n}", talk, trace=f"t{n}", at=n // 2 * HOUR + n) for n in range(6)]
    others = [call(f"o{n}", trace=f"o{n}", at=n // 2 * HOUR + n) for n in range(6)]
    summed.take(*turns, *others)
    summed.keeper.sum_settled()
    before = _standing(summed)
    summed.take(call("next", talk, trace="next", at=2 * DAY))
    last = int((NOON + timedelta(hours=2)).timestamp())
    assert before - _standing(summed) == {
        (basis, size, last - last % size) for basis in ("end", "task") for size in (HOUR, DAY)
    }
    _agree(summed)


def test_a_reprice_reaches_the_sums(summed: Ledger) -> None:
    summed.take(
        *_work(4),
        call("house", model="house", provider="acme", trace="house", at=3 * DAY),
        call("house2", model="house", provider="acme", trace="house", at=3 * DAY + 1),
    )
    summed.keeper.sum_settled()
    before = _standing(summed)
    asked = ask(summed.engine, None, None)
    assert asked
    summed.catch_up()
    assert _standing(summed) == before, "what keeps its price keeps its sums"
    summed.configure(
        "prices: [{provider: acme, model: house, output_usd_per_mtok: 2, fresh_input_usd_per_mtok: 1}]"
    )
    summed.keeper.prepare()
    ask(summed.engine, None, None)
    summed.catch_up()
    assert summed.call("house", "house")["list_cost_usd"] is not None
    assert len(before - _standing(summed)) == 3, (
        "its hour of start and of end, and of the task; its day holds too little to be summed"
    )
    _agree(summed)
    summed.keeper.sum_settled()
    _agree(summed, 1)


def test_levels_are_exact_of_calls_and_within_a_hundredth_of_sums(summed: Ledger) -> None:
    summed.take(*_work(5, 90))
    levels = (
        "SELECT workload, sum(c.calls) AS calls, sum(loose_calls) AS loose, uniqCombined64Merge(14)(c.tasks) AS tasks,"
        " quantilesDDMerge(0.01, 0.05, 0.5, 0.95, 0.99)(durations_us) AS sketched,"
        " quantilesDeterministicMerge(0.05, 0.5, 0.95, 0.99)(durations_us_exact) AS exact"
        " FROM call_levels_in(froms = [toDateTime64('2001-01-01 00:00:00', 6, 'UTC')],"
        " tos = [toDateTime64('2100-01-01 00:00:00', 6, 'UTC')], longest_s = 86400,"
        " tenants = {tenants:Array(String)}) AS c"
        " GROUP BY workload ORDER BY workload"
    )
    loose = summed.rows(levels, tenants="[]")
    assert all(row["calls"] == row["loose"] for row in loose)
    summed.keeper.sum_settled()
    sums = summed.rows(levels, tenants="[]")
    assert all(row["loose"] < row["calls"] for row in sums)
    assert sum(row["calls"] for row in summed.rows(levels, tenants="['acme']")) == len(
        summed.calls(tenant="acme")
    )
    for one, other in zip(loose, sums, strict=True):
        mine = [row for row in summed.calls() if row["workload"] == one["workload"]]
        assert one["calls"] == other["calls"] == len(mine)
        assert one["tasks"] == other["tasks"] == len({row["task_id"] for row in mine})
        assert one["sketched"] == other["sketched"], "merging changes nothing"
        took = {row["duration_s"] * 1e6 for row in mine}
        assert set(one["exact"]) <= took
        assert all(min(abs(level / real - 1) for real in took) < 0.0101 for level in other["sketched"])


@pytest.mark.parametrize("model", [SONNET, "claude-sonnet-4-5-20250929"], ids=["name of the book", "alias"])
def test_calls_near_a_price_step_are_found_among_sums(summed: Ledger, model: str) -> None:
    def sized(name: str, input_tokens: int, at: float) -> Any:
        return call(
            name, {names.WORKLOAD: "a"}, model=model, tokens=(input_tokens, 0, 0, 0, 5), trace=name, at=at
        )

    summed.take(
        *(sized(f"short{n}", 1000, n) for n in range(4)),
        *(sized(f"long{n}", size, HOUR + n) for n, size in enumerate((300_000, 170_000, 1000))),
    )
    ends = {"from_": f"{NOON - timedelta(days=1):%Y-%m-%d}", "to_": f"{NOON + timedelta(days=2):%Y-%m-%d}"}
    given = {
        **ends,
        **dict.fromkeys(("workloads", "models", "agents", "environments", "tiers", "tenants"), "[]"),
    }
    found = []
    for _ in range(2):
        (row,) = summed.rows(query("context_models").text, **given)
        found.append(
            {name: row[name] for name in ("calls", "cliff", "above", "near", "max_input", "spend_above_usd")}
        )
        summed.keeper.sum_settled()
    assert found[0] == found[1]
    assert found[0]["cliff"] == 200_000
    assert found[0]["above"] == 1
    assert found[0]["near"] == 2
    assert found[0]["calls"] == 7
    assert found[0]["spend_above_usd"] == pytest.approx(float(summed.call("long0", "long0")["list_cost_usd"]))


@pytest.mark.parametrize("step_s", [HOUR, 2 * HOUR, 6 * HOUR, 2 * DAY])
def test_a_course_is_the_same_from_sums_and_from_calls(summed: Ledger, step_s: int) -> None:
    """Its steps begin at any second of an hour, so hours in which one ends stay calls."""
    summed.take(*_work(9))
    names_ = ("workloads", "models", "agents", "environments", "tiers", "tenants")
    found: list[list[list[Row]]] = []
    for _ in range(2):
        found.append([])
        for shift_s in (0, 17, 3599.5, -1):
            from_ = NOON + timedelta(seconds=shift_s)
            ends = {
                "previous_from": from_ - timedelta(days=2),
                "from_": from_,
                "to_": from_ + timedelta(days=2),
            }
            given = {key: f"{value:%Y-%m-%d %H:%M:%S.%f}" for key, value in ends.items()}
            given |= {"step_s": str(step_s), **dict.fromkeys(names_, "[]")}
            for name in ("call_trend", "call_workloads", "escalation_trend"):
                found[-1].append(summed.rows(query(f"{name}_of_tenants").text, **given))
        summed.keeper.sum_settled()
    assert found[0] == found[1]
    assert sum(row["calls"] for row in found[0][0]) > 10


def test_a_keeper_that_ends_anywhere_leaves_no_wrong_sums(summed: Ledger) -> None:
    spans = _work(6, 30)
    late = [*spans[20:], task("root", "task 2", "corrected", trace="task 2 0", at=-1)]
    summed.take(*spans[:20])
    summed.keeper.sum_settled()
    stops = 0
    for left in range(12):
        summed.send(*late)
        engine: Engine = Fragile(summed.engine, left)
        broken = summed.new_keeper(engine)
        try:
            broken.catch_up()
            broken.sum_settled()
        except Stopped:
            stops += 1
        summed.new_keeper().catch_up()
        _agree(summed)
        summed.keeper.sum_settled()
    assert stops >= 8, "a keeper that is never stopped shows nothing"


def test_what_is_due() -> None:
    limits = SumLimits(settled_s=HOUR, hour_calls=10, day_calls=30)
    day = 20_000 * DAY
    calls = {Bucket("start", HOUR, day + n * HOUR): count for n, count in enumerate((9, 10, 0, 12))}
    hours = [Bucket("start", HOUR, day + n * HOUR) for n in range(4)]
    whole = Bucket("start", DAY, day)
    assert due(calls, [], day + 3 * HOUR, limits) == [hours[1]]
    assert due(calls, [hours[1]], day + 3 * HOUR, limits) == []
    assert due(calls, [], day + 5 * HOUR, limits) == [hours[3], hours[1]]
    after = day + DAY + HOUR
    assert due(calls, [], after, limits) == [hours[3], hours[1], hours[0], whole]
    assert due(calls, [*hours, whole], after, limits) == []
    assert due({**calls, hours[3]: 10}, [], after, limits) == [hours[3], hours[1]]
