"""From recordings on disk to the comment, cold: a new process each time, beside only reading the same JSON.

In: `--cases N ...` (500 5000), 3 runs a side and case, 4 spans a run. Out: wall and CPU seconds, and their ratio.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.gate_recordings import Suite, write
from benchmarks.table import print_table

READ = "import json,sys\nfor name in sys.argv[1:]:\n    for line in open(name, 'rb'): json.loads(line)"


def main(arguments: list[str]) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gate_speed")
    parser.add_argument("--cases", type=int, nargs="+", default=[500, 5000])
    rows = []
    for cases in parser.parse_args(arguments).cases:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_measured(cases, Path(folder)))
    title = f"Verdict from files to comment, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print_table(title, ("cases", "MB", "wall s", "CPU s", "reading JSON, CPU s", "times as much CPU"), rows)


def _measured(cases: int, folder: Path) -> list[str]:
    paths = [str(write(folder / f"{side}.jsonl", Suite(side, cases=cases))) for side in ("base", "head")]
    comment = str(folder / "comment.md")
    gate = [
        sys.executable,
        "-m",
        "cli",
        "gate",
        "--base",
        paths[0],
        "--head",
        paths[1],
        "--comment",
        comment,
        "--json",
    ]
    wall_s, cpu_s = _run(gate)
    _, read_s = _run([sys.executable, "-c", READ, *paths])
    assert json.dumps(Path(comment).read_text())
    megabytes = sum(os.path.getsize(path) for path in paths) / 1e6
    return [
        str(cases),
        f"{megabytes:.0f}",
        f"{wall_s:.1f}",
        f"{cpu_s:.1f}",
        f"{read_s:.2f}",
        f"{cpu_s / read_s:.1f}",
    ]


def _run(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began_s = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began_s, cpu_s
