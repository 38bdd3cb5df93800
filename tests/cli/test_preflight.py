"""What is taken is named, with who holds it."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import StartError
from cli.preflight import WantedPort, check_folder, check_ports, folder_holder, free_port
from collector.paths import DataFolder


def wanted(number: int) -> WantedPort:
    return WantedPort(number, "OTLP over HTTP", "SPANLEDGER_OTLP_HTTP_PORT")


def test_a_taken_port_is_named_with_its_holder_and_the_setting_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartError) as caught:
            check_ports("127.0.0.1", [wanted(port)])
    said = str(caught.value)
    assert said.startswith(f"port {port} (OTLP over HTTP) is taken by process {os.getpid()} (")
    program = Path("/proc/self/cmdline").read_bytes().split(b"\0")[0].decode()
    assert program in said
    assert said.endswith("set SPANLEDGER_OTLP_HTTP_PORT")


def test_every_taken_port_has_its_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [wanted(server.getsockname()[1]) for server in (one, two)]
        with pytest.raises(StartError) as caught:
            check_ports("127.0.0.1", ports)
    assert len(str(caught.value).splitlines()) == 2


def test_a_free_port_and_port_zero_are_fine() -> None:
    check_ports("127.0.0.1", [wanted(free_port("127.0.0.1")), wanted(0)])


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(StartError, match=r"cannot listen on 192\.0\.2\.1"):
        check_ports("192.0.2.1", [wanted(4318)])


def test_a_locked_folder_is_named_with_its_holder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, os, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
            "print(os.getpid(), file=f, flush=True); print('locked', flush=True); sys.stdin.read()",
            str(folder.lock),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(StartError, match=rf"{tmp_path} is in use by process {holder.pid} \("):
            check_folder(folder)
    finally:
        holder.communicate(b"")
    check_folder(folder)


def test_a_lock_without_an_id_is_still_a_lock(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = folder_holder(folder)
    assert held is not None
    assert folder_holder(folder) is None
