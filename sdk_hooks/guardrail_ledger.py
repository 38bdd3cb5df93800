"""What all processes together have spent, asked of the collector in the background: `GET /v1/spend`.

In: keys that limits want. Out: `Figure`, the newest answer. Never on a call's path: `figure` looks up what is there.
A collector that is away is asked ever more rarely, and told of once.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sdk_hooks.endpoint import TRACES_PATH, Endpoint
from sdk_hooks.guard import shield, warn_once
from sdk_hooks.guardrail_counters import Key, Spend
from sdk_hooks.post import Connection

SPEND_PATH = "/v1/spend"
REFRESH_S = 5.0
"""How old the figures of what is being used may get before they are asked for again."""
IDLE_REFRESH_S = 30.0
"""The same for what has not been used for a minute; after an hour without use it is no longer asked for."""
USED_LATELY_S = 60.0
FORGET_S = 3600.0
FRESH_S = 90.0
"""A figure older than this says nothing any more: then this process's own count is what there is."""
MOST_NAMES = 100
"""So many names go into one request; a kind with more has the most recently used ones asked for."""
LONGEST_PAUSE_S = 60.0


class Figure(NamedTuple):
    """The ledger's answer: `spend` as it stood when the request was sent, `asked_s` on the process's clock."""

    spend: Spend
    asked_s: float
    lag_s: float


class LedgerReader:
    """Keeps the figures of the keys that `figure` is asked for. `endpoint` is looked up anew before each round."""

    def __init__(self, endpoint: Callable[[], Endpoint | None], clock: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[Key, float] = {}
        self._figures: dict[Key, Figure] = {}
        self._wake = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._connection: tuple[Endpoint, Connection] | None = None
        self._pause_s = 0.0
        self._quiet_until_s = 0.0

    def figure(self, key: Key) -> Figure | None:
        """The newest figure, if it is fresh; marks `key` as used, so that a newer one is fetched."""
        now_s = self._clock()
        with self._lock:
            is_new = key not in self._used
            self._used[key] = now_s
            found = self._figures.get(key)
        if is_new or self._pid != os.getpid():
            self._start()
        return found if found is not None and now_s - found.asked_s <= FRESH_S else None

    def stop(self) -> None:
        """Ask no more; the thread ends after the request it is in."""
        self._stopped = True
        self._wake.set()

    def refresh(self) -> float:
        """Ask for what is due, in this thread; how many seconds until the next time."""
        now_s = self._clock()
        if now_s < self._quiet_until_s:
            return self._quiet_until_s - now_s
        due = self._due(now_s)
        if due:
            endpoint = self._endpoint()
            answered = endpoint is not None and all(
                self._ask(endpoint, kind, names) for kind, names in _by_kind(due)
            )
            self._pause_s = 0.0 if answered else min(max(2 * self._pause_s, REFRESH_S), LONGEST_PAUSE_S)
            self._quiet_until_s = now_s + self._pause_s
        return max(self._pause_s, REFRESH_S)

    def _start(self) -> None:
        """Have the thread look at once; started at need, as in a forked process, which has none."""
        with self._lock:
            alive = self._pid == os.getpid() and self._thread is not None and self._thread.is_alive()
            if not alive and not self._stopped:
                self._pid = os.getpid()
                self._wake = threading.Event()
                self._thread = threading.Thread(target=self._run, name="spanledger-limits", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopped:
            wait_s = shield(self.refresh) or LONGEST_PAUSE_S
            self._wake.wait(wait_s)
            self._wake.clear()

    def _due(self, now_s: float) -> list[Key]:
        with self._lock:
            for key in [key for key, used_s in self._used.items() if now_s - used_s > FORGET_S]:
                del self._used[key]
                self._figures.pop(key, None)
            waiting = []
            for key, used_s in self._used.items():
                figure = self._figures.get(key)
                every_s = REFRESH_S if now_s - used_s <= USED_LATELY_S else IDLE_REFRESH_S
                # A little early is better than a whole round late.
                if figure is None or now_s - figure.asked_s >= 0.8 * every_s:
                    waiting.append((used_s, key))
        return [key for _, key in sorted(waiting, reverse=True)]

    def _ask(self, endpoint: Endpoint, kind: str, names: list[str]) -> bool:
        asked_s = self._clock()
        try:
            answer = self._get(endpoint, kind, names)
            figures = {(kind, str(row["name"])): _spend(row) for row in answer["spend"]}
            lag_s = float(answer["lag_s"])
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
            warn_once(
                "spend",
                "limits hold against this process's own calls only: the ledger cannot be read at %s (%s)",
                endpoint.url,
                error,
            )
            return False
        with self._lock:
            for name in names:
                spend = figures.get((kind, name), Spend())
                self._figures[kind, name] = Figure(spend, asked_s, lag_s)
        return True

    def _get(self, endpoint: Endpoint, kind: str, names: list[str]) -> Any:
        if self._connection is None or self._connection[0] != endpoint:
            self._connection = (endpoint, Connection(endpoint))
        query = urlencode([("scope", kind), *(("name", name) for name in names)])
        status, body = self._connection[1].get(f"{endpoint.path}?{query}", endpoint.headers)
        if status != 200:
            raise OSError(f"it answers {status}")
        return json.loads(body)


def spend_endpoint(traces: Endpoint | None) -> Endpoint | None:
    """Where spending is read, beside the place that spans are sent to; None if that is no such place."""
    if traces is None or not traces.path.endswith(TRACES_PATH):
        return None
    return replace(traces, path=traces.path[: -len(TRACES_PATH)] + SPEND_PATH)


def _by_kind(keys: Iterable[Key]) -> list[tuple[str, list[str]]]:
    kinds: dict[str, list[str]] = {}
    for kind, name in keys:
        names = kinds.setdefault(kind, [])
        if len(names) < MOST_NAMES:
            names.append(name)
    return list(kinds.items())


def _spend(row: dict[str, Any]) -> Spend:
    return Spend(Decimal(row["cost_usd"]), int(row["tokens"]), int(row["calls"]), int(row["unpriced_calls"]))
