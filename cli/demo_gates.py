"""Has the gate judge the releases of the demo's history, each as of a few days after it went out.

In: settings of a filled ledger, the demo's state. Out: rows of gate_verdicts, by the functions of `spanledger gate`,
and of gate_overrides: whatever failed was accepted by somebody, so that both can be seen.
A ledger that holds verdicts already gets none. Must never judge with tasks that ended after the moment it names.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from analytics.changes.effects import GateVerdict
from analytics.gate.compare import SUITE as WHOLE
from analytics.gate.result import Override
from analytics.gate.settings import GateSettings
from analytics.gate.verdict import Verdict
from cli.demo_state import DemoState
from cli.errors import UsageError
from cli.gate.judge import Reader, result_of
from cli.gate.record import GATE, override_row, verdict_rows
from cli.gate.selectors import LedgerSource
from cli.maintenance import writing_runner
from cli.typed_rows import typed_ledger
from collector.engine.runner import insert_rows
from collector.settings import CollectorSettings

SUITE = "after release"
ACCEPTED = Override("release-manager", "better plans were expected of it", "comment", "")
BEFORE, AFTER, LOOK_BACK = timedelta(days=7), timedelta(days=4), timedelta(days=14)
"""Tasks of so long before and after a release are compared, of releases of the last two weeks."""


def judge_releases(settings: CollectorSettings, state: DemoState) -> int:
    """Keeps a verdict for every release that has enough tasks; returns how many rows that were."""
    if _has_verdicts(settings, state):
        return 0
    found: list[dict[str, object]] = []
    with Reader(settings) as reader:
        for workload, before, after, at, until in _releases(state):
            found += _judged(reader, (workload, before, after[0]), at, until, after[1])
    with writing_runner(settings) as runner:
        insert_rows(runner, "gate_verdicts", found)
        insert_rows(runner, "gate_overrides", _accepted(found, state.now))
    return len(found)


def _accepted(rows: Sequence[dict[str, object]], now: datetime) -> list[dict[str, object]]:
    """One override for every change that failed as a whole."""
    return [
        override_row(ACCEPTED, row, now)
        for row in rows
        if row["workload"] == WHOLE and row["verdict"] == Verdict.FAIL.value
    ]


def _judged(
    reader: Reader, names: tuple[str, str, str], at: datetime, until: datetime, pull_request: str
) -> Sequence[dict[str, object]]:
    workload, before, after = names
    base = LedgerSource(
        f"ledger:change={before}", at - BEFORE, at, {"workloads": (workload,), "changes": (before,)}
    )
    head = LedgerSource(f"ledger:change={after}", at, until, {"workloads": (workload,), "changes": (after,)})
    head_side, base_side, as_of = reader.sides(base, head)
    volumes = reader.monthly(base, at)
    try:
        result = result_of(base_side, head_side, [base, head], GateSettings(), as_of, volumes, SUITE)
    except UsageError:
        # A release without a task on one of its sides cannot be judged.
        return ()
    rows = verdict_rows(result, GATE, until, {})
    return [{**row, "pull_request": pull_request} for row in rows]


def _releases(state: DemoState) -> list[tuple[str, str, tuple[str, str], datetime, datetime]]:
    """Workload, commit before, commit and pull request after, when it went out, and until when tasks count."""
    from examples.past.story import CATALOGUE, CODING, CONTRACTS, NIGHTLY, PLANNER, SUPPORT, Story

    story = Story(seed=state.seed, now=state.now, weeks=state.weeks)
    found = []
    for workload in (SUPPORT, PLANNER, CODING, NIGHTLY, CATALOGUE, CONTRACTS):
        releases = story.releases(workload)
        for number, after in enumerate(releases[1:], 1):
            at = datetime.fromtimestamp(after.from_ns / 1e9, UTC)
            following = releases[number + 1].from_ns / 1e9 if number + 1 < len(releases) else float("inf")
            until = min(at + AFTER, state.now, datetime.fromtimestamp(min(following, 4e9), UTC))
            if state.now - LOOK_BACK <= at < until:
                before = releases[number - 1].commit
                found.append((workload, before, (after.commit, after.pull_request), at, until))
    return found


def _has_verdicts(settings: CollectorSettings, state: DemoState) -> bool:
    with typed_ledger(settings) as ledger:
        return bool(ledger.rows("gate_verdicts", GateVerdict, {"from_": state.now - timedelta(days=400)}))
