"""Ingest through the real receiver: bytes sent to priced rows, CPU of the collector against parsing the same bytes.

Run: `python -m benchmarks ingest [--seconds 60] [--rate 50000]`. Prints one table. Times are ratios to peers of
the same run, because machines differ and are noisy. Needs Linux: CPU and memory are read from /proc.
"""

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.spans import ROUND, SPANS_PER_REQUEST, requests
from benchmarks.table import print_table
from sql.catalogue import statement

TICKS = os.sysconf("SC_CLK_TCK")
PREBUILT = 96
SENDERS = 64


@dataclass(frozen=True)
class Collector:
    """A collector under test: its process, the ports it took, the passwords of its two users."""

    pid: int
    otlp_port: int
    clickhouse_port: int
    password: str
    writer_password: str


def main(arguments: list[str]) -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(prog="benchmarks ingest")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--rate", type=float, default=50_000, help="spans a second; 0 = as fast as it takes them"
    )
    parser.add_argument("--rotel", action="store_true", help="measure rotel too; installs it from the index")
    options = parser.parse_args(arguments)
    bodies = list(requests(PREBUILT))
    parse_ms = parse_cost(bodies)
    insert_ms = float(subprocess.check_output([sys.executable, "-m", "benchmarks.recognition"], text=True))
    rotel_ms = rotel_cost() if options.rotel else None
    with collector() as target:
        send(target, bodies, seconds=5, rate=options.rate, first_round=10**8)
        wait_until_priced(target)
        before_s, before_calls = cpu_s(target.pid), call_count(target)
        lag = LagWatch(target)
        spans, sent_calls, sent_s = send(
            target, bodies, seconds=options.seconds, rate=options.rate, first_round=0
        )
        lags = lag.stop()
        tail_s = wait_until_priced(target)
        used_s = cpu_s(target.pid) - before_s
        calls = call_count(target) - before_calls
        peak_mib = memory_peak_mib(target.pid)
        disk = disk_bytes_per_call(target)
    per_1000_ms = used_s / spans * 1e6
    print_table(
        f"Ingest, {spans:,} spans in {sent_s:.0f} s, 512 a request, to priced rows",
        ("what", "measured", "goal"),
        [
            ("spans a second, sustained", f"{spans / sent_s:,.0f}", f"{options.rate:,.0f} asked"),
            ("spans a CPU second of the collector", f"{spans / used_s:,.0f}", "100,000"),
            ("CPU ms a 1,000 spans", f"{per_1000_ms:.2f}", ""),
            ("Python protobuf parse of the same bytes", f"{parse_ms:.2f} ms a 1,000", ""),
            ("CPU against that parse", f"{per_1000_ms / parse_ms:.1f}x", "8x"),
            ("parsed, recognised and stored alone", f"{insert_ms / parse_ms:.1f}x", "10x"),
            *rotel_rows(per_1000_ms, rotel_ms),
            ("derived tables behind, worst", f"{max(lags, default=0):.1f} s", "5 s"),
            ("derived tables behind, after the last span", f"{tail_s:.1f} s", "5 s"),
            ("peak memory of the collector", f"{peak_mib:,.0f} MiB", "1,024 MiB"),
            ("disk a call in llm_calls", f"{disk:.1f} bytes", "60 bytes"),
            ("calls priced / sent", f"{calls:,} / {sent_calls:,}", "equal"),
        ],
    )


def parse_cost(bodies: list[bytes]) -> float:
    """CPU ms a 1,000 spans of parsing the bodies with Python's protobuf, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for number, body in enumerate(bodies):
            Path(folder, f"{number:04d}.bin").write_bytes(body)
        code = (
            "import sys,time,pathlib\n"
            "from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest as R\n"
            "bodies=[p.read_bytes() for p in sorted(pathlib.Path(sys.argv[1]).iterdir())]\n"
            "best=9e9\n"
            "for _ in range(5):\n"
            "    t=time.process_time()\n"
            "    for b in bodies: R.FromString(b)\n"
            "    best=min(best,time.process_time()-t)\n"
            "print(best)\n"
        )
        best_s = float(subprocess.check_output([sys.executable, "-c", code, folder], text=True))
    return best_s / (len(bodies) * SPANS_PER_REQUEST) * 1e6


def rotel_cost() -> tuple[float, float]:
    """CPU ms a 1,000 spans of rotel, and of the engine's insert of the rows it writes; for the same spans."""
    told = subprocess.check_output([sys.executable, "-m", "benchmarks.ingest_rotel"], text=True)
    found = json.loads(told.splitlines()[-1])
    if found["stored"] < found["sent"]:
        raise RuntimeError(f"of {found['sent']} spans rotel stored {found['stored']}")
    return found["rotel_ms"], found["insert_ms"]


