"""Failures a provider may answer with: asked for by a test, or drawn by the seed.
In: a prompt; out: the status to send, or nothing. The count of tries comes from the client's own header."""

from __future__ import annotations

from dataclasses import dataclass

from examples.wire.prompt import Prompt
from examples.wire.tokens import fraction

CUT = "cut"
_DRAWN_STATUSES = (429, 429, 500, 529)


@dataclass(frozen=True)
class Fault:
    """One failure: an HTTP status instead of an answer."""

    status: int


def fault_of(prompt: Prompt, seed: int, rate: float) -> Fault | None:
    """The fault of this try, or None.

    `rate` of all tries fail, which ones depends on the seed, the prompt and the number of the try, so that a
    client that tries again usually succeeds.
    """
    status, _, tries = prompt.hints.fault.partition(":")
    if status.isdigit():
        return Fault(int(status)) if not tries or prompt.hints.retry < int(tries) else None
    draw = fraction(seed, "fault", prompt.model, prompt.fingerprint, prompt.hints.retry)
    if draw >= rate:
        return None
    return Fault(_DRAWN_STATUSES[int(draw / rate * len(_DRAWN_STATUSES))])


def is_cut(prompt: Prompt) -> bool:
    """Whether the answer's stream breaks off half-way."""
    return prompt.hints.fault == CUT
