"""Notes that the mentor wrote into the appointment itself, below a line such as "Notes :" of its description.

Everything above that line is the platform's text or an invitation's. A description that several appointments of a
series share is about none of them.
"""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from functools import lru_cache

from agent.errors import UnreadableError
from agent.model import Session
from agent.occurrences import expand
from agent.report.text import canonical, fold
from agent.shipped import shipped
from agent.world import World

_AROUND = timedelta(days=40)


def of(world: World, session: Session) -> str:
    """The mentor's notes in a session's appointment; "" where there are none, or it can no longer be read."""
    found = []
    for item in world.store.objects(hrefs=[world.store.people.href_of(session)]):
        try:
            found += expand(item.ics, session.start - _AROUND, session.end + _AROUND, world.zone)
        except UnreadableError:
            return ""  # reading the calendar has put it aside, and said so
    own = [below_marker(one.description) for one in found if one.key == session.key]
    others = {below_marker(one.description) for one in found if one.key != session.key}
    return own[0] if own and own[0] not in others else ""


def below_marker(description: str) -> str:
    """What stands below the first marker, or behind its colon."""
    lines = canonical(description).split("\n")
    for position, line in enumerate(lines):
        head, colon, rest = line.partition(":")
        if (colon or not rest) and len(head) < 60 and _marker().fullmatch(fold(head).strip(" *_#=-")):
            return "\n".join([rest, *lines[position + 1 :]]).strip()
    return ""


@lru_cache(maxsize=1)
def _marker() -> re.Pattern[str]:
    data = tomllib.loads(shipped("notes.toml").read_text(encoding="utf-8"))
    return re.compile("|".join(f"(?:{pattern})" for pattern in data["event"]["markers"]))
