"""The ClickHouse HTTP interface through the npm package @clickhouse/client, a stranger's client."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.collector.conftest import RunningCollector

PROGRAM = Path(__file__).with_name("clickhouse_client.mjs")
PACKAGE = "@clickhouse/client@1"


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which node finds the package."""
    npm = shutil.which("npm")
    assert npm, "npm is needed to test with @clickhouse/client; .ci/run installs it"
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", PACKAGE],
        cwd=folder,
        check=True,
        timeout=180,
        capture_output=True,
    )
    shutil.copy(PROGRAM, folder)
    return folder


@pytest.fixture(scope="session")
def seen(node_folder: Path, collector: RunningCollector) -> dict[str, Any]:
    """What the program printed."""
    environment = {
        **os.environ,
        "CLICKHOUSE_URL": f"http://127.0.0.1:{collector.info.clickhouse_port}",
        "READER_PASSWORD": collector.reader_password,
        "WRITER_PASSWORD": collector.writer_password,
    }
    done = subprocess.run(
        ["node", PROGRAM.name], cwd=node_folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_queries(seen: dict[str, Any]) -> None:
    assert seen["ping"]["success"] is True
    assert [row["text"] for row in seen["json"]["data"]] == ["0", "1", "2"]
    assert seen["json"]["meta"][0] == {"name": "number", "type": "UInt64"}
    assert seen["rows"][0] == {"a": 7, "b": "it's\t\\", "c": ["x'y"], "d": "2026-11-20 00:00:00.000"}
    assert seen["queryId"] == "from-node"
    assert seen["streamed"] == 400_000


def test_settings_of_one_request(seen: dict[str, Any]) -> None:
    assert int(seen["settings"][0]["m"]) == 4321
    assert seen["settingsAfter"] != seen["settings"]


def test_inserts(seen: dict[str, Any]) -> None:
    assert seen["insertSummary"] == "2"
    assert seen["insertedRows"] == [[1, "one"], [2, "two"], [3, "three"]]
    assert seen["exec"] == "3\n"


def test_long_parameters_and_streamed_inserts(seen: dict[str, Any]) -> None:
    assert int(seen["longAddress"][0]["n"]) == 20_000, "they stand in the address"
    assert int(seen["streamedIn"][0]["n"]) == 20_000


@pytest.mark.parametrize("user", ["reader", "writer"])
def test_sessions(seen: dict[str, Any], user: str) -> None:
    assert [{name: int(value) for name, value in row.items()} for row in seen[f"{user}Session"]] == [
        {"s": 11, "m": 321}
    ]
    assert seen[f"{user}Outside"]["code"] == "60"


def test_errors(seen: dict[str, Any]) -> None:
    assert (seen["unknownTable"]["code"], seen["unknownTable"]["type"]) == ("60", "UNKNOWN_TABLE")
    assert (seen["readOnly"]["code"], seen["readOnly"]["type"]) == ("164", "READONLY")
    assert (seen["file"]["code"], seen["file"]["type"]) == ("497", "ACCESS_DENIED")
    assert (seen["wrongPassword"]["code"], seen["wrongPassword"]["type"]) == ("516", "AUTHENTICATION_FAILED")
    assert "Value passed to 'throwIf'" in seen["inStream"]["message"]
    assert seen["aborted"] is not None
    assert seen["afterAbort"] == [{"one": 1}]
