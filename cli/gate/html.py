"""The result as one page with charts that needs nothing from elsewhere.

In: a result. Out: HTML.
"""

import math
from dataclasses import astuple
from decimal import Decimal
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from analytics.bridge.split import WORDS
from analytics.figures.numbers import usd
from analytics.gate.result import GateResult, Split, StaticResult, WorkloadResult
from analytics.gate.words import (
    WORKLOAD_HEADINGS,
    accepted,
    clean,
    factor_rows,
    headline,
    method_lines,
    shown_workloads,
    sides,
    spend_words,
    workload_cells,
)
from analytics.gate.words_limits import LIMIT_HEADINGS, limit_cells, limits_line
from analytics.gate.words_static import counted_words, grown_words, segment_rows

BASE, HEAD, RISE, FALL = "#0072b2", "#d55e00", "#d55e00", "#009e73"
INK, RULE = "#7a8494", "rgba(122, 132, 148, .3)"
"""Of charts: readable on a light and on a dark page."""

STYLE = """
:root { color-scheme: light dark; --ink: #0b1220; --page: #fff; --quiet: #4a5568; --rule: #dde3ea; --card: #f5f7fa; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf2; --page: #0f141c; --quiet: #a4afbf; --rule: #2b3442; --card: #171e29; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 66rem; padding: 0 1rem;
  color: var(--ink); background: var(--page); overflow-wrap: break-word; }
h1 { font-size: 1.35rem; line-height: 1.35; margin: 0 0 .75rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; min-width: 100%; font-variant-numeric: tabular-nums; }
td, th { padding: .35rem .75rem; text-align: right; white-space: nowrap; vertical-align: top; }
th { color: var(--quiet); font-weight: 500; border-bottom: 1px solid var(--rule); }
td:first-child, th:first-child { text-align: left; padding-left: 0; min-width: 10rem; white-space: normal;
  overflow-wrap: anywhere; }
td.text, th.text { text-align: left; }
tr + tr td { border-top: 1px solid var(--rule); }
.notes { background: var(--card); border-radius: .5rem; padding: .6rem 1rem; margin: 1rem 0; }
.notes p::before { content: "Note: "; color: var(--quiet); }
.quiet { color: var(--quiet); font-size: 13px; padding-left: 1.1rem; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } .scroll { overflow: visible; } }
"""
SEEN = Decimal("0.002")
"""Causes smaller than this share of the largest would be bars without height."""

TEXT_COLUMNS = frozenset(("verdict", "mostly"))


def page(result: GateResult) -> str:
    """The whole document."""
    parts = [f"<h1>{escape(headline(result))}</h1>"]
    culprit = result.total.split.culprit if result.total is not None and result.verdict is not None else ""
    stopped = spend_words(result) if result.spend is not None and result.spend.is_stopped else ""
    parts += [
        f"<p>{escape(text)}</p>" for text in (accepted(result), stopped, result.reason, culprit) if text
    ]
    parts += [f"<p>{escape(text)}</p>" for text in result.reasons[1:]]
    if result.warnings:
        notes = "".join(f"<p>{escape(clean(text))}</p>" for text in result.warnings)
        parts.append(f'<div class="notes">{notes}</div>')
    if told := limits_line(result):
        rows = [limit_cells(check) for check in result.broken_limits]
        parts.append(
            f"<h2>Limits</h2><p>{escape(told)}.</p>" + (_table(LIMIT_HEADINGS, rows) if rows else "")
        )
    known = shown_workloads(result)
    rowed = (*known, result.total) if result.total is not None and len(known) > 1 else known
    if known:
        parts.append(
            _table(
                WORKLOAD_HEADINGS,
                [workload_cells(w, result.settings.warn_level, result.verdict is not None) for w in rowed],
            )
        )
        parts.append("<h2>Typical cost, head over base</h2>" + _figure(ratio_figure(result)))
        parts.append("<h2>Cost of a run, P50 and P95</h2>" + _figure(cost_figure(known)))
    if known and result.total is not None and factor_rows(result.total.split):
        rows = [[row.cause, row.amount, row.interval, row.share] for row in factor_rows(result.total.split)]
        parts.append("<h2>Why</h2>" + _figure(cause_figure(result.total.split)))
        parts.append(_table(("cause", "amount", "95 % interval", "share"), rows))
    if known and result.cases:
        rows = [
            [clean(case.case), usd(float(case.base_usd)), usd(float(case.head_usd)), case.cause]
            for case in result.cases
        ]
        parts.append("<h2>Cases that changed most</h2>" + _table(("case", "base", "head", "mostly"), rows))
    if result.segments:
        rows = [list(astuple(row)) for row in segment_rows(result.segments)]
        grown = grown_words(result.segments)
        parts.append(
            "<h2>Prompt</h2>" + (f"<p>{escape(grown[:1].upper() + grown[1:])}.</p>" if grown else "")
        )
        parts.append(_table(("input of a call, by segment", "base", "head", "change"), rows))
    if result.static is not None:
        parts += _static(result.static)
    lines = method_lines(result)
    parts.append("<h2>Method and data</h2>")
    parts.append('<ul class="quiet">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")
    title = escape(f"Cost gate: {result.suite}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head><body>{''.join(parts)}</body></html>\n"
    )


def _static(static: StaticResult) -> list[str]:
    """What stage 0 found: the verdict, what differs, tokens by segment."""
    told = f"{static.verdict.value}: {static.reason} ({counted_words(static)})."
    parts = [f"<h2>Without calling a model</h2><p>{escape(told)}</p>"]
    if grown := grown_words(static.segments):
        parts.append(f"<p>{escape(grown[:1].upper() + grown[1:])}.</p>")
    rows = [list(astuple(row)) for row in segment_rows(static.segments)]
    return (
        [*parts, _table(("tokens of a call, by segment", "base", "head", "change"), rows)] if rows else parts
    )


def ratio_figure(result: GateResult) -> go.Figure:
    """The typical change of each workload with its interval, and the margin that fails."""
    found = [(w.workload, w.judgement or w.unpaired) for w in result.workloads]
    ratios = [
        (name, judged.typical)
        for name, judged in found
        if judged is not None and math.isfinite(judged.typical.ratio)
    ]
    values = [100 * (m.ratio - 1) for _, m in ratios]
    ups = [100 * (m.high - m.ratio) if m.high is not None and m.high < 1e6 else 0 for _, m in ratios]
    downs = [100 * (m.ratio - m.low) if m.low is not None else 0 for _, m in ratios]
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=[name for name, _ in ratios],
            mode="markers",
            marker={"size": 11, "color": HEAD},
            error_x={"type": "data", "array": ups, "arrayminus": downs, "color": HEAD},
        )
    )
    figure.add_vline(x=0, line={"color": INK, "width": 1})
    margin = 100 * result.settings.margin
    figure.add_vline(x=margin, line={"color": HEAD, "dash": "dash"}, annotation_text="fails from here")
    figure.update_xaxes(title="change, %")
    return _styled(figure, 120 + 40 * len(ratios))


