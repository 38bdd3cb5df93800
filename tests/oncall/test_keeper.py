"""The alert keeper on a real engine: state across restarts, silences, several collectors, messages that arrive."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.alerts.lifecycle import Event
from collector.alerts.config import parse_alerts
from collector.alerts.keeper import AlertKeeper, AlertPace, LeaseLost, policy_of
from collector.alerts.replay import replay
from collector.config.model import parse_config
from collector.keeper.lease import Lease
from tests.ledger.ledger import Ledger
from tests.oncall.receivers import Hook, http_receiver
from tests.oncall.traffic import HOUR, daily, insert, raised, state, sums, tasks

NOW = datetime(2026, 11, 18, 15, 5, tzinfo=UTC)
BEGIN = NOW.replace(minute=0) - timedelta(weeks=7)
YAML = """
receivers:
  - {{name: hook, kind: alertmanager, url: '{url}'}}
alerts:
  notify: [hook]
  link: http://ledger.example:8501
  rules:
{rules}
"""
ONLY_SHIFT = "    - {name: cost-shift, sigmas: 4}\n  built_in: false"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with http_receiver() as one:
        yield one


class Clock:
    """A clock that is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def keeper(
    ledger: Ledger, clock: Clock, hook: Hook | None = None, rules: str = ONLY_SHIFT, more: str = ""
) -> AlertKeeper:
    url = hook.url() if hook else "http://127.0.0.1:1/"
    config = parse_config((YAML.format(url=url, rules=rules) + more).encode(), "spanledger.yaml")
    return AlertKeeper(ledger.engine, config, now=clock, pace=AlertPace(settle_s=0.01))


def shifted(ledger: Ledger, hours: int = 5, times: float = 4) -> None:
    """Two workloads for seven weeks; support costs more for the last hours."""
    end = NOW.replace(minute=0)
    for number, name in enumerate(("support", "research")):
        usd = daily(1.0 + number, number)
        if name == "support":
            usd = raised(usd, end - hours * HOUR, end + 9 * HOUR, times)
        sums(ledger, name, BEGIN, end, usd)


def test_a_shift_fires_once_and_a_restart_does_not_fire_it_again(ledger: Ledger, hook: Hook) -> None:
    shifted(ledger)
    clock = Clock()
    first = keeper(ledger, clock, hook)
    assert [(a.finding.scope, e) for a, e in first.round().events] == [((), Event.FIRED)]
    assert first.deliver() == 1
    for minutes in (1, 2, 30):
        clock.now = NOW + timedelta(minutes=minutes)
        again = keeper(ledger, clock, hook)  # a collector that was started anew
        assert again.round().events == ()
        assert again.deliver() == 0
    (taken,) = hook.taken
    (alert,) = taken.body["alerts"]
    assert taken.body["status"] == "firing"
    assert alert["annotations"]["most of it in"] == "support"
    assert alert["generatorURL"].startswith("http://ledger.example:8501/investigate?alert=")
    assert "&rule=cost-shift&from=2026-11-18T" in alert["generatorURL"]
    rows = state(ledger, "cost-shift")
    assert [(row["scope"], row["state"], bool(row["inhibited_by"])) for row in rows] in (
        [({}, "firing", False), ({"workload": "support"}, "firing", True)],
        [({"workload": "support"}, "firing", True), ({}, "firing", False)],
    )


def test_it_is_told_again_after_the_repeat_interval_and_resolved_when_it_is_over(
    ledger: Ledger, hook: Hook
) -> None:
    shifted(ledger)
    clock = Clock()
    one = keeper(ledger, clock, hook)
    one.round()
    one.deliver()
    usual = daily(1.0, 0), daily(2.0, 1)
    for hour in range(1, 14):
        at = NOW.replace(minute=0) + (hour - 1) * HOUR
        for name, usd in zip(("support", "research"), usual, strict=True):
            sums(ledger, name, at, at + HOUR, usd)
        clock.now = NOW + hour * HOUR
        one.round()
        one.deliver()
    told = [taken.body["status"] for taken in hook.taken]
    assert told[0] == "firing"
    assert told[-1] == "resolved"
    assert "resolved" not in told[:-1]
    assert {alert["fingerprint"] for taken in hook.taken for alert in taken.body["alerts"]} == {
        hook.taken[0].body["alerts"][0]["fingerprint"]
    }
    assert {row["state"] for row in state(ledger, "cost-shift")} == {"resolved"}


