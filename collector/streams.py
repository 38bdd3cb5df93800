"""Standard streams of this process that whoever started it has closed.

In: nothing. Out: nothing; all three are open afterwards. A file or socket opened later would otherwise get the number
of a closed one, and what libraries write to stderr would go into it.
"""

import os
import sys

_STDERR = 2


def open_closed_streams() -> None:
    """Open stdin, stdout and stderr on the null device where they are closed."""
    while True:
        number = os.open(os.devnull, os.O_RDWR)
        if number > _STDERR:
            os.close(number)
            break
        os.set_inheritable(number, True)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  as long as the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
