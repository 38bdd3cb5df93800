"""`python -m collector`: one collector with the settings of the environment, until SIGTERM or SIGINT.

In: SPANLEDGER_* in the environment. Out: exit code 0 after a clean stop, 2 with one line if it cannot start,
5 where starting again later may help (a full disk, a server that is away).
"""

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable

from collector.app import Collector
from collector.engine.faults import DISK_CODES, LEDGER_CODES
from collector.engine.migrate import MigrationChanged
from collector.engine.result import EngineError
from collector.errors import CollectorError
from collector.http.open_files import raise_open_files
from collector.logs import log_to_stderr
from collector.settings import MIB, CollectorSettings, load_settings
from collector.streams import open_closed_streams

log = logging.getLogger("collector")

# As cli.exit_codes has them; the collector may not import the command line.
OK, USAGE, UNAVAILABLE, INTERNAL = 0, 2, 5, 70


async def serve(settings: CollectorSettings) -> None:
    """Run a collector until SIGTERM or SIGINT. Raises CollectorError if it cannot start."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    collector = Collector(settings)
    starting = asyncio.ensure_future(collector.start())
    asked = asyncio.ensure_future(stopping.wait())
    await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        await asked
    else:
        await asyncio.wait((starting,))
    log.info("stopping")
    await collector.stop()


def main() -> int:
    """Exit code of the process."""
    open_closed_streams()
    raise_open_files()
    log_to_stderr()
    try:
        settings = _settled(load_settings(os.environ))
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings))
    except EngineError as error:
        print(f"collector: {_explained(error)}", file=sys.stderr)
        return UNAVAILABLE if error.code in LEDGER_CODES else USAGE
    except (CollectorError, MigrationChanged) as error:
        print(f"collector: {error}", file=sys.stderr)
        return USAGE
    except Exception:  # the outermost edge: whatever it is, it is one line and a code
        log.exception("the collector failed")
        return INTERNAL
    log.info("stopped")
    return OK


def _explained(error: EngineError) -> str:
    """The error, and where the disk is full how full it is: the collector stands in its data folder."""
    if error.code not in DISK_CODES:
        return str(error)
    disk = shutil.disk_usage(".")
    return (
        f"the disk of {os.getcwd()} is full ({disk.free // MIB} MiB free); free some and start again. {error}"
    )


def _settled(settings: CollectorSettings) -> CollectorSettings:
    """The same settings with the working folder changed to the data folder.

    The engine keeps compiled format schemas below the working folder, which is the user's until here.
    """
    config = settings.config_path()
    settled = settings.model_copy(update={"config": config.absolute() if config else None})
    settings.folder.create()
    os.chdir(settings.folder.root)
    return settled


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


if __name__ == "__main__":
    sys.exit(main())