def test_a_silence_keeps_it_quiet_until_it_ends(ledger: Ledger, hook: Hook) -> None:
    shifted(ledger)
    insert(
        ledger,
        "alert_silences",
        [{"id": "s", "rule": "cost-*", "scope": {}, "from_at": "2026-11-18 15:00:00", "to_at": "2026-11-18 16:00:00",
          "said_by": "me", "reason": "load test", "version": 1, "is_deleted": 0}],
    )  # fmt: skip
    clock = Clock()
    one = keeper(ledger, clock, hook)
    assert one.round().events == ()
    assert {row["silenced"] for row in state(ledger, "cost-shift")} == {True}
    clock.now = NOW + timedelta(minutes=56)
    assert [event for _, event in one.round().events] == [Event.FIRED]


def test_an_acknowledged_alert_is_not_repeated(ledger: Ledger, hook: Hook) -> None:
    shifted(ledger)
    clock = Clock()
    one = keeper(ledger, clock, hook)
    one.round()
    for row in state(ledger, "cost-shift"):
        mark = {
            "fingerprint": row["fingerprint"],
            "started_at": row["started_at"],
            "mark": "ack",
            "said_by": "me",
        }
        insert(ledger, "alert_marks", [mark])
    clock.now = NOW + timedelta(minutes=50)
    sums(
        ledger,
        "support",
        NOW.replace(minute=0),
        NOW.replace(minute=0) + 9 * HOUR,
        raised(daily(1.0, 0), BEGIN, NOW + 20 * HOUR, 4),
    )
    sums(ledger, "research", NOW.replace(minute=0), NOW.replace(minute=0) + 9 * HOUR, daily(2.0, 1))
    clock.now = NOW + 5 * HOUR
    assert one.round().events == ()


def test_a_receiver_that_does_not_answer_is_tried_again_and_then_a_dead_letter_stands(
    ledger: Ledger, hook: Hook
) -> None:
    shifted(ledger)
    clock = Clock()
    one = keeper(ledger, clock, hook)
    one.round()
    hook.default = 503
    tried = 0
    for _ in range(200):
        clock.now += timedelta(minutes=3)
        tried += one.deliver()
    (message,) = ledger.rows("SELECT state, tries, error, receiver FROM alert_messages FINAL")
    assert message == {"state": "dead", "tries": 12, "error": "it answered 503", "receiver": "hook"}
    assert tried == len(hook.taken) == 12


def test_a_message_that_waits_survives_a_restart(ledger: Ledger, hook: Hook) -> None:
    shifted(ledger)
    clock = Clock()
    hook.default = 503
    one = keeper(ledger, clock, hook)
    one.round()
    one.deliver()
    hook.default = 200
    clock.now += timedelta(minutes=5)
    assert keeper(ledger, clock, hook).deliver() == 1
    assert ledger.rows("SELECT state FROM alert_messages FINAL") == [{"state": "sent"}]


