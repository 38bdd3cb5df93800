"""The dashboard as one ASGI app: Streamlit with its settings, its themes and gzipped bundles.

Every setting is given here; neither environment nor a config.toml changes how Streamlit behaves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware

from dashboard.charts.theme import DARK, LIGHT, streamlit_options
from dashboard.serving import access
from dashboard.serving.compress import CompressBundles
from dashboard.serving.door import Door
from dashboard.serving.settings import DashboardSettings
from dashboard.serving.viewers import Viewers
from dashboard.serving.way_back import WayBack

ENTRY: Final = Path(__file__).with_name("script") / "entry.py"
LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "[::1]", "::1")


def build_app(viewers: Viewers | None = None) -> st.App:
    """The ASGI app; one a process. viewers: who may look; None = everybody."""
    access.use(viewers)
    middleware = [Middleware(CompressBundles)]
    if viewers is not None and viewers.tokens:
        middleware.insert(0, Middleware(Door, viewers=viewers))
    if viewers is not None and viewers.emails:
        middleware.insert(0, Middleware(WayBack))
    secrets: dict[str, Any] | None = None
    if viewers is not None and viewers.oidc:
        secrets = {"auth": dict(viewers.oidc)}
    return st.App(ENTRY, middleware=middleware, secrets=secrets)


def streamlit_config(settings: DashboardSettings) -> dict[str, object]:
    """Streamlit's configuration for these settings."""
    config: dict[str, object] = {
        "server.address": settings.host,
        "server.port": settings.dashboard_port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.allowedHosts": list(LOOPBACK_NAMES) if settings.is_loopback else [],
        "server.maxUploadSize": 1,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "global.suppressDeprecationWarnings": True,
        "logger.level": "warning",
        "theme.baseRadius": "0.5rem",
        "theme.showWidgetBorder": True,
        "theme.metricValueFontSize": "1.375rem",
        "theme.headingFontSizes": ["1.75rem", "1.375rem", "1.125rem", "1.0625rem", "1rem", "1rem"],
        "theme.paddingTop": "1rem",
        "theme.paddingBottom": "2.5rem",
    }
    for section, colours in (("light", LIGHT), ("dark", DARK)):
        for name, value in streamlit_options(colours).items():
            config[f"theme.{section}.{name}"] = value
    return config
