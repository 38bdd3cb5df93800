"""`spanledger demo` for real: history and live agents once, then the same data again without a replay."""

import time
from pathlib import Path
from typing import Any

import pytest

from cli.demo_state import read_state
from collector.paths import DataFolder
from examples.past.story import PLANNER
from tests.cli.test_up import ask, running, stop

VERDICTS = (
    "SELECT workload, pull_request, verdict, base_runs, head_runs FROM gate_verdicts"
    " WHERE workload != 'all workloads' ORDER BY ALL"
)
WITHIN_S = 120


def _verdicts(data: Path) -> list[dict[str, Any]]:
    """What the gate said of the history's releases, once it has."""
    end = time.monotonic() + WITHIN_S
    while not (found := ask(data, VERDICTS)) and time.monotonic() < end:
        time.sleep(0.5)
    assert {"FAIL", "WARN", "PASS", "INCONCLUSIVE"} >= {row["verdict"] for row in found}
    bad = next(row for row in found if row["workload"] == PLANNER and row["base_runs"] and row["head_runs"])
    assert bad["verdict"] == "FAIL"
    return found


@pytest.mark.slow
def test_the_demo_plays_in_once_and_a_second_start_finds_its_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("demo", "--weeks", "1", "--no-dashboard", "--data", str(data)) as (process, _):
        state = read_state(DataFolder(data))
        assert state is not None
        assert state.is_complete
        (first,) = ask(data, "SELECT count() AS n, uniqExact(workload) AS workloads FROM tasks FINAL")
        assert first["n"] > 100
        assert first["workloads"] >= 4
        verdicts = _verdicts(data)
        assert stop(process)[0] == 0
    with running("demo", "--weeks", "1", "--no-dashboard", "--data", str(data)) as (process, _):
        (second,) = ask(data, "SELECT count() AS n FROM tasks FINAL")
        # One more round of live agents, and no history.
        assert first["n"] < second["n"] < first["n"] + 100
        code, said = stop(process)
        assert code == 0
        assert "the demo's history is here already" in said
    with running("up", "--no-dashboard", "--data", str(data)) as (process, _):
        assert ask(data, VERDICTS) == verdicts
        assert stop(process)[0] == 0
    assert read_state(DataFolder(data)) == state


@pytest.mark.slow
def test_a_ledger_with_data_of_its_own_gets_no_demo(tmp_path: Path) -> None:
    from tests.cli.test_up import send_call

    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, addresses):
        send_call(addresses["otlp_http"])
        assert stop(process)[0] == 0
    with running("demo", "--weeks", "1", "--no-dashboard", "--data", str(data)) as (process, _):
        assert ask(data, "SELECT count() AS n FROM spans") == [{"n": 1}]
        code, said = stop(process)
    assert code == 0
    assert "holds data of your own" in said
