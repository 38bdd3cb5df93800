"""Token counts from text alone, so that a run can be repeated: four characters are one token.
In: text or JSON-like values; out: whole tokens and short stable hashes. No tokenizer is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

CHARACTERS_PER_TOKEN = 4


def canonical(value: object) -> str:
    """One text for one JSON value, whatever the order of its keys."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def estimate_tokens(text: str) -> int:
    """Tokens of `text`, rounded up; an empty text has none."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def digest(*parts: object) -> str:
    """A hash of the parts as 32 hex digits; equal parts give equal digests on every machine."""
    text = "\x1f".join(canonical(part) for part in parts)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts and nothing else."""
    return int(digest(*parts)[:13], 16) / 16**13


def text_of(content: object) -> str:
    """The readable text of a message's content: a string, or the text blocks of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return text_of(content.get("text") or content.get("content") or content.get("output") or "")
    if isinstance(content, Sequence):
        return "\n".join(part for part in map(text_of, content) if part)
    return ""
