"""Every kind of receiver against a local server that checks the documented shape; tries, refusals, secrets."""

import base64
import email
import email.policy
import logging
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.config.model import parse_config
from collector.config.receivers import Receiver
from collector.errors import ConfigError
from collector.notify import http_post
from collector.notify.deliver import Tries, deliver
from collector.notify.model import Delivery, Letter, Message, Notice, NoticeGroup, fingerprint
from tests.oncall.receivers import http_receiver, mail_receiver

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "xoxb-very-secret-token"
LETTER = Letter(
    "Week 47: $166 <up>",
    "Spend $166.\n\nP50 $0.02.",
    "*Spend* $166 <script>",
    "<p>Spend</p>",
    "http://d/review",
)


def notice(status: Any = "firing", scope: str = "support", **of: Any) -> Notice:
    labels = {"rule": "cost-shift", "workload": scope}
    return Notice(
        fingerprint=fingerprint("cost-shift", {"workload": scope}),
        status=status,
        severity=of.pop("severity", "page"),
        labels=labels,
        summary=of.pop("summary", "support costs 2.4 times what it should"),
        description="since 08:10",
        started_at=BEGAN,
        ended_at=BEGAN if status == "resolved" else None,
        link="http://127.0.0.1:8501/investigate?alert=1",
        details={"excess": "$41.20", "expected": "$3.10/h"},
        **of,
    )


def group(*notices: Notice) -> NoticeGroup:
    return NoticeGroup("cost-shift", notices or (notice(),), "http://127.0.0.1:8501")


def tell(receiver: Receiver, message: Message, **of: Any) -> tuple[Delivery, list[float]]:
    waits: list[float] = []
    environment = {"HOOK": of.pop("url", ""), "KEY": SECRET, "MAIL": "pass word"}
    done = deliver(receiver, message, Tries(most=3), sleep=waits.append, environment=environment)
    return done, waits


def alertmanager_faults(body: Any) -> list[str]:
    """What breaks the documented shape of Alertmanager's webhook, version 4."""
    texts = ("groupKey", "receiver", "externalURL")
    maps = ("groupLabels", "commonLabels", "commonAnnotations")
    faults = [name for name in texts if not isinstance(body.get(name), str)]
    faults += [
        name for name in maps if not all(type(k) is type(v) is str for k, v in body.get(name, {0: 0}).items())
    ]
    faults += ["version"] * (body.get("version") != "4")
    faults += ["status"] * (body.get("status") not in ("firing", "resolved"))
    faults += ["truncatedAlerts"] * (type(body.get("truncatedAlerts")) is not int)
    allowed = {*texts, *maps, "version", "status", "truncatedAlerts", "alerts"}
    faults += sorted(set(body) - allowed)
    for alert in body["alerts"]:
        faults += ["alert fields"] * (
            set(alert)
            != {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}
        )
        faults += ["time"] * any(
            not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", alert[at])
            for at in ("startsAt", "endsAt")
        )
        faults += ["fingerprint"] * (not re.fullmatch(r"[0-9a-f]{16}", alert["fingerprint"]))
        faults += ["end"] * ((alert["endsAt"] == "0001-01-01T00:00:00Z") != (alert["status"] == "firing"))
    return faults


def pagerduty_faults(body: Any) -> list[str]:
    """What breaks the documented shape of Events API v2."""
    faults = ["routing_key"] * (body.get("routing_key") != SECRET)
    faults += ["event_action"] * (body.get("event_action") not in ("trigger", "acknowledge", "resolve"))
    faults += ["dedup_key"] * (not 0 < len(body.get("dedup_key", "")) <= 255)
    if body.get("event_action") == "trigger":
        payload = body["payload"]
        faults += ["summary"] * (not 0 < len(payload["summary"]) <= 1024)
        faults += ["severity"] * (payload["severity"] not in ("critical", "error", "warning", "info"))
        faults += ["source"] * (not payload["source"])
        faults += ["timestamp"] * (datetime.fromisoformat(payload["timestamp"]).tzinfo is None)
        faults += ["links"] * any(not link["href"].startswith("http") for link in body["links"])
    return faults


