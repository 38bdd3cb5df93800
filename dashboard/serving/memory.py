"""Spares every page a look through all that the process holds for good.

Streamlit has Python collect garbage after each run of a script, of all generations, and nobody's page goes on
meanwhile. With pandas, Plotly and our pages imported that is a third of what a run costs. In: nothing. Out: what the
first runs have imported and kept is left out of later collections (`gc.freeze`).
"""

from __future__ import annotations

import gc
from itertools import count
from typing import Final

AFTER_RUNS: Final = frozenset({1, 10, 100})
"""The first run imports nearly everything; pages that others open and what Streamlit keeps come a little later."""

_runs = count(1)


def settle() -> None:
    """To be called at the end of every run of the script."""
    if next(_runs) in AFTER_RUNS:
        # Garbage would be kept for good, too.
        gc.collect()
        gc.freeze()
