"""Messages to receivers, kept in the ledger until they are delivered; what cannot be stays as a dead letter.

In: alerts to tell. Out: rows of alert_messages, deliveries. Never: a message lost by a restart, or a secret written.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from analytics.alerts.lifecycle import Alert, Event, State
from analytics.alerts.model import scope_words
from analytics.periods import iso
from collector.alerts.times import moment_of, text_of
from collector.config.receivers import Receiver
from collector.engine.runner import Runner, insert_rows, rows
from collector.notify.deliver import Tries, send_once
from collector.notify.http_post import DeliveryError, Refused, Unavailable
from collector.notify.model import Notice, NoticeGroup

log = logging.getLogger(__name__)

PLAN = Tries(most=12, first_wait_s=2.0, longest_wait_s=900.0)
"""About an hour and a half of trying before a message is a dead letter."""


@dataclass(frozen=True)
class Told:
    """What happened to one message."""

    receiver: str
    ok: bool
    dead: bool
    error: str = ""


def notice_of(alert: Alert, link: str, narrower: Sequence[Alert] = ()) -> Notice:
    """An alert as it is told, with the link to its investigation. narrower: alerts that it keeps quiet."""
    finding = alert.finding
    extra = {"since": iso(finding.since) if finding.since else ""}
    extra["most of it in"] = "; ".join(scope_words(each.finding.scope) for each in narrower[:5])
    return Notice(
        fingerprint=alert.fingerprint,
        status="resolved" if alert.state is State.RESOLVED else "firing",
        severity=finding.severity if finding.severity in ("page", "ticket") else "info",  # type: ignore[arg-type]  # one of the three
        labels={"alertname": finding.rule, **dict(finding.scope)},
        summary=finding.summary,
        description=_description(alert),
        started_at=alert.started_at,
        ended_at=alert.resolved_at,
        link=f"{link}/investigate?{urlencode(_address(alert))}",
        details={name: value for name, value in {**finding.details, **extra}.items() if value},
        acknowledged=alert.acknowledged,
    )


def _address(alert: Alert) -> list[tuple[str, str]]:
    """Window, scope and rule, so that the page needs nothing else."""
    finding = alert.finding
    begin = min(finding.since or finding.from_, finding.from_)
    named = [
        ("alert", alert.fingerprint),
        ("rule", finding.rule),
        ("from", iso(begin)),
        ("to", iso(finding.to)),
    ]
    return named + [(name, value) for name, value in finding.scope if value]


def _description(alert: Alert) -> str:
    if alert.state is State.RESOLVED and alert.resolved_at:
        minutes = (alert.resolved_at - alert.started_at) / timedelta(minutes=1)
        return f"resolved after {minutes:.0f} min"
    began = alert.finding.since or alert.started_at
    return f"since {began:%Y-%m-%d %H:%M} UTC"


def write_messages(
    runner: Runner,
    events: Sequence[tuple[Alert, Event]],
    receivers_of: Callable[[str], Sequence[str]],
    link: str,
    now: datetime,
    narrower: Mapping[str, Sequence[Alert]] | None = None,
) -> int:
    """One waiting message a receiver and rule; returns how many. The same round written twice writes the same ids.

    narrower: by fingerprint, the alerts that an alert keeps quiet.
    """
    inside = narrower or {}
    groups: dict[tuple[str, str, str], list[Alert]] = {}
    for alert, event in events:
        for receiver in receivers_of(alert.finding.rule):
            groups.setdefault((receiver, alert.finding.rule, event.value), []).append(alert)
    records = []
    for (receiver, rule, why), alerts in groups.items():
        notices = [notice_of(alert, link, inside.get(alert.fingerprint, ())) for alert in alerts]
        body = json.dumps([_plain(notice) for notice in notices])
        name = "|".join([receiver, rule, why, text_of(now), *(n.fingerprint for n in notices)])
        records.append(
            {
                "id": hashlib.sha256(name.encode()).hexdigest()[:24],
                "created_at": text_of(now),
                "receiver": receiver,
                "rule": rule,
                "event": why,
                "body": body,
                "state": "waiting",
                "tries": 0,
                "next_try_at": text_of(now),
                "error": "",
                "version": int(now.timestamp() * 1e9),
            }
        )
    insert_rows(runner, "alert_messages", records)
    return len(records)


def deliver_due(runner: Runner, receivers: Mapping[str, Receiver], link: str, now: datetime) -> list[Told]:
    """One try for every message that is due; after a failure that may pass, none more to the same receiver."""
    told: list[Told] = []
    silent: set[str] = set()  # does not answer now; its other messages wait for the next pass
    for row in rows(runner, "keeper/alert_messages_due", {"now": text_of(now)}):
        if row["receiver"] in silent:
            continue
        error, after_s, is_final = _try(row, receivers, link)
        if error and not is_final:
            silent.add(str(row["receiver"]))
        tries = int(row["tries"]) + 1
        is_dead = bool(error) and (is_final or tries >= PLAN.most)
        state = "dead" if is_dead else "waiting" if error else "sent"
        wait = PLAN.wait_s(tries, after_s) if state == "waiting" else 0.0
        insert_rows(
            runner,
            "alert_messages",
            [
                {
                    **row,
                    "state": state,
                    "tries": tries,
                    "error": error,
                    "next_try_at": text_of(now + timedelta(seconds=wait)),
                    "sent_at": text_of(now) if state == "sent" else None,
                    "version": max(int(row["version"]) + 1, int(now.timestamp() * 1e9)),
                }
            ],
        )
        if is_dead:
            log.error(
                "alert message %s to receiver %s is a dead letter: %s", row["id"], row["receiver"], error
            )
        told.append(Told(str(row["receiver"]), not error, is_dead, error))
    return told


def group_of(row: Mapping[str, Any], link: str) -> NoticeGroup:
    """The alerts of a message."""
    return NoticeGroup(str(row["rule"]), tuple(_notice(each) for each in json.loads(row["body"])), link)


def _try(
    row: Mapping[str, Any], receivers: Mapping[str, Receiver], link: str
) -> tuple[str, float | None, bool]:
    """(error or empty, seconds the receiver asked to wait, whether trying again is no use)."""
    receiver = receivers.get(str(row["receiver"]))
    if receiver is None:
        return "no receiver of that name stands in spanledger.yaml any more", None, True
    try:
        send_once(receiver, group_of(row, link))
    except Unavailable as error:
        return str(error), error.after_s, False
    except Refused as error:
        return str(error), None, True
    except DeliveryError as error:
        return str(error), None, False
    return "", None, False


def _plain(notice: Notice) -> dict[str, Any]:
    return {
        "fingerprint": notice.fingerprint,
        "status": notice.status,
        "severity": notice.severity,
        "labels": dict(notice.labels),
        "summary": notice.summary,
        "description": notice.description,
        "started_at": text_of(notice.started_at),
        "ended_at": text_of(notice.ended_at) if notice.ended_at else None,
        "link": notice.link,
        "details": dict(notice.details),
        "acknowledged": notice.acknowledged,
    }


def _notice(plain: dict[str, Any]) -> Notice:
    ended = plain["ended_at"]
    times = {"started_at": moment_of(plain["started_at"]), "ended_at": moment_of(ended) if ended else None}
    return Notice(**{**plain, **times})