def test_a_crash_between_message_and_state_tells_under_the_same_key(
    ledger: Ledger, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted(ledger)
    clock = Clock()

    def crash(*_: object) -> None:
        raise OSError("power")

    with monkeypatch.context() as broken:
        broken.setattr("collector.alerts.keeper.write_alerts", crash)
        with pytest.raises(OSError, match="power"):
            keeper(ledger, clock, hook).round()
    clock.now += timedelta(seconds=30)
    again = keeper(ledger, clock, hook)
    again.round()
    again.deliver()
    prints = [taken.body["alerts"][0]["fingerprint"] for taken in hook.taken]
    assert prints
    assert len(set(prints)) == 1


def test_one_of_several_collectors_holds_the_lease_and_another_takes_over(ledger: Ledger) -> None:
    one, other = (Lease(ledger.engine, "alerts", lasts_s=60, settle_s=0.01) for _ in range(2))
    assert (one.hold(), other.hold()) == (True, False)
    assert (one.hold(), other.hold()) == (True, False)
    one.release()
    assert (other.hold(), one.hold()) == (True, False)


def test_of_two_claims_to_a_term_the_earlier_wins(ledger: Ledger) -> None:
    one, other = (Lease(ledger.engine, "alerts", lasts_s=60, settle_s=0.0) for _ in range(2))
    one._claim(1)
    other._claim(1)
    assert (one.hold(), other.hold()) == (True, False)


def test_a_lease_that_is_not_renewed_ends(ledger: Ledger) -> None:
    one, other = (
        Lease(ledger.engine, "alerts", lasts_s=0, settle_s=0.0),
        Lease(ledger.engine, "alerts", lasts_s=60, settle_s=0.0),
    )
    one.hold()
    assert other.hold()


def test_a_round_that_outlasts_its_lease_writes_nothing(ledger: Ledger) -> None:
    shifted(ledger)
    one = keeper(ledger, Clock())
    one._held_until_s = 0.0
    with pytest.raises(LeaseLost):
        one.round()
    assert state(ledger, "cost-shift") == []


def test_a_runaway_task_pages_on_the_first_look_and_resolves_when_it_has_stopped(ledger: Ledger) -> None:
    ends = [NOW - timedelta(minutes=20 * n) for n in range(1, 300)]
    tasks(ledger, "support", ends, lambda _: 0.5)
    clock = Clock()
    one = keeper(ledger, clock, rules="    - {name: runaway-task}\n  built_in: false")
    assert one.look_for_runaways().events == ()
    tasks(ledger, "support", [NOW], lambda _: 30.0, calls=4000)
    clock.now = NOW + timedelta(seconds=10)
    ((alert, event),) = one.look_for_runaways().events
    assert event is Event.FIRED
    assert alert.finding.severity == "page"
    assert "60 times the P95" in alert.finding.summary
    clock.now = NOW + timedelta(seconds=20)
    assert one.look_for_runaways().events == ()
    resolved = []
    for minutes in (2, 10, 18, 26, 27):
        clock.now = NOW + timedelta(minutes=minutes)
        resolved += [event for _, event in one.look_for_runaways().events]
    assert resolved == [Event.RESOLVED]


def test_a_runaway_task_of_a_workload_that_has_just_learned_is_found(ledger: Ledger) -> None:
    tasks(ledger, "old", [NOW - timedelta(minutes=20 * n) for n in range(1, 300)], lambda _: 0.5)
    tasks(ledger, "old", [NOW], lambda _: 2.0)
    clock = Clock()
    one = keeper(ledger, clock, rules="    - {name: runaway-task}\n  built_in: false")
    assert one.look_for_runaways().events == ()  # now it knows what is usual, but nothing of the new workload
    tasks(ledger, "new", [NOW + timedelta(seconds=n / 10) for n in range(1, 200)], lambda _: 0.1)
    tasks(ledger, "new", [NOW + timedelta(seconds=25)], lambda _: 30.0)
    clock.now = NOW + timedelta(seconds=30)
    assert [alert.finding.scope[-1] for alert, _ in one.look_for_runaways().events] == [("workload", "new")]


def test_a_runaway_task_is_found_though_its_spans_came_late_and_not_when_it_is_history(
    ledger: Ledger,
) -> None:
    tasks(ledger, "support", [NOW - timedelta(minutes=20 * n) for n in range(1, 300)], lambda _: 0.5)
    one = keeper(ledger, Clock(), rules="    - {name: runaway-task}\n  built_in: false")
    one.look_for_runaways()
    written = int((NOW + timedelta(seconds=5)).timestamp() * 1e9)
    tasks(ledger, "support", [NOW - timedelta(hours=3)], lambda _: 30.0, version=written)
    tasks(ledger, "support", [NOW - timedelta(days=9)], lambda _: 40.0, version=written)
    events = one.look_for_runaways().events
    assert [alert.finding.value for alert, _ in events] == [30.0]


def test_a_rule_that_is_taken_out_resolves_what_it_fired(ledger: Ledger, hook: Hook) -> None:
    shifted(ledger)
    clock = Clock()
    keeper(ledger, clock, hook).round()
    clock.now += timedelta(minutes=1)
    gone = keeper(
        ledger,
        clock,
        hook,
        rules="    - {name: cost-shift, off: true}\n    - {name: runaway-task}\n  built_in: false",
    )
    gone.round()
    assert {row["state"] for row in state(ledger, "cost-shift")} == {"resolved"}


def test_budgets_burn_are_spent_and_forecast(ledger: Ledger) -> None:
    end = NOW.replace(minute=0)
    sums(ledger, "support", BEGIN, end - HOUR, lambda _: 1.0)
    sums(ledger, "support", end - HOUR, NOW, lambda _: 4.0, step=timedelta(minutes=1))
    budgets = "\n".join(
        (
            "budgets:",
            "  - {workload: support, period: month, limit_usd: 720}",
            "  - {all: true, period: day, limit_usd: 200}",
        )
    )
    one = keeper(
        ledger,
        Clock(),
        rules="    - {name: budget-burn}\n    - {name: budget-forecast}\n  built_in: false",
        more=budgets,
    )
    found = {(a.finding.rule, a.finding.scope): a.finding for a in one.round().changed}
    burn = found[("budget-burn", (("workload", "support"),))]
    assert burn.severity == "page"
    assert burn.excess_usd == pytest.approx(60 * 4 - 1, rel=0.05)
    assert ("budget-burn-spent", ()) in found


def test_a_custom_query_fires_by_its_column_and_a_broken_one_is_told_and_disturbs_nobody(
    ledger: Ledger,
) -> None:
    shifted(ledger)
    rules = """    - {name: dear, kind: query, query: dear, column: usd, above: 1, by: [workload], window: 6h}
    - {name: broken, kind: query, query: broken, column: usd, above: 1}
    - {name: nosy, kind: query, query: nosy, column: usd, above: 1}
    - {name: cost-shift}
  built_in: false
  queries:
    dear: >-
      SELECT workload, toFloat64(sum(list_cost_usd)) AS usd FROM calls_rollup FINAL
      WHERE minute >= {from_:DateTime} GROUP BY workload
    broken: SELECT nothing FROM nowhere
    nosy: INSERT INTO alerts (rule) VALUES ('x')
"""
    one = keeper(
        ledger,
        Clock(),
        rules=rules,
    )
    fired = {alert.finding.rule for alert, _ in one.round().events}
    assert {"dear", "cost-shift"} == fired
    errors = {row["rule"]: row["error"] for row in ledger.rows("SELECT rule, error FROM alert_rules FINAL")}
    assert errors["dear"] == errors["cost-shift"] == ""
    assert "nowhere" in errors["broken"]
    assert errors["nosy"]


def test_rules_of_a_file_of_their_own_are_followed(ledger: Ledger, tmp_path: Path) -> None:
    shifted(ledger)
    own = tmp_path / "alerts.yaml"
    own.write_text("built_in: false\nrules:\n  - {name: cost-shift, off: true}\n")
    config = parse_config(b"alerts: {file: alerts.yaml}", "spanledger.yaml")
    one = AlertKeeper(ledger.engine, config, config_path=lambda: tmp_path / "spanledger.yaml", now=Clock())
    assert one.round().events == ()
    own.write_text("built_in: false\nrules:\n  - {name: cost-shift}\n# longer\n")
    one._follow_config()
    assert [event for _, event in one.round().events] == [Event.FIRED]


def test_a_replay_says_what_would_have_fired_and_what_other_rules_would_have(ledger: Ledger) -> None:
    shifted(ledger, hours=40)
    begin = NOW.replace(minute=0) - 60 * HOUR
    config = parse_config(
        b"budgets:\n  - {workload: support, period: month, limit_usd: 900}\n", "spanledger.yaml"
    )
    strict = parse_alerts(b"rules: [{name: cost-shift, sigmas: 40}]\n", "proposed.yaml", config)
    now = replay(ledger.engine, config, config.alerts, begin, NOW, policy_of)
    other = replay(ledger.engine, config, strict, begin, NOW, policy_of)
    shifts = [firing for firing in now.firings if firing.alert.finding.rule == "cost-shift"]
    assert len(shifts) == 1
    late = shifts[0].alert.started_at - (NOW.replace(minute=0) - 40 * HOUR)
    assert timedelta(0) < late <= 6 * HOUR
    assert not any(firing.alert.finding.rule == "cost-shift" for firing in other.firings)
    assert not now.errors
    assert state(ledger, "cost-shift") == []


def test_a_replay_finds_a_task_that_ran_away(ledger: Ledger) -> None:
    tasks(
        ledger,
        "support",
        [NOW - timedelta(days=3) - timedelta(minutes=20 * n) for n in range(300)],
        lambda _: 0.5,
    )
    tasks(ledger, "support", [NOW - timedelta(hours=30)], lambda _: 30.0)
    config = parse_config(b"alerts: {built_in: false, rules: [{name: runaway-task}]}", "spanledger.yaml")
    found = replay(ledger.engine, config, config.alerts, NOW - timedelta(days=2), NOW, policy_of)
    assert [firing.alert.finding.value for firing in found.firings] == [30.0]
    assert found.firings[0].ended_at is not None
