"""`python -m dashboard`: serves the dashboard until it is stopped."""

from __future__ import annotations

import sys

from pydantic import ValidationError

from dashboard.app import build_app, streamlit_config
from dashboard.settings import DashboardSettings

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
    build_app().run(config=streamlit_config(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
