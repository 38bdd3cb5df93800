"""Bodies that the agent reads by itself, in whatever pieces they come."""

import json

import pytest

from sdk_hooks import kept
from sdk_hooks.raw_bodies import Body

ANSWER = {"usage": {"input_tokens": 7}}
EVENTS = [{"type": "message_start", "n": 1}, {"type": "message_delta", "n": 2}]
STREAM = b"".join(b"event: x\r\ndata: " + json.dumps(each).encode() + b"\r\n\r\n" for each in EVENTS)


class Heard:
    """What a call is told."""

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams
        self.over = False
        self.events: list[object] = []
        self.read_as: object = None
        self.ended_by: str | None = None

    def event(self, event: object) -> None:
        self.events.append(event)

    def read(self, answer: object) -> None:
        self.read_as = answer

    def finish(self, interrupted: str | None = None) -> None:
        self.ended_by = interrupted


def _told(data: bytes, step: int, *, streams: bool) -> Heard:
    heard = Heard(streams=streams)
    body = Body(heard)  # type: ignore[arg-type]
    for start in range(0, len(data), step):
        body.seen(data[start : start + step])
    body.seen(None)
    return heard


@pytest.mark.parametrize("step", [1, 2, 7, 30, 10_000])
def test_the_size_of_the_pieces_changes_nothing(step: int) -> None:
    assert _told(STREAM, step, streams=True).events == EVENTS
    assert _told(json.dumps(ANSWER).encode(), step, streams=False).read_as == ANSWER


def test_what_is_too_large_to_keep_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT_BYTES", 60)
    picture = b'data: {"b64": "' + b"A" * 100 + b'"}\r\n\r\n'
    assert _told(picture + STREAM, 16, streams=True).events == EVENTS
    whole = _told(json.dumps(ANSWER | {"text": "x" * 100}).encode(), 16, streams=False)
    assert (whole.read_as, whole.ended_by) == (None, "body_not_parsed")
