"""The demo's memory: what was played in, from which moment, and whether all of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.demo import state_of, write_demo_config
from cli.demo_state import DemoState, completed, read_state, state_file, write_state
from collector.config.model import load_config
from collector.paths import DataFolder
from collector.settings import load_settings

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_it_comes_back_as_written(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert read_state(folder) is None
    state = DemoState(now=NOW, weeks=2)
    write_state(folder, state)
    assert read_state(folder) == state == state_of(folder, weeks=9)
    write_state(folder, completed(state))
    assert read_state(folder) == completed(state)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"now": "x"}'])
def test_a_broken_file_is_no_demo(tmp_path: Path, content: str) -> None:
    state_file(DataFolder(tmp_path)).write_text(content)
    assert read_state(DataFolder(tmp_path)) is None


def test_a_new_ledger_gets_the_demos_configuration_and_a_configured_one_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({}, data=tmp_path / "data")
    write_demo_config(settings, NOW)
    path = settings.config_path()
    assert path == tmp_path / "data" / "spanledger.yaml"
    assert load_config(path).budgets
    path.write_text("budgets: []\n")
    write_demo_config(settings, NOW)
    assert path.read_text() == "budgets: []\n"
