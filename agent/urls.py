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
}
FILE_SCHEMES = frozenset({"maildir", "dir"})
WHOLE_ACCOUNTS = ("ews",)
"""Schemes of accounts that are mailbox, way out and calendar in one: [smtp] and [calendar] may be left out."""


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
        raise ValueError(f"{url!r} is not a URL: {error}") from None
    if parts.scheme not in schemes:
        raise ValueError(f"{url!r} must start with {' or '.join(f'{s}://' for s in schemes if s != 'none')}")
    if parts.password is not None:
        raise ValueError("the password does not belong in the URL: use the keyring, the environment or password_file")
    if parts.scheme in FILE_SCHEMES:
        if parts.netloc or not parts.path.startswith("/") or parts.path == "/":
            raise ValueError(f"{url!r} needs an absolute folder, as in {parts.scheme}:///home/me/Mail")
        return Address(parts.scheme, path=unquote(parts.path))
    if not parts.hostname:
        raise ValueError(f"{url!r} names no server")
    user = unquote(parts.username) if parts.username else None
    default = DEFAULT_PORTS[parts.scheme.rpartition("+")[2] if "caldav" in parts.scheme else parts.scheme]
    return Address(parts.scheme, parts.hostname, port or default, user, parts.path)
