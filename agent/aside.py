"""One broken item never takes the others along: it is put aside where `status` shows it, and the rest goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from agent.store import DatabaseError
from agent.world import World

log = logging.getLogger("agent")


@contextmanager
def put_aside(world: World, key: str, what: str, advice: str, now: datetime) -> Iterator[None]:
    """Park whatever goes wrong inside under `key`. A database that fails is no item's fault and is raised."""
    try:
        yield
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 -- the item is anybody's writing; what it can break is not foreseen
        log.warning("put aside error=%s", type(error).__name__)  # key and message may quote a mail; `status` has both
        world.store.parking.park(key, what, str(error) or type(error).__name__, advice, now)
