"""The weekly review as one HTML document: styles and charts inside it, clean on screen, in mail and on paper.

In: a Review, colours, where the dashboard answers. Out: HTML text; every name from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import Final

from analytics.figures.numbers import UNKNOWN, count, share, usd
from analytics.periods import iso
from analytics.review.answer import Review
from analytics.review.parts import Check, Slice
from analytics.review.plan import Gate
from analytics.review.rows import ReviewWeek
from dashboard.charts.theme import LIGHT, Palette
from dashboard.report import svg
from dashboard.report.words import (
    Links,
    basis,
    bridge_memo,
    cents,
    effect_words,
    fine,
    gate_name,
    gate_words,
    interval,
    legend,
    month,
    override_words,
    plain_cents,
    plan,
    release_name,
    signed,
    title,
)

STYLE: Final = Path(__file__).with_name("report.css")
NAMED: Final = 5
MOST_GATES: Final = 8
GATE_TONES: Final = {"FAIL": "bad", "WARN": "bad", "PASS": "good"}
P50, P95 = 3, 9


def document(review: Review, links: Links, colours: Palette = LIGHT) -> str:
    """A whole file."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title(review))}</title></head><body>{body(review, links, colours)}</body></html>\n"
    )


def body(review: Review, links: Links, colours: Palette = LIGHT) -> str:
    """The review with its style, to stand inside a page."""
    parts = [
        f"<style>{_style(colours)}</style>",
        '<article class="review">',
        f"<header><h1>{escape(title(review))}</h1>",
        '<p class="verdict">'
        + "".join(
            f"<strong>{_unbroken(p.text)}</strong>" if p.strong else _unbroken(p.text)
            for p in review.sentence
        )
        + "</p>",
        f"<p>{escape(plan(review))}</p>",
        f'<p class="muted">{escape(month(review))} {escape(basis(review))}</p></header>',
        _numbers(review, links),
        _checks("Plan", review.budgets, review, links) if review.budgets else "",
        _days(review, links),
        _bridge(review, links),
        _slices(review, links),
        _releases(review, links),
        _checks("Discipline", review.checks, review, links),
        _savings(review, links),
        _actions(review),
        _checks("Data quality", review.quality, review, links),
        _workloads(review, links),
        "</article>",
    ]
    return "".join(parts)


def _unbroken(text: str) -> str:
    """Escaped, with no line ending between a minus and its dollars (a word joiner forbids it)."""
    return escape(text).replace("−$", "−&#8288;$")


def _style(colours: Palette) -> str:
    names = {
        "background": colours.background,
        "surface": colours.surface,
        "text": colours.text,
        "muted": colours.muted,
        "line": colours.border,
        "accent": colours.primary,
        "good": colours.good,
        "bad": colours.bad,
        **{f"s{n}": colour for n, colour in enumerate(colours.series[:NAMED])},
        "s5": colours.muted,
    }
    given = "".join(f"--{name}:{value};" for name, value in names.items())
    return f".review{{{given}}}" + STYLE.read_text(encoding="utf-8")


def _numbers(review: Review, links: Links) -> str:
    rows_of = links.page("query", review, name="review_weeks")
    rows = []
    for trend in review.trends:
        values = [p.value for p in trend.points]
        change = trend.change_text
        tone = ""
        if change and trend.sure and trend.change and trend.lower_is_better is not None:
            tone = "good" if (trend.change < 0) == trend.lower_is_better else "bad"
        chart = svg.sparkline(
            values,
            [p.low for p in trend.points],
            [p.high for p in trend.points],
            f"{trend.label} over eight weeks: {', '.join(trend.texts)}",
        )
        thin = (
            "; fewer than 30, too thin to compare" if trend.now.thin and trend.now.value is not None else ""
        )
        rows.append(
            [
                f"<b>{escape(trend.label)}</b><br><small>{escape(trend.meaning)}</small>",
                f'<span class="big">{_linked(trend.text, rows_of)}</span>',
                f'<span class="{tone}">{escape(change or UNKNOWN)}</span>',
                escape(interval(trend) or UNKNOWN),
                f"{count(trend.now.sample)} {escape(trend.of)}{thin}",
                chart,
            ]
        )
    head = ("", "This week", "On the week before", "95 % interval", "Taken over", "Eight weeks")
    return _section("The numbers", _table(head, rows, right=(1, 2, 3)))