def rotel_rows(per_1000_ms: float, rotel_ms: tuple[float, float] | None) -> list[tuple[str, str, str]]:
    """Rows of the table that compare with rotel."""
    if rotel_ms is None:
        return [("rotel plus the engine's insert", "not run (--rotel)", "")]
    both = f"{rotel_ms[0]:.2f} + {rotel_ms[1]:.2f} ms a 1,000"
    return [
        ("rotel plus the engine's insert", both, ""),
        ("CPU against these two", f"{per_1000_ms / sum(rotel_ms):.2f}x", "0.5x"),
    ]


@contextmanager
def collector(**settings: str) -> Iterator[Collector]:
    """A collector of its own on free ports in a folder of its own; settings as SPANLEDGER_* names them."""
    with tempfile.TemporaryDirectory(prefix="spanledger-bench-") as folder:
        ports = {f"SPANLEDGER_{name}_PORT": "0" for name in ("OTLP_HTTP", "OTLP_GRPC", "CLICKHOUSE")}
        environment = {**os.environ, **ports, "SPANLEDGER_DATA": folder}
        environment |= {f"SPANLEDGER_{name.upper()}": value for name, value in settings.items()}
        process = subprocess.Popen([sys.executable, "-m", "collector"], env=environment, cwd=Path.cwd())
        try:
            info = _wait_for(Path(folder, "run.json"))
            passwords = (
                Path(folder, f"{user}-password").read_text().strip() for user in ("clickhouse", "collector")
            )
            yield Collector(process.pid, info["otlp_http_port"], info["clickhouse_port"], *passwords)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def send(
    target: Collector, bodies: list[bytes], *, seconds: float, rate: float, first_round: int
) -> tuple[int, int, float]:
    """Sends bodies with fresh ids from several threads; returns spans and calls acknowledged, and seconds taken."""
    started = time.monotonic()
    sent, calls = [0] * SENDERS, [0] * SENDERS
    calls_of = [body.count(b"gen_ai.response.id") for body in bodies]

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.otlp_port, timeout=60)
        turn = number
        while time.monotonic() - started < seconds:
            body = bodies[turn % len(bodies)]
            body = body.replace(ROUND, b"%09d" % (first_round + turn // len(bodies)))
            connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                sent[number] += SPANS_PER_REQUEST
                calls[number] += calls_of[turn % len(bodies)]
                turn += SENDERS
            else:
                time.sleep(0.05)
            if rate:
                ahead_s = sent[number] * SENDERS / rate - (time.monotonic() - started)
                time.sleep(max(0.0, ahead_s))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(sent), sum(calls), time.monotonic() - started


class LagWatch:
    """Asks once a second how far the derived tables are behind, until stopped."""

    def __init__(self, target: Collector) -> None:
        self._target = target
        self._lags: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> list[float]:
        """Seconds behind, one for each look."""
        self._done.set()
        self._thread.join()
        return self._lags

    def _watch(self) -> None:
        while not self._done.wait(1.0):
            self._lags.append(lag_s(self._target))


def lag_s(target: Collector) -> float:
    """Seconds since the oldest insert that is not yet recomputed; 0 when nothing waits."""
    return float(ask(target, statement("keeper/waiting").text).split("\t")[1])


def wait_until_priced(target: Collector) -> float:
    """Waits until nothing waits; returns seconds."""
    started = time.monotonic()
    while float(ask(target, "SELECT count() FROM touched_keys")) > 0:
        time.sleep(0.1)
    return time.monotonic() - started


def call_count(target: Collector) -> int:
    """Priced calls."""
    return int(ask(target, "SELECT count() FROM llm_calls FINAL WHERE pricing_status = 'priced'"))


def disk_bytes_per_call(target: Collector) -> float:
    """Bytes on disk a row of llm_calls, active parts."""
    parts = "system.parts WHERE table = 'llm_calls' AND active AND database = 'spanledger'"
    sql = f"SELECT sum(bytes_on_disk) / sum(rows) FROM {parts}"
    return float(ask(target, sql))


def ask(target: Collector, sql: str, writer_password: str = "") -> str:
    """One value from the ClickHouse HTTP interface; with its password, as the user that writes."""
    connection = http.client.HTTPConnection("127.0.0.1", target.clickhouse_port, timeout=60)
    user = "collector" if writer_password else "default"
    headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": writer_password or target.password}
    connection.request("POST", "/?database=spanledger", sql.encode(), headers)
    answer = connection.getresponse()
    text = answer.read().decode().strip()
    if answer.status != 200:
        raise RuntimeError(text)
    return text


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_peak_mib(pid: int) -> float:
    """Largest resident size of a process so far, MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _wait_for(path: Path) -> dict[str, int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists():
            found: dict[str, int] = json.loads(path.read_text())
            return found
        time.sleep(0.1)
    raise RuntimeError("the collector did not start within 60 s")
