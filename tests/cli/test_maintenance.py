"""Work on history over the ClickHouse interface, with a collector running and without."""

import json
import time
from pathlib import Path

import pytest

from cli.exit_codes import ExitCode
from tests.cli.runs import spanledger
from tests.cli.test_up import FREE_PORTS, ask, running, send_call, stop


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


def tier_once(data: Path, wanted: str) -> None:
    """Wait until the one call of the ledger is of the tier."""
    deadline = time.monotonic() + 30
    while ask(data, "SELECT toString(tier) AS tier FROM llm_calls FINAL") != [{"tier": wanted}]:
        assert time.monotonic() < deadline, f"the call is not {wanted}"


def test_a_changed_tier_map_is_applied_to_history_with_a_collector_and_without(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    config = data / "spanledger.yaml"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, addresses):
        send_call(addresses["otlp_http"])
        tier_once(data, "nano")
        config.write_text("tiers: {premium: ['claude-haiku-*']}\n")
        done = spanledger("rebuild", "--json", "--data", str(data))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"traces": 1}
        tier_once(data, "premium")
        assert stop(process)[0] == 0
    config.write_text("tiers: {standard: ['claude-haiku-*']}\n")
    done = spanledger("rebuild", "--from", "2020-01-01", "--data", str(data), **FREE_PORTS)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 traces recomputed\n"
    assert "rebuilding: 100%" in done.stderr
    tier_once(data, "standard")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "yesterday"], "--from 'yesterday': expected a date such as 2026-11-01"),
        (["--from", "2026-11-02", "--to", "2026-11-01"], "--from 2026-11-02 is not before --to 2026-11-01"),
    ],
)
def test_a_wrong_period_is_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = spanledger("rebuild", "--data", str(tmp_path), *arguments)
    assert done.returncode == ExitCode.USAGE
    assert said in done.stderr


def test_maintenance_of_no_ledger_makes_none(tmp_path: Path) -> None:
    done = spanledger("prices", "refresh", "--data", str(tmp_path / "data"))
    assert done.returncode == ExitCode.UNAVAILABLE
    assert not list(tmp_path.iterdir())