def _days(review: Review, links: Links) -> str:
    if not review.days:
        return _section("Spend by day", '<p class="muted">No call started in the week.</p>')
    total: dict[str, float] = {}
    for row in review.days:
        total[row.workload] = total.get(row.workload, 0.0) + row.spend_usd
    order = sorted(total, key=lambda name: -total[name])
    named, rest = order[:NAMED], order[NAMED:]
    days = [review.week.monday + timedelta(days=n) for n in range(7)]

    def spend(names: Sequence[str]) -> list[float]:
        return [sum(r.spend_usd for r in review.days if r.day == day and r.workload in names) for day in days]

    series = [(name or "(no name)", spend([name])) for name in named]
    if rest:
        series.append((f"{len(rest)} more", spend(rest)))
    sums = [sum(values[n] for _, values in series) for n in range(7)]
    chart = svg.stacked_days(
        [f"{day:%a %d}" for day in days],
        series,
        "Spend by day: " + ", ".join(f"{day:%a} {usd(each)}" for day, each in zip(days, sums, strict=True)),
        usd(max(sums)),
        [_of_day(review, links, day) for day in days],
    )
    keys = "".join(
        f'<span class="key"><i class="s{n}"></i>{escape(name)} {usd(sum(values))}</span>'
        for n, (name, values) in enumerate(
            zip(legend([s[0] for s in series]), [s[1] for s in series], strict=True)
        )
    )
    return _section(f"Spend by day: {usd(review.spend_usd)}", f'{chart}<p class="keys">{keys}</p>')


def _of_day(review: Review, links: Links, day: date) -> str:
    start = datetime.combine(day, time(), UTC)
    return links.page("tasks", review, **{"from": iso(start), "to": iso(start + timedelta(days=1))})


def _bridge(review: Review, links: Links) -> str:
    split = review.bridge
    if split is None:
        return _section(
            "From last week to this one", '<p class="muted">No tasks in one of the two weeks.</p>'
        )
    parts = [(line.words, float(line.amount_usd), cents(line.amount_usd)) for line in split.lines]
    chart = svg.bridge(
        float(split.before_usd),
        float(split.now_usd),
        parts,
        (("the week before", plain_cents(split.before_usd)), ("this week", plain_cents(split.now_usd))),
        "Cost bridge: " + ", ".join(f"{words} {text}" for words, _, text in parts),
    )
    href = links.page("query", review, name="bridge_cells")
    rows = f" {_linked('The rows', href)}" if href else ""
    more = (
        f"<p>More work: <b>{cents(split.more_work_usd)}</b>. Dearer work: <b>{cents(split.dearer_work_usd)}</b>. "
        "The parts are Shapley values and sum to the difference to the cent; cost is that of the tasks that ended in "
        f'each week.{rows}</p><p class="muted">{escape(bridge_memo(split))}</p>'
    )
    return _section("From last week to this one", chart + more)


def _slices(review: Review, links: Links) -> str:
    def rows(found: Sequence[Slice]) -> list[list[str]]:
        return [
            [
                _linked(one.words, links.page("tasks", review, **_filters(one)))
                + (" <small>new</small>" if one.is_new else ""),
                signed(one.delta_usd),
                f"{usd(one.before_usd)} → {usd(one.now_usd)}",
                _linked("a task with its dearest call", links.task(one.task)) if one.task else "",
            ]
            for one in found
        ]

    head = ("Slice", "Change", "Spend", "Example")
    up = _table(head, rows(review.up), right=(1, 2)) if review.up else '<p class="muted">Nothing rose.</p>'
    down = (
        _table(head, rows(review.down), right=(1, 2)) if review.down else '<p class="muted">Nothing fell.</p>'
    )
    return _section("Who moved it", f"<h3>Up</h3>{up}<h3>Down</h3>{down}")


def _filters(one: Slice) -> dict[str, str]:
    return {
        name: element
        for name, element in one.predicate
        if name in ("workload", "model", "agent", "tier") and element != "(none)"
    }


def _releases(review: Review, links: Links) -> str:
    return _section("Changes of the week", _effects(review, links) + _gates(review, links))


def _gates(review: Review, links: Links) -> str:
    if not review.gates:
        return '<p class="muted">The gate recorded no verdict in the week.</p>'
    rows = [
        [
            _linked(gate_name(one), links.page("changes", review, by=_kind(one))),
            f'<b class="{GATE_TONES.get(one.verdict, "")}">{escape(one.verdict)}</b>',
            escape(gate_words(one)) + f"<br><small>{escape(one.reason)}</small>",
            escape(override_words(one)) or "nobody",
        ]
        for one in review.gates[:MOST_GATES]
    ]
    return "<h3>What the gate said</h3>" + _table(("Change", "Verdict", "Measured", "Overridden by"), rows)


