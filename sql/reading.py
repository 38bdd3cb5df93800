"""Settings of the engine for whoever reads the ledger: dashboard, command line, keeper and benchmarks alike.

In one place, because a reader without them gets the same answers several times later, which no test of figures sees.
"""

from typing import Final

BY_PARTITION: Final = {"do_not_merge_across_partitions_select_final": "1"}
"""For reading with FINAL. No row of ours is replaced from another partition: what moves is deleted where it stood."""

EMBEDDED: Final = {**BY_PARTITION, "max_threads": "2"}
"""The embedded engine gives a statement one thread unless told otherwise; an answer is waited for."""
