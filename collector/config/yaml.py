"""YAML text -> plain values, with the line on which each of them stands.

In: the bytes of one file. Out: a Document, or the faults that make it no document at all.
Must never let a later key silently replace an earlier one, or round a decimal through binary.
"""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

Path = tuple[str | int, ...]


@dataclass
class Document:
    """`value` is made of dict, list and scalars; `lines` gives the line (from 1) of each path in it."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Line of `path`, or of the nearest thing around it that is written in the file."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(content: bytes) -> Document:
    """Parse one YAML document. Faults (syntax, encoding, a key twice) are listed with their line."""
    document = Document()
    try:
        text = content.decode("utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        document.faults.append(
            (line, f"byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8")
        )
        return document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        document.faults.append((mark.line + 1 if mark else 1, f"not YAML: {what}"))
        return document
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        document.faults.append((line, f"not YAML: character {chr(int(error.character))!r} is not allowed"))
        return document
    if node is not None:
        document.value = _Builder(document).build(node, (), ())
    return document


class _Builder:
    """Turns nodes into values. `within` holds the ids of the nodes around, to notice one inside itself."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: Path, within: tuple[int, ...]) -> Any:
        self._document.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in within:
            self._fault(node, "this alias stands inside the thing it names")
            return None
        inner = (*within, id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, inner)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index), inner) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path, within: tuple[int, ...]) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, "a key must be a single word or text")
                continue
            key = str(key_node.value)
            if key in built:
                first = self._document.lines[(*path, key)]
                self._fault(key_node, f"{key} stands twice, first on line {first}; keep one")
                continue
            # The key's own line: a block value starts a line further down.
            self._document.lines[(*path, key)] = key_node.start_mark.line + 1
            built[key] = self.build(value_node, (*path, key), within)
        return built

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag == "tag:yaml.org,2002:float":
            try:
                return Decimal(str(node.value).replace("_", ""))
            except InvalidOperation:
                pass  # .inf, .nan and base 60: the models refuse what they cannot use
        try:
            return self._scalars.construct_object(node)
        except yaml.constructor.ConstructorError as error:
            self._fault(node, f"{node.value!r}: {error.problem}")
        except ValueError as error:  # a date such as 2026-02-30
            self._fault(node, f"{node.value!r}: {error}")
        return None

    def _fault(self, node: yaml.Node, what: str) -> None:
        self._document.faults.append((node.start_mark.line + 1, what))
