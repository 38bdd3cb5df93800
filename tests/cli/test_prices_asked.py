"""`--prices` of `gate`, `investigate` and `review`, on a folder whose calls were repriced at three times."""

import json
import subprocess
import sys
from typing import Any

import pytest

from analytics.price_words import not_in_force
from cli.exit_codes import ExitCode
from tests.cli.runs import clean_environment, spanledger

MAKE = """
import sys
from collector.engine.embedded import EmbeddedEngine
from collector.engine.priced import put_book_views
from tests.gate.test_gate_ledger import send_runs
from tests.ledger.ledger import Ledger
from tests.ledger.test_reprice import reprice

ledger = Ledger(EmbeddedEngine(sys.argv[1] + "/engine", "spanledger"))
send_runs(ledger, "aaaa1111", 1000, cases=6)
send_runs(ledger, "bbbb2222", 1300, cases=6, at=86400)
ledger.configure('''
prices:
- {provider: anthropic, model: claude-sonnet-4-5, factor: 3}
''')
reprice(ledger)
put_book_views(ledger.engine, "spanledger")
ledger.engine.close()
"""
DAYS = (
    "--window",
    "2026-10-08T00:00:00/2026-10-09T00:00:00",
    "--baseline",
    "2026-10-07T00:00:00/2026-10-08T00:00:00",
)
SIDES = ("--base", "ledger:change=aaaa1111", "--head", "ledger:change=bbbb2222")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder that nobody has open."""
    folder = str(tmp_path_factory.mktemp("data"))
    made = subprocess.run(
        [sys.executable, "-c", MAKE, folder],
        env=clean_environment(), check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return folder


def asked(data: str, *arguments: str) -> dict[str, Any]:
    done = spanledger(*arguments, "--data", data, "--json", timeout_s=300)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_investigate_tells_amounts_at_the_prices_asked_for(data: str) -> None:
    found = {named: asked(data, "investigate", *DAYS, "--prices", named) for named in ("book", "then")}
    for named, answer in found.items():
        assert answer["prices"] == named
        amount = answer["amount"]
        assert amount["now_usd"] / amount["expected_usd"] == pytest.approx(1.3, rel=0.02)
    for key in ("now_usd", "expected_usd"):
        assert found["book"]["amount"][key] == pytest.approx(3 * found["then"]["amount"][key], rel=1e-9)
    done = spanledger("investigate", *DAYS, "--data", data, "--prices", "then", timeout_s=300)
    assert not_in_force("then") in " ".join(done.stdout.split())


def test_the_gate_compares_at_the_prices_asked_for(data: str) -> None:
    found = {named: asked(data, "gate", *SIDES, "--prices", named) for named in ("book", "then")}
    costs = {
        named: [float(answer[side]["cost_usd"]) for side in ("base", "head")]
        for named, answer in found.items()
    }
    assert costs["book"] == pytest.approx([3 * usd for usd in costs["then"]], rel=1e-9)
    assert costs["then"][1] > costs["then"][0] > 0
    assert found["book"]["verdict"] == found["then"]["verdict"]


def test_a_book_that_is_not_there_and_files_are_refused(
    data: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    done = spanledger("investigate", *DAYS, "--data", data, "--prices", "book:nonsense", timeout_s=300)
    assert done.returncode == ExitCode.USAGE
    assert "names none of the newest" in done.stderr
    file = tmp_path_factory.mktemp("runs") / "base.jsonl"
    file.write_text("{}\n")
    done = spanledger(
        "gate", "--base", str(file), "--head", SIDES[3], "--data", data, "--prices", "then", timeout_s=300
    )
    assert done.returncode == ExitCode.USAGE
    assert "--prices is for sides that the ledger holds" in done.stderr


def test_the_review_tells_amounts_at_the_prices_asked_for(data: str) -> None:
    found = {
        named: asked(data, "review", "--week", "2026-W41", "--prices", named) for named in ("book", "then")
    }
    book, then = found["book"], found["then"]
    assert (book["prices"], then["prices"]) == ("book", "then")
    assert then["spend_usd"] > 0
    assert book["spend_usd"] == pytest.approx(3 * then["spend_usd"], rel=1e-9)
    assert [day["spend_usd"] for day in book["days"]] == pytest.approx(
        [3 * day["spend_usd"] for day in then["days"]], rel=1e-9
    )
    assert book["workloads"][0]["cost_levels_usd"] == pytest.approx(
        [3 * usd for usd in then["workloads"][0]["cost_levels_usd"]], rel=1e-9
    )
    assert (book["tasks"], book["calls"]) == (then["tasks"], then["calls"])
    for named, said in (
        ("then", "Amounts are what the calls were first priced at."),
        ("book", "list prices"),
    ):
        done = spanledger(
            "review", "--week", "2026-W41", "--prices", named, "--data", data, "--format", "md", timeout_s=300
        )
        assert said in done.stdout, done.stderr


def test_the_doctor_looks_at_a_folder_that_nobody_has_open(data: str) -> None:
    done = spanledger(
        "doctor",
        "--from",
        "2026-10-07",
        "--to",
        "2026-10-10",
        "--data",
        data,
        "--format",
        "json",
        timeout_s=300,
    )
    assert done.returncode == ExitCode.OK, done.stderr
    found = json.loads(done.stdout)
    assert (found["calls"], found["priced_share"]) == (24, 1.0)
