"""Lines in which any value is anything: each costs only itself, and what is read can be sent."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.importers.encode import request
from cli.importers.files import Source
from cli.importers.formats import Choice, NotImportable, items
from cli.importers.records import FORMATS, Call, Request, Skipped, moment, text
from tests.imports.test_langfuse import CANARY
from tests.imports.test_litellm import CACHED, row
from tests.imports.transcripts import claude_answer, claude_user, codex_count, codex_meta, codex_turn

AT = "2026-10-01T10:00:0"
ODD: tuple[object, ...] = (
    None, "", 0, -1, 1.5, "x", [], {}, [1], {"a": 1}, True, "1e400", float("nan"), float("inf"), 10**30, "9" * 400,
    "2026-13-01", "\ud800", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", 1e300, -1e18, "a\nb", "١٢",
)  # fmt: skip
SPAN = {
    "traceId": "0c9f2f4e96a34a1e9f0e5d0c8a4a2b11", "spanId": "0c9f2f4e96a34a1e", "name": "chat", "kind": 3,
    "startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000001000000000",
    "attributes": [{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "5"}}], "status": {"code": 2},
}  # fmt: skip
GENERATION = {
    "id": "b7", "traceId": "0c9f2f4e", "type": "GENERATION", "startTime": f"{AT}0Z", "endTime": f"{AT}1Z",
    "model": "gpt-4o", "usageDetails": {"input": 700, "output": 30, "total": 730}, "costDetails": {"total": 0.1},
    "usage": {"input": 7, "unit": "TOKENS"}, "metadata": {"ls_provider": "openai"}, "level": "DEFAULT",
    "input": CANARY,
}  # fmt: skip
FILES: dict[str, list[dict[str, Any]]] = {
    "claude-code": [claude_user(f"{AT}0Z"), claude_answer(f"{AT}1Z", "m1"), claude_answer(f"{AT}2Z", "m2")],
    "codex": [
        codex_meta(f"{AT}0Z", "s1", source={"subagent": {"thread_spawn": {"parent_thread_id": "p"}}}),
        codex_turn(f"{AT}1Z"),
        codex_count(f"{AT}2Z", (10, 2, 3, 1), (10, 2, 3, 1)),
        codex_count(f"{AT}5Z", (30, 2, 9, 1), (20, 0, 6, 0)),
    ],
    "litellm": [row(0, usage=CACHED), row(1)],
    "langfuse": [GENERATION, GENERATION],
    "otlp": [
        {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": "a"}, "spans": [SPAN]}]}]}
    ],
}


def places(found: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value inside."""
    within = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in within:
        yield (*at, key)
        yield from places(value, (*at, key))


def mangled(line: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The line with one to three of its values replaced."""
    made = copy.deepcopy(line)
    for _ in range(chance.randint(1, 3)):
        *way, last = chance.choice(list(places(made)) or [("",)])
        inside: Any = made
        for key in way:
            inside = inside[key]
        inside[last] = copy.deepcopy(chance.choice(ODD))
    return made


@pytest.mark.parametrize("name", FORMATS)
def test_no_value_can_break_a_reader(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    path = tmp_path / "found.jsonl"
    kinds = set()
    for _ in range(400):
        lines = [mangled(line, chance) if chance.random() < 0.7 else line for line in FILES[name]]
        path.write_text("\n".join(map(json.dumps, lines)))
        source = Source(path)
        try:
            choice = Choice(chance.choice(["", name]), chance.choice(["session", "prompt"]))
            found = list(items(source, choice)[1])
        except NotImportable:
            continue
        finally:
            source.close()
        assert all(isinstance(each, Call | Request | Skipped) for each in found)
        calls = [each for each in found if isinstance(each, Call)]
        assert not calls or request(calls)
        kinds |= {type(each) for each in found}
    assert Skipped in kinds
    assert Call in kinds or Request in kinds


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", 1e300, -1e18, "1969-01-01"]
)
def test_a_time_that_no_call_can_have_is_none(value: object) -> None:
    assert moment(value) is None


def test_half_a_character_becomes_one_that_can_be_sent() -> None:
    assert text("a\ud800b") == "a?b"
