"""Figures that stand alone: text, meaning, sample, what is unknown; no comparison with another period."""

from __future__ import annotations

from analytics.figures.change import Change, Tone
from analytics.figures.estimates import Estimate
from analytics.overview import Figure

NO_CHANGE = Change("", Tone.NONE, "")


def figure(
    key: str,
    label: str,
    text: str,
    meaning: str,
    query: str,
    *,
    sample: str = "",
    unknown: str = "",
    remark: str = "",
    known: bool = True,
    change: Change = NO_CHANGE,
) -> Figure:
    """One figure; known=False shows its text as a gap, not as a value."""
    return Figure(
        key=key,
        label=label,
        text=text,
        estimate=Estimate(0.0 if known else None, 0),
        change=change,
        meaning=meaning,
        query=query,
        sample=sample,
        unknown=unknown,
        remark=remark,
    )


def ratio(top: float, bottom: float) -> float | None:
    """A share, None where nothing stands below."""
    return top / bottom if bottom else None
