"""Sends what is left when the process is asked to end by SIGTERM, as containers are; then it ends as it would have.

Only where nobody handles the signal: a handler of the agent's own knows better, and leads to a normal exit.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from sdk_hooks.guard import shield

_last_words: Callable[[], object] | None = None
_limit_s = 0.0


def on_sigterm(last_words: Callable[[], object], limit_s: float) -> None:
    """Have `last_words` called, for at most `limit_s`, before SIGTERM ends the process."""
    global _last_words, _limit_s
    if threading.current_thread() is not threading.main_thread() or is_child():
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        _last_words, _limit_s = last_words, limit_s
        signal.signal(signal.SIGTERM, _terminate)


def forget_sigterm() -> None:
    """Undo `on_sigterm`, unless somebody else has taken the signal since."""
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGTERM) is _terminate:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def is_child() -> bool:
    """Whether `multiprocessing` started this process.

    Such a process is ended by SIGTERM at the very moment at which it begins to wait for work. A handler in Python
    would sometimes be noted just before that wait and then never run, and whoever ended the process wait for ever.
    """
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _terminate(number: int, frame: FrameType | None) -> None:
    # In a thread, as the code that was interrupted may hold a lock that sending needs.
    shield(_speak)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _speak() -> None:
    if _last_words is not None:
        thread = threading.Thread(target=shield, args=(_last_words,), daemon=True)
        thread.start()
        thread.join(_limit_s)
