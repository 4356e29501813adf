"""What changed in one collection: by sync token (RFC 6578), or by ctag and ETags where a server has no tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import escape

from agent.connectors.caldav_answers import ASK_CTAG, CALDAV, CTAG, DAV, MEMBERS, Resource, multistatus, path_of, same
from agent.connectors.ports import CalendarObject
from agent.errors import TransientError

if TYPE_CHECKING:
    from caldav.lib.error import DAVError

Collection: TypeAlias = Any  # caldav.collection.Calendar, whose methods are all typed “result or coroutine”

MULTIGET = 100  # bodies in one request: 18 times faster than one by one, and no server refuses it

_NO_SUCH_REPORT = frozenset({400, 403, 405, 409, 415, 422, 501})
"""What servers without sync-collection say to it (RFC 3253 3.6 asks for 403); a listing then shows which it is."""

_ASK_BODIES = (
    '<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    "<D:prop><D:getetag/><C:calendar-data/></D:prop>{}</C:calendar-multiget>"
)

_UNMARKED = "#"  # begins our own mark of a resource for which the server gives no ETag


@dataclass(frozen=True, slots=True)
class State:
    """What tells later what changed: a token, or else ETags by path; and the ctag, where the server has one.

    Beside a token the ctag is from before it, so that a change in between shows.
    """

    token: str = ""
    ctag: str = ""
    etags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """Changed resources in the order of their names, the names of those that are gone, and the state they lead to."""

    changed: tuple[CalendarObject, ...]
    removed: tuple[str, ...]
    state: State


def everything(collection: Collection) -> Changes:
    """The whole collection. TransientError for a part of it: the rest would look deleted."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    ctag = _ctag(collection)
    try:
        answer = collection.get_objects_by_sync_token(disable_fallback=True)
    except DAVError as error:
        if not _no_tokens(error):
            raise
        return _listed(collection, None)
    if not answer.sync_token:  # the library reads any XML as “nothing changed”
        return _listed(collection, None)
    if answer.truncated:
        raise TransientError(f"{collection.url} gave only a part of the calendar")
    return Changes(_bodies(list(answer)), (), State(answer.sync_token, ctag))


def since(collection: Collection, state: State) -> Changes | None:
    """What changed since `state`; None when it, or the collection, is no more: then everything is to be read."""
    from caldav.lib.error import DAVError, NotFoundError  # noqa: PLC0415  as above

    try:
        return _by_token(collection, state) if state.token else _listed(collection, state)
    except NotFoundError:
        return None
    except DAVError as error:
        # 403 on Radicale, 412 on Xandikos: only the precondition says what is meant (RFC 6578, 3.2). A server that
        # gave a token and now refuses the report had its software changed.
        if "{DAV:}valid-sync-token" in error.preconditions or _no_tokens(error):
            return None
        raise


def _by_token(collection: Collection, state: State) -> Changes:
    ctag = _ctag(collection)
    answer = collection.get_objects_by_sync_token(sync_token=state.token, disable_fallback=True)
    if not answer.sync_token:
        raise TransientError(f"{collection.url} answered with something that is not CalDAV")
    gone = {str(gone_url) for gone_url in answer.deleted_urls}
    changed = _bodies([item for item in answer if str(item.url.canonical()) not in gone])
    return Changes(changed, tuple(sorted(path_of(url) for url in gone)), State(answer.sync_token, ctag))


def _ctag(collection: Collection) -> str:
    """The collection's ctag; "" where the server has none. What is wrong with it, the next request says."""
    answer = collection.client.propfind(str(collection.url), ASK_CTAG, 0)
    found = multistatus(answer.raw) if answer.status == 207 else []
    return found[0].text(CTAG) if len(found) == 1 else ""


def _no_tokens(error: DAVError) -> bool:
    from caldav.lib.error import ReportError  # noqa: PLC0415  as above

    return isinstance(error, ReportError) or error.status in _NO_SUCH_REPORT


