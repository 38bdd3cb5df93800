"""OpenAI's embeddings: unit vectors made from a hash of each text, and usage in tokens."""

from __future__ import annotations

import array
import base64
import math

from examples.wire.prompt import Json
from examples.wire.reading import BadRequest, as_list
from examples.wire.tokens import canonical, digest, estimate_tokens

DIMENSIONS = 256


def write_embeddings(body: Json) -> dict[str, object]:
    """One vector a text. Raises BadRequest without a model or an input."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else [canonical(text) for text in as_list(given)]
    if not body.get("model") or not texts:
        raise BadRequest("Missing required parameter: 'input'.")
    dimensions = body.get("dimensions")
    size = dimensions if isinstance(dimensions, int) and dimensions > 0 else DIMENSIONS
    tokens = sum(map(estimate_tokens, texts))
    packed = body.get("encoding_format") == "base64"
    return {
        "object": "list",
        "model": body["model"],
        "data": [
            {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
            for index, vector in enumerate(_vector(text, size) for text in texts)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _vector(text: str, size: int) -> list[float]:
    values: list[float] = []
    block = 0
    while len(values) < size:
        values += [byte / 127.5 - 1 for byte in bytes.fromhex(digest(text, block))]
        block += 1
    norm = math.sqrt(sum(value * value for value in values[:size])) or 1.0
    return [value / norm for value in values[:size]]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(array.array("f", vector).tobytes()).decode()
