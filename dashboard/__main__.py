"""`python -m dashboard`: serves the dashboard until it is stopped."""

from __future__ import annotations

import sys

from pydantic import ValidationError

from dashboard.app import build_app, streamlit_config
from dashboard.serving.settings import DashboardSettings
from dashboard.serving.viewers import ViewersError, load_viewers

CONFIGURATION_ERROR = 2


def main() -> int:
    """Serve by the environment's settings. Returns the exit code."""
    try:
        settings = DashboardSettings()
    except ValidationError as error:
        for fault in error.errors():
            name = "SPANLEDGER_" + str(fault["loc"][0]).upper()
            print(f"{name} is {fault['input']!r}: {fault['msg']}", file=sys.stderr)
        return CONFIGURATION_ERROR
    try:
        viewers = load_viewers(settings)
    except ViewersError as error:
        print(error, file=sys.stderr)
        return CONFIGURATION_ERROR
    if viewers.is_open and not settings.is_loopback:
        print(
            f"warning: the dashboard listens on {settings.host} and asks nobody who they are; set "
            "SPANLEDGER_DASHBOARD_TOKEN or SPANLEDGER_DASHBOARD_VIEWERS",
            file=sys.stderr,
        )
    build_app(viewers).run(config=streamlit_config(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
