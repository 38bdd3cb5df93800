"""Sample agents: ordinary code around the real client libraries, with the hooks beside it.
`run_all` runs one round of each against a local provider; each also runs alone with `python -m`."""

from __future__ import annotations

from examples.agents.everyone import RoundSummary, run_all

__all__ = ["RoundSummary", "run_all"]
