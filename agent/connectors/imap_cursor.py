"""What a poll of an IMAP folder remembers (RFC 3501 2.3.1.1: a UID means nothing without its UIDVALIDITY)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.connectors.ports import Folder


@dataclass(frozen=True, slots=True)
class Place:
    """`next` is the first UID not yet given. Below `start`, UIDNEXT at the first look, only mails received since
    `since` count; from `start` on, every mail does, however old the date it was filed with.
    """

    validity: int
    next: int
    start: int
    since: datetime


def parse_cursor(text: str | None) -> dict[Folder, Place]:
    """The places in a cursor; none if it is not one of ours."""
    try:
        data = json.loads(text or "")
        return {
            folder: Place(int(v), int(n), int(s), datetime.fromisoformat(since).astimezone(UTC))
            for folder in Folder
            for v, n, s, since in [data[folder]]
        }
    except (ValueError, KeyError, TypeError):
        return {}


def dump_cursor(places: dict[Folder, Place]) -> str:
    """The opposite of `parse_cursor`."""
    return json.dumps({str(f): [p.validity, p.next, p.start, p.since.isoformat()] for f, p in places.items()})
