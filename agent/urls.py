"""The addresses of servers and folders, as the settings write them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {
    "imap": 143,
    "imaps": 993,
    "smtp": 25,
    "smtps": 465,
    "smtp+starttls": 587,
    "http": 80,
    "https": 443,
    "ews": 443,
    "webcal": 443,
    "graph": 443,
}
AUTODISCOVER = "/autodiscover"
"""The path of an ews: URL whose host is a mail domain: its servers are asked where the mailbox is."""
FILE_SCHEMES = frozenset({"maildir", "dir"})
WHOLE_ACCOUNTS = ("ews", "graph")
"""Schemes of accounts that are mailbox, way out and calendar in one: [smtp] and [calendar] may be left out."""
LINK_SCHEMES = ("ics+https", "ics+http", "webcal")
"""A calendar that is published on the web and only read."""

OVER_HTTP = ("caldav+http", "caldav+https", "ics+http", "ics+https")


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed URL. `path` is absolute for maildir: and dir:."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str | None = None
    path: str = ""

    @property
    def directory(self) -> Path:
        """The folder of a maildir: or dir: URL."""
        return Path(self.path)


def is_whole(url: str) -> bool:
    """Whether a URL names an account that is mailbox, way out and calendar in one."""
    return url.partition(":")[0] in WHOLE_ACCOUNTS


def is_here(host: str) -> bool:
    """Whether a host is this machine whatever a name server says: a loopback address, or "localhost" (RFC 6761 6.3).

    Any other name is elsewhere, also one that leads here today: tomorrow it may not.
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def parse_url(url: str, schemes: Collection[str]) -> Address:
    """Split `url`; ValueError in words that help when it is not one of `schemes` or carries a password."""
    if url == "none" and "none" in schemes:
        return Address("none")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{_shown(url)!r} is not a URL: {error}") from None
    if parts.scheme not in schemes:
        raise ValueError(f"{_shown(url)!r} must start with {' or '.join(f'{s}://' for s in schemes if s != 'none')}")
    if parts.password is not None:
        raise ValueError("the password does not belong in the URL: use the keyring, the environment or password_file")
    if parts.scheme in FILE_SCHEMES:
        if parts.netloc or not parts.path.startswith("/") or parts.path == "/":
            raise ValueError(f"{url!r} needs an absolute folder, as in {parts.scheme}:///home/me/Mail")
        return Address(parts.scheme, path=unquote(parts.path))
    if not parts.hostname:
        raise ValueError(f"{url!r} names no server")
    if parts.scheme == "ews" and not (parts.path in ("", "/", AUTODISCOVER) or parts.path.lower().endswith(".asmx")):
        raise ValueError(f"{url!r} must end with the server, with /EWS/Exchange.asmx, or with {AUTODISCOVER}")
    user = unquote(parts.username) if parts.username else None
    if parts.scheme in LINK_SCHEMES:
        _check_link(parts.scheme, parts.hostname, user)
    default = DEFAULT_PORTS[parts.scheme.rpartition("+")[2] if parts.scheme in OVER_HTTP else parts.scheme]
    return Address(parts.scheme, parts.hostname, port or default, user, parts.path)


def _shown(url: str) -> str:
    """A web address as far as its host: the rest may be a secret that was pasted into the wrong place."""
    scheme, mark, rest = url.partition("://")
    host, slash, _ = rest.partition("/")
    secret = scheme.lower() in ("http", "https", *LINK_SCHEMES) and slash
    return f"{scheme}{mark}{host}/..." if secret else url


def web_link(text: str) -> str:
    """A published calendar's link as a browser writes it, from the forms it is copied in (webcal:, ics+https:)."""
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower().removeprefix("ics+")
    return f"{'https' if scheme == 'webcal' else scheme}{colon}{rest}"


def names_host_alone(url: str) -> bool:
    """Whether a URL only says where: the rest of the link is a secret, and stands elsewhere."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _check_link(scheme: str, host: str, user: str | None) -> None:
    if user is not None:
        raise ValueError("a published calendar takes no user name: its link is all it needs")
    if scheme == "ics+http" and not is_here(host):
        raise ValueError(f"ics+http:// is for this machine only: write ics+https://{host}")
