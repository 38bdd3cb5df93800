"""Colours of the dashboard, light and dark, and the names that always wear the same one.

Ten categorical colours in each theme: with fewer, Plotly draws in its own. Contrast at least 3.4:1 on white
and 7:1 on dark for the first five. Imports no Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as CSS hex values."""

    name: str
    background: str
    surface: str
    text: str
    muted: str
    border: str
    primary: str
    good: str
    bad: str
    series: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]

    def tier(self, tier: str) -> str:
        """The colour of a tier; the same on every page."""
        return {"nano": self.series[2], "standard": self.series[0], "premium": self.series[1]}.get(
            tier, self.muted
        )


LIGHT: Final = Palette(
    name="light",
    background="#ffffff",
    surface="#f5f7fa",
    text="#0b1220",
    muted="#5a6678",
    border="#dde3ea",
    primary="#0069a8",
    good="#00704f",
    bad="#b3400a",
    series=(
        "#0072b2", "#d55e00", "#009e73", "#aa4499", "#8a6d00",
        "#4059ad", "#b5304a", "#3f7d20", "#6b5b95", "#5f6b7a",
    ),
    sequential=(
        "#eaf3fa", "#d3e6f3", "#b4d5ea", "#90c0de", "#69a8d0",
        "#4590c0", "#2678ae", "#106197", "#064b7b", "#03375c",
    ),
    diverging=(
        "#064b7b", "#106197", "#4590c0", "#90c0de", "#d3e6f3",
        "#fbe3d3", "#f2b98f", "#e08a4e", "#c45f16", "#8f3f05",
    ),
)  # fmt: skip

DARK: Final = Palette(
    name="dark",
    background="#0d1219",
    surface="#151c26",
    text="#e8edf4",
    muted="#98a5b6",
    border="#2a3441",
    primary="#6cb6ff",
    good="#3ddba8",
    bad="#ffa45c",
    series=(
        "#56b4e9", "#ff9e4a", "#2fd3a0", "#e29bd0", "#e6c34a",
        "#9db4ff", "#ff8fa3", "#a3d977", "#c3b1f5", "#aab4c0",
    ),
    sequential=(
        "#03375c", "#064b7b", "#106197", "#2678ae", "#4590c0",
        "#69a8d0", "#90c0de", "#b4d5ea", "#d3e6f3", "#eaf3fa",
    ),
    diverging=(
        "#90c0de", "#69a8d0", "#4590c0", "#2678ae", "#106197",
        "#8f3f05", "#c45f16", "#e08a4e", "#f2b98f", "#fbe3d3",
    ),
)  # fmt: skip


def palette(theme: str | None) -> Palette:
    """The palette of a theme name as Streamlit tells it; light when unknown."""
    return DARK if theme == "dark" else LIGHT


def streamlit_options(of: Palette) -> dict[str, object]:
    """The palette as Streamlit theme options, without their section."""
    return {
        "primaryColor": of.primary,
        "backgroundColor": of.background,
        "secondaryBackgroundColor": of.surface,
        "textColor": of.text,
        "linkColor": of.primary,
        "borderColor": of.border,
        "codeTextColor": of.text,
        "chartCategoricalColors": list(of.series),
        "chartSequentialColors": list(of.sequential),
        "chartDivergingColors": list(of.diverging),
        "greenTextColor": of.good,
        "orangeTextColor": of.bad,
        "grayTextColor": of.muted,
    }
