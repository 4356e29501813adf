"""What a poll of an Exchange mailbox remembers of each folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.connectors.ports import Folder


@dataclass(frozen=True, slots=True)
class Place:
    """`state` is the server's own (MS-OXWSSYNC); empty before the first look.

    Until a folder was once gone through to its end, only mails received since `begin` are given; after that `begin` is
    None and every mail that appears is new, however old the date it carries.
    """

    state: str
    begin: datetime | None


def parse_cursor(cursor: str | None, mailbox: str) -> dict[Folder, Place]:
    """The places in a cursor; none if it is not one of ours, or of another mailbox."""
    try:
        data = json.loads(cursor or "")
        if data["mailbox"] != mailbox:
            return {}
        return {folder: _place(*data[folder]) for folder in Folder}
    except (ValueError, KeyError, TypeError):
        return {}


def dump_cursor(places: Mapping[Folder, Place], mailbox: str) -> str:
    """The opposite of `parse_cursor`."""
    by_folder = {str(f): [p.state, p.begin.isoformat() if p.begin else None] for f, p in places.items()}
    return json.dumps({"mailbox": mailbox, **by_folder})


def _place(state: str, begin: str | None) -> Place:
    return Place(str(state), datetime.fromisoformat(begin).astimezone(UTC) if begin else None)
