"""What tasks, workloads and tenants have spent, for limits in agents: `GET /v1/spend` on the OTLP port.

In: the query of a request. Out: JSON bytes, or an error that says what is wrong. Reads only, on a thread of its own,
one question at a time, and the same question at most once a second: agents that ask never hold up what arrives.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from collector.engine.lanes import Lane
from collector.engine.result import EngineError
from collector.engine.runner import Runner, rows
from collector.engine.typed import strings
from collector.errors import CollectorError

PATH = "/v1/spend"
MOST_NAMES = 100
MOST_NAME_CHARACTERS = 1000
KEPT_S = 1.0
MOST_KEPT = 1000
QUERIES: Mapping[str, str] = {
    "task": "queries/spend_of_tasks",
    "workload": "queries/spend_of_workloads",
    "tenant": "queries/spend_of_tenants",
}
WINDOWS_S: Mapping[str, int] = {"workload": 3600, "tenant": 86_400}
"""Default windows; a task counts whole."""
MOST_WINDOW_S = 7 * 86_400
OVERSHOOT = (
    "Not in these figures: calls under way, calls that agents have not sent yet (the hooks send every 2 s), and what "
    "arrived in the last lag_s seconds. A limit can be overshot by what all processes spend in that time."
)


class BadQuestion(CollectorError):
    """A query that cannot be answered; says which part and what to send."""


class SpendUnavailable(CollectorError):
    """Too many ask, or the ledger does not answer; to be asked again later."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whose spending is asked for: `scope` is a key of QUERIES, `window_s` 0 for tasks."""

    scope: str
    names: tuple[str, ...]
    window_s: int


class SpendDesk:
    """Answers questions from the ledger behind `runner`."""

    def __init__(self, runner: Runner, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._runner = runner
        self._now = now
        self._lane = Lane("spend", 1)
        self._answers: dict[Question, tuple[float, asyncio.Future[bytes]]] = {}

    async def answer(self, query: str) -> bytes:
        """JSON for the query string of a request. Raises BadQuestion, SpendUnavailable."""
        question = read_question(query)
        kept = self._answers.get(question)
        if kept is None or (kept[1].done() and time.monotonic() - kept[0] > KEPT_S):
            kept = self._ask(question)
        try:
            return await asyncio.shield(kept[1])
        except EngineError as error:
            self._answers.pop(question, None)
            raise SpendUnavailable(f"the ledger does not answer: {error.message}") from None

    def close(self) -> None:
        """Wait for what is being answered."""
        self._lane.close()

    def _ask(self, question: Question) -> tuple[float, "asyncio.Future[bytes]"]:
        try:
            future = self._lane.run(lambda: self._read(question))
        except EngineError as error:
            raise SpendUnavailable(error.message) from None
        if len(self._answers) >= MOST_KEPT:
            self._answers.clear()
        self._answers[question] = kept = (time.monotonic(), future)
        return kept

    def _read(self, question: Question) -> bytes:
        now = self._now()
        # Asked first: whatever is recomputed in between makes the figures newer than they say, never older.
        lag_s = float(rows(self._runner, "keeper/waiting")[0]["lag_s"])
        parameters = {"names": strings(question.names)}
        if question.window_s:
            parameters["from_"] = _first_whole_minute(now - timedelta(seconds=question.window_s))
        found = rows(self._runner, QUERIES[question.scope], parameters)
        answer = {
            "scope": question.scope,
            "window_s": question.window_s or None,
            "as_of": (now - timedelta(seconds=lag_s)).isoformat(timespec="milliseconds"),
            "lag_s": round(lag_s, 3),
            "overshoot": OVERSHOOT,
            "spend": [
                {
                    "name": row["name"],
                    "cost_usd": str(row["cost_usd"]),
                    **{name: int(row[name]) for name in ("tokens", "calls", "unpriced_calls")},
                }
                for row in found
            ],
        }
        return json.dumps(answer, ensure_ascii=False).encode()


def read_question(query: str) -> Question:
    """`scope=workload&name=triage&name=other&window_s=3600`. Raises BadQuestion."""
    pairs = parse_qsl(query, keep_blank_values=True)
    known = {"scope", "name", "window_s"}
    for key, _ in pairs:
        if key not in known:
            raise BadQuestion(f"{key!r} is no parameter; send scope, name (may be repeated) and window_s")
    given = dict(pairs)
    scope = given.get("scope", "")
    if scope not in QUERIES:
        raise BadQuestion(f"scope={scope!r}: send one of {', '.join(QUERIES)}")
    names = tuple(sorted({value for key, value in pairs if key == "name"}))
    if not names or "" in names:
        raise BadQuestion(f"name: send the {scope} to be told of, once or several times")
    if len(names) > MOST_NAMES or max(map(len, names)) > MOST_NAME_CHARACTERS:
        raise BadQuestion(f"name: at most {MOST_NAMES} names of {MOST_NAME_CHARACTERS} characters")
    return Question(scope, names, _window(scope, given.get("window_s")))


def _window(scope: str, given: str | None) -> int:
    if scope == "task":
        if given is not None:
            raise BadQuestion("window_s: a task counts whole; leave it out")
        return 0
    if given is None:
        return WINDOWS_S[scope]
    if not given.isascii() or not given.isdigit() or not 60 <= int(given[:9]) <= MOST_WINDOW_S:
        raise BadQuestion(f"window_s={given!r}: send whole seconds from 60 to {MOST_WINDOW_S}")
    return int(given)


def _first_whole_minute(moment: datetime) -> str:
    begin = moment.replace(second=0, microsecond=0)
    if begin < moment:
        begin += timedelta(minutes=1)
    return begin.strftime("%Y-%m-%d %H:%M:%S")
