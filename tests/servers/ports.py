"""Free loopback ports for servers of the tests."""

from __future__ import annotations

import socket


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now. Held open together, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(s.getsockname()[1]) for s in sockets]
    finally:
        for s in sockets:
            s.close()
