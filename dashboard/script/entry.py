"""The script that Streamlit runs for every view: registers the pages and shows the asked one.

It lies apart from `dashboard/pages`: beside a folder of that name, the first link into a fresh process would
run the page's module by itself and show nothing.
"""

from __future__ import annotations

from dashboard.navigation import show
from dashboard.serving.memory import settle

show()
settle()
