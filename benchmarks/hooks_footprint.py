"""What the hooks cost before the first call: CPU of the import, and memory, over OpenTelemetry's own API.

Each way runs in fresh interpreters, in turn, and reads its own clock and resident memory; medians. Prints a table;
`python -m benchmarks.hooks_footprint [--rounds N]`. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence

BEGIN = """
import json, time
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
import opentelemetry.trace, opentelemetry.context, opentelemetry.baggage
import opentelemetry.baggage.propagation, opentelemetry.trace.propagation.tracecontext
cpu, memory = time.process_time(), resident()
"""
END = """
print(json.dumps([(time.process_time() - cpu) * 1e3, (resident() - memory) / 1024]))
"""
SDK = """
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
provider = TracerProvider(resource=Resource.create({"service.name": "s"}), shutdown_on_exit=False)
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
"""
WAYS = {
    "import sdk_hooks": "import sdk_hooks\n",
    "sdk_hooks.instrument()": "import sdk_hooks\nsdk_hooks.instrument(service_name='s')\n",
    "OpenTelemetry SDK, OTLP exporter": SDK,
}
GOAL_MS, GOAL_MIB = 60.0, 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 0 when importing the hooks stays within its goals, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="interpreters for each way (default 7)")
    rounds = parser.parse_args(arguments).rounds
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for _ in range(rounds + 1):
        for name, program in WAYS.items():
            found[name].append(_measured(program))
    print(f"{'over the OpenTelemetry API':34}{'CPU, ms':>10}{'MiB':>8}")
    middle: dict[str, tuple[float, float]] = {}
    for name, every in found.items():
        # The first round writes byte code.
        cpu, memory = (statistics.median(one[which] for one in every[1:]) for which in (0, 1))
        middle[name] = (cpu, memory)
        print(f"{name:34}{cpu:10.1f}{memory:8.1f}")
    cpu, memory = middle["import sdk_hooks"]
    reached = cpu <= GOAL_MS and memory <= GOAL_MIB
    print(
        f"goal: import at most {GOAL_MS:g} ms and {GOAL_MIB:g} MiB: {'reached' if reached else 'not reached'}"
    )
    return 0 if reached else 1


def _measured(program: str) -> tuple[float, float]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program + END], capture_output=True, text=True, env=clean, check=True
    )
    cpu, memory = json.loads(done.stdout)
    return cpu, memory


if __name__ == "__main__":
    raise SystemExit(main())
