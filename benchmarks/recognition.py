"""What an insert costs by itself: OTLP bytes parsed, recognised and stored, nothing recomputed.

Run: `python -m benchmarks.recognition`. In: nothing. Out: one line, CPU ms a 1,000 spans, merges included. The engine
is in a process of its own, so that its CPU is its own; recomputing (the keeper) is what `benchmarks ingest` adds.
"""

import tempfile
import time

from benchmarks.spans import ROUND, SPANS_PER_REQUEST, requests
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from sql.otlp import TRACES_FORMAT, TRACES_SETTINGS, TRACES_TABLE

GROUP = 64
"""Requests in one insert: as many as senders that wait for their answer."""
GROUPS = 24
SETTLE_S = 30.0


def main() -> None:
    """Prints CPU ms a 1,000 spans."""
    bodies = list(requests(GROUP))
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        engine = EmbeddedEngine(folder, "spanledger")
        migrate(engine, engine.database)
        used_s = 0.0
        for number in range(-2, GROUPS):
            group = b"".join(body.replace(ROUND, b"%09d" % (number + 2)) for body in bodies)
            began_s = time.process_time()
            engine.insert_raw(TRACES_TABLE, TRACES_FORMAT, group, TRACES_SETTINGS)
            used_s += (time.process_time() - began_s) if number >= 0 else 0.0
        began_s, deadline_s = time.process_time(), time.monotonic() + SETTLE_S
        while time.monotonic() < deadline_s and engine.run("SELECT 1 FROM system.merges LIMIT 1"):
            time.sleep(0.2)
        used_s += time.process_time() - began_s
        print(used_s / (GROUPS * GROUP * SPANS_PER_REQUEST) * 1e6)
        engine.close()


if __name__ == "__main__":
    main()
