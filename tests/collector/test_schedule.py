"""The weekly review on schedule: due moments, once for several collectors and restarts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.config.model import Config, parse_config
from collector.engine.embedded import EmbeddedEngine
from collector.engine.migrate import migrate
from collector.schedule import GRACE, Schedule, last_due
from collector.settings import CollectorSettings, load_settings

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
FILE = b"""
schedules: {weekly_review: "MON 09:00"}
receivers: [{name: team, kind: webhook, url: "http://127.0.0.1:9/hook"}]
"""


@pytest.mark.parametrize(
    ("when", "now", "due"),
    [
        ("MON 09:00", MONDAY, MONDAY),
        ("MON 09:00", MONDAY - timedelta(seconds=1), MONDAY - timedelta(days=7)),
        ("MON 09:00", MONDAY + timedelta(days=6, hours=14), MONDAY),
        ("SUN 23:59", MONDAY, datetime(2026, 11, 15, 23, 59, tzinfo=UTC)),
        ("DAY 10:00", MONDAY, datetime(2026, 11, 15, 10, 0, tzinfo=UTC)),
        ("DAY 09:00", MONDAY, MONDAY),
        (None, MONDAY, None),
    ],
)
def test_last_due(when: str | None, now: datetime, due: datetime | None) -> None:
    assert last_due(when, now) == due


@pytest.fixture(scope="module")
def engine() -> Iterator[EmbeddedEngine]:
    made = EmbeddedEngine(":memory:", "scheduled")
    migrate(made, "scheduled")
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path: Path) -> CollectorSettings:
    return load_settings({}, data=str(tmp_path))


def _schedule(
    engine: EmbeddedEngine,
    settings: CollectorSettings,
    now: datetime,
    sent: list[list[str]],
    config: Config,
    code: int = 0,
) -> Schedule:
    def command(arguments: Sequence[str]) -> int:
        sent.append(list(arguments))
        return code

    return Schedule(engine, settings, config, now=lambda: now, command=command, settle_s=0)


def test_a_due_review_is_sent_once_by_one_of_two_collectors(
    engine: EmbeddedEngine, settings: CollectorSettings
) -> None:
    sent: list[list[str]] = []
    config = parse_config(FILE, "spanledger.yaml")
    first, second = (
        _schedule(engine, settings, MONDAY + timedelta(minutes=1), sent, config) for _ in range(2)
    )
    assert first.look()
    assert not second.look()
    assert not first.look()
    assert not _schedule(engine, settings, MONDAY + timedelta(hours=1), sent, config).look()
    assert sent == [["review", "--send", "--data", str(settings.folder.root)]]
    assert _schedule(engine, settings, MONDAY + timedelta(days=7), sent, config, code=1).look()
    assert len(sent) == 2


def test_nothing_is_sent_too_late_or_to_nobody(engine: EmbeddedEngine, settings: CollectorSettings) -> None:
    sent: list[list[str]] = []
    far = MONDAY + timedelta(weeks=3)
    assert not _schedule(
        engine, settings, far + GRACE + timedelta(minutes=1), sent, parse_config(FILE, "f")
    ).look()
    alone = parse_config(b'schedules: {weekly_review: "MON 09:00"}', "f")
    assert not _schedule(engine, settings, far, sent, alone).look()
    assert not _schedule(engine, settings, far, sent, Config()).look()
    assert sent == []
