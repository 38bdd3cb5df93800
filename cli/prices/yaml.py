"""Lines for spanledger.yaml, and how they get into it without touching anything else.

In: a rule, the text of a file. Out: lines, or the text with the rule in it.
Never: a file that means something else than asked.
"""

from typing import Any

import yaml

from collector.config.model import Config, parse_config
from collector.errors import CollectorError


class CannotEdit(CollectorError):
    """The file is written in a way that a rule cannot be added to without a hand."""


def rule_lines(provider: str, model: str) -> str:
    """What to paste for a model without a price."""
    return (
        "prices:\n"
        f"  - {{provider: {_word(provider)}, model: {_word(model)}, "
        "fresh_input_usd_per_mtok: 0.00, cache_read_usd_per_mtok: 0.00, output_usd_per_mtok: 0.00}"
    )


def rule_line(rule: dict[str, Any]) -> str:
    """One rule on one line."""
    return "{" + ", ".join(f"{key}: {_word(value)}" for key, value in rule.items()) + "}"


def with_rule(content: str, rule: dict[str, Any], name: str) -> str:
    """The text of the file with the rule as the last of `prices`. Raises CannotEdit, ConfigError."""
    before = parse_config(content.encode(), name)
    wanted = _parsed(rule, name)
    node = _prices_node(content)
    line = rule_line(rule)
    if node is None:
        joined = content if not content or content.endswith("\n") else content + "\n"
        after = f"{joined}prices:\n  - {line}\n"
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        lines = content.splitlines(keepends=True)
        first = node.value[0].start_mark
        indent = lines[first.line][: first.column].partition("-")[0]
        last = _last_line(node)
        if not lines[last].endswith("\n"):
            lines[last] += "\n"
        after = "".join([*lines[: last + 1], f"{indent}- {line}\n", *lines[last + 1 :]])
    else:
        raise CannotEdit(f"{name}: `prices` is not written as a list of lines; add by hand: - {line}")
    if parse_config(after.encode(), name) != before.model_copy(
        update={"prices": (*before.prices, *wanted.prices)}
    ):
        raise CannotEdit(f"{name}: the rule cannot be added safely; add by hand: - {line}")
    return after


def _parsed(rule: dict[str, Any], name: str) -> Config:
    return parse_config(f"prices:\n  - {rule_line(rule)}\n".encode(), name)


def _prices_node(content: str) -> yaml.Node | None:
    root = yaml.compose(content, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    for key, value in root.value:
        if key.value == "prices":
            is_empty = isinstance(value, yaml.ScalarNode) and value.value == ""
            if is_empty:
                raise CannotEdit(
                    "`prices:` stands there without a rule; take the line out or add one by hand"
                )
            node: yaml.Node = value
            return node
    return None


def _last_line(node: yaml.SequenceNode) -> int:
    last = node.value[-1]
    while isinstance(last, (yaml.MappingNode, yaml.SequenceNode)) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    line: int = last.end_mark.line
    return line if last.end_mark.column else line - 1


def _word(value: Any) -> str:
    text = str(value)
    is_plain = text and all(c.isalnum() or c in "-_./" for c in text) and not text.startswith("-")
    if not isinstance(value, str) or (is_plain and yaml.safe_load(text) == text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
