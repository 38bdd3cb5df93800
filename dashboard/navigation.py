"""The pages and their addresses. Task and Setup are reached by links and stay out of the menu."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import links
from dashboard.pages import overview, setup, task, tasks, workload
from dashboard.states import shielded

ICON: Final = str(Path(__file__).with_name("assets") / "icon.png")
LOGO: Final = str(Path(__file__).with_name("assets") / "logo.svg")
STYLE: Final = Path(__file__).with_name("assets") / "page.css"


def show(first: str = "overview") -> None:
    """Runs the page of the address; `first` is the one without a path."""
    st.set_page_config(layout="wide", page_icon=ICON)
    functions = {
        "overview": (overview.show, "Overview", "visible"),
        "workload": (workload.show, "Workload", "visible"),
        "tasks": (tasks.show, "Tasks", "visible"),
        "task": (task.show, "Task", "hidden"),
        "setup": (setup.show, "Setup", "hidden"),
    }
    pages = {
        name: st.Page(
            shielded(function),
            title=title,
            url_path=name if name != first else None,
            default=name == first,
            visibility=visibility,  # type: ignore[arg-type]  # one of the two literals above
        )
        for name, (function, title, visibility) in functions.items()
    }
    chosen = st.navigation(list(pages.values()), position="top")
    st.logo(LOGO, size="large")
    st.html(STYLE)
    links.remember(pages, next(name for name, one in pages.items() if one == chosen))
    chosen.run()
