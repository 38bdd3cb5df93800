"""The comment of a pull request: Markdown with a hidden marker, so that one comment is found and updated.

In: a result. Out: Markdown of at most 65,536 characters. Names out of recordings never become markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

from analytics.figures.numbers import usd
from analytics.gate.result import GateResult, StaticResult
from analytics.gate.verdict import Verdict
from analytics.gate.words import (
    ICONS,
    WORKLOAD_HEADINGS,
    accepted,
    change,
    clean,
    difference_shown,
    factor_rows,
    headline,
    method_lines,
    shown_workloads,
    signed,
    spend_words,
    verdict_word,
    workload_cells,
)
from analytics.gate.words_limits import LIMIT_HEADINGS, limit_cells, limits_line
from analytics.gate.words_static import counted_words, grown_words, segment_rows

LONGEST = 65_536
SHOWN_CASES = 5
SHOWN_WORKLOADS = 40


def marker(suite: str) -> str:
    """What the comment of a suite begins with."""
    safe = "".join(c if c.isalnum() or c in "._/ -" else "-" for c in suite).replace("--", "-")
    return f"<!-- spanledger-gate:{safe} -->"


def comment(result: GateResult, link: str = "") -> str:
    """The whole comment; `link` leads to the run that made it."""
    for workloads, cases in ((SHOWN_WORKLOADS, SHOWN_CASES), (10, SHOWN_CASES), (3, 0)):
        text = _comment(result, link, workloads, cases)
        if len(text) <= LONGEST:
            return text
    return text[: LONGEST - 60] + "\n\n… cut; the JSON report has everything.\n"


def _comment(result: GateResult, link: str, workloads: int, cases: int) -> str:
    lines = [marker(result.suite), f"### {plain(headline(result))}", ""]
    if told := accepted(result):
        lines += [f"**{'FAIL' if result.verdict is Verdict.FAIL else 'Limit'} {plain(told)}**", ""]
    if result.spend is not None and result.spend.is_stopped:
        told = plain(spend_words(result))
        lines += [f"**{told[:1].upper()}{told[1:]}.**", ""]
    if result.verdict is not None:
        lines += [f"{plain(result.reason)[:1].upper()}{plain(result.reason)[1:]}.", ""]
        if result.total is not None and result.total.split.culprit:
            culprit = plain(result.total.split.culprit)
            lines += [f"**{culprit[:1].upper()}{culprit[1:]}.**", ""]
    if len(result.reasons) > 1 or (result.reasons and result.verdict is None):
        lines += ["Not comparable, because:", *(f"- {plain(reason)}" for reason in result.reasons), ""]
    lines += _limits(result, cases)
    lines += _workloads(result, workloads)
    lines += _causes(result)
    lines += _cases(result, cases)
    if grown := grown_words(result.segments):
        kinds = [[plain(cell) for cell in astuple(row)] for row in segment_rows(result.segments)]
        lines += [f"**Prompt**: {plain(grown)}.", ""]
        lines += table(("input of a call, by segment", "base", "head", "change"), kinds)
    if result.static is not None:
        lines += _static(result.static)
    lines += [f"> {plain(text)}" for text in result.warnings]
    lines += ["", "<details><summary>Method and data</summary>", ""]
    lines += [f"- {plain(text)}" for text in method_lines(result)]
    lines += ["", "</details>", ""]
    lines.append(
        "<sub>Accept a dearer change with the label `cost-approved` or a comment `/cost approve <reason>`."
        + (f" [Report]({link})" if link else "")
        + "</sub>"
    )
    return "\n".join(lines) + "\n"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, its cells already plain."""
    return [
        "| " + " | ".join(headings) + " |",
        "|" + "---|" * len(headings),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    out = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in ("\\", "|", "*", "_", "`", "[", "]", "$", "~", "#"):
        out = out.replace(sign, "\\" + sign)
    return out.replace("@", "@\u200b")


def _workloads(result: GateResult, most: int) -> list[str]:
    known = shown_workloads(result)
    if not known:
        return []
    level = result.settings.warn_level
    rows = []
    shown = known[:most]
    for found in shown:
        cells = [plain(cell) for cell in workload_cells(found, level, result.verdict is not None)]
        cells[1] = f"{ICONS[found.verdict]} {cells[1]}" if result.verdict is not None else cells[1]
        rows.append(cells)
    if result.total is not None and len(result.workloads) > 1:
        rows.append(
            [f"**{plain(cell)}**" for cell in workload_cells(result.total, level, result.verdict is not None)]
        )
    if result.geomean is not None and len(result.workloads) > 1:
        rows.append(["geomean", "", "", "", change(result.geomean), *[""] * 6])
    lines = table(WORKLOAD_HEADINGS, rows)
    hidden = len(known) - len(shown)
    return [*lines[:-1], *([f"… and {hidden} more workloads in the report"] if hidden else []), ""]


def _causes(result: GateResult) -> list[str]:
    if result.total is None or not shown_workloads(result):
        return []
    split = result.total.split
    rows = [
        [plain(row.cause), plain(row.amount), plain(row.interval), row.share] for row in factor_rows(split)
    ]
    if not rows:
        return []
    rows.append(["**together**", f"**{plain(difference_shown(split))}**", "", ""])
    unit = "a task" if result.total.unpaired is not None else "one run of every case"
    return [f"**Why**, USD for {unit}:", "", *table(("cause", "amount", "95 % interval", "share"), rows)]


def _cases(result: GateResult, most: int) -> list[str]:
    rows = (
        []
        if not shown_workloads(result)
        else [
            [plain(case.case), usd(float(case.base_usd)), usd(float(case.head_usd)), plain(case.cause)]
            for case in result.cases[:most]
        ]
    )
    rows = [[row[0], row[1].replace("$", "\\$"), row[2].replace("$", "\\$"), row[3]] for row in rows]
    if not rows:
        return []
    return [
        "<details><summary>Cases that changed most</summary>",
        "",
        *table(("case", "base", "head", "mostly"), rows),
        "</details>",
        "",
    ]


def _limits(result: GateResult, most: int) -> list[str]:
    told = limits_line(result)
    if not told:
        return []
    rows = [[plain(cell) for cell in limit_cells(check)] for check in result.broken_limits[:most]]
    return [f"**Limits**: {plain(told)}.", "", *(table(LIMIT_HEADINGS, rows) if rows else [])]


def _static(static: StaticResult) -> list[str]:
    rows = [
        [
            plain(part.name),
            f"{part.base_tokens:,} → {part.head_tokens:,}",
            plain(_usd(part.usd_per_turn)),
            str(part.cases),
        ]
        for part in static.parts[:SHOWN_CASES]
    ]
    kinds = [[plain(cell) for cell in astuple(row)] for row in segment_rows(static.segments)]
    lines = [
        f"**Without calling a model**: {verdict_word(static.verdict)}, {plain(static.reason)} "
        f"({plain(counted_words(static))}).",
        "",
    ]
    if grown := grown_words(static.segments):
        lines += [f"{plain(grown[:1].upper() + grown[1:])}.", ""]
    if rows:
        lines += table(("prompt or tool that differs", "tokens", "a turn", "cases"), rows)
    if kinds and any(row.base_tokens != row.head_tokens for row in static.segments):
        lines += table(("tokens of a call, by segment", "base", "head", "change"), kinds)
    return lines


def _usd(amount: float | None) -> str:
    return "–" if amount is None else signed(amount)
