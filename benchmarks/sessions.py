"""Sessions of the dashboard without a browser: websocket clients that speak Streamlit's own protocol.

In: an address, query strings. Out: seconds until the script of each session has run whole, and what it sent. The server
does all that it does for a browser: it runs the script, asks the ledger and sends every element. What is missing is
a browser that reads the bundles and draws, which takes more processor time than ten sessions.
"""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from dashboard.data.client import Ledger
from dashboard.serving.settings import DashboardSettings
from sql.catalogue import Statement

PATIENCE_S = 120
TICKS = os.sysconf("SC_CLK_TCK")


class Counting(Ledger):
    """The dashboard's ledger, which remembers what it was asked."""

    def __init__(self, settings: DashboardSettings) -> None:
        super().__init__(settings)
        self.names: list[str] = []

    def _ask(self, asked: Statement, *rest: Any, **more: Any) -> Any:
        self.names.append(asked.name)
        return super()._ask(asked, *rest, **more)


def cpu_s(pid: int) -> float:
    """Processor time of a process and all below it, in seconds."""
    found, spent = {pid}, 0.0
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            stats[int(path.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    grown = True
    while grown:
        below = {one for one, (parent, _) in stats.items() if parent in found}
        grown = not below <= found
        found |= below
    for one in found:
        spent += stats.get(one, (0, 0))[1] / TICKS
    return spent


@dataclass(frozen=True)
class Run:
    """One run of a page's script as its session saw it."""

    took_s: float
    messages: int
    sent_bytes: int


def run_together(address: str, pages: Sequence[tuple[str, str]]) -> list[Run]:
    """A session each for (page, query string), all opened first and begun at once."""
    begin = threading.Barrier(len(pages))
    with ThreadPoolExecutor(len(pages)) as people:
        return list(people.map(lambda asked: _run(address, asked[0], asked[1], begin), pages))


def _run(address: str, page: str, query: str, begin: threading.Barrier) -> Run:
    stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(
        stream,
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(address),
        max_size=None,
        open_timeout=PATIENCE_S,
    ) as socket:
        ask = BackMsg()
        ask.rerun_script.query_string = query
        ask.rerun_script.page_name = page
        begin.wait(PATIENCE_S)
        began = time.perf_counter()
        socket.send(ask.SerializeToString())
        messages = sent = 0
        while True:
            data = socket.recv(PATIENCE_S)
            assert isinstance(data, bytes)
            messages, sent = messages + 1, sent + len(data)
            answer = ForwardMsg.FromString(data)
            if answer.WhichOneof("type") == "script_finished":
                return Run(time.perf_counter() - began, messages, sent)
