"""`python -m collector`: one collector with the settings of the environment, until SIGTERM or SIGINT.

In: SPANLEDGER_* in the environment. Out: exit code 0 after a clean stop, 2 with one line if it cannot start.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable

from collector.app import Collector
from collector.engine.migrate import MigrationChanged
from collector.errors import CollectorError
from collector.logs import log_to_stderr
from collector.settings import CollectorSettings, load_settings

log = logging.getLogger("collector")

# As cli.exit_codes has them; the collector may not import the command line.
OK, USAGE, INTERNAL = 0, 2, 70


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
    log_to_stderr()
    try:
        settings = _settled(load_settings(os.environ))
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings))
    except (CollectorError, MigrationChanged) as error:
        print(f"collector: {error}", file=sys.stderr)
        return USAGE
    except Exception:  # the outermost edge: whatever it is, it is one line and a code
        log.exception("the collector failed")
        return INTERNAL
    log.info("stopped")
    return OK


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
