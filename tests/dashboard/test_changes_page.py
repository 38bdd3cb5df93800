"""The page on changes: figures against pandas, what stands in the row, one change opened, nonsense in the address."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.conftest import NOW
from tests.dashboard.engine import TestLedger
from tests.dashboard.payloads import figure, table
from tests.dashboard.seed import Traffic, traffic

Open = Callable[..., AppTest]
OLD, NEW = "0ld0c0mm1t", "n3wc0mm1t"
HOSTILE = "<img src=x onerror=alert(1)> **$5$** [x](javascript:1) `a` | 'q' \"d\" \\ {0} :red[r] 日本"


def _words(test: AppTest) -> str:
    blocks = [*test.markdown, *test.caption, *test.title, *test.info, *test.warning, *test.error]
    return "\n".join(str(block.value) for block in blocks).replace("\\", "")


def _deployed(at: datetime, *, times: int, old: str = OLD, new: str = NEW) -> Traffic:
    """Twelve days of tasks; those that began at `at` or later cost `times` as much and name the new commit."""
    made = traffic(21, NOW, days=12, tasks=700)
    for task in made.tasks:
        later = task["started_at"] >= at
        task["change"] = new if later else old
        task["pull_request"] = "77" if later else "76"
        if later:
            task["list_cost_usd"] *= Decimal(times)
    return made


def _pandas(made: Traffic, workload: str) -> dict[str, Any]:
    frame = pd.DataFrame(made.tasks)
    frame = frame[(frame["workload"] == workload) & (frame["unpriced_calls"] == 0)]
    usd = frame["list_cost_usd"].astype(float)
    sides = [usd[(frame["change"] == change) & (usd > 0)] for change in (OLD, NEW)]
    return {
        "ratio": math.exp(np.log(sides[1]).mean() - np.log(sides[0]).mean()),
        "p50": [float(side.quantile(0.5)) for side in sides],
        "p95": [float(side.quantile(0.95)) for side in sides],
    }


def test_figures_equal_a_calculation_from_the_tasks(ledger: TestLedger, open_page: Open) -> None:
    made = _deployed(NOW - timedelta(days=5), times=2)
    ledger.fill(made)
    test = open_page("changes")
    assert not test.exception
    rows = {
        row["cells"][0]["sub"].partition(",")[0]: row["cells"]
        for row in table(test, "Changes, the latest first")
    }
    row = rows["support-triage"]
    expected = _pandas(made, "support-triage")
    assert row[0]["text"] == NEW
    assert row[1]["chips"][0]["text"] == "dearer"
    assert row[2]["order"] == pytest.approx(expected["ratio"], rel=1e-6)
    assert row[3]["order"] == pytest.approx(expected["p50"][1], rel=1e-6)
    assert row[4]["order"] == pytest.approx(expected["p95"][1], rel=1e-6)
    assert int(figure(test, "dearer")["text"]) >= 1
    assert f"Commit {NEW} made" in _words(test)


def test_an_unchanged_deployment_is_called_so(ledger: TestLedger, open_page: Open) -> None:
    made = _deployed(NOW - timedelta(days=5), times=1)
    chance = np.random.default_rng(5)
    for task in made.tasks:
        task["list_cost_usd"] = Decimal(f"{chance.lognormal(-3, 1):.6f}")
    ledger.fill(made)
    test = open_page("changes")
    assert figure(test, "dearer")["text"] == "0"
    assert "None has been shown to make a task dearer or cheaper" in _words(test)


def test_the_gate_and_its_override_stand_beside_it(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(_deployed(NOW - timedelta(days=5), times=2))
    said = {"decided_at": NOW - timedelta(days=6), "kind": "gate", "workload": "all workloads", "cases": 40}
    ledger.insert(
        "gate_verdicts",
        [
            {**said, "pull_request": "77", "head_change": NEW, "verdict": "WARN", "reason": "an older look",
             "decided_at": NOW - timedelta(days=7)},
            {**said, "pull_request": "77", "head_change": NEW, "verdict": "FAIL", "reason": "the bill rose"},
        ],
    )  # fmt: skip
    ledger.insert(
        "gate_overrides",
        [
            {
                "decided_at": NOW,
                "pull_request": "77",
                "head_change": NEW,
                "by": "ada",
                "way": "label",
                "reason": "ok",
            }
        ],
    )
    test = open_page("changes")
    gates = [row["cells"][8] for row in table(test, "Changes, the latest first")]
    assert {gate["chips"][0]["text"] for gate in gates} == {"fail"}
    assert {gate["sub"] for gate in gates} == {"overridden by ada"}
    assert "the bill rose (40 cases" in gates[0]["title"]


def test_a_change_that_the_address_names_is_opened(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(_deployed(NOW - timedelta(days=5), times=2))
    test = open_page("changes", effect=NEW, of="support-triage")
    assert not test.exception
    assert f"Commit {NEW} in support-triage" in "\n".join(each.value for each in test.subheader).replace(
        "\\", ""
    )
    assert "Tasks before" in [button.label for button in test.button]
    assert "at one price book it is the same" in _words(test)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"effect": "nothing", "of": "nowhere"}, "nothing of nowhere is not among the changes"),
        ({"by": "prompt_version"}, "names a prompt version"),
        ({"by": "moon phase"}, f"Commit {NEW} made"),
        ({"range_": "24h"}, "No commit began in this period"),
    ],
)
def test_any_address_opens_in_words(
    ledger: TestLedger, open_page: Open, parameters: dict[str, str], said: str
) -> None:
    ledger.fill(_deployed(NOW - timedelta(days=5), times=2))
    test = open_page("changes", **parameters)
    assert not test.exception
    assert said in _words(test)


def test_names_from_outside_are_text(ledger: TestLedger, open_page: Open) -> None:
    ledger.fill(_deployed(NOW - timedelta(days=5), times=2, new=HOSTILE))
    test = open_page("changes", effect=HOSTILE, of="support-triage")
    assert not test.exception
    assert HOSTILE in _words(test) or HOSTILE.replace("\\", "") in _words(test)
