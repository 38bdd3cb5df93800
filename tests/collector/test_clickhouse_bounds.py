"""What a reader of the ClickHouse interface may take: disk for what spills and for held answers, memory for forms."""

import shutil
from pathlib import Path

import pytest

from collector.clickhouse import query
from collector.clickhouse.external import FORM_LIMIT_BYTES
from tests.collector.conftest import RunningCollector
from tests.collector.test_clickhouse_raw import ask

SPILLS = "max_temporary_data_on_disk_size_for_query"


@pytest.mark.parametrize("user", ["default", "collector"])
def test_a_query_spills_no_more_than_its_share_of_the_disk(collector: RunningCollector, user: str) -> None:
    asked = f"SELECT toUInt64(getSetting('{SPILLS}'))"
    share = int(ask(collector, asked, user=user, **{SPILLS: "0"}).body)
    assert 0 < share < shutil.disk_usage(collector.folder.root).total / 5
    if user == "default":
        assert ask(collector, f"{asked} SETTINGS {SPILLS} = 0").code == "164"


def test_the_share_is_bounded_and_never_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gib = 2**30
    for free, share in ((100 * gib, 4 * gib), (8 * gib, gib), (0, 1)):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: type("Usage", (), {"free": free}))
        assert query._disk_share(tmp_path) == share


def test_a_form_is_refused_before_it_fills_the_memory(collector: RunningCollector) -> None:
    head = (
        b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT count() FROM t\r\n--x\r\n'
        b'Content-Disposition: form-data; name="t"; filename="t"\r\n\r\n'
    )
    for size, code in ((1_000_000, None), (FORM_LIMIT_BYTES // 2 + 1, "229")):
        body = head + b"1\n" * size + b"\r\n--x--\r\n"
        answer = ask(
            collector,
            body,
            headers={"Content-Type": "multipart/form-data; boundary=x"},
            t_structure="n UInt8",
        )
        assert answer.code == code, answer.body
        if code is None:
            assert answer.body == b"1000000\n"
