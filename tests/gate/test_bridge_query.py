"""The query of the bridge on a real ledger, from spans to a split that closes."""

from decimal import Decimal

from analytics.bridge.split import BridgeCell, Factor, bridge
from sdk_hooks import attributes as names
from tests.gate.bridge_query import cells_of
from tests.ledger.ledger import Ledger
from tests.ledger.spans import HAIKU, OPUS, SONNET, call, task

DAY_S = 86_400
ZERO = Decimal(0)


def only(cells: list[BridgeCell]) -> BridgeCell:
    (found,) = cells
    return found


def test_cells_sum_to_what_the_tasks_cost(ledger: Ledger) -> None:
    for number in range(4):
        trace = f"t{number}"
        ledger.send(
            task(f"root{number}", f"task{number}", "triage", trace=trace),
            call(f"a{number}", trace=trace, parent=f"root{number}", tokens=(900 + number, 50, 30, 70, 100)),
            call(f"b{number}", trace=trace, parent=f"root{number}", model=HAIKU, at=2),
            call(f"u{number}", trace=trace, parent=f"root{number}", model="nobody-knows", at=4),
        )
    ledger.catch_up()
    cells = cells_of(ledger)
    assert sum((c.cost_usd for c in cells), ZERO) == sum(
        Decimal(row["list_cost_usd"]) for row in ledger.tasks()
    )
    for c in cells:
        parts = (
            c.fresh_input_usd, c.cache_read_usd, c.cache_write_short_usd, c.cache_write_long_usd, c.output_usd,
            c.tool_fees_usd,
        )  # fmt: skip
        assert sum(parts, ZERO) == c.cost_usd
    assert {(c.model, c.calls, c.unpriced_calls, c.tasks) for c in cells} == {
        (SONNET, 4, 0, 4), (HAIKU, 4, 0, 4), ("nobody-knows", 0, 4, 4),
    }  # fmt: skip


def test_a_cache_write_is_split_by_what_its_lifetimes_cost(ledger: Ledger) -> None:
    ledger.take(call("a", tokens=(0, 0, 1_000_000, 500_000, 0)))
    found = only(cells_of(ledger))
    assert found.price_tier == "above 200000", "a prompt this long has the price of long prompts"
    assert found.cache_write_long_usd * 5 == found.cache_write_short_usd * 4, (
        "1.25 and 2 times the input price"
    )


def test_a_task_counts_in_the_period_in_which_it_ended_with_all_its_calls(ledger: Ledger) -> None:
    ledger.take(
        task("root", "long", "triage", at=-30, took=DAY_S),
        call("early", parent="root", at=-20),
        call("late", parent="root", at=DAY_S - 60),
    )
    assert cells_of(ledger, -1, 0.5) == []
    assert only(cells_of(ledger, 0.5, 1.5)).calls == 2


def test_filters_of_calls_keep_all_tasks_of_the_workload(ledger: Ledger) -> None:
    for number, model in enumerate((SONNET, SONNET, HAIKU)):
        trace = f"t{number}"
        ledger.send(
            task(f"root{number}", f"task{number}", "triage", trace=trace),
            call(f"a{number}", trace=trace, parent=f"root{number}", model=model),
        )
    ledger.send(
        task("other", "other", "research", trace="o"), call("c", trace="o", parent="other", model=OPUS)
    )
    ledger.catch_up()
    found = only(cells_of(ledger, workloads="['triage']", models=f"['{HAIKU}']"))
    assert (found.unit, found.tasks, found.calls) == ("triage", 3, 1)
    assert {c.unit for c in cells_of(ledger)} == {"triage", "research"}


def test_a_workload_without_calls_still_has_its_tasks(ledger: Ledger) -> None:
    ledger.take(task("root", "quiet", "triage"))
    found = only(cells_of(ledger))
    assert (found.unit, found.tasks, found.calls, found.cost_usd) == ("triage", 1, 0, ZERO)


def test_two_days_make_a_bridge_that_closes(ledger: Ledger) -> None:
    for day, tokens, model in ((0, (1000, 3000, 0, 0, 100), SONNET), (1, (4000, 0, 0, 0, 100), HAIKU)):
        for number in range(3 + day):
            trace = f"t{day}.{number}"
            ledger.send(
                task(f"r{trace}", f"task {trace}", "triage", trace=trace, at=day * DAY_S),
                call(
                    f"c{trace}", {names.AGENT_NAME: "reader"},
                    trace=trace, parent=f"r{trace}", at=day * DAY_S + 1, tokens=tokens, model=model,
                ),
            )  # fmt: skip
    ledger.catch_up()
    split = bridge(cells_of(ledger, -0.5, 0.5), cells_of(ledger, 0.5, 1.5), permutations=20)
    assert sum((part.amount_usd for part in split.parts), ZERO) == split.difference_usd
    assert {part.factor for part in split.ranked()} == {Factor.TASKS, Factor.MIX}
