"""Runs until told to stop, then says goodbye. With IGNORE set it does not listen to TERM."""

import os
import signal
import sys
import time


def leave(*_: object) -> None:
    print("goodbye", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("IGNORE") else leave)
with open(os.environ["PID_FILE"], "a") as file:
    file.write(f"{os.getpid()}\n")
print("up", flush=True)
while True:
    time.sleep(0.05)
