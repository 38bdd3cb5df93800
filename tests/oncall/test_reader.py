"""What is kept between rounds: late spans, pauses and a clock that is set back neither lose nor invent spend."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from analytics.alerts.model import scope_of
from collector.alerts import reader as reader_module
from collector.alerts.reader import FRESH, AlertReader
from tests.ledger.ledger import Ledger
from tests.oncall.traffic import HOUR, sums, tasks

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def spent(reader: AlertReader, end: datetime, at: datetime) -> float:
    """USD of the hour that begins at `at`, as a round that ends at `end` knows it."""
    hours = reader.hours(("workload",), end)
    row = hours.scopes.index(scope_of(workload="w"))
    return float(hours.cost[row, int(at.timestamp()) // 3600 - hours.first_hour])


def late(ledger: Ledger, at: datetime, usd: float) -> None:
    sums(ledger, "w", at, at + HOUR, lambda _: usd, version=2)


@pytest.fixture
def history(ledger: Ledger) -> Ledger:
    sums(ledger, "w", NOW - timedelta(days=10), NOW, lambda _: 1.0)
    return ledger


def test_a_late_span_counts_in_the_next_round_when_it_is_fresh(history: Ledger) -> None:
    reader = AlertReader(history.engine)
    at = NOW - HOUR
    assert spent(reader, NOW, at) == 1.0
    late(history, at, 5.0)
    assert spent(reader, NOW, at) == 5.0


def test_an_older_one_counts_once_the_history_is_read_again(
    history: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(reader_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    reader = AlertReader(history.engine)
    at = NOW - FRESH - timedelta(hours=30)
    assert spent(reader, NOW, at) == 1.0
    late(history, at, 5.0)
    clock[0] += reader_module.LEAST_WAIT_S - 1
    assert spent(reader, NOW, at) == 1.0
    clock[0] += 2
    assert spent(reader, NOW, at) == 5.0


@pytest.mark.parametrize("pause", [timedelta(minutes=1), timedelta(hours=3), timedelta(hours=30)])
def test_what_came_in_a_pause_between_rounds_is_read(history: Ledger, pause: timedelta) -> None:
    reader = AlertReader(history.engine)
    assert spent(reader, NOW, NOW - HOUR) == 1.0
    sums(history, "w", NOW, NOW + pause + HOUR, lambda _: 2.0)
    end = (NOW + pause + HOUR).replace(minute=0)
    for hour in range(int((end - NOW) / HOUR)):
        assert spent(reader, end, NOW + hour * HOUR) == 2.0
    assert spent(reader, end, NOW - HOUR) == 1.0


@pytest.mark.parametrize("back", [HOUR, timedelta(hours=5), timedelta(days=3)])
def test_a_clock_set_back_loses_nothing_and_sees_nothing_ahead(history: Ledger, back: timedelta) -> None:
    reader = AlertReader(history.engine)
    spent(reader, NOW, NOW - HOUR)
    earlier = reader.hours(("workload",), NOW - back)
    assert earlier.at(earlier.cost.shape[1]) == NOW - back
    assert earlier.cost[0, -5:].tolist() == [1.0] * 5
    late(history, NOW - 2 * HOUR, 3.0)
    assert spent(reader, NOW, NOW - 2 * HOUR) == 3.0


def test_a_baseline_is_read_once_an_hour_and_not_of_the_window(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks(ledger, "w", [NOW - timedelta(hours=30 + n) for n in range(20)], lambda _: 1.0)
    tasks(ledger, "w", [NOW - timedelta(hours=n + 1) for n in range(5)], lambda _: 4.0)
    asked: list[str] = []
    real: Any = reader_module.each_row

    def counted(runner: Any, name: str, params: Any = None) -> Any:
        asked.append(name)
        return real(runner, name, params)

    monkeypatch.setattr(reader_module, "each_row", counted)
    reader = AlertReader(ledger.engine)

    def measured(now: datetime) -> tuple[float | None, float | None, int]:
        (found,) = reader.measured(
            "alert_tasks", "p95_cost", ("workload",), now - timedelta(days=8), now - timedelta(days=1), now
        )
        return found.value, found.baseline, found.baseline_sample

    for minute in range(3):
        value, baseline, sample = measured(NOW + timedelta(minutes=minute))
        assert value == pytest.approx(4.0, rel=0.02)
        assert baseline == pytest.approx(1.0, rel=0.02)
        assert sample == 20
    assert asked.count("queries/alert_tasks") == 4
    measured(NOW + HOUR)
    assert asked.count("queries/alert_tasks") == 6
