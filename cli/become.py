"""Turns this process into one of ours, so that its signals and its exit code are its own."""

import os
import sys
from collections.abc import Mapping

from cli.exit_codes import ExitCode
from collector.settings import PREFIX, load_settings


def become(module: str, **settings: str | None) -> ExitCode:
    """Replace this process by `python -m module`; `settings` (by field name) go into its environment.

    Raises SettingsError first if a setting is wrong.
    """
    load_settings(os.environ, **settings)
    environment = {**os.environ, **_named(settings)}
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-P", "-m", module], environment)
    return ExitCode.INTERNAL  # not reached


def _named(settings: Mapping[str, str | None]) -> dict[str, str]:
    return {PREFIX + name.upper(): value for name, value in settings.items() if value is not None}
