"""The script that Streamlit runs for every view: registers the pages and shows the asked one."""

from __future__ import annotations

from dashboard.navigation import show

show()