def cost_figure(workloads: tuple[WorkloadResult, ...]) -> go.Figure:
    """P50 and P95 of both sides by workload."""
    figure = go.Figure()
    for side, (name, colour) in enumerate((("base", BASE), ("head", HEAD))):
        for label, pattern in (("P50", ""), ("P95", "/")):
            values = [getattr(sides(w)[side], label.lower()).value for w in workloads]
            figure.add_bar(
                name=f"{name} {label}",
                x=[w.workload for w in workloads],
                y=values,
                marker={"color": colour, "pattern": {"shape": pattern}},
            )
    figure.update_yaxes(title="USD a run", tickprefix="$")
    return _styled(figure, 340)


def cause_figure(split: Split) -> go.Figure:
    """From base to head, cause by cause."""
    largest = max((abs(p.amount_usd) for p in split.parts), default=0)
    shown = (p for p in split.parts if abs(p.amount_usd) > SEEN * largest)
    parts = sorted(shown, key=lambda p: -abs(p.amount_usd))
    figure = go.Figure(
        go.Waterfall(
            x=["base", *(WORDS[part.factor] for part in parts), "head"],
            y=[float(split.base_usd), *(float(part.amount_usd) for part in parts), float(split.head_usd)],
            measure=["absolute", *["relative"] * len(parts), "total"],
            increasing={"marker": {"color": RISE}},
            decreasing={"marker": {"color": FALL}},
            totals={"marker": {"color": BASE}},
        )
    )
    figure.update_yaxes(title="USD", tickprefix="$")
    return _styled(figure, 360)


def _styled(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        template="none", height=height, margin={"l": 10, "r": 10, "t": 30, "b": 10}, font={"size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", legend={"orientation": "h", "y": 1.12},
    )  # fmt: skip
    figure.update_xaxes(automargin=True, gridcolor=RULE, zerolinecolor=RULE)
    figure.update_yaxes(automargin=True, gridcolor=RULE, zerolinecolor=RULE)
    return figure


def _figure(figure: go.Figure) -> str:
    config = {"displaylogo": False, "responsive": True, "displayModeBar": False}
    return str(figure.to_html(include_plotlyjs=False, full_html=False, config=config))


def _table(headings: tuple[str, ...], rows: list[list[str]]) -> str:
    kinds = [' class="text"' if heading in TEXT_COLUMNS else "" for heading in headings]
    head = "".join(f"<th{kind}>{escape(text)}</th>" for kind, text in zip(kinds, headings, strict=True))
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'
