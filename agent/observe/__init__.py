"""Turns what changed in the world into facts. Facts and the cursor that led to them are stored in one transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from agent.errors import AgentError, RefusedLoginError, TerminalError
from agent.world import World

log = logging.getLogger("agent")

LONGEST_WAIT = timedelta(minutes=15)
AFTER_REFUSAL = timedelta(hours=6)
"""A refused password is tried again this rarely: servers lock accounts, and a person has to act anyway."""


def may_try(world: World, name: str, now: datetime) -> bool:
    """Whether a source that failed is worth another try yet."""
    next_try = world.store.sources.get(name).next_try
    return next_try is None or next_try <= now


def failed(world: World, name: str, error: AgentError, now: datetime, halted: str | None = None) -> None:
    """Remember a failure and when to try again: soon at first, then every quarter of an hour, spread by chance."""
    if isinstance(error, RefusedLoginError | TerminalError):
        wait = AFTER_REFUSAL if isinstance(error, RefusedLoginError) else LONGEST_WAIT
    else:
        failures = min(world.store.sources.get(name).failures, 6)
        wait = min(timedelta(seconds=15) * 2**failures, LONGEST_WAIT)
        wait *= 0.75 + world.random_bytes(1)[0] / 1024  # up to a quarter less: agents do not come back all at once
    with world.store.transaction():
        if world.store.sources.get(name).failing_since is None:
            log.warning("failing source=%s error=%s", name, error)  # once; `status` has the rest
            _tell_the_desk(world, name)
        world.store.sources.failed(name, str(error), now + wait, now, halted)


def succeeded(world: World, name: str, cursor: str | None, now: datetime) -> None:
    """Store the cursor, in the transaction that stores what was learnt."""
    if world.store.sources.get(name).failing_since is not None:
        log.info("back source=%s", name)
        _tell_the_desk(world, name)
    world.store.sources.succeeded(name, cursor, now)


def _tell_the_desk(world: World, name: str) -> None:
    """Whether sessions can be read is judged there (R29)."""
    if name == "calendar":
        world.store.touch_desk()
