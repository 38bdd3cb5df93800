"""A test alert: fires and resolves at once, under a fingerprint of its own.

In: configuration. Out: deliveries. Raises UsageError.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cli.errors import UsageError
from collector.alerts.config import alerts_of
from collector.config.model import Config
from collector.config.receivers import Receiver
from collector.notify.deliver import Tries, deliver
from collector.notify.model import Delivery, Notice, NoticeGroup, Status, fingerprint

RULE = "spanledger-test"


def receivers_to_try(config: Config, path: Path | None, name: str | None) -> Sequence[Receiver]:
    """The receiver of that name, or those that alerts tell."""
    wanted = (name,) if name else alerts_of(config, path).alerts.notify
    known = {receiver.name: receiver for receiver in config.receivers}
    for each in wanted:
        if each not in known:
            raise UsageError(f"no receiver is called {each!r}; there are {', '.join(known) or 'none'}")
    if not wanted:
        raise UsageError("alerts.notify names no receiver; give one by name")
    return [known[each] for each in wanted]


def try_receiver(receiver: Receiver, link: str) -> Delivery:
    """Fires and resolves; the first failure is the answer."""
    fired = deliver(receiver, _group("firing", link), Tries(most=1))
    return deliver(receiver, _group("resolved", link), Tries(most=1)) if fired.ok else fired


def _group(status: Status, link: str) -> NoticeGroup:
    now = datetime.now(UTC)
    notice = Notice(
        fingerprint=fingerprint(RULE, {}),
        status=status,
        severity="info",
        labels={"alertname": RULE},
        summary="This is a test of SpanLedger's alerts; nothing is wrong",
        description="sent by `spanledger alerts test`",
        started_at=now,
        ended_at=now if status == "resolved" else None,
        link=f"{link}/alerts",
    )
    return NoticeGroup(RULE, (notice,), link)
