"""Sends the parts of a streamed answer at the pace of a model, and breaks off where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from examples.wire.prompt import Answer


async def streamed(
    parts: Sequence[bytes], answer: Answer, cut: bool, scale: float, fewest: int = 2
) -> AsyncIterator[bytes]:
    """`parts`, the first after the model's first-chunk time; with `cut` about half of them, then a reset.

    scale stretches times as `Provider.time_scale` does; fewest: parts sent at least before a cut.
    """
    sent = parts[: max(fewest, len(parts) // 2)] if cut else parts
    await asyncio.sleep(answer.first_chunk_s * scale)
    pause = (answer.duration_s - answer.first_chunk_s) * scale / len(sent)
    for part in sent:
        yield part
        if pause:
            await asyncio.sleep(pause)
    if cut:
        raise ConnectionResetError("the stream was told to break off here")
