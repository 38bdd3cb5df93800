"""Exit codes of every command, so that a script can tell a verdict from a fault."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to its caller when it ends."""

    OK = 0
    FAILED = 1
    """The answer is no: a check did not pass, or the work could not be finished."""
    USAGE = 2
    """A wrong argument, setting or configuration; a taken port; a folder in use. Nothing was changed."""
    NOT_COMPARABLE = 3
    """The two sides cannot be compared."""
    NOT_ENOUGH_DATA = 4
    """There is too little data for a verdict."""
    UNAVAILABLE = 5
    """The ledger cannot be reached, or there is none."""
    SPEND_LIMIT = 6
    """A limit on spending stopped the work; what was done until then is told."""
    INTERNAL = 70
    """A fault of SpanLedger itself."""
    INTERRUPTED = 130
    """Ctrl-C before the work was done."""
