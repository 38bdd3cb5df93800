"""One side of a gate: what the three queries say of recorded traces or of a part of the ledger.

In: something that answers queries, and which part of it. Out: SideData, priced as of one moment.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from analytics.bridge.split import BridgeCell
from analytics.gate.evidence import ModelUse, RunFacts, SegmentUse, SideData
from cli.gate.selectors import BEGINNING, LedgerSource
from sql.catalogue import query

FAR = timedelta(days=40_000)
LISTS = ("workloads", "environments", "changes", "pull_requests", "prompt_versions")

Ask = Callable[[str, Mapping[str, str]], bytes]
"""A statement and its parameters, answered in the format JSONColumns."""


@dataclass(frozen=True)
class Part:
    """A part of what is asked, as the parameters of its queries."""

    name: str
    params: Mapping[str, str]


def everything(name: str) -> Part:
    """All there is, as with recorded traces, where the engine holds nothing else."""
    return Part(name, _params(BEGINNING, BEGINNING + FAR, {}))


def part_of_ledger(source: LedgerSource) -> Part:
    """The tasks that a selector names."""
    return Part(source.text, _params(source.from_, source.to, source.lists))


def models_of(ask: Ask, part: Part) -> tuple[ModelUse, ...]:
    """The models the part used."""
    rows = _columns(ask, "gate_models", part.params)
    made = (ModelUse(**dict(zip(rows, values, strict=True))) for values in zip(*rows.values(), strict=True))
    return tuple(_timed(use) for use in made)


def latest_call(models: Sequence[ModelUse]) -> datetime:
    """When the latest call began; the beginning of time when there is none."""
    return max((use.latest for use in models), default=BEGINNING)


def side_of(ask: Ask, part: Part, models: tuple[ModelUse, ...], as_of: datetime) -> SideData:
    """The part's runs and cells, every call at the prices of `as_of`."""
    runs = _runs(_columns(ask, "gate_runs", part.params))
    tasks = {(run.case, run.run): run.tasks for run in runs}
    rows = _columns(ask, "gate_cells", {**part.params, "as_of": _moment(as_of)})
    own_usd = sum(map(Decimal, rows.pop("own_cost_usd", [])), Decimal(0))
    keys = list(zip(rows.pop("case", []), rows.pop("run", []), strict=True))
    values = {
        name: [Decimal(value) for value in found] if name.endswith("_usd") else found
        for name, found in rows.items()
    }
    cells = [
        BridgeCell(
            unit=case, run=run, tasks=tasks[(case, run)], unpriced_calls=0, **dict(zip(values, row, strict=True))
        )
        for (case, run), row in zip(keys, zip(*values.values(), strict=True), strict=True)
    ]  # fmt: skip
    seen = set(keys)
    cells += [_idle(run) for run in runs if (run.case, run.run) not in seen]
    return SideData(part.name, runs, models, tuple(cells), own_usd)


def segments_of(ask: Ask, part: Part) -> tuple[SegmentUse, ...]:
    """Input by segment of the prompt, of calls recorded with their segments."""
    rows = _columns(ask, "gate_segments", part.params)
    return tuple(
        SegmentUse(str(name), int(calls), float(tokens), float(usd))
        for name, calls, tokens, usd in zip(*rows.values(), strict=True)
    )


def volume_of(ask: Ask, part: Part) -> dict[str, int]:
    """Tasks of each workload."""
    rows = _columns(ask, "gate_volume", part.params)
    return {name: int(tasks) for name, tasks in zip(rows["workload"], rows["tasks"], strict=True)}


def _runs(rows: dict[str, list[Any]]) -> tuple[RunFacts, ...]:
    made = []
    for values in zip(*rows.values(), strict=True):
        row = dict(zip(rows, values, strict=True))
        lists = {name: tuple(row[name]) for name in ("changes", "prompt_versions", "traces")}
        made.append(RunFacts(**{**row, **lists, "day": date.fromisoformat(row["day"])}))
    return tuple(made)


def _idle(run: RunFacts) -> BridgeCell:
    """A run without a priced call: it counts as a run, with nothing in it."""
    names = {field.name for field in fields(BridgeCell)}
    blank: dict[str, Any] = {name: Decimal(0) if name.endswith("_usd") else 0 for name in names}
    blank |= dict.fromkeys(("provider", "model", "service_class", "price_tier"), "")
    return BridgeCell(**{**blank, "unit": run.case, "run": run.run, "tasks": run.tasks})


def _timed(use: ModelUse) -> ModelUse:
    moment = datetime.fromisoformat(str(use.latest)).replace(tzinfo=UTC)
    return ModelUse(**{**use.__dict__, "latest": moment})


def _columns(ask: Ask, name: str, params: Mapping[str, str]) -> dict[str, list[Any]]:
    """Columns of a query by name. Decimals stay text: as numbers of JSON they would lose digits."""
    statement = query(name)
    answer = ask(statement.text, {key: params[key] for key in statement.parameters})
    found: dict[str, list[Any]] = json.loads(answer, parse_float=str)
    return found


def _params(from_: datetime, to: datetime, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    arrays = {name: "[" + ", ".join(_quoted(value) for value in lists.get(name, ())) + "]" for name in LISTS}
    return {"from_": _moment(from_), "to_": _moment(to), **arrays}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
