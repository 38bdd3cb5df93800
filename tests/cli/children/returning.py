"""A stand-in that lives, and once killed cannot start again until its fourth try: exit code 5, as with a full disk."""

import os
import sys
import time
from pathlib import Path

file = Path(os.environ["PID_FILE"])
with file.open("a") as pids:
    pids.write(f"{os.getpid()}\n")
if len(file.read_text().split()) in range(2, 6):
    print("the disk is full", flush=True)
    sys.exit(5)
print("up", flush=True)
time.sleep(60)
