"""A piece of work beside the supervisor, in a thread that never keeps the process alive."""

import threading
from collections.abc import Callable


class Background:
    """Runs `work` at once; ask `done`, then `finish`."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def done(self) -> bool:
        """Whether the work has ended, well or not."""
        return not self._thread.is_alive()

    def finish(self) -> None:
        """Raises what the work raised; does nothing while it still runs."""
        if self.done() and self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - handed to the thread that asks
            self._error = error
