"""Recomputes calls, tasks and sums for one batch of touched keys; running it again changes nothing.

In: a share of touched_keys, a runner. Out: rows in llm_calls, tasks, calls_rollup; its parts may be struck then.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from collector.engine.runner import Runner, execute, rows
from collector.engine.typed import numbers, strings
from collector.keeper.folds import Fold, edge, fold
from collector.keeper.taking import Share
from collector.prices.keeper import PriceKeeper

log = logging.getLogger(__name__)

KEY_TABLES = ("work_keys", "work_links", "work_pairs")
LATE_TABLES = (
    "work_candidates",
    "work_read",
    "work_spans",
    "work_climbing",
    "work_ancestry",
    "work_folds",
    "work_old",
    "work_changed",
    "work_calls",
    "work_tasks",
)
WORK_TABLES = (*KEY_TABLES, *LATE_TABLES, "work_labelled", "work_turns", "work_unpriced")
PRICE_ALL_NEW = {
    "calls": "work_unpriced",
    "into": "work_calls",
    "from_": "1900-01-01 00:00:00",
    "to_": "2299-01-01 00:00:00",
    "changed": "false",
    "unpriced": "false",
    "book": "",
}
WIDEST_KEY = 120_000
"""Traces that one task or conversation may be spread over; all of them are recomputed together."""
MOST_LINKS = 300_000
WIDE_BESIDE_OTHERS = 20_000
"""The same when the keys of a batch stand in more than MOST_LINKS places together."""
DAY_S = 86_400
WEEK_S = 7 * DAY_S
HOUR_S = 3600
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What one batch takes. `trust_fresh`: nothing of it can have been written by a batch that broke off.

    `has_aside`: traces are set aside, which this batch may recompute after all.
    """

    share: Share
    version: int
    idle_s: int
    trust_fresh: bool
    has_aside: bool = False


def run_batch(
    runner: Runner, prices: PriceKeeper, plan: BatchPlan, before_change: Callable[[Sequence[int]], None]
) -> tuple[int, ...]:
    """Recomputes everything that belongs together with the keys of the share.

    `before_change` is told the minutes (unix seconds) in which calls and tasks begin before the first is written.
    Returns the minutes (unix seconds) to which it added a slice of sums; they are to be summed anew some time.
    Each work table is emptied once it was read for the last time: a large batch fills a dozen of them.
    """
    if not plan.trust_fresh:
        clear_work(runner)
    is_fresh = _close_over(runner, plan.share) and plan.trust_fresh
    _gather(runner)
    _clear(runner, KEY_TABLES)
    is_plain = _decide_folds(runner)
    prices.resolve_new()
    version = str(plan.version)
    ruled = "true" if prices.has_rules else "false"
    if not is_fresh:
        for week in (int(row["week"]) for row in rows(runner, "keeper/batch_weeks")):
            execute(runner, "keeper/batch_old", {"from_": str(week), "to_": str(week + WEEK_S)})
    execute(runner, "keeper/batch_labels_plain" if is_plain else "keeper/batch_labels")
    execute(runner, "keeper/batch_turns", {"idle_s": str(plan.idle_s)})
    execute(runner, "keeper/batch_calls", {"version": version, "ruled": ruled})
    _clear(runner, ("work_labelled", "work_turns"))
    known = "false" if is_fresh else "true"
    execute(runner, "keeper/price", PRICE_ALL_NEW | {"known": known, "version": version})
    _clear(runner, ("work_unpriced",))
    execute(runner, "keeper/batch_tasks", {"version": version})
    found = rows(runner, "keeper/batch_minutes")
    minutes = [row["minute"] for row in found if row["is_call"]]
    before_change([row["minute"] for row in found])
    # Tasks before calls: after a break the calls as they stood still name the tasks to take back.
    execute(runner, "keeper/write_tasks")
    if not is_fresh:
        execute(runner, "keeper/take_back_tasks", {"version": version})
        execute(runner, "keeper/take_back_calls", {"version": version})
    execute(runner, "keeper/write_calls")
    folded = _folded_hours(runner, minutes)
    if is_fresh and not folded:
        if minutes:
            _sum(runner, minutes, MINUTE_S, plan.version, "work_calls", plan.version)
    else:
        sum_minutes(runner, minutes, plan.version)
    if plan.has_aside:
        execute(runner, "keeper/set_aside_over")
    _clear(runner, LATE_TABLES)
    return tuple(minutes) if is_fresh and not folded else ()


def clear_work(runner: Runner) -> None:
    """Empties what a batch that broke off left behind, and so gives its memory back."""
    _clear(runner, WORK_TABLES)


def share_params(share: Share) -> dict[str, str]:
    """The share as the statements take it."""
    return {"parts": strings(share.parts), "of": str(share.of), "rest": str(share.rest)}


