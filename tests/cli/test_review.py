"""`spanledger review` over a real folder: every format, sending, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.weeks import last_full_week
from cli.exit_codes import ExitCode
from tests.cli.runs import clean_environment, spanledger
from tests.oncall.receivers import http_receiver

MAKE = """
import json, sys
from datetime import UTC, datetime
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from tests.dashboard.engine import _plain
from tests.dashboard.seed import traffic
engine = EmbeddedEngine(sys.argv[1] + '/engine', 'spanledger')
migrate(engine, 'spanledger')
made = traffic(5, datetime.now(UTC), days=21, tasks=400)
for table, rows in (('llm_calls', made.calls), ('tasks', made.tasks), ('calls_rollup', made.rollup)):
    data = '\\n'.join(json.dumps(row, default=_plain) for row in rows).encode()
    engine.insert_raw(table, 'JSONEachRow', data, {'max_partitions_per_insert_block': '0'})
engine.close()
"""
WEEK = last_full_week(datetime.now(UTC))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with three weeks of calls, opened by nobody."""
    folder = str(tmp_path_factory.mktemp("data"))
    subprocess.run([sys.executable, "-c", MAKE, folder], env=clean_environment(), check=True)
    return folder


def test_every_format_tells_of_the_same_week(data: str) -> None:
    found = json.loads(spanledger("review", "--data", data, "--json").stdout)
    assert found["week"]["name"] == WEEK.name
    assert found["tasks"] > 0
    cents = [round(float(line["amount_usd"]) * 100) for line in found["bridge"]["lines"]]
    moved = float(found["bridge"]["now_usd"]) - float(found["bridge"]["before_usd"])
    assert sum(cents) == round(moved * 100)
    for kind, starts in (("md", "# Weekly review"), ("html", "<!doctype html>"), ("slack", "*Weekly review")):
        done = spanledger("review", "--data", data, "--format", kind, "--workload", "coding-session")
        assert done.returncode == ExitCode.OK, done.stderr
        assert done.stdout.startswith(starts)
        assert WEEK.name in done.stdout
        assert "coding" in done.stdout


def test_it_is_sent_to_the_receivers_of_the_file(data: str, tmp_path: Path) -> None:
    with http_receiver() as hook, http_receiver() as other:
        config = tmp_path / "spanledger.yaml"
        config.write_text(
            f"receivers:\n  - {{name: team, kind: webhook, url: '{hook.url()}'}}\n"
            f"  - {{name: boss, kind: webhook, url: '{other.url()}'}}\n"
        )
        done = spanledger("review", "--data", data, "--config", str(config), "--send", "--to", "team")
        assert done.returncode == ExitCode.OK, done.stderr
        assert done.stdout == ""
        assert "team: delivered" in done.stderr
        assert len(hook.taken) == 1
        assert WEEK.name in json.dumps(hook.taken[0].body)
        assert not other.taken
        wrong = spanledger("review", "--data", data, "--config", str(config), "--send", "--to", "nobody")
        assert (wrong.returncode, "it has team, boss" in wrong.stderr) == (ExitCode.USAGE, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--week", "someday"), ExitCode.USAGE, "“someday” is not a week"),
        (("--week", "2026-W54"), ExitCode.USAGE, "There is no week"),
        (("--workload", "nobody"), ExitCode.NOT_ENOUGH_DATA, "nothing happened"),
        (("--to", "team"), ExitCode.USAGE, "add --send"),
        (("--send",), ExitCode.USAGE, "no receiver in spanledger.yaml"),
    ],
)
def test_what_it_refuses(data: str, arguments: tuple[str, ...], code: ExitCode, said: str) -> None:
    done = spanledger("review", "--data", data, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
