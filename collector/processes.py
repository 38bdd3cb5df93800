"""Facts about processes on this machine, for messages that name who holds a port or a folder.

In: a process id or a port. Out: whether it lives, since when, its command, who listens.
Reads /proc; where there is none (not Linux) every answer but `is_alive` is "unknown", never wrong.
"""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"


@dataclass(frozen=True)
class Holder:
    """Who holds a thing. `command` is the command line, '' if it may not be read."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.command else f"process {self.pid}"


def is_alive(pid: int) -> bool:
    """Whether process `pid` exists and is not merely waiting to be reaped."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except OverflowError:
        return False
    return _state(pid) != "Z"


def started_at(pid: int) -> datetime | None:
    """When process `pid` began (aware UTC, to a second or so), or None if that cannot be told."""
    fields = _stat_fields(pid)
    booted_s = _boot_time_s()
    if fields is None or booted_s is None:
        return None
    ticks = int(fields[19])  # field 22 of proc(5) stat, counted after the command
    return datetime.fromtimestamp(booted_s + ticks / os.sysconf("SC_CLK_TCK"), tz=UTC)


def command_of(pid: int, limit: int = 120) -> str:
    """Command line of process `pid`, cut to `limit` characters; '' if unknown."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    text = raw.replace(b"\0", b" ").decode(errors="replace").strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def holder_of(pid: int) -> Holder:
    """Process `pid` with its command line."""
    return Holder(pid, command_of(pid))


def listener_on(port: int) -> Holder | None:
    """Who listens on TCP `port` of this machine, or None if nobody does or it may not be told."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    targets = {f"socket:[{inode}]" for inode in inodes}
    for folder in PROC.iterdir():
        if folder.name.isdigit() and _has_open(folder / "fd", targets):
            return holder_of(int(folder.name))
    return None


def _listening_inodes(port: int) -> set[str]:
    found: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _has_open(folder: Path, targets: set[str]) -> bool:
    with contextlib.suppress(OSError):  # the folder is not ours to read, or is gone meanwhile
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                if os.readlink(entry.path) in targets:
                    return True
    return False


def _state(pid: int) -> str:
    fields = _stat_fields(pid)
    return fields[0] if fields else ""


def _stat_fields(pid: int) -> list[str] | None:
    """Fields of /proc/<pid>/stat from the state on; the command before it may hold spaces and brackets."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _boot_time_s() -> int | None:
    try:
        lines = (PROC / "stat").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("btime ")), None)
