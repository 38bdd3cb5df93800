"""A running keeper follows spanledger.yaml, and a rebuild waits until it is through."""

import logging
import os
from pathlib import Path

import pytest

from collector.config.file import ConfigFile
from collector.config.model import Config
from collector.keeper.loop import Keeper, KeeperPace
from collector.keeper.rebuild import KeeperIdle, rebuild
from tests.ledger.ledger import Ledger
from tests.ledger.spans import OPUS, call

HALF = "prices: [{provider: anthropic, model: claude-opus-4-5, discount: 0.5}]"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    # Two changes within one tick of the file system's clock must still be told apart.
    later = path.stat().st_mtime_ns + 1_000_000
    os.utime(path, ns=(later, later))


def test_a_file_is_told_once_for_every_change(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "spanledger.yaml"
    watched = ConfigFile(lambda: path if path.exists() else None, Config())
    assert watched.newer() is None
    _write(path, HALF)
    changed = watched.newer()
    assert changed is not None
    assert len(changed.prices) == 1
    assert watched.newer() is None
    with caplog.at_level(logging.ERROR):
        _write(path, "prises: []")
        assert watched.newer() is None
        assert watched.newer() is None
    assert caplog.text.count("not taken over") == 1
    assert "prises" in caplog.text
    _write(path, HALF + "\n# a remark")
    assert watched.newer() is None, "says the same"
    path.unlink()
    assert watched.newer() == Config()


def test_a_running_keeper_applies_a_changed_file_to_history(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "spanledger.yaml"
    watched = ConfigFile(lambda: path if path.exists() else None, Config())
    keeper = Keeper(ledger.engine, Config(), KeeperPace(idle_s=0.01), newer_config=watched.newer)
    keeper.start()
    try:
        ledger.send(call("c1", model=OPUS, trace="a"), call("c2", model=OPUS, trace="b", at=60))
        steps: list[tuple[int, int]] = []
        assert rebuild(ledger.engine, None, None, lambda *at: steps.append(at), poll_s=0.01) >= 2
        assert {row["list_cost_usd"] for row in ledger.calls()} == {"0.0075"}
        _write(path, HALF)
        rebuild(ledger.engine, None, None, lambda *at: steps.append(at), poll_s=0.01)
    finally:
        keeper.stop()
    assert {(row["list_cost_usd"], row["original_cost_usd"]) for row in ledger.calls()} == {
        ("0.00375", "0.0075")
    }
    assert steps[-1] == (2, 2)


def test_without_a_collector_a_rebuild_says_so(ledger: Ledger) -> None:
    ledger.take(call("c1"))
    with pytest.raises(
        KeeperIdle, match="1 keys still wait after 0 s without progress; is the collector running"
    ):
        rebuild(ledger.engine, None, None, lambda done, total: None, poll_s=0.01, patience_s=0.05)


def test_an_empty_range_is_done_at_once(ledger: Ledger) -> None:
    assert rebuild(ledger.engine, None, None, lambda done, total: None) == 0
