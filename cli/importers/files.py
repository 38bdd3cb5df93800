"""Opens what the user named: files, folders, patterns; packed or not; read piece by piece.

In: paths. Out: files in a fixed order, and their bytes as a stream that says how far it is.
Must never hold a whole file, nor follow a folder into itself.
"""

import glob
import gzip
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14 and later
except ImportError:
    from backports import zstd

from cli.errors import UsageError

SUFFIXES = (".jsonl", ".json", ".ndjson", ".csv", ".log", ".bin", ".pb", ".proto", ".otlp", ".gz", ".zst")
DEFAULTS = (
    "~/.claude/projects",
    "~/.config/claude/projects",
    "~/.codex/sessions",
    "~/.codex/archived_sessions",
)
LINE_BYTES = 64 * 1024 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file; `number` from 1; None for `data` when it is longer than LINE_BYTES."""

    number: int
    data: bytes | None


class Source:
    """One file that is being read. `done_bytes` counts what was taken from the disk so far."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self.path = path
        self._raw = path.open("rb")
        self.size_bytes = os.fstat(self._raw.fileno()).st_size
        magic = self._raw.read(4)
        self._raw.seek(0)
        opened: Any = self._raw
        if magic.startswith(_GZIP):
            opened = gzip.GzipFile(fileobj=self._raw)
        elif magic == _ZSTD:
            opened = zstd.ZstdFile(self._raw)
        self.stream = io.BufferedReader(opened, 1 << 20)

    @property
    def done_bytes(self) -> int:
        return self._raw.tell()

    def lines(self) -> Iterator[Line]:
        """Its lines without their ends; empty ones are left out."""
        number = 0
        while data := self.stream.readline(LINE_BYTES + 1):
            number += 1
            if len(data) > LINE_BYTES:
                while data and not data.endswith(b"\n"):
                    data = self.stream.readline(LINE_BYTES)
                yield Line(number, None)
            elif data := data.strip(b"\r\n\t \xef\xbb\xbf\x00"):
                yield Line(number, data)

    def close(self) -> None:
        """Let go of the file."""
        self.stream.close()
        self._raw.close()


def expand(paths: Sequence[str], defaults: Sequence[str] = DEFAULTS) -> list[Path]:
    """Every file that `paths` name: files as they are, folders with all they hold, patterns with what they match.

    Oldest first, so that a session stands before those that go on with it. Raises UsageError naming what is
    not there; without `paths` the usual folders of Claude Code and Codex are read.
    """
    named = [os.path.expanduser(path) for path in paths] or [
        place for place in map(os.path.expanduser, defaults) if os.path.isdir(place)
    ]
    if not named:
        raise UsageError(f"which files? There is none of {', '.join(defaults)}; name files or folders")
    found: dict[Path, None] = {}
    for name in named:
        for path in _matches(name):
            found.setdefault(path.resolve(), None)
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, str(path)))


def _matches(name: str) -> list[Path]:
    path = Path(name)
    if path.is_file():
        return [path]
    if path.is_dir():
        inside = [each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file()]
        if not inside:
            raise UsageError(f"{name}: nothing to import in this folder ({', '.join(SUFFIXES)})")
        return inside
    matched = [Path(each) for each in glob.glob(name, recursive=True, include_hidden=True)]
    files = [each for each in matched if each.is_file()]
    if not files:
        raise UsageError(f"{name}: there is no such file or folder")
    return files
