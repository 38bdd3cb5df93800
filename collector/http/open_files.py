"""How many files and connections this process may have open at once.

In: the limit of the system. Out: a limit as high as it is allowed, and the share of it that one door may take, so that
connections of strangers leave the engine its files.
"""

import contextlib
import resource

MOST_FILES = 65_536
_ENGINE_FILES = 400
_DOORS = 3
_FEWEST, _MOST = 64, 4096


def raise_open_files() -> None:
    """Take as many open files as the system grants without asking: shells and service managers begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """Connections that one of our doors (OTLP over HTTP, over gRPC, ClickHouse) may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MOST
    return min(max((soft - _ENGINE_FILES) // _DOORS, _FEWEST), _MOST)
