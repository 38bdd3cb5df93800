"""`spanledger outcomes import` as a user runs it, on a ledger with a collector and on one without."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runs import spanledger
from tests.collector.conftest import RunningCollector, start_collector
from tests.collector.test_receiver_http import post
from tests.ledger.spans import call, request, task

WAIT_S = 40.0


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    root = tmp_path_factory.mktemp("outcomes")
    running = start_collector(root / "data", root / "log")
    spans = []
    for name in ("t1", "t2", "t3"):
        told = {"spanledger.task.id": name, "spanledger.workload": "triage"}
        spans += [task(f"root {name}", name, "triage", trace=name), call(f"c {name}", told, trace=name)]
    assert post(running, request(spans)).status == 200
    until = time.monotonic() + WAIT_S
    while len(outcomes(running)) < 3 and time.monotonic() < until:
        time.sleep(0.1)
    yield running
    running.stop()


def outcomes(collector: RunningCollector) -> dict[str, tuple[Any, ...]]:
    rows = (
        collector.client()
        .query("SELECT task_id, success, checker, checker_kind, useful_units, unit FROM tasks FINAL")
        .result_rows
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def stored(collector: RunningCollector) -> int:
    found = collector.client().query("SELECT count() FROM task_outcomes FINAL").first_row[0]
    assert isinstance(found, int)
    return found


def run(collector: RunningCollector, file: Path | str, *options: str, stdin: str = "") -> Any:
    return spanledger(
        "outcomes", "import", str(file), "--data", str(collector.folder.root), *options, stdin=stdin
    )


def test_a_file_is_taken_once_however_often_it_is_imported(
    collector: RunningCollector, tmp_path: Path
) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text("task_id,success,useful_units\nt1,true,2\nt2,false,\nnobody,true,1\n")
    options = ("--checker", "lead", "--checker-kind", "human", "--unit", "ticket")
    first = run(collector, file, *options)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == [
        "3 outcomes of 3 tasks imported: 2 succeeded, 1 failed, 2 with useful units",
        "1 tasks are not in the ledger (kept, they count once their calls arrive): nobody",
    ]
    after = outcomes(collector)
    assert after["t1"] == (True, "lead", "human", 2.0, "ticket")
    assert after["t2"] == (False, "lead", "human", None, "ticket")
    assert after["t3"] == (None, "", "", None, "")
    count = stored(collector)
    again = run(collector, file, *options, "--json")
    assert json.loads(again.stdout)["unknown"] == ["nobody"]
    assert (stored(collector), outcomes(collector)) == (count, after)

    # The task that nobody knew arrives, and finds its verdict.
    told = {"spanledger.task.id": "nobody", "spanledger.workload": "triage"}
    assert post(collector, request([call("late", told, trace="late")])).status == 200
    until = time.monotonic() + WAIT_S
    while "nobody" not in outcomes(collector) and time.monotonic() < until:
        time.sleep(0.1)
    assert outcomes(collector)["nobody"] == (True, "lead", "human", 1.0, "ticket")


def test_the_newest_verdict_wins(collector: RunningCollector) -> None:
    lines = [
        {"task_id": "t3", "success": True, "checker": "new", "decided_at": "2026-11-02T00:00:00Z"},
        {"task_id": "t3", "success": False, "checker": "old", "decided_at": "2026-11-01T00:00:00Z"},
        {"task_id": "t3", "success": True, "checker": "later line", "decided_at": "2026-11-02T00:00:00Z"},
    ]
    done = run(collector, "-", stdin="\n".join(map(json.dumps, lines)))
    assert done.returncode == 0, done.stderr
    assert outcomes(collector)["t3"][:2] == (True, "later line")


def test_a_faulty_file_changes_nothing(collector: RunningCollector, tmp_path: Path) -> None:
    before = stored(collector)
    file = tmp_path / "bad.csv"
    file.write_text("task_id,success\nt1,true\nt2,perhaps\n")
    for options in ((), ("--dry-run",)):
        done = run(collector, file, *options)
        assert done.returncode == 2
        assert f"{file} line 3: success 'perhaps'" in done.stderr
        assert "nothing was imported" in done.stderr
    assert stored(collector) == before


def test_a_dry_run_writes_nothing(collector: RunningCollector, tmp_path: Path) -> None:
    before = stored(collector)
    file = tmp_path / "outcomes.csv"
    file.write_text("task_id,success\nt1,true\n")
    done = run(collector, file, "--dry-run")
    assert (
        done.stdout
        == "1 outcomes of 1 tasks checked, nothing written: 1 succeeded, 0 failed, 0 with useful units\n"
    )
    assert stored(collector) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read: No such file"), (b"task_id\n\xff\xfe", "line 2: it is no UTF-8")],
)
def test_a_file_that_is_none_is_one_clear_line(
    content: bytes | None, said: str, collector: RunningCollector, tmp_path: Path
) -> None:
    file = tmp_path / "file.csv"
    if content is not None:
        file.write_bytes(content)
    done = run(collector, file)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_ledger_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text("task_id,success\nt1,true\n")
    done = spanledger("outcomes", "import", str(file), "--data", str(tmp_path / "nothing"))
    assert done.returncode == 5
    assert "there is no ledger" in done.stderr