def slack_faults(body: Any) -> list[str]:
    """What breaks the documented shape of an incoming webhook with blocks."""
    faults = ["text"] * (not body.get("text"))
    faults += ["blocks"] * (not 0 < len(body["blocks"]) <= 50)
    for block in body["blocks"]:
        if block["type"] == "header":
            faults += ["header"] * (
                block["text"]["type"] != "plain_text" or not 0 < len(block["text"]["text"]) <= 150
            )
        elif block["type"] == "section":
            faults += ["section"] * (
                block["text"]["type"] != "mrkdwn" or not 0 < len(block["text"]["text"]) <= 3000
            )
        elif block["type"] == "context":
            faults += ["context"] * (not 0 < len(block["elements"]) <= 10)
        else:
            faults.append(block["type"])
    return faults


def hook_receiver(kind: Any, **of: Any) -> Receiver:
    return Receiver.model_validate({"name": "r", "kind": kind, "url_from": {"env": "HOOK"}, **of})


def test_alertmanager_gets_version_4() -> None:
    many = group(*(notice(scope=f"w{number}") for number in range(70)))
    with http_receiver() as hook:
        for message in (group(notice(), notice("resolved", "other")), group(notice("resolved")), many):
            done, _ = tell(hook_receiver("alertmanager"), message, url=hook.url())
            assert done.ok
    assert [alertmanager_faults(taken.body) for taken in hook.taken] == [[], [], []]
    assert [taken.body["status"] for taken in hook.taken] == ["firing", "resolved", "firing"]
    assert hook.taken[0].body["commonLabels"] == {"rule": "cost-shift", "severity": "page"}
    assert (len(hook.taken[2].body["alerts"]), hook.taken[2].body["truncatedAlerts"]) == (50, 20)


def test_pagerduty_is_triggered_acknowledged_and_resolved_by_one_key() -> None:
    receiver = Receiver.model_validate(
        {"name": "p", "kind": "pagerduty", "key_from": {"env": "KEY"}, "url": "http://x/"}
    )
    with http_receiver(202) as hook:
        at = receiver.model_copy(update={"url": hook.url("/v2/enqueue")})
        tell(at, group(notice(summary="s" * 3000), notice(scope="b", severity="ticket")))
        tell(at, group(notice(acknowledged=True)))
        tell(at, group(notice("resolved")))
    assert [pagerduty_faults(taken.body) for taken in hook.taken] == [[]] * 4
    assert [t.body["event_action"] for t in hook.taken] == ["trigger", "trigger", "acknowledge", "resolve"]
    assert [t.body["payload"]["severity"] for t in hook.taken[:2]] == ["critical", "warning"]
    first, _, third, fourth = (taken.body["dedup_key"] for taken in hook.taken)
    assert first == third == fourth


def test_slack_gets_blocks_and_nobody_is_mentioned_by_a_name_from_a_trace() -> None:
    hostile = notice(scope="<!channel>", summary="<!channel> & <@U1> " + "x" * 4000)
    with http_receiver() as hook:
        tell(
            hook_receiver("slack"), group(hostile, *(notice(scope=str(n)) for n in range(30))), url=hook.url()
        )
        tell(hook_receiver("slack"), LETTER, url=hook.url())
        tell(
            hook_receiver("slack"), Letter("long", "\n\n".join("p" * 2500 for _ in range(90))), url=hook.url()
        )
    assert [slack_faults(taken.body) for taken in hook.taken] == [[], [], []]
    assert "<!channel>" not in str([b for b in hook.taken[0].body["blocks"] if b["type"] != "header"])
    assert "<script>" not in str(hook.taken[1].body)


