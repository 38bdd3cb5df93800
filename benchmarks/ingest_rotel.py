"""What rotel (a collector in Rust) and the engine's insert cost together for the spans of the ingest benchmark.

Run: `python -m benchmarks.ingest_rotel [--seconds 15]`. Installs rotel from the package index into a throw-away folder
and has it export to the ClickHouse interface of a scratch collector; then an engine alone inserts rows rotel wrote,
in batches as large as rotel's. Out: one line of JSON, CPU ms a 1,000 spans of rotel and of the insert with its merges.
"""

import argparse
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.ingest import PREBUILT, Collector, ask, collector, cpu_s, send
from benchmarks.spans import requests
from collector.engine.embedded import EmbeddedEngine

PACKAGE = "rotel==0.0.1a15"
DATABASE, TABLE = "otel", "otel_traces"
BATCH_ROWS = 8192
"""Rows in one insert: rotel's --batch-max-size."""
BATCHES, TURNS = 4, 10
SETTLE_S = 60.0
START_S = 30.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Installs, runs and prints."""
    parser = argparse.ArgumentParser(prog="benchmarks ingest_rotel")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=20_000, help="spans a second")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder, collector() as scratch:
        install = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            folder,
            PACKAGE,
        ]
        subprocess.run(install, check=True)
        create = ask(scratch, f"SHOW CREATE TABLE {TABLE} FORMAT TSVRaw").replace(
            "spanledger.", f"{DATABASE}.", 1
        )
        for sql in (f"CREATE DATABASE {DATABASE}", create):
            ask(scratch, sql, scratch.writer_password)
        with rotel(Path(folder, "rotel", "rotel-agent"), scratch) as target:
            bodies = list(requests(PREBUILT))
            before_s = cpu_s(target.pid)
            sent, _, _ = send(target, bodies, seconds=options.seconds, rate=options.rate, first_round=0)
            stored = wait_until_stored(scratch, sent)
            used_s = cpu_s(target.pid) - before_s
        batches = [read_rows(scratch, number * BATCH_ROWS) for number in range(BATCHES)]
    print(
        json.dumps(
            {
                "rotel_ms": used_s / stored * 1e6,
                "insert_ms": insert_cost(create, batches),
                "sent": sent,
                "stored": stored,
            }
        )
    )


@contextmanager
def rotel(program: Path, scratch: Collector) -> Iterator[Collector]:
    """Rotel under way, exporting to `scratch`; its process and its OTLP port."""
    ports = [free_port() for _ in range(2)]
    command = [str(program), "start", "--exporter", "clickhouse"]
    command += [
        "--otlp-http-endpoint",
        f"127.0.0.1:{ports[0]}",
        "--otlp-grpc-endpoint",
        f"127.0.0.1:{ports[1]}",
    ]
    command += ["--clickhouse-exporter-endpoint", f"http://127.0.0.1:{scratch.clickhouse_port}"]
    command += ["--clickhouse-exporter-user", "collector", "--clickhouse-exporter-database", DATABASE]
    command += ["--clickhouse-exporter-password", scratch.writer_password]
    command += ["--batch-max-size", str(BATCH_ROWS)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while socket.socket().connect_ex(("127.0.0.1", ports[0])):
            if time.monotonic() > until:
                raise RuntimeError("rotel did not start")
            time.sleep(0.1)
        yield replace(scratch, pid=process.pid, otlp_port=ports[0])
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_stored(scratch: Collector, spans: int) -> int:
    """Waits until `spans` rows are there, or no more come; returns how many are."""
    stored, until = -1, time.monotonic() + SETTLE_S
    while stored < spans and time.monotonic() < until:
        stored = int(ask(scratch, f"SELECT count() FROM {DATABASE}.{TABLE}"))
        time.sleep(0.5)
    return stored


def read_rows(scratch: Collector, first: int) -> bytes:
    """One batch of what rotel wrote, as RowBinary."""
    connection = http.client.HTTPConnection("127.0.0.1", scratch.clickhouse_port, timeout=60)
    headers = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": scratch.password}
    sql = f"SELECT * FROM {DATABASE}.{TABLE} LIMIT {BATCH_ROWS} OFFSET {first} FORMAT RowBinary"
    connection.request("POST", "/", sql.encode(), headers)
    answer = connection.getresponse()
    rows = answer.read()
    if answer.status != 200:
        raise RuntimeError(rows.decode())
    return rows


def insert_cost(create: str, batches: Sequence[bytes]) -> float:
    """CPU ms a 1,000 rows of inserting `batches` in turn into an engine of this process, merges included."""
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        engine = EmbeddedEngine(folder, DATABASE)
        engine.run(create)
        session = engine.session()
        began_s = time.process_time()
        for number in range(TURNS * len(batches)):
            session.insert(f"INSERT INTO {TABLE}", "RowBinary", (batches[number % len(batches)],))
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until and engine.run("SELECT 1 FROM system.merges LIMIT 1"):
            time.sleep(0.2)
        used_s = time.process_time() - began_s
        session.close()
        engine.close()
    return used_s / (TURNS * len(batches) * BATCH_ROWS) * 1e6


if __name__ == "__main__":
    main()
