"""Watches spanledger.yaml, so that a change holds without a restart.

In: where the file is. Out: a new Config, once for every change.
Never: a broken file put in force; it is said once and the last good one holds.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from collector.config.model import Config, parse_config
from collector.errors import ConfigError

log = logging.getLogger(__name__)

_Mark = tuple[str, int, int] | None


class ConfigFile:
    """The file at `find()`, which may appear, change and go. Not for several threads at once."""

    def __init__(self, find: Callable[[], Path | None], config: Config) -> None:
        self._find = find
        self._config = config
        self._mark: _Mark = None

    def newer(self) -> Config | None:
        """The configuration of the file if it differs from what was last in force, else None."""
        path = self._find()
        mark = _mark(path)
        if mark == self._mark and mark is not None:
            return None
        self._mark = mark
        try:
            config = Config() if path is None else parse_config(path.read_bytes(), str(path))
        except (ConfigError, OSError) as error:
            log.error("spanledger.yaml is not taken over, the configuration before it holds: %s", error)
            return None
        if config == self._config:
            return None
        self._config = config
        log.info("configuration read: %s", path or "built-in")
        return config


def _mark(path: Path | None) -> _Mark:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (str(path), found.st_mtime_ns, found.st_size) if found else None
