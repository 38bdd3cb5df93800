"""Keeps little of a collector's process in memory: large buffers go back when freed, so do pages only the start used.

In: nothing. Out: less is resident. Errors: none; where it cannot be done (not Linux, not glibc), nothing happens.
"""

import contextlib
import ctypes
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from collector.engine.runner import Runner
from collector.errors import CollectorError

LIBRARY = "_chdb"
MAPS = Path("/proc/self/smaps")
DONT_NEED = 4
"""MADV_DONTNEED of Linux."""

GLIBC = {-3: 4 * 1024 * 1024, -1: 16 * 1024 * 1024, -8: 2}
"""M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_ARENA_MAX of glibc."""

STATM = Path("/proc/self/statm")
MIB = 1024 * 1024
PURGE_FROM_BYTES = 800 * MIB
"""From here on pages that the engine has freed go back at once, not after five seconds."""
LOOK_EVERY_S = 0.25

_HEAD = re.compile(r"(?P<from>[0-9a-f]+)-(?P<to>[0-9a-f]+) (?P<rights>\S+) \S+ \S+ \d+\s*(?P<name>.*)")


def return_large_buffers() -> None:
    """Buffers from 4 MiB on get pages of their own, which go back to the system when they are freed.

    glibc by itself raises that size to that of the largest buffer seen, and keeps what is freed.
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


def resident_bytes() -> int:
    """Bytes of this process that are resident; 0 where the system does not say."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


class Purger:
    """Has the engine give freed pages back while its process holds much.

    The engine keeps what it freed for five seconds, which is right at rest: taking pages anew costs more than holding
    them. At 50,000 spans a second those pages are a tenth of the process. Giving 100 MiB back takes about 10 ms.
    """

    def __init__(
        self, runner: Runner, from_bytes: int = PURGE_FROM_BYTES, resident: Callable[[], int] = resident_bytes
    ) -> None:
        self._runner = runner
        self._from_bytes = from_bytes
        self._resident = resident
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="purger", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Gives freed pages back where the process holds much; True if it did."""
        if self._resident() < self._from_bytes:
            return False
        self._runner.run("SYSTEM JEMALLOC PURGE")
        return True

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            with contextlib.suppress(CollectorError):
                self.look()
