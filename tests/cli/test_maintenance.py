"""Work on history over the ClickHouse interface, with a collector running and without."""

import json
from pathlib import Path

from cli.exit_codes import ExitCode
from tests.cli.runs import spanledger
from tests.cli.test_up import FREE_PORTS, ask, running, stop


def test_prices_are_refreshed_by_the_running_collector_and_without_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, _):
        before = ask(data, "SELECT uniqExact(version) AS n FROM price_books")
        done = spanledger("prices", "refresh", "--json", "--data", str(data))
        assert done.returncode == 0, done.stderr
        first = json.loads(done.stdout)["price_book"]
        assert ask(data, "SELECT uniqExact(version) AS n FROM price_books") == before
        assert stop(process)[0] == 0
    config = tmp_path / "own.yaml"
    config.write_text("prices: [{provider: anthropic, model: claude-haiku-4-5, discount: 0.5}]\n")
    done = spanledger(
        "prices", "refresh", "--json", "--data", str(data), "--config", str(config), **FREE_PORTS
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["price_book"] != first
    assert "no collector is running; starting one for this" in done.stderr
    assert not (data / "run.json").exists()


def test_maintenance_of_no_ledger_makes_none(tmp_path: Path) -> None:
    done = spanledger("prices", "refresh", "--data", str(tmp_path / "data"))
    assert done.returncode == ExitCode.UNAVAILABLE
    assert not list(tmp_path.iterdir())
