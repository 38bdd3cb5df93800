"""Text and JSON for answers, made from a key: the same key gives the same words.
In: a key and a length or a JSON schema; out: text. Nothing here knows a provider."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from examples.wire.tokens import CHARACTERS_PER_TOKEN, digest, fraction

_LEXICON = """
account after agent already amount before branch build cache change check client close code commit config
cost customer data delay deploy detail draft error event export field file first fix flag function gate guide
handler index input invoice issue item key later ledger limit line link list log main method model module next
note number order output owner page part patch path plan policy price process query queue reason record refund
release reply report request result retry review route rule sample schema script search server session setting
shape source span stage state step store stream summary system table task tenant test ticket time token trace
update usage user value verify version window work
"""
_WORDS = tuple(_LEXICON.split())

_VERDICT_NAMES = frozenset(("accept", "accepted", "correct", "grounded", "ok", "passes", "success", "valid"))
_SCORE_NAMES = frozenset(("confidence", "score", "certainty"))
_MAX_DEPTH = 6


def prose(key: str, tokens: int) -> str:
    """Sentences of about `tokens` tokens, at least one word."""
    length = max(1, tokens) * CHARACTERS_PER_TOKEN
    stream = bytes.fromhex(digest(key))
    words: list[str] = []
    size, turn = 0, 0
    while size < length:
        if turn and turn % len(stream) == 0:
            stream = bytes.fromhex(digest(key, turn))
        word = _WORDS[(stream[turn % len(stream)] + turn) % len(_WORDS)]
        word = word.capitalize() if turn % 11 == 0 else word
        word += "." if turn % 11 == 10 else ""
        words.append(word)
        size += len(word) + 1
        turn += 1
    return " ".join(words)[:length].rstrip()


def fill(schema: Mapping[str, object], key: str, *, good: bool, confidence: float) -> str:
    """A JSON text that fits `schema`.

    A property named like a score gets `confidence` (0 to 1), one named like a verdict gets `good`; an answer
    that is not good chooses another member of an enumeration and leaves some texts empty.
    """
    return json.dumps(_value(schema, key, "", good, confidence, 0))


def _value(
    schema: Mapping[str, object], key: str, name: str, good: bool, confidence: float, depth: int
) -> object:
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        # `key` starts with the task, so that every model that gets it right names the same member.
        right = int(fraction(key.split("|")[0], name) * len(choices))
        return choices[right if good else (right + 1) % len(choices)]
    kind = str(schema.get("type") or "").lower()
    if kind == "object" or "properties" in schema:
        return _members(schema, key, good, confidence, depth)
    if kind == "array":
        items = schema.get("items")
        if not isinstance(items, Mapping) or depth >= _MAX_DEPTH:
            return []
        count = max(_whole(schema, "minItems", 2), 1 + int(fraction(key, name, "items") * 3))
        count = min(count, _whole(schema, "maxItems", count))
        return [_value(items, f"{key}/{n}", name, good, confidence, depth + 1) for n in range(count)]
    if kind == "boolean":
        return good if name in _VERDICT_NAMES else fraction(key, name) < 0.5
    if kind == "number":
        return round(confidence, 2) if name in _SCORE_NAMES else round(fraction(key, name) * 100, 2)
    if kind == "integer":
        low, high = _whole(schema, "minimum", 1), _whole(schema, "maximum", 200)
        return low + int(fraction(key, name) * max(1, high - low))
    if not good and fraction(key, name, "left out") < 0.3:
        return ""
    return prose(f"{key}/{name}", 6 + int(fraction(key, name, "length") * 30))


def _members(
    schema: Mapping[str, object], key: str, good: bool, confidence: float, depth: int
) -> dict[str, object]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or depth >= _MAX_DEPTH:
        return {}
    return {
        str(name): _value(cast("Mapping[str, object]", part), key, str(name), good, confidence, depth + 1)
        for name, part in properties.items()
        if isinstance(part, Mapping)
    }


def _whole(schema: Mapping[str, object], name: str, default: int) -> int:
    value = schema.get(name)
    return value if isinstance(value, int) else default
