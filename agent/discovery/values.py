"""What a search for a mentor's servers finds, and the two ways it has to ask the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Login(StrEnum):
    """How a provider lets programs in."""

    PASSWORD = "password"  # noqa: S105 -- a kind of login
    APP_PASSWORD = "app_password"  # noqa: S105 -- as above
    OAUTH2 = "oauth2"
    BRIDGE = "bridge"  # only through a program of the provider's on this machine


NOT_ASKED = "not asked: "
"""How the message begins where no time was left, or nobody would have answered."""


class NoAnswerError(Exception):
    """A name or a server gave nothing that can be used; the message says what came back."""


@dataclass(frozen=True, slots=True)
class Target:
    """One SRV record (RFC 2782), best first where there are several."""

    host: str
    port: int


class Internet(Protocol):
    """The DNS, the web and mail servers. No call ever carries a password. Each raises NoAnswerError in words."""

    def mail_hosts(self, domain: str) -> tuple[str, ...]:
        """The hosts of a domain's MX records, best first; none is an answer."""

    def services(self, name: str) -> tuple[Target, ...]:
        """The SRV records at a name, best first; none is an answer, and so is the record that says "not here"."""

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records at a name; none is an answer."""

    def exists(self, host: str) -> bool:
        """Whether a host has an address."""

    def fetch(self, url: str) -> bytes:
        """A small file over HTTPS, with a verified certificate; redirects are followed within HTTPS."""

    def greeting(self, host: str, port: int) -> bytes:
        """The first line that a server says over TLS, with a verified certificate for `host`."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A server's URL as the settings write it, and whose word that is.

    `outside`: the host, where nothing but the unsigned DNS leads there and it lies outside the mail address's domain:
    a person must confirm it before a password goes there (RFC 6186 section 4).
    """

    url: str
    source: str
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found for a mail address, by "mailbox", "smtp" and "calendar"; `tried` says each step in words."""

    parts: Mapping[str, Suggestion] = field(default_factory=dict)
    login: Login = Login.PASSWORD
    advice: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
