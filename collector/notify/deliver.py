"""Tells receivers: Alertmanager webhook v4, Slack, PagerDuty Events v2, mail, any webhook; with tries and backoff.

In: a receiver of spanledger.yaml, a message. Out: a Delivery that says how it ended. Raises nothing.
Never: a secret in a log, an error or a Delivery.
"""

import logging
import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from collector.config.receivers import Receiver
from collector.notify.http_post import DeliveryError, Refused, Unavailable, post_json
from collector.notify.mail import send_mail
from collector.notify.model import Delivery, Letter, Message
from collector.notify.secrets import SecretMissing, read_secret
from collector.notify.shapes import alertmanager_body, mail, pagerduty_events, slack_body, webhook_body

log = logging.getLogger(__name__)

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"


@dataclass(frozen=True)
class Tries:
    """How often and how far apart: after the n-th failure a wait of `first_wait_s` * 2^(n-1), give or take a fifth."""

    most: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0

    def wait_s(self, failures: int, after_s: float | None = None) -> float:
        """Seconds before the next try; what the receiver asked for, if that is longer."""
        wait = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (failures - 1))
        return max(after_s or 0.0, wait * random.uniform(0.8, 1.2))


def deliver(
    receiver: Receiver,
    message: Message,
    tries: Tries | None = None,
    *,
    sleep: Callable[[float], object] = time.sleep,
    environment: Mapping[str, str] = os.environ,
) -> Delivery:
    """Delivers, waiting between tries in this thread. A fault of ours or the file's is not tried again."""
    plan = tries or Tries()
    count = 0
    while True:
        count += 1
        try:
            detail = send_once(receiver, message, environment)
            return Delivery(receiver.name, True, count, detail=detail)
        except Unavailable as error:
            why = str(error)
            if count >= plan.most:
                break
            sleep(plan.wait_s(count, error.after_s))
        except DeliveryError as error:
            why = str(error)
            break
    log.warning("receiver %s (%s) was not told: %s", receiver.name, receiver.kind, why)
    return Delivery(receiver.name, False, count, error=why)


def send_once(receiver: Receiver, message: Message, environment: Mapping[str, str] = os.environ) -> str:
    """One try; returns what the receiver said. Raises Refused, Unavailable."""
    try:
        return _send(receiver, message, environment)
    except SecretMissing as error:
        raise Unavailable(str(error)) from None


def takes(receiver: Receiver, message: Message) -> bool:
    """Whether receivers of this kind can be told this at all: a letter is no alert."""
    return not (isinstance(message, Letter) and receiver.kind in ("pagerduty", "alertmanager"))


def _send(receiver: Receiver, message: Message, environment: Mapping[str, str]) -> str:
    if not takes(receiver, message):
        raise Refused(f"receivers of kind {receiver.kind} take alerts, not letters")
    if receiver.kind == "email":
        password = read_secret(receiver.password_from, environment) if receiver.password_from else ""
        letter = mail(message, receiver.sender or "", receiver.to, datetime.now(UTC))
        return send_mail(letter, receiver.smtp or "", receiver.security, receiver.user or "", password)
    if receiver.kind == "pagerduty":
        assert not isinstance(message, Letter)
        assert receiver.key_from is not None
        key = read_secret(receiver.key_from, environment)
        url = receiver.url or PAGERDUTY_URL
        # An event that arrives twice changes nothing there, by its dedup_key; so a group may be sent again whole.
        return "; ".join(post_json(url, event) for event in pagerduty_events(message, key))
    url = read_secret(receiver.url_from, environment) if receiver.url_from else receiver.url or ""
    headers = {name: read_secret(source, environment) for name, source in receiver.headers_from.items()}
    if receiver.kind == "slack":
        return post_json(url, slack_body(message), headers)
    if receiver.kind == "alertmanager":
        assert not isinstance(message, Letter)
        return post_json(url, alertmanager_body(message, receiver.name), headers)
    return post_json(url, webhook_body(message), headers)
