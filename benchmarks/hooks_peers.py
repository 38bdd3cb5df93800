"""CPU that the hooks and their peers add to one anthropic call, each in an environment of its own.

Installs every peer from the package index into a throw-away environment (a minute each), then runs all of them in
turn in fresh interpreters, several rounds; medians of what each adds to the bare call. Content is off everywhere, and
so are the client's own spans, but for the row that measures them. `python -m benchmarks.hooks_peers [--only NAME]`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLIENT = f"anthropic=={version('anthropic')}"


@dataclass(frozen=True)
class Way:
    """One way to record a call: what to install for it."""

    name: str
    packages: tuple[str, ...] = ()


WAYS = (
    Way("bare"),
    Way("plain span"),
    Way("hooks"),
    Way("own spans"),
    Way("openlit", ("openlit",)),
    Way("langfuse", ("langfuse",)),
    Way("openinference", ("openinference-instrumentation-anthropic",)),
    Way("openllmetry", ("opentelemetry-instrumentation-anthropic",)),
    Way("logfire", ("logfire",)),
)
BASE = ("bare", "plain span", "hooks", "own spans")


def main(arguments: Sequence[str] | None = None) -> int:
    """Install, run and print; 0 when the hooks add less than everybody else, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interpreters for each way (default 5)")
    parser.add_argument("--only", default="", help="of the peers only those with this in their name")
    chosen = parser.parse_args(arguments)
    ways = [way for way in WAYS if way.name in BASE or chosen.only in way.name]
    with tempfile.TemporaryDirectory(prefix="hooks-peers-") as folder:
        pythons = {way.name: _environment(way, Path(folder)) for way in ways}
        found: dict[str, dict[str, list[float]]] = {way.name: {} for way in ways}
        for number in range(chosen.rounds):
            for way in ways[:: 1 if number % 2 else -1]:
                python = pythons[way.name]
                for case, micros in (_measured(python, way.name) if python else {}).items():
                    found[way.name].setdefault(case, []).append(micros)
    return _print(found)


def _print(found: dict[str, dict[str, list[float]]]) -> int:
    cases = list(found["bare"])
    added = {
        name: [
            statistics.median(a - b for a, b in zip(every[case], found["bare"][case], strict=False))
            for case in cases
        ]
        for name, every in found.items()
        if name != "bare" and every
    }
    print("CPU added to one call, microseconds; ratio to the plain span")
    print(f"{'':20}" + "".join(f"{case:>24}" for case in cases))
    for name, micros in added.items():
        cells = (
            f"{one:15.0f}{one / plain:9.2f}" for one, plain in zip(micros, added["plain span"], strict=True)
        )
        print(f"{name:20}" + "".join(cells))
    others = [micros for name, micros in added.items() if name not in ("hooks", "plain span")]
    least = all(ours < other for micros in others for ours, other in zip(added["hooks"], micros, strict=True))
    print("the hooks add least" if least else "the hooks do not add least")
    return 0 if least else 1


def _environment(way: Way, folder: Path) -> str | None:
    """The interpreter that `way` runs in; None, and a line on stderr, where it cannot be installed."""
    if not way.packages:
        return sys.executable
    home = folder / way.name
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = str(home / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # One after the other: some peers ask for an older client than they work with.
    for packages in (way.packages, (CLIENT, "opentelemetry-sdk")):
        done = subprocess.run([*install, *packages], capture_output=True, text=True)
        if done.returncode:
            print(f"{way.name} cannot be installed: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return None
    return python


def _measured(python: str, way: str) -> dict[str, float]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    quiet = {
        "PYTHONPATH": str(ROOT),
        "ANTHROPIC_OPEN_TELEMETRY": "true" if way == "own spans" else "false",
        "TRACELOOP_TRACE_CONTENT": "false",
        "LANGFUSE_PUBLIC_KEY": "pk",
        "LANGFUSE_SECRET_KEY": "sk",
    }
    done = subprocess.run(
        [python, "-m", "benchmarks.hooks_peer", way],
        capture_output=True,
        text=True,
        env={**clean, **quiet},
        cwd=ROOT,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:]
        print(f"{way} failed: {' '.join(reason)}", file=sys.stderr)
        return {}
    micros: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return micros


if __name__ == "__main__":
    raise SystemExit(main())
