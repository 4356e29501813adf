"""Turns what changed in the world into facts. Facts and the cursor that led to them are stored in one transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from agent.errors import AgentError, RefusedLoginError, TerminalError
from agent.world import World

log = logging.getLogger("agent")

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
AFTER_REFUSAL = timedelta(hours=6)
"""A refused password is tried again this rarely: servers lock accounts, and a person has to act anyway."""


def may_try(world: World, name: str, now: datetime) -> bool:
    """Whether a source that failed is worth another try yet."""
    next_try = world.store.sources.get(name).next_try
    return next_try is None or next_try <= now


def backoff(world: World, name: str, first: timedelta, failures: int) -> timedelta:
    """How long to wait after that many failures: doubled each time, spread by chance, and never too long.

    The longest is the source's own poll, or a quarter of an hour where that is shorter: a server that is away is asked
    as often as one that is well, and so it is met again within one poll of its return.
    """
    wait = min(first * (1 << min(failures, 10)), longest_wait(world, name))
    return wait * (0.75 + world.random_bytes(1)[0] / 1024)  # up to a quarter less: agents do not come back all at once


def longest_wait(world: World, name: str) -> timedelta:
    """The longest wait of a source that fails. The way out has no poll of its own: the mailbox's is its measure."""
    settings = world.settings
    minutes = settings.calendar.poll_minutes if name == "calendar" else settings.mailbox.poll_minutes
    return min(timedelta(minutes=minutes), LONGEST_WAIT)


def failed(world: World, name: str, error: AgentError, now: datetime, halted: str | None = None) -> None:
    """Remember a failure and when to try again: soon at first, then as often as the source is asked when it is well."""
    if isinstance(error, RefusedLoginError):
        wait = AFTER_REFUSAL
    else:  # what a person has to mend is not mended in seconds
        known = 10 if isinstance(error, TerminalError) else world.store.sources.get(name).failures
        wait = backoff(world, name, FIRST_WAIT, known)
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
        _look_at_all(world, name)
    world.store.sources.succeeded(name, cursor, now)


def _tell_the_desk(world: World, name: str) -> None:
    """Whether sessions can be read is judged there (R29)."""
    if name == "calendar":
        world.store.touch_desk()


def _look_at_all(world: World, name: str) -> None:
    """What could not be done for want of the calendar need not wait for its own next look."""
    if name == "calendar":
        world.store.people.touch_all()
