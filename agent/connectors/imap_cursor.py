"""What a poll of an IMAP folder remembers (RFC 3501 2.3.1.1: a UID means nothing without its UIDVALIDITY)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from agent.connectors.ports import Folder

_MARGIN = timedelta(days=2)
"""How much older than the last complete look a mail may be dated, and still be new to a folder that was made anew."""


@dataclass(frozen=True, slots=True)
class Place:
    """`next` is the first UID not yet given. Below `start`, UIDNEXT at the first look, only mails received since
    `since` count; from `start` on, every mail does, however old the date it was filed with. `whole` is the day (UTC) on
    which all that was there had been given, None before that.
    """

    validity: int
    next: int
    start: int
    since: datetime
    whole: date | None = None

    def fits(self, validity: int, end: int) -> bool:
        """Whether it still says something. A UIDNEXT (`end`) that went back: a server restored from its backup."""
        return self.validity == validity and self.next <= end

    def anew(self, validity: int, end: int) -> Place:
        """In the same folder with new UIDs: what was received before the last complete look is known, and stays so."""
        known = datetime.combine(self.whole, time(), UTC) - _MARGIN if self.whole else self.since
        return Place(validity, 1, end, max(self.since, known), self.whole)

    def read(self, next_: int, end: int, today: date) -> Place:
        """After everything below `next_` was given; `end` is UIDNEXT."""
        return replace(self, next=next_, whole=today if next_ >= end else self.whole)


def parse_cursor(text: str | None) -> dict[Folder, Place]:
    """The places in a cursor; none if it is not one of ours."""
    try:
        data = json.loads(text or "")
        return {
            folder: Place(
                int(v),
                int(n),
                int(s),
                datetime.fromisoformat(since).astimezone(UTC),
                date.fromisoformat(whole) if whole else None,
            )
            for folder in Folder
            for v, n, s, since, whole in [data[folder]]
        }
    except (ValueError, KeyError, TypeError):
        return {}


def dump_cursor(places: dict[Folder, Place]) -> str:
    """The opposite of `parse_cursor`."""
    return json.dumps(
        {
            str(folder): [p.validity, p.next, p.start, p.since.isoformat(), p.whole.isoformat() if p.whole else None]
            for folder, p in places.items()
        }
    )
