"""Has a process that `multiprocessing` started send what is left when it ends: such a process skips `atexit`.

In: the module `multiprocessing.util`, once something imports it, as nothing here does. Only its public hooks are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType

from sdk_hooks.signals import forget_sigterm, is_child

MODULE = "multiprocessing.util"

FIRST = 100
"""Before what others registered, and before the process's own children are ended."""


class _Anchor:
    """What the registration after a fork belongs to; lives as long as this module."""


_anchor = _Anchor()
_watched = False
_armed_pid = 0


def arm(util: ModuleType, last_words: Callable[[], object]) -> None:
    """Have `last_words` called at the end of this process, if it is a child, and of all it starts by forking."""
    global _watched
    if not _watched:
        _watched = True
        util.register_after_fork(_anchor, lambda anchor: _arm_child(util, last_words))
    if is_child():
        _arm_child(util, last_words)


def _arm_child(util: ModuleType, last_words: Callable[[], object]) -> None:
    global _armed_pid
    if _armed_pid != os.getpid():
        _armed_pid = os.getpid()
        forget_sigterm()
        util.Finalize(None, last_words, exitpriority=FIRST)
