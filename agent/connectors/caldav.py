"""The mentor's calendar on a CalDAV server (RFC 4791), followed by sync tokens (RFC 6578).

Only whole resources are fetched, never a time range and never expanded by the server: servers get both wrong, so
occurrences are worked out by `agent.occurrences`. The library takes 35 MB, hence it is imported inside the functions,
and the daemon uses `ChildCalendar`, which runs them in a process of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from agent.connectors import child
from agent.connectors.ports import CalendarDelta, CalendarObject
from agent.errors import RefusedLoginError, TerminalError, TransientError

if TYPE_CHECKING:
    from caldav.davclient import DAVClient
    from caldav.lib.error import DAVError
    from niquests.exceptions import RequestException

Collection: TypeAlias = Any  # caldav.collection.Calendar, whose methods are all typed “result or coroutine”

UID_TAKEN = "{urn:ietf:params:xml:ns:caldav}no-uid-conflict"
"""The precondition (RFC 4791 5.3.2.1) by which a server says that this event is there under another name."""

MULTIGET = 100  # bodies in one request: 18 times faster than one by one, and no server refuses it


class CaldavCalendar:
    """A calendar on a server; `timeout` is how many seconds one request may take.

    `url` names a calendar, or a principal or home, of which the first calendar that takes events is read.
    """

    def __init__(self, url: str, username: str, password: str, timeout: float = 30.0) -> None:
        self._url = url
        self._username = username
        self._password = password
        self._timeout = timeout

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`. A calendar that was moved or made anew is found again, and given complete."""
        with _translated(self._url), self._client() as client:
            known = _parse_cursor(cursor, self._url)
            if known is not None:
                delta = self._changes(client, *known)
                if delta is not None:
                    return delta
            return self._everything(self._find(client))

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`. If-None-Match (RFC 4791 5.3.2) leaves alone what is there, whoever put it there."""
        with _translated(self._url), self._client() as client:
            _put(client, f"{str(self._find(client).url).rstrip('/')}/{quote(href)}", ics)

    def check(self) -> list[str]:
        """Which calendar is read, and how much is in it."""
        with _translated(self._url), self._client() as client:
            collection = self._find(client)
            count = len(collection.get_objects_by_sync_token(disable_fallback=True))
            name = collection.get_display_name() or str(collection.url)
            return [f"calendar “{name}” at {collection.url}: {count} entries"]

    def _client(self) -> DAVClient:
        from caldav.davclient import DAVClient  # noqa: PLC0415  35 MB that an idle daemon must not hold

        return DAVClient(
            url=self._url,
            username=self._username or None,
            password=self._password or None,
            timeout=self._timeout,  # type: ignore[arg-type]  # typed int, handed on to niquests as it is
            enable_rfc6764=False,  # the settings give a whole address: nothing to look up in the DNS
        )

    def _find(self, client: DAVClient) -> Collection:
        """The configured calendar, or the first one below it, or of its owner, that takes events."""
        from caldav.collection import Calendar, CalendarSet  # noqa: PLC0415  as in _client
        from caldav.elements import dav  # noqa: PLC0415  as in _client

        here: Collection = Calendar(client=client, url=self._url)
        kinds = here.get_properties([dav.ResourceType()]).get(dav.ResourceType.tag) or ()
        if "{urn:ietf:params:xml:ns:caldav}calendar" in kinds:
            return here
        candidates: Any = CalendarSet(client=client, url=self._url).get_calendars() or client.get_calendars()
        for candidate in candidates:
            if "VEVENT" in candidate.get_supported_components():
                return candidate
        raise TerminalError(f"{self._url} holds no calendar for events: give the address of one")

    def _changes(self, client: DAVClient, url: str, token: str) -> CalendarDelta | None:
        """What changed since `token`; None when the token or the calendar is no more."""
        from caldav.collection import Calendar  # noqa: PLC0415  as in _client
        from caldav.lib.error import DAVError, NotFoundError  # noqa: PLC0415  as in _client

        collection: Collection = Calendar(client=client, url=url)
        try:
            answer = collection.get_objects_by_sync_token(sync_token=token, disable_fallback=True)
        except NotFoundError:
            return None
        except DAVError as error:
            # 403 on Radicale, 412 on Xandikos: only the precondition says what is meant (RFC 6578, 3.2)
            if "{DAV:}valid-sync-token" in error.preconditions:
                return None
            raise
        gone = {str(gone_url) for gone_url in answer.deleted_urls}
        changed = _bodies([item for item in answer if str(item.url.canonical()) not in gone])
        removed = tuple(sorted(_href(gone_url) for gone_url in gone))
        return CalendarDelta(changed, removed, self._cursor(collection, answer.sync_token))

    def _everything(self, collection: Collection) -> CalendarDelta:
        answer = collection.get_objects_by_sync_token(disable_fallback=True)
        if answer.truncated:  # half a calendar must never pass for the whole: the rest would look deleted
            raise TransientError(f"{self._url} gave only a part of the calendar")
        changed = _bodies(list(answer))
        return CalendarDelta(changed, (), self._cursor(collection, answer.sync_token), complete=True)

    def _cursor(self, collection: Collection, token: str | None) -> str:
        if not token:  # the library reads any XML as “nothing changed”
            raise TransientError(f"{self._url} answered with something that is not CalDAV")
        return json.dumps({"configured": self._url, "calendar": str(collection.url), "token": token})


class ChildCalendar:
    """`CaldavCalendar` in a short-lived process; `timeout` is how many seconds a whole poll may take."""

    def __init__(self, url: str, username: str, password: str, timeout: float = 120.0) -> None:
        self._account = {"url": url, "username": username, "password": password}
        self._timeout = timeout

    def poll(self, cursor: str | None) -> CalendarDelta:
        """See `ports.Calendar`."""
        answer = child.call("caldav.poll", {**self._account, "cursor": cursor}, self._timeout)
        changed = tuple(CalendarObject(**item) for item in answer["changed"])
        return CalendarDelta(changed, tuple(answer["removed"]), answer["cursor"], answer["complete"])

    def check(self) -> list[str]:
        """See `ports.Calendar`."""
        return [str(finding) for finding in child.call("caldav.check", self._account, self._timeout)]

    def create(self, href: str, ics: str) -> None:
        """See `ports.Calendar`."""
        child.call("caldav.create", {**self._account, "href": href, "ics": ics}, self._timeout)


def create_request(arguments: Mapping[str, Any]) -> None:
    """`CaldavCalendar.create` for the child process: url, username, password, href, ics -> nothing."""
    _calendar(arguments).create(arguments["href"], arguments["ics"])


def poll_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`CaldavCalendar.poll` for the child process: url, username, password, cursor -> a delta as plain values."""
    return asdict(_calendar(arguments).poll(arguments["cursor"]))


def check_request(arguments: Mapping[str, Any]) -> list[str]:
    """`CaldavCalendar.check` for the child process: url, username, password -> findings."""
    return _calendar(arguments).check()


def _calendar(arguments: Mapping[str, Any]) -> CaldavCalendar:
    return CaldavCalendar(arguments["url"], arguments["username"], arguments["password"])


def _put(client: DAVClient, url: str, ics: str) -> None:
    """Create the resource, unless it, or its UID in another one, is there: servers say so in ways of their own."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    try:
        _create(client, url, ics)
    except DAVError as error:
        if error.status == 412 or UID_TAKEN in error.preconditions:
            return
        if error.status == 403:
            raise TerminalError(f"{url} does not let this account add entries (403)") from error
        raise


def _create(client: DAVClient, url: str, ics: str) -> None:
    from caldav.lib.error import DAVError, parse_preconditions  # noqa: PLC0415  35 MB that an idle daemon must not hold

    headers = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}
    answer = client.put(url, ics, headers)
    if answer.status not in (200, 201, 204):
        raise DAVError(url, preconditions=parse_preconditions(answer.raw), status=answer.status)


def _bodies(items: Sequence[Any]) -> tuple[CalendarObject, ...]:
    """The listed resources as the server holds them now; one that was deleted meanwhile is left out.

    What a multiget leaves out is asked for by itself, so that the server must say why: passed over, it would look
    deleted, or its change be lost.
    """
    wanted = {_href(item.url): item for item in items}
    found = {}
    for batch in (items[first : first + MULTIGET] for first in range(0, len(items), MULTIGET)):
        answers = batch[0].parent.multiget([item.url for item in batch])
        found.update({_href(answer.url): answer for answer in answers if answer.raw_data})
    bodies = (_object(href, found[href]) if href in found else _single(href, item) for href, item in wanted.items())
    return tuple(sorted((body for body in bodies if body is not None), key=lambda body: body.href))


def _object(href: str, item: Any) -> CalendarObject:
    from caldav.elements import dav  # noqa: PLC0415  35 MB that an idle daemon must not hold

    text = item.raw_data
    return CalendarObject(href, item.props.get(dav.GetEtag.tag, ""), text.decode() if isinstance(text, bytes) else text)


def _single(href: str, item: Any) -> CalendarObject | None:
    """The resource by a request of its own; None when it is no more."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    answer = item.client.request(str(item.url))  # load() would take the page of a 500 for an event
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise DAVError(str(item.url), status=answer.status)
    return CalendarObject(href, answer.headers.get("ETag", ""), answer.raw)


def _href(url: object) -> str:
    """The decoded path: the two ways to write an @ in a URL must not make two events of one."""
    return unquote(urlsplit(str(url)).path)


def _parse_cursor(cursor: str | None, configured: str) -> tuple[str, str] | None:
    """Calendar URL and sync token; None for a cursor that is not ours or belongs to another account."""
    try:
        fields = json.loads(cursor or "null")
        if fields["configured"] == configured:
            return str(fields["calendar"]), str(fields["token"])
    except (ValueError, TypeError, KeyError):
        return None
    return None


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turn the library's errors into ours: what waiting may mend, and what it cannot."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold
    from niquests.exceptions import RequestException  # noqa: PLC0415  as above

    try:
        yield
    except DAVError as error:
        raise _from_dav(error, url) from error
    except RequestException as error:
        raise _from_connection(error, url) from error
    except (SyntaxError, AttributeError, TypeError, ValueError, KeyError) as error:
        # lxml's XMLSyntaxError, and what the library trips over when a web page comes instead of an answer
        raise TransientError(f"{url} answered with something that is not CalDAV") from error


def _from_dav(error: DAVError, url: str) -> Exception:
    from caldav.lib.error import AuthorizationError, NotFoundError, RateLimitError  # noqa: PLC0415  as in _translated

    if isinstance(error, AuthorizationError):
        if error.status == 403:
            return TerminalError(f"{url} does not let this account read the calendar (403)")
        return RefusedLoginError(f"{url} refused the user name or the password")
    if isinstance(error, NotFoundError):
        return TerminalError(f"{url} does not exist on the server: check the address")
    if isinstance(error, RateLimitError) or error.status is None or error.status >= 500:
        return TransientError(f"{url} cannot answer now ({error.status or type(error).__name__})")
    return TerminalError(f"{url} refused the request ({error.status}): is it a CalDAV address?")


def _from_connection(error: RequestException, url: str) -> Exception:
    from niquests.exceptions import InvalidSchema, InvalidURL, MissingSchema, SSLError  # noqa: PLC0415  as above

    if isinstance(error, SSLError) and "certificate" in str(error).lower():
        return TerminalError(f"the TLS certificate of {url} is not to be trusted: {error}")
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema):
        return TerminalError(f"{url} is not an address that can be reached: {error}")
    return TransientError(f"{url} cannot be reached: {error}")