def _kind(one: Gate) -> str:
    return "pull_request" if one.pull_request else "change"


def _effects(review: Review, links: Links) -> str:
    if not review.releases:
        return '<p class="muted">No release began in the week.</p>'
    rows = [
        [
            f"<b>{_linked(release_name(one), links.page('changes', review, workload=one.workload))}</b><br>"
            f"<small>{escape(one.workload)}, from {one.at:%a %d %b %H:%M} UTC</small>",
            escape(effect_words(one)),
            f"{share(one.success_before)} → {share(one.success)}",
            f"{count(one.before_tasks)} before, {count(one.tasks)} after",
        ]
        for one in review.releases[:8]
    ]
    return (
        _table(("Release", "Measured effect", "Success", "Tasks"), rows)
        + '<p class="muted">After against the seven days before, at the same hours of the day.</p>'
    )


def _checks(heading: str, found: Sequence[Check], review: Review, links: Links) -> str:
    rows = [
        [
            escape(one.label) + (f"<br><small>{escape(one.where)}</small>" if one.where else ""),
            f"<b>{_linked(one.text, links.page(one.leads, review) if one.leads else '')}</b>",
            escape(one.threshold),
            f'<span class="{ {True: "good", False: "bad", None: "muted"}[one.is_fine] }">{fine(one.is_fine)}</span>',
            escape(one.sample),
        ]
        for one in found
    ]
    return _section(heading, _table(("", "This week", "Held against", "", "Taken over"), rows, right=(1,)))


def _savings(review: Review, links: Links) -> str:
    if not review.savings:
        return _section("Savings", '<p class="muted">Nothing found that would save a cent a month.</p>')
    rows = [
        [
            escape(one.what),
            _linked(one.rung, links.page({"cache": "caching"}.get(one.rung, one.rung), review)),
            f"<b>{one.text}</b> a month",
            escape(one.confidence),
            escape(one.evidence),
        ]
        for one in review.savings
    ]
    return _section("Savings", _table(("What", "Rung", "Worth", "Confidence", "Evidence"), rows))


def _actions(review: Review) -> str:
    if not review.actions:
        return _section("Actions", '<p class="muted">None proposed.</p>')
    rows = [
        [
            escape(one.what),
            escape(one.owner),
            escape(one.due),
            f"{usd(one.expected_usd)} a month" if one.expected_usd else "",
            f"{usd(one.realised_usd)} a month" if one.realised_usd is not None else "first named this week",
        ]
        for one in review.actions
    ]
    return _section("Actions", _table(("What", "Owner", "Due", "Expected", "Realised since last week"), rows))


def _workloads(review: Review, links: Links) -> str:
    before = {row.workload: row for row in review.workloads_before}
    rows = [
        [
            _linked(row.workload or "(no name)", links.page("workload", review, workload=row.workload)),
            count(row.tasks),
            usd(row.cost_usd),
            _moved(row, before.get(row.workload)),
            usd(row.cost_levels_usd[P50]) if row.priced_tasks else UNKNOWN,
            usd(row.cost_levels_usd[P95]) if row.priced_tasks >= 20 else UNKNOWN,
            share(row.successes / row.judged) if row.judged else UNKNOWN,
            usd(row.outcome_cost_usd / row.units_made) if row.units_made else UNKNOWN,
        ]
        for row in review.workloads
    ]
    head = ("Workload", "Tasks", "Cost", "Change", "P50 / task", "P95 / task", "Success", "Per useful output")
    return _section("Workloads", _table(head, rows, right=tuple(range(1, 8))))


def _moved(row: ReviewWeek, before: ReviewWeek | None) -> str:
    if before is None or before.cost_usd <= 0 or min(before.tasks, row.tasks) < 30:
        return UNKNOWN
    return f"{(row.cost_usd / before.cost_usd - 1) * 100:+.0f} %".replace("-", "−")


def _linked(text: str, href: str) -> str:
    return f'<a href="{escape(href, quote=True)}">{escape(text)}</a>' if href else escape(text)


def _section(heading: str, inside: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{inside}</section>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    def tag(name: str, place: int, text: str) -> str:
        # Narrow screens have no head above: each cell names itself.
        label = f' data-label="{escape(head[place], quote=True)}"' if name == "td" and head[place] else ""
        return (
            f"<{name}{' class=num' if place in right else ''}{label}>{text.replace(' %', '&nbsp;%')}</{name}>"
        )

    heads = "".join(tag("th", n, escape(text)) for n, text in enumerate(head))
    lines = "".join(
        "<tr>" + "".join(tag("td", n, text) for n, text in enumerate(row)) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
