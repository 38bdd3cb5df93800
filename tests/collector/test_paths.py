"""The data folder: secrets of mode 0600 made once, and run.json that is never stale."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.errors import SettingsError
from collector.paths import DataFolder, ensure_secret
from collector.runfile import RunInfo, read_run_info, remove_run_info, write_run_info


def running(pid: int = 0) -> RunInfo:
    return RunInfo(
        pid=pid or os.getpid(),
        started_at=datetime.now(UTC),
        host="0.0.0.0",
        otlp_http_port=1,
        otlp_grpc_port=2,
        clickhouse_port=3,
        database="spanledger",
        data="data",
    )


def test_a_secret_is_made_once_with_mode_0600(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "deep" / "data")
    folder.create()
    first = folder.reader_password()
    assert first == folder.reader_password() != folder.collector_password()
    assert folder.reader_password_file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.root.iterdir()) == [
        "clickhouse-password",
        "collector-password",
    ]


def test_makers_at_the_same_time_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: ensure_secret(tmp_path / "secret"), range(32)))) == 1


def test_a_secret_others_could_read_is_closed_again(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("abc\n")
    path.chmod(0o644)
    assert ensure_secret(path) == "abc"
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(SettingsError, match="is empty"):
        ensure_secret(tmp_path / "secret")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="file/data cannot be made"):
        DataFolder(tmp_path / "file" / "data").create()


def test_run_info_comes_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_run_info(path, running())
    read = read_run_info(path)
    assert read is not None
    assert replace(read, started_at=running().started_at).otlp_http_url == "http://127.0.0.1:1"
    assert read.started_at.tzinfo is not None
    remove_run_info(path, os.getpid())
    assert read_run_info(path) is None
    assert not path.exists()


def test_run_info_of_a_process_that_is_gone_is_stale(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_run_info(tmp_path / "run.json", running(gone.pid))
    assert read_run_info(tmp_path / "run.json") is None


def test_run_info_whose_pid_was_given_to_a_younger_process_is_stale(tmp_path: Path) -> None:
    old = replace(running(), started_at=datetime.now(UTC) - timedelta(days=30))
    write_run_info(tmp_path / "run.json", old)
    assert read_run_info(tmp_path / "run.json") is None


def test_run_info_of_another_process_is_not_removed(tmp_path: Path) -> None:
    write_run_info(tmp_path / "run.json", running())
    remove_run_info(tmp_path / "run.json", os.getpid() + 1)
    assert (tmp_path / "run.json").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"started_at": "yesterday"}'])
def test_a_broken_run_file_is_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    assert read_run_info(tmp_path / "run.json") is None
