"""The ledger goes away while the dashboard runs, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.rows import LedgerStatus
from dashboard.data.client import Ledger
from dashboard.data.errors import LedgerUnreachable
from dashboard.serving.settings import DashboardSettings
from tests.cli.test_up import running, stop


def test_a_ledger_that_is_stopped_is_away_and_no_query_was_refused(tmp_path: Path) -> None:
    """Connections of before are kept, and fail in another way than new ones."""
    data = tmp_path / "data"
    with running("up", "--no-dashboard", "--data", str(data)) as (process, _):
        ledger = Ledger(DashboardSettings(data=data))
        assert len(ledger.rows("ledger_status", LedgerStatus, {})) == 1
        stop(process)
    for _ in range(2):
        with pytest.raises(LedgerUnreachable, match="does not answer"):
            ledger.rows("ledger_status", LedgerStatus, {})
