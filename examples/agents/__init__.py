"""Sample agents: ordinary code around the real client libraries, with the hooks beside it.
`run_all` runs one round of each against a local provider; each also runs alone with `python -m`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examples.agents.everyone import RoundSummary, run_all

__all__ = ["RoundSummary", "run_all"]


def __getattr__(name: str) -> object:
    # Imported when asked for: an agent run with `python -m` would otherwise be loaded twice.
    if name in __all__:
        from examples.agents import everyone

        return getattr(everyone, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
