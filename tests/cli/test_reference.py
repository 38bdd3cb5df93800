"""The reference pages agree with the code."""

import re
import sys
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from cli.exit_codes import ExitCode
from cli.parser import build
from cli.reference import MODELS, PAGES, fill, leaves
from collector.config import model as config
from collector.config.model import parse_config

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_generated_parts_are_what_the_code_says(name: str) -> None:
    page = (DOCS / name).read_text()
    assert fill(page) == page, "run `python -m cli.reference`"


def test_help_is_as_wide_as_the_terminal_and_the_reference_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert max(map(len, build().format_help().splitlines())) <= 80
    page = (DOCS / "commands.md").read_text()
    assert fill(page) == page
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert max(map(len, build().format_help().splitlines())) > 80


def test_every_command_stands_in_the_reference() -> None:
    page = (DOCS / "commands.md").read_text()
    for parser in leaves(build()):
        assert f"## {parser.prog}\n" in page
        assert "--json" in parser.format_help()


def test_every_exit_code_stands_in_the_reference() -> None:
    page = (DOCS / "commands.md").read_text()
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.M)] == [int(code) for code in ExitCode]


def test_the_example_file_is_right() -> None:
    page = (DOCS / "configuration.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.S)
    parsed = parse_config(example.encode(), "example")
    unused = [
        name for name, field in config.Config.model_fields.items() if getattr(parsed, name) == field.default
    ]
    assert set(unused) <= {"task_idle_minutes"}, "the example shows every part"


def test_every_model_of_the_file_is_described() -> None:
    models: set[type[BaseModel]] = set()
    open_ends: list[object] = [config.Config]
    while open_ends:
        part = open_ends.pop()
        open_ends += get_args(part)
        if isinstance(part, type) and issubclass(part, BaseModel) and part not in models:
            models.add(part)
            open_ends += [field.annotation for field in part.model_fields.values()]
    assert {model for _, model in MODELS} == models
