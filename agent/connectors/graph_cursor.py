"""Where a reading of two mail folders stands: Graph's own links, and what its first round leaves out.

The first look asks for mail since a day, newest first. Graph gives 5,000 messages at most in that round; what is older
is then listed plainly, and the delta's link kept for afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from agent.connectors.ports import Folder
from agent.errors import TransientError

FOLDERS = {Folder.INBOX: "inbox", Folder.SENT: "sentitems"}

ROUND_LIMIT = 5000
"""What the first round of a delta query with a filter gives at most."""

_SELECT = "receivedDateTime"
_EXPAND = "singleValueExtendedProperties($filter=id eq 'String 0x007D' or id eq 'Long 0x0E08')"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on in one folder. `link` is Graph's own, opaque.

    `since`: what is older does not count. `given` and `oldest` belong to the first round; `then` is its delta link,
    kept while what that round left out is listed.
    """

    link: str
    since: str
    given: int = -1  # -1: the first round is over
    oldest: str = ""
    then: str = ""


def start(root: str, folder: Folder, since: datetime) -> Place:
    """Before the first page of a folder of the account at `root`."""
    day = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    query = {"changeType": "created", **_query(f"receivedDateTime ge {day}")}
    return Place(_link(root, folder, "messages/delta", query), day, given=0)


def after(
    root: str, folder: Folder, place: Place, page: dict[str, Any], items: list[dict[str, Any]]
) -> tuple[Place, bool]:
    """Where to go on after a page, and whether that was the last one for now."""
    if place.given >= 0:
        oldest = min([item["receivedDateTime"] for item in items], default=place.oldest)
        place = replace(place, given=place.given + len(page.get("value", [])), oldest=oldest)
    if following := page.get("@odata.nextLink"):
        return replace(place, link=following), False
    if place.then:
        return Place(place.then, place.since), False
    delta = page.get("@odata.deltaLink")
    if not delta:
        raise TransientError("Microsoft Graph ends a delta query without a link to go on with")
    if place.given >= ROUND_LIMIT:
        query = _query(f"receivedDateTime ge {place.since} and receivedDateTime le {place.oldest}")
        return Place(_link(root, folder, "messages", query), place.since, then=delta), False
    return Place(delta, place.since), True


def parse(cursor: str | None, who: str, gives: Callable[[str], bool]) -> dict[Folder, Place]:
    """The places in a cursor; none if it is not one of ours, another mailbox's, or leads to another server."""
    try:
        data = json.loads(cursor or "")
        places = {folder: Place(*data[folder]) for folder in Folder}
        fits = data["who"] == who and all(gives(place.link) for place in places.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return places if fits else {}


def dump(places: dict[Folder, Place], who: str) -> str:
    """The opposite of `parse`."""
    return json.dumps({"who": who, **{str(folder): astuple(place) for folder, place in places.items()}})


def _query(condition: str) -> dict[str, str]:
    return {"$select": _SELECT, "$expand": _EXPAND, "$filter": condition, "$orderby": "receivedDateTime desc"}


def _link(root: str, folder: Folder, what: str, query: dict[str, str]) -> str:
    words = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{root}/mailFolders/{FOLDERS[folder]}/{what}?{words}"
