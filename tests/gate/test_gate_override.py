"""An override from the pull request to the page: label or comment, the comment updated, the ledger, Changes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.gate.comment import marker
from benchmarks.gate_recordings import Suite, write
from cli.maintenance import ledger_to_write
from collector.settings import load_settings
from dashboard.data import client
from dashboard.data.client import Ledger
from dashboard.serving.settings import DashboardSettings
from tests.dashboard.payloads import table
from tests.gate.forges import TOKEN, Host, forge

OLD, NEW = "aaa1111222", "bbb2222333"
pytestmark = pytest.mark.slow


@dataclass
class Place:
    """A data folder whose collector runs, recordings of both sides, and a pull request."""

    folder: Path
    host: Host

    def gate(self) -> tuple[int, str]:
        """`spanledger gate` as a CI job starts it."""
        event = self.folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7}}))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "GITLAB_", "CI"))},
            "PYTHONPATH": str(Path(__file__).parents[2]), "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/agent",
            "GITHUB_API_URL": self.host.url, "GITHUB_EVENT_PATH": str(event),
            "SPANLEDGER_DATA": str(self.folder / "data"),
        }  # fmt: skip
        words = ["gate", "--base", "base.jsonl", "--head", "head.jsonl", "--post", "--record"]
        done = subprocess.run(
            [sys.executable, "-m", "cli", *words], cwd=self.folder, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def comment(self) -> str:
        """Ours on the pull request; there is only one."""
        (found,) = [c["body"] for c in self.host.comments if c["body"].startswith(marker("default"))]
        return str(found)

    def page(self) -> list[list[str]]:
        """Gate cells of the Changes page: verdict and who overrode it."""
        st.cache_data.clear()
        test = AppTest.from_string(
            "from dashboard.navigation import show\nshow('changes')", default_timeout=60
        )
        test.query_params["from"], test.query_params["to"] = "2026-10-01T00:00:00Z", "2026-10-20T00:00:00Z"
        test.run()
        assert not test.exception
        rows = [row["cells"][-1] for row in table(test, "Changes, the latest first")]
        return [[row["chips"][0]["text"], row.get("sub", "")] for row in rows]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("override")
    for name, change, rise, day in (("base", OLD, 1.0, 0), ("head", NEW, 1.6, 2)):
        suite = Suite(name, cases=22, repeats=2, spread=0.04, rise=rise, change=change, day=day)
        write(folder / f"{name}.jsonl", suite)
    settings = load_settings({"SPANLEDGER_DATA": str(folder / "data")})
    with forge("github") as host, ledger_to_write(settings):
        command = [sys.executable, "-m", "cli", "import", "base.jsonl", "head.jsonl"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SPANLEDGER_DATA": str(folder / "data"),
        }
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
        client.use(Ledger(DashboardSettings(data=folder / "data")))
        yield Place(folder, host)
        client.use(None)


def test_an_override_goes_from_the_pull_request_to_the_page(place: Place) -> None:
    code, told = place.gate()
    assert code == 1, told
    assert "🔴 FAIL" in place.comment()
    assert place.page() == [["fail", ""]]

    place.host.label("cost-approved", "ada")
    code, told = place.gate()
    assert code == 0, told
    assert "accepted by ada (label)" in place.comment()
    assert place.page() == [["fail", "overridden by ada"]]

    place.host.say("eve", "/cost approve I would like it", "NONE")
    place.host.say("grace", "/cost approve the larger model answers right", "MEMBER")
    code, told = place.gate()
    assert code == 0, told
    assert "accepted by grace (comment): the larger model answers right" in place.comment()
    assert place.page() == [["fail", "overridden by grace"]]
