"""Starts a module that ends when the supervisor does: `python -m cli.leash PARENT_PID MODULE ARGS...`.

Linux tells the process itself (parent death signal, kept across exec); elsewhere a thread looks every second.
"""

import ctypes
import os
import runpy
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Bind this process to its parent, then become the module."""
    parent, module, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):  # it died before the signal was armed
            sys.exit(1)
        # -P: a folder named `collector` where the user stands must not be taken for ours.
        os.execv(sys.executable, [sys.executable, "-P", "-m", module, *arguments])
    threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
