"""When the mentor is shown a request: at once, or in the next digest of requests, as the settings say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agent.model import Request, RequestKind
from agent.world import World

AT_ONCE = {RequestKind.CEILING, RequestKind.UNCERTAIN, RequestKind.EMPTIED, RequestKind.WHICH, RequestKind.NOTED}
"""Something stands still until it is answered, or the mentor has just written and waits for what became of it."""


def leaves_at(world: World, request: Request, now: datetime) -> datetime | None:
    """The next digest (UTC) that may show a request; None where it leaves at once."""
    if world.settings.mentor.requests == "each":
        return None
    at = _next(world, now)
    return None if by_itself(world, request, at) else at


def held(world: World, at: datetime | None) -> bool:
    """Whether a request that leaves at this instant was held for a digest."""
    return at is not None and _next(world, at) == at


def by_itself(world: World, request: Request, at: datetime) -> bool:
    """Whether a request is for no digest at `at`: it is urgent then, or a later version, which the mentor asked for."""
    margin = timedelta(hours=world.settings.mentor.digest_margin_hours)
    urgent = request.deadline is not None and request.deadline - margin < at
    return urgent or request.kind in AT_ONCE or request.version.number > 1


def _next(world: World, now: datetime) -> datetime:
    today = now.astimezone(world.zone).date()
    times = (
        datetime.combine(today + timedelta(days=days), at, world.zone).astimezone(UTC)
        for days in range(3)  # a time that the clocks skip or repeat may lie before `now`
        for at in world.settings.mentor.digest_at
    )
    return min(at for at in times if at >= now)
