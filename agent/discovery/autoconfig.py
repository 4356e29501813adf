"""Thunderbird's autoconfig file (config-v1.1.xml, draft-ietf-mailmaint-autoconfig), read without trusting it.

Expat is driven by hand: a document type declaration ends the reading, so there are no entities to expand. Only servers
with TLS are taken: IMAP with TLS from the first byte, SMTP with that or with STARTTLS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from agent.discovery.values import Login, NoAnswerError

DEEPEST = 20  # elements inside each other; the format needs four

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.I)
_SCHEMES = {
    ("incomingServer", "imap", "SSL"): "imaps",
    ("outgoingServer", "smtp", "SSL"): "smtps",
    ("outgoingServer", "smtp", "STARTTLS"): "smtp+starttls",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """The first usable server of each kind, as URLs; `passed_over` says which others stand there, and why not."""

    urls: dict[str, str] = field(default_factory=dict)
    login: Login = Login.PASSWORD
    passed_over: tuple[str, ...] = ()


def read(raw: bytes, address: str) -> Configuration:
    """The servers of a mail address. NoAnswerError for what is no such file."""
    root = _tree(raw)
    if root.tag != "clientConfig":
        raise NoAnswerError("something that is no autoconfig file")
    urls: dict[str, str] = {}
    passed_over: list[str] = []
    login = Login.PASSWORD
    for part, element in _servers(root):
        url, why_not = _calendar(element, address) if part == "calendar" else _server(element, address)
        if url is None:
            passed_over.append(why_not)
        elif part not in urls:
            urls[part] = url
            if part == "mailbox":
                login = _login(element)
    return Configuration(urls, login, tuple(passed_over))


def _servers(root: Element) -> Iterator[tuple[str, Element]]:
    provider = root.find("emailProvider")
    if provider is not None:
        yield from (("mailbox", one) for one in provider.findall("incomingServer"))
        yield from (("smtp", one) for one in provider.findall("outgoingServer"))
    for place in (root, provider):  # both are met
        if place is not None:
            yield from (("calendar", one) for one in place.findall("calendar"))


def _server(element: Element, address: str) -> tuple[str | None, str]:
    kind, host, port = element.get("type", ""), _text(element, "hostname"), _text(element, "port")
    security = _text(element, "socketType")
    scheme = _SCHEMES.get((element.tag, kind, security))
    if scheme is None:
        return None, f"{kind} at {host or '?'} with {security or 'no encryption'}"
    if not (_HOST.fullmatch(host) and port.isdecimal() and 0 < int(port) < 65536):
        return None, f"{kind} with an address that is none"
    user = _filled(_text(element, "username") or "%EMAILADDRESS%", address)
    usual = {"imaps": "993", "smtps": "465", "smtp+starttls": "587"}[scheme]
    where = host.lower() if port == usual else f"{host.lower()}:{port}"
    return f"{scheme}://{quote(user, safe='')}@{where}", ""


def _calendar(element: Element, address: str) -> tuple[str | None, str]:
    written = _filled(_text(element, "serverURL") or _text(element, "url"), address)
    try:
        parts = urlsplit(written)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if element.get("type") != "caldav" or not written.startswith("https://") or not _HOST.fullmatch(host):
        return None, f"{element.get('type', '?')} calendar"
    user = quote(_filled(_text(element, "username") or "%EMAILADDRESS%", address), safe="")
    where = host if port in (None, 443) else f"{host}:{port}"
    return f"caldav+https://{user}@{where}{quote(parts.path or '/', safe='/%@:')}", ""


def _login(element: Element) -> Login:
    """OAuth2 only where the file names nothing else."""
    ways = {(one.text or "").strip().lower() for one in element.findall("authentication")}
    return Login.OAUTH2 if ways == {"oauth2"} else Login.PASSWORD


def _text(element: Element, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())


def _filled(text: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    for name, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
        text = text.replace(f"%{name}%", value)
    return text


def _tree(raw: bytes) -> Element:
    builder, parser = TreeBuilder(), expat.ParserCreate()
    depth = 0

    def refuse(*_: object) -> None:
        raise NoAnswerError("an XML file with a document type declaration, which is not read")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise NoAnswerError("an XML file that is nested too deep")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(raw, True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NoAnswerError(f"something that is no XML ({error})") from None
