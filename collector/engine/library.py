"""The engine's compiled library, loaded with a time zone that it knows.

In: TZ of the environment. Out: `chdb`. It does not load at all under a TZ it cannot read (a POSIX rule such as
`<+03>-3`, a wrong name), and a second try in the same process fails too; such a TZ gives way to UTC, with a warning.
"""

import logging
import os
import zoneinfo
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

log = logging.getLogger("collector.engine")


def settle_zone(environment: MutableMapping[str, str]) -> None:
    """Put UTC in place of a TZ that names neither a zone nor a file of one."""
    given = environment.get("TZ", "")
    name = given.removeprefix(":")
    if not name or (name.startswith("/") and Path(name).is_file()):
        return
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        log.warning("the time zone TZ=%r is not known to the engine; it runs in UTC", given)
        environment["TZ"] = "UTC"


def _load() -> Any:
    settle_zone(os.environ)
    from chdb import _chdb  # the public module has no classify_query

    return _chdb


chdb: Any = _load()
