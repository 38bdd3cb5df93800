"""Which errors of the engine are faults of the ledger, not of what a statement was given.

In: an error. Out: whether the same statement may well pass later, when the ledger is well again.
"""

from collector.engine.result import UNKNOWN_EXCEPTION, EngineError

LEDGER_CODES = frozenset(
    (60, 74, 75, 76, 81, 159, 164, 173, 202, 209, 210, 236, 241, 242, 243, 252, 279, 319, 394, 999, 1002)
)
"""Faults of the ledger: memory, disk, parts, tables, network, cancelling."""
MEMORY_CODES = frozenset((173, 241))
DISK_CODES = frozenset((75, 243))


def is_outage(error: BaseException) -> bool:
    """Whether the ledger as a whole is at fault: disk, tables, network; not memory, which less work may spare."""
    return isinstance(error, EngineError) and error.code in LEDGER_CODES - MEMORY_CODES - {UNKNOWN_EXCEPTION}
