"""What the start of the engine alone needed is given back, so is what it freed, and the engine goes on working."""

import os
import subprocess
import sys

import pytest

WORK = """
from collector.engine.embedded import EmbeddedEngine
from collector.engine.resident import MAPS, forget_start, return_large_buffers

def resident():
    named, found = False, 0
    for line in MAPS.read_text(errors="replace").splitlines():
        if line.split(" ", 1)[0].count("-") == 1:
            named = "_chdb" in line
        elif named and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found

return_large_buffers()
engine = EmbeddedEngine(":memory:", "ledger")
before = resident()
dropped = forget_start()
after = resident()
engine.run("CREATE TABLE t (a UInt64, b LowCardinality(String)) ENGINE = MergeTree ORDER BY a")
engine.run("INSERT INTO t SELECT number, toString(number % 7) FROM numbers(100000)")
print(before, dropped, after, engine.run("SELECT sum(a), uniqExact(b) FROM t", fmt="CSV").decode().strip())
engine.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="pages are told by /proc")
def test_an_engine_that_forgot_its_start_works_on() -> None:
    done = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, check=True)
    before, dropped, after, sums = done.stdout.split()
    assert int(dropped) > 0
    assert int(after) < int(before)
    assert sums == "4999950000,7"


FREED = """
from collector.engine.embedded import EmbeddedEngine
from collector.engine.resident import Purger, resident_bytes

engine = EmbeddedEngine(":memory:", "ledger")
engine.run("CREATE TABLE t ENGINE = Memory AS SELECT number, toString(number) AS s FROM numbers(5000000)")
engine.run("TRUNCATE TABLE t")
held = resident_bytes()
refused, done = Purger(engine, held * 2).look(), Purger(engine, held // 2).look()
print(held, refused, done, resident_bytes())
purger = Purger(engine, 0)
purger.start()
purger.stop()
engine.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="pages are told by /proc")
def test_freed_pages_go_back_while_the_process_holds_much() -> None:
    # Freed pages go back after five seconds by themselves, which on a busy machine may come first.
    kept = {**os.environ, "JE_MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1"}
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True, env=kept)
    held, refused, purged, left = done.stdout.split()
    assert (refused, purged) == ("False", "True")
    assert int(left) < int(held) - 50 * 1024 * 1024
