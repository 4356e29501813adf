"""From an address to a calendar: where a bare host keeps its calendars (RFC 6764), and which of them is meant.

A password goes only to the host that the settings name and to those below it: another one that the DNS or a redirect
names has to be written into the settings. What the server itself says of the account once it is logged in to (its
principal, its home) is followed over TLS wherever it leads.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from agent.connectors import plain_http
from agent.connectors.caldav_answers import CALDAV, DAV, Resource, multistatus, path_of, same
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError

Client: TypeAlias = Any  # caldav.davclient.DAVClient: not imported before it is used
Services: TypeAlias = Callable[[str, bool], Sequence[tuple[str, int, str]]]
"""From a domain, and whether over TLS, to the SRV records' hosts and ports, best first, with the TXT record's path."""

Answer = TypeVar("Answer")

_HOPS = 5
_SECONDS = 10.0
_ASKED = (
    '<propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><resourcetype/><displayname/>'
    "<C:calendar-home-set/><C:supported-calendar-component-set/><current-user-privilege-set/></prop></propfind>"
)
_WHO = '<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>'
"""Asked alone and last: servers want a login before they say who one is, also where they let anybody read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A calendar on the server. `writable`: whether the account may add entries; None where the server does not say."""

    url: str
    name: str
    events: bool
    writable: bool | None


@dataclass
class Places:
    """Where to look, best first, for one address. `foreign` is what was found and not followed."""

    url: str
    services: Services
    tls: ssl.SSLContext | None = None
    foreign: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        """A whole address is itself; a bare host also has a well-known place, and records in the DNS."""
        parts = urlsplit(self.url)
        if parts.path not in ("", "/"):
            yield self.url
            return
        host, secure = parts.hostname or "", parts.scheme == "https"
        tried = set()
        for target, port, path in self.services(host, secure):
            if self._ours(target, f"the DNS says that {target} keeps it"):
                tried.add((target, port))
                base = f"{parts.scheme}://{target}:{port}"
                yield from [f"{base}{path}"] if path else self._well_known(base)
        if (host, parts.port) not in tried:
            yield from self._well_known(f"{parts.scheme}://{parts.netloc}")
        yield f"{parts.scheme}://{parts.netloc}/"

    def _well_known(self, base: str) -> Iterator[str]:
        """Where /.well-known/caldav leads (RFC 6764 5), asked without the password."""
        url = f"{base}/.well-known/caldav"
        for _ in range(_HOPS):
            try:
                answer = plain_http.ask("GET", url, {}, tls=self.tls, seconds=_SECONDS, largest=1_000_000)
            except TransientError:
                return  # the place itself is tried all the same, and says why it does not answer
            if answer.status not in (301, 302, 303, 307, 308):
                if answer.status in (200, 207, 401, 405):
                    yield url
                return
            url = urljoin(url, answer.headers.get("location", ""))
            parts = urlsplit(url)
            if parts.scheme != urlsplit(base).scheme:
                self.foreign.append(f"{base} leads to {parts.scheme}:, not followed")
                return
            if not self._ours(parts.hostname or "", f"{base} sends on to {parts.hostname}"):
                return

    def _ours(self, host: str, said: str) -> bool:
        domain = (urlsplit(self.url).hostname or "").lower()
        if host.lower() == domain or host.lower().endswith(f".{domain}"):
            return True
        self.foreign.append(f"{said}: if that is right, write caldav+https://USER@{host}/ into the settings")
        return False


def find(look: Callable[[str], Answer], places: Places) -> Answer:
    """What `look` finds at the first place that has a calendar. A refused password is not tried at the next one.

    TerminalError, or TransientError where one of them did not answer, says where was looked and what was there.
    """
    failures: list[AgentError] = []
    for place in places:
        try:
            return look(place)
        except RefusedLoginError:
            raise
        except (TransientError, TerminalError) as error:
            failures.append(error)
    if len(failures) == 1 and not places.foreign:
        raise failures[0]
    text = "; ".join(dict.fromkeys([*(str(error) for error in failures), *places.foreign]))
    away = any(isinstance(error, TransientError) for error in failures)
    raise (TransientError if away else TerminalError)(f"no calendar found from {places.url}: {text}")


def choose(found: Sequence[Found], which: str, place: str) -> Found:
    """By name or URL; without either, the first for events, one that takes entries before one that does not."""
    events = [one for one in found if one.events]
    if not events:
        raise TerminalError(f"{place} holds no calendar for events: give the address of one")
    if not which:
        return next((one for one in events if one.writable), events[0])
    by_url = [one for one in events if "/" in which and same(path_of(one.url), path_of(which))]
    named = by_url or [one for one in events if one.name.casefold() == which.casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        urls = " and ".join(one.url for one in named)
        raise TerminalError(f"several calendars are called “{which}”: write the URL of the one that is meant, {urls}")
    there = ", ".join(f"“{one.name or one.url}”" for one in events)
    raise TerminalError(f"there is no calendar for events called “{which}”; there are: {there}")


def calendars_at(client: Client, url: str, which: str = "") -> list[Found]:
    """The calendar at `url`, or those below it, or those in the home of whom it belongs to, or of who is logged in."""
    here = _one(client, url, _ASKED)
    if here.is_a(f"{CALDAV}calendar") and (not which or same(path_of(which), here.path)):
        return [_found(url, here)]
    below = _below(client, url)
    if below:
        return below
    homes = _hrefs(url, here, f"{CALDAV}calendar-home-set") or [
        home
        for principal in _hrefs(url, _one(client, url, _WHO), f"{DAV}current-user-principal")
        for home in _hrefs(principal, _one(client, principal, _ASKED), f"{CALDAV}calendar-home-set")
    ]
    return [one for home in homes for one in _below(client, home)]


def _one(client: Client, url: str, asked: str) -> Resource:
    found = _ask(client, url, asked, 0)
    if not found:
        raise ValueError("an answer about nothing")
    return found[0]


def _below(client: Client, url: str) -> list[Found]:
    return [
        _found(urljoin(url, _quoted(one.path)), one)
        for one in _ask(client, url, _ASKED, 1)
        if one.is_a(f"{CALDAV}calendar") and not same(one.path, path_of(url))
    ]


def _ask(client: Client, url: str, asked: str, depth: int) -> list[Resource]:
    from caldav.lib.error import DAVError, NotFoundError  # noqa: PLC0415  35 MB that an idle daemon must not hold

    answer = client.propfind(url, asked, depth)
    found = multistatus(answer.raw) if answer.status == 207 else []
    status = found[0].status if len(found) == 1 and found[0].status else answer.status  # Xandikos says 404 inside
    if status in (404, 410):
        raise NotFoundError(url, status=status)
    if status >= 400:
        raise DAVError(url, status=status)
    if answer.status != 207:
        raise ValueError(f"no multistatus but {answer.status}")
    return found


def _found(url: str, resource: Resource) -> Found:
    kinds = resource.props.get(f"{CALDAV}supported-calendar-component-set")
    rights = resource.props.get(f"{DAV}current-user-privilege-set")
    granted = {right.tag for right in rights.findall(f"{DAV}privilege/*")} if rights is not None else set()
    writing = {f"{DAV}{right}" for right in ("all", "write", "write-content", "bind")}
    return Found(
        url,
        resource.text(f"{DAV}displayname"),
        # without the property, any kind may be kept there (RFC 4791 5.2.3)
        kinds is None or any(kind.get("name", "").upper() == "VEVENT" for kind in kinds),
        bool(granted & writing) if granted else None,
    )


def _hrefs(base: str, resource: Resource, name: str) -> list[str]:
    """The URLs in a property. One that leaves TLS is not followed with a password."""
    prop = resource.props.get(name)
    urls = [urljoin(base, (href.text or "").strip()) for href in prop.findall(f"{DAV}href")] if prop is not None else []
    for url in urls:
        if urlsplit(url).scheme != urlsplit(base).scheme:
            raise TerminalError(f"{base} keeps the calendars at an address without TLS, {url}: not followed")
    return urls


def _quoted(path: str) -> str:
    return quote(path, safe="/@:!$&'()*+,;=~")


def dns_services(domain: str, secure: bool, resolver: Any = None) -> Sequence[tuple[str, int, str]]:
    """See `Services` (RFC 6764 3). In the machine's own resolver, if none is given; none where it does not answer."""
    with suppress(ValueError):
        ip_address(domain)
        return []
    if "." not in domain:  # "localhost" is in no zone
        return []
    name = f"_caldav{'s' if secure else ''}._tcp.{domain}."
    found = sorted(_records(resolver, name, "SRV"), key=lambda one: (one.priority, -one.weight))
    if not found or str(found[0].target) == ".":
        return []
    texts = (b"".join(one.strings).decode(errors="replace") for one in _records(resolver, name, "TXT"))
    path = next((text[5:] for text in texts if text.lower().startswith("path=/")), "")
    return [(str(one.target).rstrip("."), one.port, path) for one in found]


def _records(resolver: Any, name: str, kind: str) -> list[Any]:
    from dns.exception import DNSException  # noqa: PLC0415 -- 50 ms, and only a bare host needs it
    from dns.resolver import get_default_resolver  # noqa: PLC0415 -- as above

    try:
        return list((resolver or get_default_resolver()).resolve(name, kind, lifetime=5))
    except (DNSException, OSError):
        return []
