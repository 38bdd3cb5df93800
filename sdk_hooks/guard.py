"""Shields the agent from faults of the hooks.

Every boundary between the agent's code and ours runs our part through `shield`. A fault is logged once and
dropped; the agent goes on as if the hooks were not there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("sdk_hooks")

_seen: set[tuple[object, ...]] = set()


def shield(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
    """What `function(*args, **kwargs)` gives, or None when it raises; that fault is logged once a process.

    Lets everything through that is no `Exception`, such as a cancellation or Ctrl-C.
    """
    try:
        return function(*args, **kwargs)
    except Exception as fault:  # noqa: BLE001 - the guard itself
        _report(fault)
        return None


def warn_once(key: str, message: str, *args: object) -> None:
    """Log a warning the first time `key` is given in this process; never raises."""
    try:
        if (key,) not in _seen:
            _seen.add((key,))
            logger.warning(message, *args)
    except Exception:  # noqa: BLE001 - a broken log handler is no reason to break the agent
        return


def _report(fault: Exception) -> None:
    try:
        place = _innermost(fault.__traceback__)
        key = (type(fault), *place)
        if key not in _seen:
            _seen.add(key)
            logger.warning(
                "a fault in the hooks was kept from the agent; a span may lack detail (reported once): %r",
                fault,
                exc_info=fault,
            )
    except Exception:  # noqa: BLE001 - a broken log handler is no reason to break the agent
        return


def _innermost(traceback: TracebackType | None) -> tuple[str, int]:
    if traceback is None:
        return "", 0
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
