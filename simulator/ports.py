"""Whoever starts a server for others names its port before anybody listens there.

In between nobody else must take it, nor while a killed broker is away. So it does not come from
the range out of which a system serves connections that go out (from 32768 on Linux, 49152 on
macOS), of which a busy machine opens hundreds a second.
"""

import secrets
import socket

_FIRST, _BEYOND = 15_000, 32_768


def free_ports(count: int) -> list[int]:
    """So many different loopback ports that were free a moment ago."""
    found: set[int] = set()
    while len(found) < count:
        port = _FIRST + secrets.randbelow(_BEYOND - _FIRST)
        if port not in found and _is_free(port):
            found.add(port)
    return list(found)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
