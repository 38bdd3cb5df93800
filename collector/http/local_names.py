"""Which Host headers name this machine: a page whose name was rebound to 127.0.0.1 must get no answer."""

import ipaddress


def is_local_name(host: str) -> bool:
    """Whether a Host header names this machine by its loopback names.

    A page whose name was rebound to 127.0.0.1 sends its own name; there is no answer for it.
    """
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") <= 1:
        name = name.partition(":")[0]
    if name in ("localhost", "localhost.") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