def sum_buckets(
    runner: Runner, buckets: Sequence[int], bucket_s: int, version: int, take_back: bool = True
) -> None:
    """Sums the calls of buckets (unix seconds) anew, and takes back what no longer stands, unless nothing went.

    A day at a time: both statements read all that lies between their first and last bucket.
    """
    for _, day in groupby(sorted(buckets), lambda bucket: bucket // DAY_S):
        params = _sum(runner, list(day), bucket_s, version, "llm_calls", 0)
        if take_back:
            execute(runner, "keeper/take_back_rollup", params)


def _sum(
    runner: Runner, buckets: Sequence[int], bucket_s: int, version: int, source: str, slice_: int
) -> dict[str, str]:
    bounds = {
        "buckets": numbers(buckets),
        "bucket_s": str(bucket_s),
        "from_": str(min(buckets)),
        "to_": str(max(buckets) + bucket_s),
        "version": str(version),
    }
    execute(runner, "keeper/write_rollup", {**bounds, "source": source, "slice": str(slice_)})
    return bounds


def sum_minutes(runner: Runner, minutes: Sequence[int], version: int, take_back: bool = True) -> None:
    """Sums the calls of minutes (unix seconds) anew, in hours where they were folded."""
    folded = _folded_hours(runner, minutes)
    sum_buckets(runner, [m for m in minutes if m - m % HOUR_S not in folded], MINUTE_S, version, take_back)
    sum_buckets(runner, folded, HOUR_S, version, take_back)


def _clear(runner: Runner, tables: Sequence[str]) -> None:
    for table in tables:
        runner.run("TRUNCATE TABLE {name:Identifier}", {"name": table})


def _close_over(runner: Runner, share: Share) -> bool:
    """Gathers every row that belongs with the keys; True when none of them was there before the share."""
    taken = share_params(share)
    execute(runner, "keeper/batch_keys", taken)
    is_fresh = True
    while True:
        execute(runner, "keeper/batch_links")
        execute(runner, "keeper/batch_pairs")
        found = rows(runner, "keeper/batch_older", taken)[0]
        if int(found["links"]) > WIDEST_KEY and _leave_out(runner, int(found["links"])):
            _clear(runner, KEY_TABLES)
            return _close_over(runner, share)
        if int(found["older"]) == 0:
            return is_fresh
        is_fresh = False
        before = rows(runner, "keeper/count_keys")[0]["keys"]
        execute(runner, "keeper/batch_more_keys", taken)
        if rows(runner, "keeper/count_keys")[0]["keys"] == before:
            return is_fresh
        _clear(runner, ("work_links", "work_pairs"))


def _leave_out(runner: Runner, links: int) -> bool:
    """Leaves out a task or conversation that too many traces share; False when none does.

    From then on each of its traces is charged by itself, so all of them are touched.
    """
    wide = next(iter(rows(runner, "keeper/keys_too_wide")), None)
    if wide is None or int(wide["traces"]) <= (WIDEST_KEY if links <= MOST_LINKS else WIDE_BESIDE_OTHERS):
        return False
    log.warning(
        "a %s id stands in %d traces, %s for example: more than can be recomputed together, so it is taken for no id",
        "task" if int(wide["key_kind"]) == 2 else "conversation",
        int(wide["traces"]),
        wide["example"],
    )
    execute(runner, "keeper/touch_wide", {"key": wide["wide"]})
    params = {"kind": str(wide["key_kind"]), "traces": str(wide["traces"]), "example": str(wide["example"])}
    execute(runner, "keeper/wide_key_write", {"key": wide["wide"], **params})
    return True


def _gather(runner: Runner) -> None:
    reports = rows(runner, "keeper/batch_foreign")[0]
    if reports["is_foreign"]:
        execute(runner, "keeper/batch_read")
    else:
        execute(runner, "keeper/batch_read_own", {"held": numbers(reports["held"])})
    if reports["has_older"]:
        execute(runner, "keeper/batch_candidates")
    execute(runner, "keeper/batch_spans")
    repeats = rows(runner, "keeper/batch_repeats")[0]
    if repeats["candidates"]:
        execute(runner, "keeper/batch_read_again")
    for table in ("candidates", "spans"):
        if repeats[table]:
            _clear(runner, (f"work_{table}",))
            execute(runner, f"keeper/batch_{table}_once")
    if reports["has_wide"]:
        execute(runner, "keeper/batch_spans_unshared")
        execute(runner, "keeper/batch_candidates_unshared")


def _decide_folds(runner: Runner) -> bool:
    """Folds what is no call of its own; True when every call says all there is to say by itself."""
    execute(runner, "keeper/batch_climbing")
    hints = rows(runner, "keeper/batch_hints")[0]
    if hints["climbing"]:
        execute(runner, "keeper/batch_ancestry")
    pairs = []
    if any(hints[name] for name in ("climbing", "shared_responses", "shared_tokens", "logs")):
        pairs += rows(runner, "keeper/fold_edges")
    if hints["logs"]:
        pairs += rows(runner, "keeper/fold_logs")
    if hints["unheard"]:
        pairs += rows(runner, "keeper/unheard_edges")
    _write_folds(runner, fold(edge(row) for row in pairs))
    return not any(hints.values())


def _write_folds(runner: Runner, folds: Sequence[Fold]) -> None:
    if folds:
        execute(
            runner,
            "keeper/fold_write",
            {
                "traces": strings(f.node[0] for f in folds),
                "spans": strings(f.node[1] for f in folds),
                "into_traces": strings(f.into[0] for f in folds),
                "into_spans": strings(f.into[1] for f in folds),
                "whys": strings(f.why for f in folds),
            },
        )


def _folded_hours(runner: Runner, minutes: Sequence[int]) -> list[int]:
    hours = sorted({minute - minute % HOUR_S for minute in minutes})
    return [row["hour"] for row in rows(runner, "keeper/hours_folded", {"hours": numbers(hours)})]
