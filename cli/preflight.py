"""What must be free before anything starts: the ports and the data folder.

In: ports and a DataFolder. Out: nothing, or StartError naming what is taken and who holds it.
"""

import errno
import fcntl
import os
import socket
from collections.abc import Container, Sequence
from dataclasses import dataclass

from cli.errors import StartError
from collector.paths import DataFolder
from collector.processes import Holder, holder_of, is_alive, listener_on


@dataclass(frozen=True)
class WantedPort:
    """A port somebody is about to listen on. `setting` is the name that changes it."""

    number: int
    purpose: str
    setting: str


def check_folder(folder: DataFolder) -> None:
    """Raises StartError if another process owns the folder's engine."""
    holder = folder_holder(folder)
    if holder is not None:
        raise StartError(
            f"data folder {folder.root} is in use by {holder}; stop it, or give another folder with --data"
        )


def folder_holder(folder: DataFolder) -> Holder | None:
    """Who owns the folder's engine now, or None. Process id 0 = somebody who left no id."""
    try:
        handle = os.open(folder.lock, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        written = os.read(handle, 32).split()
        pid = int(written[0]) if written and written[0].isdigit() else 0
        return holder_of(pid) if is_alive(pid) else Holder(0, "unknown")
    finally:
        os.close(handle)
    return None


def check_ports(host: str, wanted: Sequence[WantedPort]) -> None:
    """Raises StartError with one line for every port of `wanted` that cannot be bound on `host`."""
    faults = [fault for fault in (_fault(host, port) for port in wanted) if fault]
    if faults:
        raise StartError("\n".join(faults))


def free_port(host: str, chosen: Container[int] = ()) -> int:
    """A port nobody listens on just now, none of `chosen`. Raises StartError if `host` is not this machine."""
    while True:
        with socket.socket(_family(host)) as probe:
            try:
                probe.bind((host, 0))
            except OSError as error:
                raise StartError(f"cannot listen on {host}: {error.strerror}; see SPANLEDGER_HOST") from None
            port = int(probe.getsockname()[1])
        if port not in chosen:
            return port


def _fault(host: str, port: WantedPort) -> str:
    if port.number == 0:
        return ""
    with socket.socket(_family(host)) as probe:
        # As servers do: a connection that lingers from the last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port.number))
        except OSError as error:
            return _explain(host, port, error)
    return ""


def _explain(host: str, port: WantedPort, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        holder = listener_on(port.number) or "another process"
        return f"port {port.number} ({port.purpose}) is taken by {holder}; stop it, or set {port.setting}"
    if error.errno == errno.EACCES:
        return f"port {port.number} ({port.purpose}) is reserved for root; set {port.setting} to 1024 or more"
    return (
        f"cannot listen on {host} port {port.number} ({port.purpose}): {error.strerror}; see SPANLEDGER_HOST"
    )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
