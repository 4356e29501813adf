"""What a DAV server answers about resources (RFC 4918 13): a multistatus, read without a library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError, fromstring

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CTAG = "{http://calendarserver.org/ns/}getctag"
"""Changes with anything in a calendar: a convention older than sync tokens."""

_ASK = '<propfind xmlns="DAV:" xmlns:S="http://calendarserver.org/ns/"><prop>{}</prop></propfind>'
MEMBERS = _ASK.format("<resourcetype/><getetag/><S:getctag/>")
"""Asks for each resource's kind, and for what changes when it does."""

ASK_CTAG = _ASK.format("<S:getctag/>")
ASK_TOKEN = _ASK.format("<sync-token/>")
"""Each alone: a server may have to look at every entry for either of them."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of an answer. `path` is decoded; `status` is its own where it has one, such as 404 or 507."""

    path: str
    status: int | None
    props: Mapping[str, Element]

    def text(self, name: str) -> str:
        """A property's text; "" where the server has none."""
        found = self.props.get(name)
        return (found.text or "").strip() if found is not None else ""

    def is_a(self, kind: str) -> bool:
        """Whether resourcetype names this kind, such as CALDAV + "calendar"."""
        kinds = self.props.get(f"{DAV}resourcetype")
        return kinds is not None and kinds.find(kind) is not None


def path_of(url: str) -> str:
    """The decoded path: the two ways to write an @ in a URL must not make two resources of one."""
    return unquote(urlsplit(url).path)


def same(one: str, other: str) -> bool:
    """Whether two decoded paths are the same collection's: servers disagree about the slash at the end."""
    return one.rstrip("/") == other.rstrip("/")


def multistatus(body: str | bytes) -> list[Resource]:
    """The resources of a 207 answer; only properties with status 200 count. ValueError for anything else."""
    try:
        root = fromstring(body)  # noqa: S314 -- expat since 2.4.1 stops entities that grow; ours are of 2023
    except ParseError as error:
        raise ValueError(f"no XML: {error}") from None
    if root.tag != f"{DAV}multistatus":
        raise ValueError(f"no multistatus but {root.tag}")
    return [_resource(one) for one in root.findall(f"{DAV}response")]


def _resource(response: Element) -> Resource:
    props: dict[str, Element] = {}
    for part in response.findall(f"{DAV}propstat"):
        if _code(part.findtext(f"{DAV}status")) == 200:
            props |= {prop.tag: prop for prop in part.findall(f"{DAV}prop/*")}
    return Resource(
        path_of((response.findtext(f"{DAV}href") or "").strip()), _code(response.findtext(f"{DAV}status")), props
    )


def _code(line: str | None) -> int | None:
    """The number in "HTTP/1.1 200 OK"."""
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else None
