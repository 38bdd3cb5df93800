"""Shields the agent from faults of the hooks.

Every boundary between the agent's code and ours runs our part through `shield`. A fault is logged once and
dropped; the agent goes on as if the hooks were not there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from traceback import extract_tb, format_list
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
        frames = extract_tb(fault.__traceback__)
        key = (type(fault), *((frames[-1].filename, frames[-1].lineno) if frames else ()))
        if key not in _seen:
            _seen.add(key)
            # Without the fault's own words: they may quote what the model was asked, or answered.
            logger.warning(
                "a fault in the hooks was kept from the agent; a span may lack detail (reported once): %s\n%s",
                type(fault).__qualname__,
                "".join(format_list(frames)).rstrip(),
            )
    except Exception:  # noqa: BLE001 - a broken log handler is no reason to break the agent
        return
