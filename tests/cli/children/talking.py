"""A stand-in that says more than a pipe holds, one line at a time, and then leaves a file."""

import os
import time
from pathlib import Path

file = Path(os.environ["PID_FILE"])
file.write_text(f"{os.getpid()}\n")
for _ in range(40):
    print("x" * 8192, flush=True)
    time.sleep(0.02)
Path(f"{file}.done").touch()
time.sleep(60)
