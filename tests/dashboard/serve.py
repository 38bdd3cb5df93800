"""Serves the dashboard over made-up traffic, for looking at it: `python -m tests.dashboard.serve [port]`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from dashboard.app import build_app, streamlit_config
from dashboard.data import client
from dashboard.serving.settings import DashboardSettings
from dashboard.serving.viewers import load_viewers
from tests.dashboard.engine import TestLedger
from tests.dashboard.seed import traffic

CHANGED = timedelta(days=10)


def main() -> None:
    """Fills the engine, then serves until stopped."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8501
    tasks = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    made = TestLedger()
    if tasks:
        now = datetime.now(UTC)
        rows = traffic(7, now, days=28, tasks=tasks)
        for row in (*rows.calls, *rows.tasks):
            # One change of every workload, so that there is something before and after.
            row["prompt_version"] = row["change"] = "v2" if row["started_at"] > now - CHANGED else "v1"
        made.fill(rows)
    client.use(made)
    settings = DashboardSettings(dashboard_port=port)
    build_app(load_viewers(settings)).run(config=streamlit_config(settings))


if __name__ == "__main__":
    main()
