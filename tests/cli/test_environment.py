"""Every SPANLEDGER_* name that any of our processes reads is known to all of them."""

import re
from pathlib import Path

from collector.settings import PREFIX, environment_names
from dashboard.serving.settings import DashboardSettings

ROOT = Path(__file__).parents[2]


def test_the_dashboards_settings_are_known() -> None:
    assert {PREFIX + name.upper() for name in DashboardSettings.model_fields} <= environment_names()


def test_every_name_in_the_code_is_known() -> None:
    for room in ("analytics", "cli", "collector", "dashboard", "examples", "sdk_hooks", "sql"):
        for path in (ROOT / room).rglob("*.py"):
            for name in re.findall(r"\bSPANLEDGER_[A-Z_]*[A-Z]\b", path.read_text()):
                assert name in environment_names(), f"{path.relative_to(ROOT)} reads {name}"
