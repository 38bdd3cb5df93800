"""Runs a Supervisor over one stand-in in a process of its own: `python -m tests.cli.supervise MODULE`."""

import os
import sys
from pathlib import Path

from cli.children import ChildSpec
from cli.errors import CommandError
from cli.output import say
from cli.restart import RestartPolicy
from cli.supervisor import Supervisor


def healthy(pid: int) -> bool:
    file = Path(os.environ.get("PID_FILE", ""))
    return file.is_file() and str(pid) in file.read_text().split()


policy = RestartPolicy(first_wait_s=0.05, longest_wait_s=0.1, crashes=3)
try:
    with Supervisor([ChildSpec("worker", sys.argv[1], dict(os.environ), healthy)], say, policy) as supervisor:
        if supervisor.start():
            Path(os.environ["PID_FILE"] + ".ready").touch()
            supervisor.run()
except CommandError as error:
    say(f"error: {error}")
    sys.exit(error.code)
