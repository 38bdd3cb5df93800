"""A data folder of an earlier version: opened by this one, no figure changes, and the past can be rebuilt.

`upgrade/before_reports.jsonl.gz` is a ledger of the version that still read calls at insert: every object as it was
made, and the rows of its tables. It is opened in a process of its own, for a process holds one engine.
"""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runs import clean_environment

OLD = Path(__file__).with_name("upgrade") / "before_reports.jsonl.gz"
FIGURES = {
    "calls": "SELECT trace_id, span_id, task_id, workload, pricing_status, fresh_input_tokens, cache_read_tokens,"
    " cache_write_short_tokens, cache_write_long_tokens, output_tokens, list_cost_usd, original_cost_usd"
    " FROM llm_calls FINAL ORDER BY ALL",
    "tasks": "SELECT task_id, workload, calls, list_cost_usd, unpriced_calls, success, useful_units, escalations,"
    " started_at, ended_at FROM tasks FINAL ORDER BY ALL",
    "sums": "SELECT toStartOfHour(minute) AS hour, workload, model, tier, agent, sum(calls) AS calls,"
    " sum(list_cost_usd) AS usd, sum(unpriced_calls) AS unpriced FROM calls_rollup FINAL GROUP BY ALL ORDER BY ALL",
}
OPEN = """
import json, sys
from collector.config.model import Config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.keeper.loop import Keeper
from collector.keeper.rebuild import touch_range
from sql.otlp import TRACES_FORMAT, TRACES_SETTINGS, TRACES_TABLE
from tests.ledger.spans import call, request

folder, figures = sys.argv[1], json.loads(sys.argv[2])
engine = EmbeddedEngine(folder + "/engine", "spanledger")
for line in sys.stdin:
    part = json.loads(line)
    if "create" in part:
        engine.run(part["create"])
    else:
        rows = "\\n".join(map(json.dumps, part["rows"])).encode()
        engine.insert_raw(part["table"], "JSONEachRow", rows, {"max_partitions_per_insert_block": "0"})
taken = {}

def take(name):
    taken[name] = {kind: engine.run(sql).decode().splitlines() for kind, sql in figures.items()}

take("old")
taken["applied"] = len(migrate(engine, "spanledger"))
taken["applied again"] = len(migrate(engine, "spanledger"))
keeper = Keeper(engine, Config())
keeper.catch_up()
take("opened")
touch_range(engine, None, None)
taken["batches"] = keeper.catch_up()
take("rebuilt")
engine.insert_raw(TRACES_TABLE, TRACES_FORMAT, request([call("new")]), TRACES_SETTINGS)
keeper.catch_up()
keeper.fold_hours()
take("went on")
engine.close()
print(json.dumps(taken))
"""


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Figures of the old ledger, and after each step of this version."""
    folder = tmp_path_factory.mktemp("upgrade")
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(folder), json.dumps(FIGURES)],
        input=gzip.decompress(OLD.read_bytes()),
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_opening_changes_no_figure(taken: dict[str, Any]) -> None:
    assert len(taken["old"]["calls"]) > 400
    assert len(taken["old"]["tasks"]) > 50
    assert taken["applied"] > 50
    assert taken["applied again"] == 0
    assert taken["opened"] == taken["old"]


def test_the_past_can_be_rebuilt_from_what_the_earlier_version_kept(taken: dict[str, Any]) -> None:
    assert taken["batches"] >= 1
    assert taken["rebuilt"] == taken["old"]


def test_it_goes_on(taken: dict[str, Any]) -> None:
    for kind in ("calls", "tasks"):
        assert set(taken["old"][kind]) < set(taken["went on"][kind])
        assert len(taken["went on"][kind]) == len(taken["old"][kind]) + 1
