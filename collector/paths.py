"""The data folder: where each thing of one ledger lives, and how its secrets are made.

In: the folder named by SPANLEDGER_DATA. Out: paths, and passwords of mode 0600.
Must never leave a secret readable by others, not even for an instant.
"""

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from collector.errors import SettingsError

PASSWORD_BYTES = 24


@dataclass(frozen=True)
class DataFolder:
    """Paths inside one data folder. Nothing is created until `create()` or a password is asked for."""

    root: Path

    @property
    def engine(self) -> Path:
        """Folder of the embedded engine; only one process may have it open."""
        return self.root / "engine"

    @property
    def reader_password_file(self) -> Path:
        """Password of the read-only ClickHouse user `default`."""
        return self.root / "clickhouse-password"

    @property
    def collector_password_file(self) -> Path:
        """Password of the ClickHouse user `collector`, which may write."""
        return self.root / "collector-password"

    @property
    def run_file(self) -> Path:
        """Who is running and on which ports; see `collector.runfile`."""
        return self.root / "run.json"

    @property
    def lock(self) -> Path:
        """Held with flock by the process that owns the engine; its text is that process's id."""
        return self.root / "lock"

    @property
    def config(self) -> Path:
        """The ledger's own spanledger.yaml, if it has one."""
        return self.root / "spanledger.yaml"

    def create(self) -> None:
        """Make the folder if it is missing. Raises SettingsError naming the folder if that is refused."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"data folder {self.root} cannot be made: {error.strerror}; set SPANLEDGER_DATA or --data"
            ) from error
        if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
            raise SettingsError(f"data folder {self.root} is not writable; set SPANLEDGER_DATA or --data")

    def reader_password(self) -> str:
        """Password of user `default`, made on the first call. Raises SettingsError if unreadable."""
        return ensure_secret(self.reader_password_file)

    def collector_password(self) -> str:
        """Password of user `collector`, made on the first call. Raises SettingsError if unreadable."""
        return ensure_secret(self.collector_password_file)


def ensure_secret(path: Path) -> str:
    """The secret in `path`, made first if it is missing; the file has mode 0600 and is never half written.

    Two processes that make it at once end up with the same secret: the first link wins.
    Raises SettingsError naming the file if it cannot be made or read, or is empty.
    """
    try:
        if not path.exists():
            _create_once(path, secrets.token_urlsafe(PASSWORD_BYTES).encode() + b"\n")
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"password file {path}: {error.strerror}") from error
    if not secret:
        raise SettingsError(f"password file {path} is empty; delete it and start again to get a new one")
    return secret


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step, mode 0600: a reader sees the old or the new, never a part."""
    temporary = _write_beside(path, content)
    os.replace(temporary, path)


def _create_once(path: Path, content: bytes) -> None:
    """Make `path` unless somebody else just did: a link fails if the name is taken, a rename does not."""
    temporary = _write_beside(path, content)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


def _write_beside(path: Path, content: bytes) -> str:
    # mkstemp opens with mode 0600 from the start, whatever the umask.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary
