"""Messages in the shapes that receivers document: Alertmanager webhook v4, Slack blocks, PagerDuty Events v2, mail.

In: a Letter or a NoticeGroup. Out: plain JSON values, or an EmailMessage. Pure; no secret but the routing key.
Sources: prometheus.io/docs/alerting/latest/configuration (webhook_config); docs.slack.dev/reference/block-kit;
developer.pagerduty.com/docs/send-alert-event.
"""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from collector.notify.model import MOST_ALERTS, Letter, Message, Notice, NoticeGroup

Json = dict[str, Any]

NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of an alert that still fires."""

SUMMARY_CHARS = 1024
DEDUP_CHARS = 255
SECTION_CHARS = 2900
HEADER_CHARS = 150
LETTER_BLOCKS = 45
PAGERDUTY_SEVERITY = {"page": "critical", "ticket": "warning", "info": "info"}


def alertmanager_body(group: NoticeGroup, receiver: str) -> Json:
    """Body of Alertmanager's webhook, version 4."""
    shown = group.notices[:MOST_ALERTS]
    labels = [_labels(notice) for notice in shown]
    notes = [_annotations(notice) for notice in shown]
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{group.rule}"}}',
        "truncatedAlerts": len(group.notices) - len(shown),
        "status": group.status,
        "receiver": receiver,
        "groupLabels": {"alertname": group.rule},
        "commonLabels": _common(labels),
        "commonAnnotations": _common(notes),
        "externalURL": group.external_url,
        "alerts": [
            {
                "status": notice.status,
                "labels": label,
                "annotations": note,
                "startsAt": rfc3339(notice.started_at),
                "endsAt": rfc3339(notice.ended_at) if notice.ended_at else NEVER,
                "generatorURL": notice.link,
                "fingerprint": notice.fingerprint,
            }
            for notice, label, note in zip(shown, labels, notes, strict=True)
        ],
    }


def webhook_body(message: Message) -> Json:
    """Our own JSON: a letter, or alerts with everything that is known of them."""
    if isinstance(message, Letter):
        return {
            "type": "letter",
            "subject": message.subject,
            "text": message.text,
            "markdown": message.markdown,
            "link": message.link,
        }
    return {
        "type": "alerts",
        "rule": message.rule,
        "status": message.status,
        "severity": message.severity,
        "external_url": message.external_url,
        "alerts": [
            {
                "fingerprint": notice.fingerprint,
                "status": notice.status,
                "severity": notice.severity,
                "labels": dict(notice.labels),
                "summary": notice.summary,
                "description": notice.description,
                "started_at": rfc3339(notice.started_at),
                "ended_at": rfc3339(notice.ended_at) if notice.ended_at else None,
                "link": notice.link,
                "details": dict(notice.details),
            }
            for notice in message.notices
        ],
    }


def slack_body(message: Message) -> Json:
    """Body of an incoming webhook: `text` for notifications, blocks for the channel."""
    if isinstance(message, Letter):
        blocks = [_header(message.subject)]
        blocks += [_section(part) for part in _pieces(_slack(message.markdown or message.text))]
        blocks = blocks[:LETTER_BLOCKS]
        if message.link:
            blocks.append(_section(f"<{_slack(message.link)}|Open>"))
        return {"text": _clip(_slack(message.subject), SECTION_CHARS), "blocks": blocks}
    shown = message.notices[:10]
    head = f"{_sign(message)} {message.rule}"
    blocks = [_header(head)]
    for notice in shown:
        title = f"*<{_slack(notice.link)}|{_slack(_clip(notice.summary, 300))}>*"
        text = f"{title}\n{_slack(notice.description)}" if notice.description else title
        blocks.append(_section(_clip(text, SECTION_CHARS)))
        facts = [f"*{_slack(name)}* {_slack(value)}" for name, value in list(notice.details.items())[:10]]
        if facts:
            elements = [{"type": "mrkdwn", "text": _clip(fact, SECTION_CHARS)} for fact in facts]
            blocks.append({"type": "context", "elements": elements})
    rest = len(message.notices) - len(shown)
    if rest:
        blocks.append(_section(f"and {rest} more: {_slack(message.external_url)}"))
    return {"text": _clip(_slack(f"{head}: {shown[0].summary}"), SECTION_CHARS), "blocks": blocks}


def pagerduty_events(group: NoticeGroup, routing_key: str) -> list[Json]:
    """One event an alert for PagerDuty's Events API v2; resolved alerts resolve what they triggered."""
    return [_pagerduty_event(notice, group, routing_key) for notice in group.notices]


def _pagerduty_event(notice: Notice, group: NoticeGroup, routing_key: str) -> Json:
    action = "resolve" if notice.status == "resolved" else "acknowledge" if notice.acknowledged else "trigger"
    event: Json = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": notice.fingerprint[:DEDUP_CHARS],
    }
    if action != "trigger":
        return event
    return event | {
        "payload": {
            "summary": _clip(notice.summary, SUMMARY_CHARS),
            "source": notice.labels.get("workload") or "spanledger",
            "severity": PAGERDUTY_SEVERITY[notice.severity],
            "timestamp": rfc3339(notice.started_at),
            "component": "spanledger",
            "group": group.rule,
            "class": "cost",
            "custom_details": {
                **dict(notice.labels),
                **dict(notice.details),
                "description": notice.description,
            },
        },
        "links": [{"href": notice.link, "text": "Investigate"}],
        "client": "SpanLedger",
        "client_url": group.external_url,
    }


def mail(message: Message, sender: str, to: Iterable[str], now: datetime) -> EmailMessage:
    """A mail with a text part and, where there is one, an HTML part."""
    subject, text, rich = _mail_parts(message)
    found = EmailMessage()
    found["From"] = sender
    found["To"] = ", ".join(to)
    found["Subject"] = _clip(" ".join(subject.split()), 200)
    found["Date"] = format_datetime(now.astimezone(UTC))
    found["Message-ID"] = make_msgid(domain="spanledger.invalid")
    found["Auto-Submitted"] = "auto-generated"
    if isinstance(message, NoticeGroup) and message.notices:
        found["References"] = f"<{message.notices[0].fingerprint}@spanledger.invalid>"
    found.set_content(text)
    if rich:
        found.add_alternative(rich, subtype="html")
    return found


def _mail_parts(message: Message) -> tuple[str, str, str]:
    if isinstance(message, Letter):
        tail = f"\n\n{message.link}\n" if message.link else "\n"
        return message.subject, message.text + tail, message.html
    first = message.notices[0].summary if message.notices else message.rule
    more = f" (+{len(message.notices) - 1})" if len(message.notices) > 1 else ""
    lines, rows = [], []
    for notice in message.notices[:MOST_ALERTS]:
        facts = "\n".join(f"  {name}: {value}" for name, value in notice.details.items())
        lines.append(
            "\n".join(part for part in (notice.summary, notice.description, facts, notice.link) if part)
        )
        rows.append(
            f"<h2 style='font-size:16px'><a href='{html.escape(notice.link, quote=True)}'>"
            f"{html.escape(notice.summary)}</a></h2><p>{html.escape(notice.description)}</p><table>"
            + "".join(
                f"<tr><th align='left'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
                for name, value in notice.details.items()
            )
            + "</table>"
        )
    return (
        f"{_sign(message)} {first}{more}",
        "\n\n".join(lines) + "\n",
        "<html><body>" + "".join(rows) + "</body></html>",
    )


def rfc3339(moment: datetime) -> str:
    """`2026-11-20T09:00:00Z`; fractions are kept when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _labels(notice: Notice) -> dict[str, str]:
    return {**{str(name): str(value) for name, value in notice.labels.items()}, "severity": notice.severity}


def _annotations(notice: Notice) -> dict[str, str]:
    return {"summary": notice.summary, "description": notice.description, **dict(notice.details)}


def _common(each: list[dict[str, str]]) -> dict[str, str]:
    if not each:
        return {}
    return {name: value for name, value in each[0].items() if all(one.get(name) == value for one in each[1:])}


def _sign(group: NoticeGroup) -> str:
    return "[resolved]" if group.status == "resolved" else f"[{group.severity}]"


def _header(text: str) -> Json:
    plain = _clip(" ".join(text.split()) or "SpanLedger", HEADER_CHARS)
    return {"type": "header", "text": {"type": "plain_text", "text": plain, "emoji": False}}


def _section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text or "-"}}


def _slack(text: str) -> str:
    """The three characters that Slack reads as control are escaped; nobody is mentioned by a name in a trace."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _pieces(text: str) -> list[str]:
    """Paragraphs joined into pieces that fit a section."""
    pieces: list[str] = []
    for part in re.split(r"\n\n+", text):
        for start in range(0, max(1, len(part)), SECTION_CHARS):
            piece = part[start : start + SECTION_CHARS]
            if pieces and len(pieces[-1]) + len(piece) + 2 <= SECTION_CHARS:
                pieces[-1] += "\n\n" + piece
            else:
                pieces.append(piece)
    return pieces


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def details_of(values: Mapping[str, str | None]) -> dict[str, str]:
    """Facts of a notice; unknown ones are left out."""
    return {name: value for name, value in values.items() if value}
