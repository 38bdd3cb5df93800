"""Background work that does not come to its end when the collector stops is broken off between two statements."""

import json
import threading

import pytest

from collector import services
from collector.engine.embedded import MEMORY, EmbeddedEngine
from collector.engine.runner import GuardedRunner, Runner
from collector.keeper.lease import LeaseLost
from collector.services import Recomputing, Stopping


class Endless:
    """Works, statement after statement, until one is refused."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.statements = 0
        self.ended_by: LeaseLost | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._thread.join()

    def _work(self) -> None:
        try:
            while True:
                assert json.loads(self._runner.run("SELECT 1 AS one")) == {"one": 1}
                self.statements += 1
        except LeaseLost as error:
            self.ended_by = error


def test_a_batch_without_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "STOP_GRACE_S", 0.2)
    engine = EmbeddedEngine(MEMORY, "spanledger")
    try:
        stopping = Stopping()
        runner = GuardedRunner(engine, stopping.insist)
        work = Endless(runner)
        recomputing = Recomputing(work, stopping)
        recomputing.start()
        recomputing.stop()
        assert work.statements > 0
        assert "repeated after its next start" in str(work.ended_by)
        with pytest.raises(LeaseLost):
            runner.insert_raw("t", "TSV", b"", {})
    finally:
        engine.close()
