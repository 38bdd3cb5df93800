"""Recorded traces through the real ingest path, on an engine in memory.

In: files, the configuration. Out: an engine that answers queries on what was recorded.
Raises BadTraceFile with one line.
"""

import atexit
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir, contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analytics.gate.evidence import RunFacts
from cli.gate.sides import Part, everything
from collector.config.model import Config
from collector.engine.embedded import MEMORY, EmbeddedEngine
from collector.engine.migrate import migrate
from collector.engine.result import EngineError
from collector.engine.runner import rows
from collector.engine.session import EngineSession
from collector.keeper.loop import Keeper
from collector.otlp.files import BadTraceFile, TraceFile, read_traces, recording_of
from sql.otlp import TRACES_FORMAT, TRACES_SETTINGS, TRACES_TABLE

DATABASE = "gate"
INSERT_BYTES = 16 * 1024 * 1024
ANSWER = "JSONColumns"
LASTING = frozenset(
    ("schema_migrations", "attribute_roles", "model_alias", "price_book", "price_books", "price_periods")
)
"""Tables whose rows do not come from what was recorded."""

SETTINGS = {
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_validate_utf8": "1",
    "max_memory_usage": "0",
}


class OneCaller(EmbeddedEngine):
    """An engine with a single caller, who may keep its handles: opening one costs more than most statements.

    A handle is kept for each set of settings, as settings stay on a handle.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[tuple[str, str], ...], EngineSession] = {}
        super().__init__(MEMORY, DATABASE, readers=1, writers=1)
        # Engines in memory are one and the same while any handle of the process is open.
        for words in ("DROP DATABASE IF EXISTS", "CREATE DATABASE"):
            self._anchor.run(f"{words} {DATABASE}")

    def run(
        self,
        sql: str,
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        fmt: str = "JSONEachRow",
    ) -> bytes:
        """As EmbeddedEngine.run."""
        key = tuple(sorted((settings or {}).items()))
        if key not in self._kept:
            self._kept[key] = self.session(settings)
        return self._kept[key].run(sql, params, fmt).data

    def close(self) -> None:
        """As EmbeddedEngine.close."""
        for session in self._kept.values():
            session.close()
        self._kept.clear()
        super().close()


class Recorded:
    """Holds one recording at a time."""

    def __init__(self, engine: EmbeddedEngine, config: Config) -> None:
        self._engine = engine
        migrate(engine, DATABASE)
        # Recordings of any age are read, also those older than the ledger would keep them.
        engine.run("ALTER TABLE otel_traces REMOVE TTL")
        self._keeper = Keeper(engine, config)
        self._is_empty = True
        self._files: dict[str, set[Path]] = {}

    def load(self, source: Path) -> Part:
        """Puts `source` in the place of what was there. Raises BadTraceFile."""
        self.begin()
        for found in read_traces(source):
            self._insert(found)
            if source.is_dir():
                for trace in _traces(found):
                    self._files.setdefault(trace, set()).add(recording_of(found.path))
        self._keeper.catch_up()
        return everything(str(source))

    def begin(self) -> None:
        """Nothing is held; what is appended next is all there is."""
        if not self._is_empty:
            self._clear()
        self._is_empty = False
        self._files = {}

    def append(self, body: bytes) -> None:
        """Adds requests in protobuf to what is held. Raises BadTraceFile."""
        self._insert(TraceFile(Path("what the command sent"), body))
        self._keeper.catch_up()

    def ask(self, sql: str, params: Mapping[str, str]) -> bytes:
        """The answer in JSONColumns."""
        return self._engine.run(sql, params, SETTINGS, ANSWER)

    def check_runs(self, runs: Iterable[RunFacts]) -> None:
        """Raises BadTraceFile for a run that two files tell, each with traces of its own."""
        for run in runs:
            places = [self._files[trace] for trace in run.traces if trace in self._files]
            for first, second in pairwise(places):
                if not first & second:
                    names = " and ".join(sorted({str(min(first)), str(min(second))}))
                    raise BadTraceFile(
                        f"run {run.run!r} of case {run.case!r} is recorded in both {names}; "
                        "give each run its own spanledger.run.id"
                    )

    def _insert(self, found: TraceFile) -> None:
        try:
            with chdir(_scratch()):
                self._engine.insert_raw(TRACES_TABLE, TRACES_FORMAT, found.body, TRACES_SETTINGS)
        except EngineError as error:
            raise BadTraceFile(
                f"{found.path}: the spans cannot be read: {' '.join(error.message.split())[:200]}"
            ) from None

    def _clear(self) -> None:
        for row in rows(self._engine, "keeper/filled_tables"):
            if row["name"] not in LASTING:
                self._engine.run("TRUNCATE TABLE {name:Identifier}", {"name": row["name"]})


def _traces(found: TraceFile) -> set[str]:
    request = ExportTraceServiceRequest.FromString(found.body)
    return {
        span.trace_id.hex()
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }


@contextmanager
def recorded(config: Config) -> Iterator[Recorded]:
    """An engine in memory for as long as it is needed."""
    engine = OneCaller()
    try:
        yield Recorded(engine, config)
    finally:
        engine.close()


@cache
def _scratch() -> str:
    """A folder for the format schemas that the engine leaves in its working folder.

    One for the life of the process, because the engine goes on using the first it saw.
    """
    folder = mkdtemp(prefix="spanledger-gate-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
