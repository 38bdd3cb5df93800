"""The lock on a data folder: one process owns its engine, and others can tell which.

In: the path of the lock file. Out: a held FolderLock, or FolderInUse naming the holder.
The kernel drops the lock when the process ends, however it ends.
"""

import fcntl
import os
from pathlib import Path

from collector.errors import CollectorError
from collector.processes import holder_of, is_alive


class FolderInUse(CollectorError):
    """Another process owns the data folder."""


class FolderLock:
    """An exclusive flock on `path`, whose text is this process's id."""

    def __init__(self, path: Path) -> None:
        """Raises FolderInUse if another process holds it, OSError if the file cannot be made."""
        self._path = path
        # Not inherited: a child that outlives us must not keep the folder locked.
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = _in_use(path, os.read(self._handle, 32))
            os.close(self._handle)
            raise FolderInUse(message) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Let others in. Safe to call twice."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.ftruncate(handle, 0)
            os.close(handle)


def _in_use(path: Path, text: bytes) -> str:
    words = text.split()
    pid = int(words[0]) if words and words[0].isdigit() else 0
    holder = str(holder_of(pid)) if is_alive(pid) else "another process"
    return f"data folder {path.parent} is in use by {holder}; stop it, or set SPANLEDGER_DATA or --data"
