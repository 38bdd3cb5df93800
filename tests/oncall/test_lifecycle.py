"""Alerts from findings: fire once, hold, repeat, resolve; quiet ones are kept; whatever order rounds come in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.lifecycle import Alert, Event, Policy, State, Step, advance
from analytics.alerts.model import Finding, Scope, Standing, scope_of

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = Policy(clear_for=30 * MINUTE, repeat=240 * MINUTE)
SUPPORT = scope_of(workload="support")


def finding(standing: Standing = Standing.BREACH, scope: Scope = SUPPORT, **of: Any) -> Finding:
    base = Finding(
        "r", scope, standing, "ticket", 1.0, 0.5, "usd", "s", T0, T0 + timedelta(hours=1), excess_usd=10.0
    )
    return replace(base, **of)


class Ledger:
    """Open alerts between rounds, as the ledger keeps them."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.open: dict[str, Alert] = {}
        self.policy = policy
        self.told: list[tuple[str, Event]] = []

    def round(self, minute: int, *findings: Finding, silenced: Sequence[Scope] = ()) -> Step:
        step = advance(
            self.open.values(),
            [(str(f.scope), f) for f in findings],
            T0 + minute * MINUTE,
            lambda _: self.policy,
            lambda f: f.scope in silenced,
        )
        for alert in step.changed:
            self.open[alert.fingerprint] = alert
        self.open = {key: alert for key, alert in self.open.items() if alert.state is not State.RESOLVED}
        self.told += [(alert.fingerprint, event) for alert, event in step.events]
        return step

    @property
    def events(self) -> list[Event]:
        return [event for _, event in self.told]


def test_it_fires_once_repeats_and_resolves_after_being_clear_for_long_enough() -> None:
    ledger = Ledger()
    for minute in range(0, 250, 10):
        ledger.round(minute, finding())
    assert ledger.events == [Event.FIRED, Event.REPEATED]
    for minute in (250, 260, 270):
        ledger.round(minute, finding(Standing.CLEAR))
    ledger.round(275, finding(Standing.BREACH))  # came back: the wait begins anew
    for minute in (280, 290, 300):
        ledger.round(minute, finding(Standing.CLEAR))
    assert ledger.events == [Event.FIRED, Event.REPEATED]
    ledger.round(310, finding(Standing.CLEAR))
    assert ledger.events == [Event.FIRED, Event.REPEATED, Event.RESOLVED]
    assert not ledger.open


def test_between_limit_and_reset_nothing_new_fires_and_nothing_resolves() -> None:
    ledger = Ledger()
    ledger.round(0, finding(Standing.HOLD))
    assert not ledger.open
    ledger.round(1, finding())
    for minute in range(2, 200):
        ledger.round(minute, finding(Standing.HOLD))
    assert ledger.events == [Event.FIRED]


def test_unknown_learning_and_absent_neither_fire_nor_resolve() -> None:
    for gap in (finding(Standing.UNKNOWN), finding(Standing.LEARNING), None):
        ledger = Ledger()
        ledger.round(0, *([gap] if gap else []))
        assert not ledger.open
        ledger.round(1, finding())
        for minute in range(2, 100):
            ledger.round(minute, *([gap] if gap else []))
        assert ledger.events == [Event.FIRED]
        assert ledger.open[str(SUPPORT)].state is State.FIRING


def test_a_clock_set_back_changes_nothing_and_one_set_forward_fires_nothing() -> None:
    ledger = Ledger()
    ledger.round(100, finding())
    before = dict(ledger.open)
    assert ledger.round(40, finding(Standing.CLEAR)).changed == ()
    assert ledger.round(40, finding()).events == ()
    assert ledger.open == before
    ledger.round(200, finding())
    assert ledger.events == [Event.FIRED]


def test_a_wider_alert_of_the_same_rule_keeps_narrower_ones_quiet_while_it_explains_them() -> None:
    ledger = Ledger()
    ledger.round(
        0,
        finding(scope=(), excess_usd=9.0),
        finding(excess_usd=10.0),
        finding(scope=scope_of(workload="b"), excess_usd=50.0),
    )
    assert set(ledger.told) == {("()", Event.FIRED), (str(scope_of(workload="b")), Event.FIRED)}
    assert ledger.open[str(SUPPORT)].inhibited_by == "()"
    for minute in (1, 40, 41):
        ledger.round(minute, finding(Standing.CLEAR, scope=()), finding())
    assert (str(SUPPORT), Event.FIRED) in ledger.told


def test_a_graver_narrow_alert_and_one_of_another_rule_are_told() -> None:
    ledger = Ledger()
    ledger.round(0, finding(scope=(), excess_usd=99.0), finding(severity="page"))
    assert len(ledger.told) == 2
    other = Ledger()
    other.round(0, finding(scope=(), rule="budget", excess_usd=99.0), finding())
    assert len(other.told) == 2


def test_a_silenced_alert_is_told_when_the_silence_ends_and_it_still_fires() -> None:
    ledger = Ledger()
    ledger.round(0, finding(), silenced=[SUPPORT])
    assert ledger.open[str(SUPPORT)].silenced
    assert ledger.events == []
    ledger.round(10, finding())
    assert ledger.events == [Event.FIRED]


def test_an_acknowledged_alert_is_not_repeated_but_one_that_got_worse_is_told() -> None:
    ledger = Ledger()
    ledger.round(0, finding())
    ledger.open = {key: replace(alert, acknowledged=True) for key, alert in ledger.open.items()}
    ledger.round(500, finding())
    assert ledger.events == [Event.FIRED]
    ledger.round(510, finding(severity="page"))
    assert ledger.events == [Event.FIRED, Event.WORSE]


def test_what_must_last_is_pending_until_then() -> None:
    ledger = Ledger(Policy(hold_for=10 * MINUTE))
    for minute in (0, 5):
        ledger.round(minute, finding())
    ledger.round(6, finding(Standing.CLEAR))
    assert ledger.events == []
    for minute in (7, 12, 17):
        ledger.round(minute, finding())
    assert ledger.events == [Event.FIRED]


def test_what_has_no_finding_any_more_may_count_as_clear() -> None:
    ledger = Ledger(Policy(clear_for=15 * MINUTE, ends_when_absent=True))
    ledger.round(0, finding())
    for minute in (1, 10, 16):
        ledger.round(minute)
    assert ledger.events == [Event.FIRED, Event.RESOLVED]


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from(Standing)), max_size=60))
def test_firing_and_resolving_take_turns_whatever_is_found(course: list[tuple[int, Standing]]) -> None:
    ledger, minute = Ledger(), 0
    for passed, standing in course:
        minute += passed
        ledger.round(minute, finding(standing))
    turns = [event for event in ledger.events if event is not Event.REPEATED]
    assert turns == [Event.FIRED, Event.RESOLVED] * (len(turns) // 2) + [Event.FIRED] * (len(turns) % 2)
    first_breach = next((standing for _, standing in course if standing is Standing.BREACH), None)
    assert bool(turns) == (first_breach is not None)


@given(st.lists(st.sampled_from(Standing), max_size=30))
def test_a_round_judged_twice_tells_nothing_twice(course: list[Standing]) -> None:
    once, twice = Ledger(), Ledger()
    for number, standing in enumerate(course):
        once.round(10 * number, finding(standing))
        twice.round(10 * number, finding(standing))
        twice.round(10 * number, finding(standing))
    assert once.told == twice.told
