"""The result as one page with charts that needs nothing from elsewhere.

In: a result. Out: HTML.
"""

import math
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from analytics.bridge import WORDS
from analytics.gate.result import GateResult, Split, WorkloadResult
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
from analytics.numbers import usd

BASE, HEAD, RISE, FALL = "#0072b2", "#d55e00", "#d55e00", "#009e73"
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #0b1220; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .75rem; text-align: right; }
td:first-child, th:first-child { text-align: left; } tr + tr { border-top: 1px solid #dde3ea; }
.quiet { color: #4a5568; font-size: 13px; } h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""


def page(result: GateResult) -> str:
    """The whole document."""
    parts = [f"<h1>{escape(headline(result))}</h1>"]
    stopped = spend_words(result) if result.spend is not None and result.spend.is_stopped else ""
    parts += [f"<p>{escape(text)}</p>" for text in (accepted(result), stopped, result.reason) if text]
    parts += [f"<p>{escape(text)}</p>" for text in result.reasons[1:]]
    if told := limits_line(result):
        rows = [limit_cells(check) for check in result.broken_limits]
        parts.append(
            f"<h2>Limits</h2><p>{escape(told)}.</p>" + (_table(LIMIT_HEADINGS, rows) if rows else "")
        )
    known = shown_workloads(result)
    if known:
        parts.append(
            _table(
                WORKLOAD_HEADINGS,
                [workload_cells(w, result.settings.warn_level, result.verdict is not None) for w in known],
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
    lines = [*result.warnings, *method_lines(result)]
    parts.append('<ul class="quiet">' + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>")
    title = escape(f"Cost gate: {result.suite}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<script>{get_plotlyjs()}</script></head><body>{''.join(parts)}</body></html>\n"
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
    figure.add_vline(x=0, line={"color": "#4a5568", "width": 1})
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
    parts = sorted((p for p in split.parts if p.amount_usd), key=lambda p: -abs(p.amount_usd))
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
        template="plotly_white", height=height, margin={"l": 10, "r": 10, "t": 30, "b": 10}, font={"size": 13}
    )
    return figure


def _figure(figure: go.Figure) -> str:
    return str(figure.to_html(include_plotlyjs=False, full_html=False, config={"displaylogo": False}))


def _table(headings: tuple[str, ...], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
