"""Reads a file of outcomes, CSV or JSON lines: one verdict on one task a line.

In: text. Out: `OutcomeRow`, frozen, in the order of the file. Raises BadOutcomes with every faulty line named: a file
is taken whole or not at all.
"""

import csv
import difflib
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.errors import UsageError

COLUMNS = (
    "task_id",
    "success",
    "checker",
    "checker_kind",
    "useful_units",
    "unit",
    "decided_at",
    "workload",
)
KINDS = ("deterministic", "model_judge", "human")
WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
MOST_SHOWN = 20
NEVER_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)


class BadOutcomes(UsageError):
    """A file that cannot be taken; a line of text for every fault, up to MOST_SHOWN."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One verdict. None and '' mean: not stated. `line` counts from 1, `decided_at` is aware."""

    line: int
    task_id: str
    success: bool | None
    checker: str
    checker_kind: str
    useful_units: float | None
    unit: str
    decided_at: datetime
    workload: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a line does not say it."""

    decided_at: datetime
    checker: str = ""
    checker_kind: str = ""
    unit: str = ""


class _Fault(ValueError):
    """What is wrong with one line."""


def read_outcomes(text: str, name: str, defaults: Defaults) -> list[OutcomeRow]:
    """Every verdict in `text`; `name` is the file's, for messages. Raises BadOutcomes."""
    rows: list[OutcomeRow] = []
    faults: list[str] = []
    records = _json_lines(text) if text.lstrip()[:1] == "{" else _csv(text, name)
    for line, record in records:
        try:
            rows.append(_row(line, record if isinstance(record, Mapping) else _raise(record), defaults))
        except _Fault as fault:
            faults.append(f"{name} line {line}: {fault}")
    if faults:
        more = len(faults) - MOST_SHOWN
        tail = [f"and {more:,} more faulty lines"] if more > 0 else []
        raise BadOutcomes("\n".join([*faults[:MOST_SHOWN], *tail, "nothing was imported"]))
    if not rows:
        raise BadOutcomes(f"{name} holds no outcomes")
    return rows


def _csv(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    heads = [head.strip() for head in next(reader, [])]
    if "task_id" not in heads:
        raise BadOutcomes(
            f"{name} line 1: no column task_id; the first line names columns of {', '.join(COLUMNS)}"
        )
    twice = {head for head in heads if heads.count(head) > 1}
    if twice:
        raise BadOutcomes(f"{name} line 1: column {min(twice)} stands twice")
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"it is no CSV: {error}"
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(heads):
            yield line, f"{len(cells)} cells where the first line names {len(heads)} columns"
            continue
        yield line, {head: cell.strip() for head, cell in zip(heads, cells, strict=True) if cell.strip()}


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            record = json.loads(content)
        except ValueError as error:
            yield line, f"it is no JSON: {error}"
            continue
        if not isinstance(record, dict):
            yield line, "it is no JSON object"
            continue
        yield line, {key: value for key, value in record.items() if value is not None and value != ""}


def _raise(problem: str) -> Mapping[str, Any]:
    raise _Fault(problem)


def _row(line: int, record: Mapping[str, Any], defaults: Defaults) -> OutcomeRow:
    unknown = sorted(set(record) - set(COLUMNS))
    if unknown:
        near = difflib.get_close_matches(unknown[0], COLUMNS, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(COLUMNS)}"
        raise _Fault(f"{unknown[0]!r} is no column; {hint}")
    if "task_id" not in record:
        raise _Fault("task_id is empty")
    success = _success(record.get("success"))
    units = _units(record.get("useful_units"))
    if success is None and units is None:
        raise _Fault("neither success nor useful_units is stated")
    kind = str(record.get("checker_kind", defaults.checker_kind))
    if kind and kind not in KINDS:
        raise _Fault(f"checker_kind {kind!r} is none of {', '.join(KINDS)}")
    return OutcomeRow(
        line=line,
        task_id=_text("task_id", record["task_id"]),
        success=success,
        checker=_text("checker", record.get("checker", defaults.checker)),
        checker_kind=kind,
        useful_units=units,
        unit=_text("unit", record.get("unit", defaults.unit)),
        decided_at=_moment(record["decided_at"]) if "decided_at" in record else defaults.decided_at,
        workload=_text("workload", record.get("workload", "")),
    )


def _text(column: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Fault(f"{column} {value!r} is no text")
    return str(value)


def _success(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    found = WORDS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
    if found is None:
        raise _Fault(f"success {value!r} is none of true, false, yes, no, 1, 0")
    return found


def _units(value: object) -> float | None:
    if value is None:
        return None
    try:
        units = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        units = math.nan
    if not math.isfinite(units) or units < 0:
        raise _Fault(f"useful_units {value!r} is no number of 0 or more")
    return units


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _Fault(
            f"decided_at {value!r} is no moment, such as 2026-11-20T09:30:00Z (UTC where no zone is named)"
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not NEVER_BEFORE <= moment <= datetime(2100, 1, 1, tzinfo=UTC):
        raise _Fault(f"decided_at {value!r} is out of range")
    return moment.astimezone(UTC)
