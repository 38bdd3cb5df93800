"""Reads both sides of a gate and has them compared.

In: parsed arguments. Out: GateResult. Raises UsageError, BadTraceFile, UnavailableError, each with one line.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

from analytics.gate.comparable import clashing_case
from analytics.gate.compare import compare
from analytics.gate.evidence import SideData
from analytics.gate.limits import LimitRule, check_limits, unmatched
from analytics.gate.production import compare_with_production
from analytics.gate.result import GateResult
from analytics.gate.settings import GateSettings
from cli.errors import UsageError
from cli.gate.limit_file import read_limits
from cli.gate.options import EVERY_WORKLOAD, settings_of, volumes_of
from cli.gate.recorded import ANSWER, Recorded, recorded
from cli.gate.selectors import FileSource, LedgerSource, Source, parse_source
from cli.gate.sides import Ask, Part, latest_call, models_of, part_of_ledger, segments_of, side_of, volume_of
from cli.ledger import open_ledger
from collector.config.model import load_config
from collector.settings import CollectorSettings, load_settings
from sql.then import IN_FORCE, Prices

VOLUME_OF = timedelta(days=28)
MOST_CALLS = 2_000_000
DAYS_A_MONTH = 365.25 / 12


def judged(arguments: argparse.Namespace) -> GateResult:
    """The result of the two sides that the arguments name."""
    now = datetime.now(UTC)
    settings = settings_of(arguments)
    volumes = volumes_of(arguments.monthly_tasks)
    rules = read_limits(arguments.limits) if arguments.limits else []
    sources = [parse_source(f"--{name}", getattr(arguments, name), now) for name in ("base", "head")]
    where = load_settings(os.environ, data=arguments.data, config=arguments.config)
    if arguments.prices != IN_FORCE and any(isinstance(source, FileSource) for source in sources):
        raise UsageError(
            "--prices is for sides that the ledger holds; recorded files are priced by spanledger.yaml"
        )
    with Reader(where, arguments.prices) as reader:
        head, base, as_of = reader.sides(sources[0], sources[1])
        if not volumes and (asked := next((s for s in sources if isinstance(s, LedgerSource)), None)):
            volumes = reader.monthly(asked, now)
    result = result_of(base, head, sources, settings, as_of, volumes, arguments.suite)
    return with_limits(result, base, head, rules)


def with_limits(result: GateResult, base: SideData, head: SideData, rules: Sequence[LimitRule]) -> GateResult:
    """The result with every case held against its limits; a rule that is about no case is a warning."""
    warnings = [
        f"a limit is about no case: cases {rule.cases!r}, workloads {rule.workloads!r}"
        for rule in unmatched(rules, head)
    ]
    checks = check_limits(rules, base, head)
    return replace(result, limits=checks, warnings=(*result.warnings, *warnings))


def result_of(
    base: SideData,
    head: SideData,
    sources: list[Source],
    settings: GateSettings,
    as_of: datetime,
    volumes: Mapping[str, float],
    suite: str,
) -> GateResult:
    """Pairs where cases pair; a base out of production that shares no case with the head is compared by day."""
    for side in (base, head):
        if clash := clashing_case(side):
            raise UsageError(clash)
        if not side.runs:
            raise UsageError(f"{side.source}: holds no task and no model call that can be compared")
    by_workload = _volumes(volumes, base)
    shared = {run.case for run in base.runs} & {run.case for run in head.runs}
    is_production = isinstance(sources[0], LedgerSource) and not any(run.is_eval for run in base.runs)
    if is_production and not shared:
        return compare_with_production(base, head, settings, as_of, by_workload, suite)
    return compare(base, head, settings, as_of, by_workload, suite)


class Reader:
    """Reads sides: recorded ones on an engine in memory, others from the ledger.

    Only one engine can be open in a process, so what is open is closed before the other kind is opened.
    """

    def __init__(self, settings: CollectorSettings, prices: Prices = IN_FORCE) -> None:
        self._settings = settings
        self._prices = prices
        self._open = ExitStack()
        self._recorded: Recorded | None = None
        self._ledger: Ask | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._open.close()

    def sides(self, base: Source, head: Source) -> tuple[SideData, SideData, datetime]:
        """Head, base, and the moment whose prices hold for both: the head's latest call."""
        read, as_of = self.one(head)
        if base == head:
            return read, read, as_of
        return read, self.one(base, as_of)[0], as_of

    def one(self, source: Source, as_of: datetime | None = None) -> tuple[SideData, datetime]:
        """A single side; at the prices of its latest call unless another moment is given."""
        part, ask = self._part(source)
        models = models_of(ask, part)
        calls = sum(use.calls for use in models)
        if calls > MOST_CALLS:
            raise UsageError(
                f"{part.name}: holds {calls:,} calls, and the gate compares run by run at most {MOST_CALLS:,} a side; "
                "narrow it by workload, environment, change, or from and to"
            )
        moment = as_of or latest_call(models)
        found = side_of(ask, part, models, moment)
        if self._recorded is not None:
            self._recorded.check_runs(found.runs)
            found = replace(found, segments=segments_of(ask, part))
        return found, moment

    def monthly(self, source: LedgerSource, now: datetime) -> dict[str, float]:
        """Tasks a month by workload, at the volume of the last 28 days."""
        lists = {
            name: values for name, values in source.lists.items() if name in ("workloads", "environments")
        }
        part, ask = self._part(LedgerSource("volume", now - VOLUME_OF, now, lists))
        return {name: tasks * DAYS_A_MONTH / VOLUME_OF.days for name, tasks in volume_of(ask, part).items()}

    def _part(self, source: Source) -> tuple[Part, Ask]:
        if isinstance(source, FileSource):
            engine = self._memory()
            return engine.load(source.path), engine.ask
        return part_of_ledger(source), self._the_ledger()

    def _memory(self) -> Recorded:
        if self._recorded is None:
            self._close()
            config = load_config(self._settings.config_path())
            self._recorded = self._open.enter_context(recorded(config))
        return self._recorded

    def _the_ledger(self) -> Ask:
        if self._ledger is None:
            self._close()
            ledger = self._open.enter_context(open_ledger(self._settings, self._prices))
            self._ledger = lambda sql, params: b"".join(ledger.query(sql, ANSWER, params))
        return self._ledger

    def _close(self) -> None:
        self._open.close()
        self._recorded, self._ledger = None, None


def _volumes(given: Mapping[str, float], base: SideData) -> dict[str, float]:
    """By workload; a number for no workload in particular is the volume of the only one."""
    names = {run.workload for run in base.runs}
    found = {name: value for name, value in given.items() if name != EVERY_WORKLOAD}
    if EVERY_WORKLOAD in given:
        if len(names) > 1:
            raise UsageError(f"--monthly-tasks: say WORKLOAD=N; there are {', '.join(sorted(names))}")
        found |= dict.fromkeys(names, given[EVERY_WORKLOAD])
    return found
