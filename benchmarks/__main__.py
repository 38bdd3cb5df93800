"""`python -m benchmarks [NAME ...]`: runs the benchmarks, all of them when none is named.

In: names and their options. Out: tables on stdout. Never: a test; speed here is a ratio of the same run.
"""

import sys
from importlib import import_module

NAMES = (
    "ingest",
    "queries",
    "pages",
    "reprice",
    "hooks_overhead",
    "hooks_footprint",
    "gate",
    "gate_speed",
    "gate_tokens",
)
NAMES += ("oncall_causes", "oncall_detection", "oncall_rounds", "oncall_runaway")


def main(arguments: list[str]) -> int:
    """Runs what was asked for; returns the exit code."""
    if arguments and arguments[0] in NAMES:
        import_module(f"benchmarks.{arguments[0]}").main(arguments[1:])
        return 0
    if arguments:
        print(f"no benchmark {arguments[0]!r}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in NAMES:
        import_module(f"benchmarks.{name}").main([])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
