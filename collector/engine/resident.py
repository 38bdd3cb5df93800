"""Keeps little of a collector's process in memory: large buffers go back when freed, so do pages only the start used.

In: nothing. Out: less is resident. Errors: none; where it cannot be done (not Linux, not glibc), nothing happens.
"""

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path

LIBRARY = "_chdb"
MAPS = Path("/proc/self/smaps")
DONT_NEED = 4
"""MADV_DONTNEED of Linux."""

GLIBC = {-3: 4 * 1024 * 1024, -1: 16 * 1024 * 1024, -8: 2}
"""M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_ARENA_MAX of glibc."""

_HEAD = re.compile(r"(?P<from>[0-9a-f]+)-(?P<to>[0-9a-f]+) (?P<rights>\S+) \S+ \S+ \d+\s*(?P<name>.*)")


def return_large_buffers() -> None:
    """Bodies of requests get pages of their own, which go back to the system when they are freed.

    glibc by itself raises the size from which it does so to that of the largest body seen, and keeps what is freed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in GLIBC.items():
        mallopt(option, value)


def forget_start() -> int:
    """Drops the engine's code and constants from memory; what is used again comes back from the page cache.

    Opening the engine runs through code and tables of every function and format it has, most of them never used.
    """
    dropped = 0
    try:
        found = list(_clean(MAPS.read_text(encoding="utf-8", errors="replace")))
        advise = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return 0
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, size, resident in found:
        if advise(start, size, DONT_NEED) == 0:
            dropped += resident
    return dropped


def _clean(smaps: str) -> Iterator[tuple[int, int, int]]:
    """Start, size and resident bytes of the library's mappings that hold nothing but what its file holds."""
    start = size = resident = 0
    wanted = False
    for line in smaps.splitlines():
        if head := _HEAD.fullmatch(line):
            start, end = int(head["from"], 16), int(head["to"], 16)
            size = end - start
            wanted = "w" not in head["rights"] and LIBRARY in head["name"].rpartition("/")[2]
        elif line.startswith("Rss:"):
            resident = int(line.split()[1]) * 1024
        elif line.startswith("Anonymous:") and wanted and int(line.split()[1]) == 0:
            yield start, size, resident
