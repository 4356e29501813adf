"""Free loopback ports for servers of the tests.

They are taken below the range from which the kernel gives ports to anybody who asks for one, each only once in a
process, and from a stretch of its own for every worker: a port must still be free when its server starts, and when it
starts again after an outage.
"""

from __future__ import annotations

import itertools
import os
import socket

STRETCH = 4000
FIRST = 10_000 + STRETCH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw4").removeprefix("gw")) % 5)
_numbers = itertools.count(os.getpid() % STRETCH)  # runs that follow each other begin elsewhere


def free_ports(count: int) -> list[int]:
    """`count` different ports that nobody listens on now, and that nobody else is given."""
    candidates = (FIRST + number % STRETCH for number in _numbers)
    return list(itertools.islice((port for port in candidates if _is_free(port)), count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
