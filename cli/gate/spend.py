"""What a running suite has cost so far, priced as the ledger prices it, held against a limit.

In: spans as they arrive, files as they grow. Out: Spent, and a reason to refuse further calls. Exact for what was
recorded: calls that are still being answered are not in it.
"""

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.gate.recorded import Recorded
from collector.otlp.json_form import BadJson, read_json, traces_from_document
from sql.catalogue import query


class SpendLimitReached(CommandError):
    """The limit stopped the suite before there was anything to compare."""

    code = ExitCode.SPEND_LIMIT


@dataclass(frozen=True)
class Spent:
    """USD at list price; calls, and those of them whose price is not known."""

    usd: Decimal
    calls: int
    unpriced_calls: int


class Meter:
    """Counts one suite. Several threads may use it."""

    def __init__(self, engine: Recorded, limit_usd: Decimal) -> None:
        engine.begin()
        self._engine = engine
        self._limit_usd = limit_usd
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        self._files: dict[Path, int] = {}
        self._spent = Spent(Decimal(0), 0, 0)

    def take(self, body: bytes, is_json: bool) -> None:
        """An export request that has arrived."""
        found = _in_protobuf(body) if is_json else body
        with self._lock:
            self._waiting.append(found)

    def watch(self, path: Path) -> None:
        """A file of requests, one a line, that the command may write."""
        with self._lock:
            self._files.setdefault(path, 0)

    def spent(self) -> Spent:
        """What has been spent, everything that arrived included."""
        with self._lock:
            bodies, self._waiting = self._waiting, []
            for path in self._files:
                bodies += self._grown(path)
            if any(bodies):
                self._engine.append(b"".join(bodies))
                self._spent = self._asked()
            return self._spent

    def is_reached(self) -> bool:
        """Whether the limit is."""
        return self.spent().usd >= self._limit_usd

    def refusal(self) -> str:
        """Why no further call may be sent; empty below the limit."""
        found = self.spent()
        if found.usd < self._limit_usd:
            return ""
        return f"the gate has spent ${found.usd:.4f} of --max-usd {self._limit_usd}: this call was not sent"

    def _grown(self, path: Path) -> list[bytes]:
        """Whole lines that were added since."""
        try:
            with path.open("rb") as file:
                file.seek(self._files[path])
                new = file.read()
        except FileNotFoundError:
            return []
        end = new.rfind(b"\n") + 1
        self._files[path] += end
        return [_in_protobuf(line) for line in new[:end].splitlines() if line.strip()]

    def _asked(self) -> Spent:
        found = json.loads(self._engine.ask(query("gate_spent").text, {}), parse_float=str)
        return Spent(Decimal(found["usd"][0]), int(found["calls"][0]), int(found["unpriced_calls"][0]))


def _in_protobuf(line: bytes) -> bytes:
    """The request in protobuf; empty for what is none, which the comparison will tell."""
    with suppress(BadJson):
        return traces_from_document(read_json(line)).body
    return b""