def test_a_webhook_gets_alerts_and_letters_with_its_headers() -> None:
    receiver = hook_receiver("webhook", headers_from={"Authorization": {"env": "KEY"}})
    with http_receiver() as hook:
        tell(receiver, group(), url=hook.url("/a?b=c"))
        tell(receiver, LETTER, url=hook.url())
    alerts, letter = hook.taken
    assert (alerts.path, alerts.headers["authorization"]) == ("/a?b=c", SECRET)
    assert alerts.headers["content-type"] == "application/json"
    assert alerts.body["alerts"][0]["details"] == {"excess": "$41.20", "expected": "$3.10/h"}
    assert (letter.body["type"], letter.body["subject"]) == ("letter", LETTER.subject)


def mail_to(port: int, **of: Any) -> Receiver:
    return Receiver.model_validate(
        {"name": "m", "kind": "email", "smtp": f"127.0.0.1:{port}", "security": "none",
         "sender": "ledger@example.com", "to": ["a@example.com", "b@example.com"], **of}
    )  # fmt: skip


def test_an_address_with_a_password_logs_in() -> None:
    with http_receiver() as hook:
        url = hook.url().replace("://", "://us%40er:pass%20word@")
        done, _ = tell(hook_receiver("webhook"), LETTER, url=url)
    assert done.ok
    scheme, _, pair = hook.taken[0].headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"us@er:pass word")
    assert "@" not in hook.taken[0].headers["host"]


def test_a_mail_has_a_text_and_an_html_part() -> None:
    with mail_receiver() as box:
        login = {"user": "me", "password_from": {"env": "MAIL"}}
        done, _ = tell(mail_to(box.port, **login), group(notice(summary="<b>support</b>\r\nBcc: x@y.z")))
        assert done.ok
        tell(mail_to(box.port), LETTER)
    first, second = (email.message_from_string(text, policy=email.policy.default) for text in box.mails)
    assert base64.b64decode(box.logins[0]) == b"\0me\0pass word"
    assert first["Bcc"] is None
    assert first["To"] == "a@example.com, b@example.com"
    assert [part.get_content_type() for part in first.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert "<b>support" not in first.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert second["Subject"] == LETTER.subject
    assert "http://d/review" in second.get_body(("plain",)).get_content()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("answers", "tries", "ok"),
    [
        ([(503, {}), (200, {})], 2, True),
        ([(429, {"Retry-After": "77"}), (200, {})], 2, True),
        ([(500, {})] * 3, 3, False),
        ([(400, {})], 1, False),
        ([(302, {"Location": "http://127.0.0.1:9/"})], 1, False),
    ],
)
def test_what_may_pass_is_tried_again_with_backoff(answers: Any, tries: int, ok: bool) -> None:
    with http_receiver() as hook:
        hook.answers = list(answers)
        done, waits = tell(hook_receiver("slack"), LETTER, url=hook.url())
    assert (done.ok, done.tries, len(hook.taken)) == (ok, tries, tries)
    assert len(waits) == tries - 1
    if answers[0][0] == 429:
        assert waits == [77.0]
    elif len(waits) == 2:
        assert waits[1] > waits[0] > 0


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], None),  # it takes the request and says nothing
        ([b"H"] * 400, None),  # a byte at a time
        ([b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 400], ""),  # it has said that it took it
        ([b"220 mail.example.com ESMTP\r\n"], None),
        ([HEAD + b"x" * 3_000_000], "x" * 200),  # a huge answer is read only at its beginning
    ],
    ids=["silent", "dripping", "endless headers", "no http", "huge"],
)
def test_a_receiver_that_hangs_or_babbles_keeps_nobody_waiting(
    answer: list[bytes], said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_post, "TIMEOUT_S", 1.0)
    monkeypatch.setattr(http_post, "WHOLE_S", 2.0)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            taken, _ = server.accept()
            with taken, suppress(OSError):
                taken.recv(65536)
                for piece in answer:
                    taken.sendall(piece)
                    over.wait(0.05)
                over.wait(30)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}"
        if said is not None:
            assert http_post.post_json(url, {}) == said
        else:
            with pytest.raises(http_post.Unavailable) as refusal:
                http_post.post_json(url, {})
            assert SECRET not in str(refusal.value)
        over.set()
        thread.join(10)
        assert not thread.is_alive()


