"""The way of a result out of the engine: a pipe it writes to as INTO OUTFILE, any format, constant memory.

In: a folder for the pipe. Out: chunks, as fast as the reader takes them.
Must never show its end before the engine has opened it: our own writing end stays open until `end()`.
"""

import asyncio
import contextlib
import fcntl
import os
import uuid
from pathlib import Path

from collector.engine.session import quoted
from collector.errors import CollectorError

CHUNK_BYTES = 256 * 1024
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, Linux


class PipeClosed(CollectorError):
    """The pipe was closed before its end."""


class ResultPipe:
    """One named pipe. Made, read and closed on the event loop's thread; written by the engine's threads."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError if the folder takes no pipes."""
        self.name = uuid.uuid4().hex
        self._path = folder / self.name
        os.mkfifo(self._path, 0o600)
        self._read_end = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._hold_end = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._read_end, _SET_PIPE_SIZE, 1024 * 1024)
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None

    @property
    def clause(self) -> str:
        """The INTO OUTFILE clause that writes here."""
        return f"INTO OUTFILE {quoted(str(self._path))} TRUNCATE"

    @property
    def is_closed(self) -> bool:
        """Whether nobody reads any more."""
        return self._read_end < 0

    async def read(self) -> bytes:
        """The next chunk; b'' at the end. Raises PipeClosed if the pipe was closed meanwhile."""
        while self._read_end >= 0:
            try:
                return os.read(self._read_end, CHUNK_BYTES)
            except BlockingIOError:
                await self._readable()
        raise PipeClosed

    def end(self) -> None:
        """The engine is done: what is in the pipe is all there is. Safe to call twice."""
        if self._hold_end >= 0:
            os.close(self._hold_end)
            self._hold_end = -1

    def close(self) -> None:
        """Take the pipe away; an engine that still writes fails at once. Safe to call twice."""
        self.end()
        if self._read_end >= 0:
            self._loop.remove_reader(self._read_end)
            os.close(self._read_end)
            self._read_end = -1
            self._wake()
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()

    async def _readable(self) -> None:
        self._waiting = self._loop.create_future()
        self._loop.add_reader(self._read_end, self._wake)
        try:
            await self._waiting
        finally:
            if self._read_end >= 0:
                self._loop.remove_reader(self._read_end)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
