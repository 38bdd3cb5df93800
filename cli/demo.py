"""Plays the demo into a running ledger: four weeks of history once, then a round of live agents.

In: a plan and its supervisor, started. Out: a ledger whose keeper has caught up, or False = asked to stop.
Must never add demo data to a ledger that holds somebody's own.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from cli.background import Background
from cli.demo_state import DemoState, completed, read_state, write_state
from cli.errors import CommandError
from cli.ledger import open_ledger
from cli.ledger_status import Health, read_health
from cli.output import Advance, progress, say
from cli.start import Plan, addresses
from cli.supervisor import Supervisor
from collector.paths import DataFolder
from collector.settings import CollectorSettings

CATCH_UP_S = 300.0
LOOK_S = 0.5


def write_demo_config(settings: CollectorSettings, now: datetime) -> None:
    """Give a new ledger the demo's spanledger.yaml; one that is configured already keeps what it has."""
    folder = settings.folder
    if settings.config_path() is not None or folder.engine.exists():
        return
    from examples.demo_file import demo_config

    folder.create()
    folder.config.write_text(demo_config(now), encoding="utf-8")


def state_of(folder: DataFolder, weeks: int) -> DemoState:
    """The demo already in the folder, or a new one of `weeks` weeks that ends now."""
    return read_state(folder) or DemoState(now=datetime.now(UTC).replace(microsecond=0), weeks=weeks)


def play(wanted: Plan, supervisor: Supervisor, state: DemoState) -> bool:
    """History if it is not there yet, live agents, and the keeper's catching up. False = asked to stop."""
    known = read_state(wanted.folder) is not None
    if not known and _health(wanted).spans > 0:
        say(f"{wanted.folder.root} holds data of your own; no demo data is added")
        return True
    if state.is_complete:
        say("the demo's history is here already")
    else:
        write_state(wanted.folder, state)
        if not _send_history(wanted, supervisor, state):
            return False
        write_state(wanted.folder, completed(state))
    return _live_round(wanted, supervisor) and _catch_up(wanted, supervisor)


def judge(wanted: Plan, supervisor: Supervisor) -> bool:
    """Has the gate judge the history's releases, once. False = asked to stop before it had."""
    from cli.demo_gates import judge_releases

    state = read_state(wanted.folder)
    if state is None or not state.is_complete:
        return True

    def work() -> None:
        try:
            judge_releases(wanted.settings, state)
        except CommandError as error:
            say(f"the gate could not judge the demo's releases: {error}")

    return _beside(supervisor, work)


def _send_history(wanted: Plan, supervisor: Supervisor, state: DemoState) -> bool:
    from examples.history import SendError, send

    endpoint = addresses(wanted).otlp_http
    token = wanted.settings.token
    with progress(f"playing {state.weeks} weeks of history") as advance:

        def work() -> None:
            try:
                send(
                    endpoint,
                    weeks=state.weeks,
                    seed=state.seed,
                    now=state.now,
                    progress=advance,
                    token=token,
                )
            except SendError as error:
                raise CommandError(f"the history could not be played in: {error}") from error

        return _beside(supervisor, work)


def _live_round(wanted: Plan, supervisor: Supervisor) -> bool:
    """The sample agents, with the providers' own client libraries against a local provider."""
    try:
        from examples.agents import run_all
    except ModuleNotFoundError as error:
        say(f"no live agents: the package {error.name} is not installed")
        return True
    endpoint, token = addresses(wanted).otlp_http, wanted.settings.token
    with progress("live agents at work") as advance:
        return _beside(supervisor, lambda: run_all(endpoint, token=token, progress=advance))


def _catch_up(wanted: Plan, supervisor: Supervisor) -> bool:
    """Wait until the keeper has priced what arrived; after CATCH_UP_S say how far it is and go on."""
    with progress("pricing calls") as advance:
        return _beside(supervisor, lambda: _wait_for_keeper(wanted, advance))


def _wait_for_keeper(wanted: Plan, advance: Advance) -> None:
    most = 1
    deadline = time.monotonic() + CATCH_UP_S
    while time.monotonic() < deadline:
        waiting = _health(wanted).waiting_keys
        most = max(most, waiting)
        advance(most - waiting, most)
        if waiting == 0:
            return
        time.sleep(LOOK_S)
    say(f"the keeper still has {waiting:,} keys to work on; the pages fill as it goes on")


def _health(wanted: Plan) -> Health:
    with open_ledger(wanted.settings) as ledger:
        return read_health(ledger)


def _beside(supervisor: Supervisor, work: Callable[[], object]) -> bool:
    """Do the work while the processes are watched. False = asked to stop before it was done."""
    background = Background(work)
    supervisor.run(until=background.done)
    background.finish()
    return background.done()
