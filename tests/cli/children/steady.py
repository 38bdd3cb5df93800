"""Runs until told to stop, then says goodbye. With IGNORE set it does not listen to TERM."""

import os
import signal
import sys
import time


def leave(*_: object) -> None:
    print("goodbye", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("IGNORE") else leave)
print("up", flush=True)
with open(os.environ["PID_FILE"], "a") as file:
    file.write(f"{os.getpid()}\n")
while True:
    time.sleep(0.05)
