"""The pytest plugin: the fixture `spanledger_spans`, and `--spanledger-record` for a run that a gate can compare.

Loads nothing of OpenTelemetry's SDK until a test asks for the fixture or a run is recorded. A run is a file of OTLP
JSON lines in which every span names its case (the test's node id, unless the agent says otherwise) and its run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sdk_hooks.testing import Recording
    from sdk_hooks.testing_recorder import Recorder

RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("spanledger", "what agents under test cost")
    group.addoption(
        "--spanledger-record",
        metavar="FILE|DIR",
        help="append every span that tests make to FILE (OTLP JSON lines), or to a file of this run in DIR",
    )
    group.addoption("--spanledger-run", metavar="ID", help="name of this run (default: made up)")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record, where that is asked for."""
    if config.getoption("--spanledger-record"):
        _recorder(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write what is left."""
    recorder = config.stash.get(RECORDER, None)
    if recorder is not None:
        recorder.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Workers of pytest-xdist record the run of their controller."""
    recorder = node.config.stash.get(RECORDER, None)
    if recorder is not None:
        node.workerinput["spanledger_run"] = recorder.run_id


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """One test is one case."""
    recorder = item.config.stash.get(RECORDER, None)
    if recorder is not None:
        recorder.begin_case(item.nodeid)
    try:
        return (yield)
    finally:
        if recorder is not None:
            recorder.end_case()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test that passes or fails is the outcome of its tasks, unless they have one of their own."""
    report: pytest.TestReport = yield  # type: ignore[assignment]  # how pytest's wrappers receive
    recorder = item.config.stash.get(RECORDER, None)
    if recorder is not None and report.when == "call" and report.outcome != "skipped":
        recorder.verdict(report.outcome == "passed")
    return report  # type: ignore[return-value]  # how pytest's wrappers answer


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say where the run went."""
    recorder = config.stash.get(RECORDER, None)
    if recorder is not None and recorder.path is not None:
        terminalreporter.write_line(f"spanledger: run {recorder.run_id} recorded in {recorder.path}")


@pytest.fixture
def spanledger_spans(request: pytest.FixtureRequest) -> Iterator[Recording]:
    """The calls and tasks that this test makes, from here on, in every thread of this process."""
    from sdk_hooks.testing import Recording

    recorder = _recorder(request.config)
    with recorder.listening() as spans:
        yield Recording(lambda: spans)


def _recorder(config: pytest.Config) -> Recorder:
    recorder = config.stash.get(RECORDER, None)
    if recorder is None:
        from sdk_hooks.testing_recorder import Recorder

        run_id = getattr(config, "workerinput", {}).get("spanledger_run")
        run_id = run_id or config.getoption("--spanledger-run")
        recorder = Recorder(config.getoption("--spanledger-record"), run_id)
        recorder.start()
        config.stash[RECORDER] = recorder
    return recorder
