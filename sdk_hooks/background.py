"""Answers that OpenAI makes in the background: their usage comes when the agent fetches them, minutes later.

In: calls that ended without usage, and what the same client fetches. Out: the call once more, from its beginning to
the end of the answer, which the ledger takes for one with the first report by its response id.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from sdk_hooks.attributes import RESPONSE_ID
from sdk_hooks.guard import shield
from sdk_hooks.providers.report import field, text

if TYPE_CHECKING:
    from sdk_hooks.call import Call

MOST_WAITING = 256
"""So many answers are waited for; of more, the oldest keep their usage unknown."""
UNFINISHED = ("queued", "in_progress")

_waiting: OrderedDict[str, Call] = OrderedDict()


def remember(call: Call) -> None:
    """Wait for the answer of `call`, which ended without usage."""
    identifier = call.report.told.get(RESPONSE_ID)
    if isinstance(identifier, str):
        # Without the conversation, which nobody asks for any more.
        call.body = {"model": call.body.get("model"), "background": True}
        _waiting[identifier] = call
        while len(_waiting) > MOST_WAITING:
            _waiting.popitem(last=False)


def waits() -> bool:
    """Whether any answer is waited for."""
    return bool(_waiting)


def fetched(result: Any, response: Any) -> None:
    """Look whether what a client returned is an answer that is waited for; a stream is watched until it tells."""
    if hasattr(type(result), "__stream__"):
        from sdk_hooks.streams import Watched, WatchedAsync

        inner, watcher = result._iterator, Fetching()
        kind: Any = WatchedAsync if hasattr(inner, "__anext__") else Watched
        result._iterator = kind(inner, watcher)
    elif field(result, "status") is not None:
        _answered(result)
    elif getattr(response, "is_closed", False):
        _answered(json.loads(response.content))


def _answered(answer: Any) -> None:
    if text(field(answer, "status")) in UNFINISHED:
        return
    call = _waiting.pop(text(field(answer, "id")) or "", None)
    if call is not None:
        call.answered_later(answer)


class Fetching:
    """Stands for a call where a stream is watched that only repeats an answer."""

    reading = False
    hide_usage_chunk = False

    def event(self, event: Any) -> None:
        """Read one event; the closing one has the whole answer."""
        if (answer := field(event, "response")) is not None:
            shield(_answered, answer)

    def fail(self, error: BaseException) -> None:
        """The stream broke; the answer may be fetched again."""

    def finish(self, interrupted: str | None = None) -> None:
        """The stream is over."""
