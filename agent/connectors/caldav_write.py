"""What is written to a CalDAV server: a new resource, or another text in place of the one that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.errors import TerminalError

if TYPE_CHECKING:
    from caldav.davclient import DAVClient

UID_TAKEN = "{urn:ietf:params:xml:ns:caldav}no-uid-conflict"
"""The precondition (RFC 4791 5.3.2.1) by which a server says that this event is there under another name."""

_DONE = (200, 201, 204)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A resource as the server holds it now; `etag` is empty where it gives none."""

    ics: str
    etag: str


def create(client: DAVClient, url: str, ics: str) -> None:
    """Create the resource, unless it, or its UID in another one, is there: servers say so in ways of their own."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    try:
        _put(client, url, ics, {"If-None-Match": "*"})
    except DAVError as error:
        if error.status == 412 or UID_TAKEN in error.preconditions:
            return
        if error.status in (403, 405):
            raise _only_read(url, error.status, "add") from error
        raise


def fetched(client: DAVClient, url: str) -> Fetched | None:
    """The resource; None where there is none."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    answer = client.request(url)
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise DAVError(url, status=answer.status)
    # the library hands the text on with bare line feeds, which RFC 5545 3.1 does not know
    return Fetched(answer.raw.replace("\n", "\r\n"), answer.headers.get("ETag", ""))


def replaced(client: DAVClient, url: str, ics: str, etag: str) -> bool:
    """Put another text there; False where it was changed or deleted since it had this ETag.

    A proxy that packs answers may have weakened the ETag, which never matches (RFC 9110 8.8.3.2). Without one only a
    deletion can be noticed.
    """
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    try:
        _put(client, url, ics, {"If-Match": etag.removeprefix("W/") or "*"})
    except DAVError as error:
        if error.status in (404, 409, 410, 412):
            return False
        if error.status in (403, 405):
            raise _only_read(url, error.status, "change") from error
        raise
    return True


def _only_read(url: str, status: int, verb: str) -> TerminalError:
    return TerminalError(f"{url} does not let this account {verb} entries ({status}): the calendar can only be read")


def _put(client: DAVClient, url: str, ics: str, condition: dict[str, str]) -> None:
    from caldav.lib.error import DAVError, parse_preconditions  # noqa: PLC0415  35 MB that an idle daemon must not hold

    answer = client.put(url, ics, {"Content-Type": "text/calendar; charset=utf-8", **condition})
    if answer.status not in _DONE:
        raise DAVError(url, preconditions=parse_preconditions(answer.raw), status=answer.status)
