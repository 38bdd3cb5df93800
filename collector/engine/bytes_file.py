"""Bytes as a file that the engine reads by its path and nobody else sees by a name.

In: bytes in pieces. Out: the path, while the file is open. Errors: OSError of the system. On Linux it never leaves
memory; elsewhere it stands in the folder for temporary files until it is closed.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_OPEN_FILES = "/proc/self/fd"


@contextmanager
def bytes_file(pieces: Iterable[bytes]) -> Iterator[str]:
    """The path of a file that holds `pieces` one after the other; gone afterwards."""
    if hasattr(os, "memfd_create") and os.path.isdir(_OPEN_FILES):
        with open(os.memfd_create("insert"), "wb") as file:
            file.writelines(pieces)
            file.flush()
            yield f"{_OPEN_FILES}/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile(prefix="spanledger-") as file:
            file.writelines(pieces)
            file.flush()
            yield file.name