def _listed(collection: Collection, before: State | None) -> Changes:
    """By name and ETag. One without an ETag is fetched each time, and known by its content."""
    whole, members = _list(collection)
    ctag = whole.text(CTAG)
    if before is not None and ctag and ctag == before.ctag:
        return Changes((), (), before)
    known = before.etags if before else {}
    etags = {one.path: one.text(f"{DAV}getetag") for one in members}
    wanted = [path for path, etag in etags.items() if not etag or known.get(path) != etag]
    found = {item.href: item for item in _bodies(_items(collection, wanted))}
    marks = {
        path: etag or _UNMARKED + sha256(found[path].ics.encode()).hexdigest()[:16]
        for path, etag in etags.items()
        if etag or path in found
    }
    for path in set(wanted) - set(found):  # deleted since it was listed
        marks.pop(path, None)
    fresh = [replace(item, etag=marks[path]) for path, item in sorted(found.items())]
    changed = tuple(item for item in fresh if known.get(item.href) != item.etag)
    return Changes(changed, tuple(sorted(set(known) - set(marks))), State("", ctag, marks))


def _list(collection: Collection) -> tuple[Resource, list[Resource]]:
    """The collection and its members, as PROPFIND gives them (RFC 4918 9.1)."""
    answer = collection.client.propfind(str(collection.url), MEMBERS, 1)
    found = multistatus(answer.raw)
    if any(one.status == 507 for one in found):
        raise TransientError(f"{collection.url} gave only a part of the calendar (507)")
    here = path_of(str(collection.url))
    whole = next((one for one in found if same(one.path, here) and one.is_a(f"{CALDAV}calendar")), None)
    if whole is None:
        raise TransientError(f"{collection.url} answered with something that is not CalDAV")
    return whole, [one for one in found if one is not whole and not one.is_a(f"{DAV}collection")]


def _items(collection: Collection, paths: Iterable[str]) -> list[Any]:
    from caldav.calendarobjectresource import Event  # noqa: PLC0415  as above

    return [Event(client=collection.client, url=collection.url.join(quote(path)), parent=collection) for path in paths]


def _bodies(items: Sequence[Any]) -> tuple[CalendarObject, ...]:
    """The listed resources as the server holds them now; one that was deleted meanwhile is left out.

    What a multiget leaves out is asked for by itself, so that the server must say why: passed over, it would look
    deleted, or its change be lost.
    """
    wanted = {path_of(str(item.url)): item for item in items}
    found: dict[str, CalendarObject] = {}
    for batch in (items[first : first + MULTIGET] for first in range(0, len(items), MULTIGET)):
        found.update(_multiget(batch[0].parent, [item.url.path for item in batch]))
    bodies = (found[href] if href in found else _single(href, item) for href, item in wanted.items())
    return tuple(sorted((body for body in bodies if body is not None), key=lambda body: body.href))


def _multiget(collection: Collection, paths: Iterable[str]) -> dict[str, CalendarObject]:
    """These resources by name, as far as the server gives them (RFC 4791 7.9).

    The library's own call asks for their Schedule-Tags too, for which Xandikos parses every entry: that was a third of
    the time of a first look.
    """
    from caldav.elements import cdav, dav  # noqa: PLC0415  as above
    from caldav.lib.error import NotFoundError, ReportError, error_from_response  # noqa: PLC0415  as above

    hrefs = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths)
    answer = collection.client.report(str(collection.url), _ASK_BODIES.format(hrefs), None)
    if answer.status == 404:
        raise error_from_response(NotFoundError, answer)
    if answer.status >= 400:
        raise error_from_response(ReportError, answer)
    found = answer.expand_simple_props([cdav.CalendarData(), dav.GetEtag()])
    return {
        href: CalendarObject(href, props.get(dav.GetEtag.tag) or "", props[cdav.CalendarData.tag])
        for href, props in found.items()
        if props.get(cdav.CalendarData.tag)
    }


def _single(href: str, item: Any) -> CalendarObject | None:
    """The resource by a request of its own; None when it is no more."""
    from caldav.lib.error import DAVError  # noqa: PLC0415  as above

    answer = item.client.request(str(item.url))  # load() would take the page of a 500 for an event
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise DAVError(str(item.url), status=answer.status)
    return CalendarObject(href, answer.headers.get("ETag", ""), answer.raw)