def test_a_receiver_without_tls_behind_https_is_tried_again_and_tells_no_address() -> None:
    with http_receiver() as hook:
        done, _ = tell(hook_receiver("slack"), LETTER, url=hook.url(f"/{SECRET}").replace("http:", "https:"))
    assert not done.ok
    assert done.tries > 1
    assert SECRET not in done.error


@pytest.mark.parametrize(("answer", "tries"), [("451 later", 3), ("554 never", 1)])
def test_a_mail_server_that_refuses_for_now_is_tried_again(answer: str, tries: int) -> None:
    with mail_receiver() as box:
        box.refuse["MAIL"] = answer
        done, _ = tell(mail_to(box.port), LETTER)
    assert (done.ok, done.tries) == (False, tries)


def test_a_letter_is_no_alert() -> None:
    receiver = Receiver.model_validate({"name": "p", "kind": "pagerduty", "key_from": {"env": "KEY"}})
    done, waits = tell(receiver, LETTER)
    assert (done.ok, done.tries, waits) == (False, 1, [])
    assert "take alerts" in done.error


@pytest.mark.parametrize(
    "break_it",
    [
        lambda url: url + "\r\nX: y",
        lambda url: url.replace("http://", "gopher://"),
        lambda _: "http://127.0.0.1:1/" + SECRET,
        lambda _: "http://127.0.0.1:99999/" + SECRET,
        lambda _: "",
        lambda url: url + "/" + SECRET,
    ],
)
def test_no_secret_is_told_by_a_failure(
    break_it: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with http_receiver(500) as hook:
        done, _ = tell(
            hook_receiver("slack", headers_from={"X": {"env": "KEY"}}), LETTER, url=break_it(hook.url())
        )
    assert not done.ok
    assert done.error
    assert SECRET not in caplog.text + done.error
    assert str(hook.port) not in caplog.text + done.error


def test_a_secret_is_read_from_its_file_each_time(tmp_path: Path) -> None:
    file = tmp_path / "url"
    with http_receiver() as hook:
        receiver = hook_receiver("slack", url_from={"file": str(file)})
        missing, _ = tell(receiver, LETTER)
        file.write_text(hook.url("/first") + "\n")
        found, _ = tell(receiver, LETTER)
    assert (missing.ok, found.ok) == (False, True)
    assert str(file) in missing.error
    assert hook.taken[0].path == "/first"


@pytest.mark.parametrize(
    ("yaml", "line", "said"),
    [
        ("- {name: a, kind: slak, url_from: {env: A}}", 2, "did you mean slack?"),
        ("- {name: a, kind: slack, url: 'https://hooks.slack.com/x'}", 2, "is not for kind slack"),
        ("- name: a\n  kind: webhook\n  url: https://u:p@h/x", 4, "is a secret; use url_from"),
        ("- name: a\n  kind: email\n  smtp: mail", 4, "expected host:port"),
        ("- {name: a, kind: pagerduty}", 2, "needs key_from"),
        ("- name: a\n  kind: slack\n  url_from: {env: SPANLEDGER_URL}", 4, "choose another name"),
        ("- name: a\n  kind: slack\n  url_from: {env: A, file: b}", 4, "exactly one of env and file"),
        (
            "- {name: a, kind: webhook, url: 'http://h/'}\n- {name: a, kind: webhook, url: 'http://h/'}",
            1,
            "two receivers",
        ),
    ],
)
def test_a_wrong_receiver_is_explained_with_its_line(yaml: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"receivers:\n{yaml}\n".encode(), "spanledger.yaml")
    assert any(p.startswith(f"spanledger.yaml:{line}:") and said in p for p in caught.value.problems), (
        caught.value
    )


def test_the_fingerprint_names_rule_and_scope_alone() -> None:
    one = fingerprint("r", {"a": "1", "b": "2"})
    assert one == fingerprint("r", {"b": "2", "a": "1"})
    assert (
        len(
            {
                one,
                fingerprint("r", {"a": "1"}),
                fingerprint("r2", {"a": "1", "b": "2"}),
                fingerprint("r", {"a": "2", "b": "1"}),
            }
        )
        == 4
    )
