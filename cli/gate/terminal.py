"""The result in a terminal: verdict line, table of workloads, causes, dearest cases.

In: a result. Out: text on stdout, with colours where that is a terminal.
"""

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analytics.figures.numbers import usd
from analytics.gate.result import GateResult
from analytics.gate.verdict import Verdict
from analytics.gate.words import (
    WORKLOAD_HEADINGS,
    accepted,
    clean,
    difference_shown,
    factor_rows,
    headline,
    method_lines,
    shown_workloads,
    spend_words,
    workload_cells,
)
from analytics.gate.words_limits import LIMIT_HEADINGS, limit_cells, limits_line
from analytics.gate.words_static import grown_words

COLOURS = {
    Verdict.FAIL: "bold red",
    Verdict.WARN: "bold yellow",
    Verdict.PASS: "bold green",
    Verdict.INCONCLUSIVE: "bold",
}
PLAIN_WIDTH = 140
SHOWN_CASES = 5
WIDE, MIDDLE = 135, 105
"""Columns of a terminal from which the table has all its columns, or all but the percentiles."""


def show(result: GateResult) -> None:
    """Prints the result."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    style = COLOURS[result.verdict] if result.verdict else "bold magenta"
    console.print(escape(headline(result)), style=style, soft_wrap=True)
    if told := accepted(result):
        console.print(escape(told), soft_wrap=True)
    if result.spend is not None and result.spend.is_stopped:
        console.print(escape(spend_words(result)), style="bold", soft_wrap=True)
    if result.verdict is not None:
        console.print(escape(result.reason), soft_wrap=True)
        if result.total is not None and result.total.split.culprit:
            console.print(escape(result.total.split.culprit), soft_wrap=True)
    for reason in result.reasons[1:]:
        console.print(f"also: {escape(reason)}", soft_wrap=True)
    for text in result.warnings:
        console.print(f"note: {escape(text)}", style="dim", soft_wrap=True)
    _limits(console, result)
    _workloads(console, result)
    _causes(console, result)
    _cases(console, result)
    if grown := grown_words(result.segments):
        console.print(f"prompt: {escape(grown)}", soft_wrap=True)
    for line in method_lines(result):
        console.print(escape(line), style="dim", soft_wrap=True)


def _limits(console: Console, result: GateResult) -> None:
    told = limits_line(result)
    if not told:
        return
    console.print(f"limits: {escape(told)}", style="bold red" if result.broken_limits else "", soft_wrap=True)
    if not result.broken_limits:
        return
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(LIMIT_HEADINGS):
        table.add_column(heading, justify="right" if number else "left")
    for check in result.broken_limits[:SHOWN_CASES]:
        table.add_row(*map(escape, limit_cells(check)))
    console.print()
    console.print(table)


def _workloads(console: Console, result: GateResult) -> None:
    rows = list(shown_workloads(result))
    if not rows:
        return
    kept = _columns(console.width)
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(WORKLOAD_HEADINGS):
        if heading in kept:
            table.add_column(heading, justify="left" if number < 2 else "right", overflow="fold")
    if result.total is not None and len(rows) > 1:
        rows.append(result.total)
    level, is_comparable = result.settings.warn_level, result.verdict is not None
    for row in rows:
        cells = [escape(cell) for cell in workload_cells(row, level, is_comparable)]
        if is_comparable:
            cells[1] = f"[{COLOURS[row.verdict]}]{cells[1]}[/]"
        shown = zip(WORKLOAD_HEADINGS, cells, strict=True)
        table.add_row(*(cell for heading, cell in shown if heading in kept))
    console.print()
    console.print(table)


def _columns(width: int) -> tuple[str, ...]:
    """The columns that fit; the JSON, the comment and the page have them all."""
    dropped: tuple[str, ...] = ()
    if width < WIDE:
        dropped = ("P50", "P95") if width >= MIDDLE else ("P50", "P95", "success", "Δ costliest tenth")
    return tuple(heading for heading in WORKLOAD_HEADINGS if heading not in dropped)


def _causes(console: Console, result: GateResult) -> None:
    is_known = result.total is not None and shown_workloads(result)
    rows = factor_rows(result.total.split) if result.total is not None and is_known else []
    if not rows or result.total is None:
        return
    unit = "a task" if result.total.unpaired is not None else "one run of every case"
    table = Table(box=None, pad_edge=False)
    table.add_column(f"cause, USD for {unit}")
    for heading in ("amount", "95 % interval", "share"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row.cause, row.amount, row.interval, row.share)
    table.add_row("together", difference_shown(result.total.split), "", "")
    console.print()
    console.print(table)


def _cases(console: Console, result: GateResult) -> None:
    if not result.cases or not shown_workloads(result):
        console.print()
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("case that changed most", "base", "head", "mostly"):
        table.add_column(heading, justify="right" if heading in ("base", "head") else "left")
    for case in result.cases[:SHOWN_CASES]:
        table.add_row(
            escape(clean(case.case)), usd(float(case.base_usd)), usd(float(case.head_usd)), escape(case.cause)
        )
    console.print()
    console.print(table)
    console.print()
