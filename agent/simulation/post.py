"""Mails of the simulation: how people write them and read them, quickly, for there are tens of thousands."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import a2b_qp
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from types import MappingProxyType

from agent.simulation.scenario import AUTHSERV

_FOLDED = re.compile(rb"\r?\n[ \t]+")
_AGENTS = re.compile(
    rb"(\r\n--=_[0-9a-f]{32})\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n"
    rb"Content-Transfer-Encoding: quoted-printable\r\n\r\n(.*?)\1",
    re.DOTALL,
)
"""The plain text in a letter of the agent's, found in a twentieth of the time that the whole mail takes to be read."""

_REFERENCE = re.compile(r"\[ma-[a-z2-7]{16}\]")


@dataclass(frozen=True)
class Letter:
    """A mail as it lies in a letterbox."""

    at: datetime
    recipient: str
    raw: bytes

    @cached_property
    def _head(self) -> bytes:
        return _FOLDED.sub(b" ", self.raw.partition(b"\r\n\r\n")[0])

    def header(self, name: str) -> str:
        """A header's value, decoded; empty when there is none."""
        found = re.search(rb"^" + name.encode() + rb":[ \t]*(.*?)\r?$", self._head, re.IGNORECASE | re.MULTILINE)
        value = found[1].decode("ascii", "replace") if found else ""
        return str(make_header(decode_header(value))) if "=?" in value else value

    @cached_property
    def subject(self) -> str:
        """Its subject with plain spaces and apostrophes."""
        return plain(self.header("Subject"))

    @cached_property
    def reference(self) -> str:
        """The reference that an answer must carry: "[ma-...]", or nothing."""
        found = _REFERENCE.search(self.subject)
        return found[0] if found else ""

    @cached_property
    def message_id(self) -> str:
        """Its Message-ID, with angle brackets."""
        return self.header("Message-ID")

    @cached_property
    def written(self) -> datetime:
        """When it was made (its Date), which may be long before it left; UTC."""
        return parsedate_to_datetime(self.header("Date")).astimezone(UTC)

    @cached_property
    def message(self) -> EmailMessage:
        """The whole mail as a mail program reads it."""
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 -- what policy.default makes
        return message

    @cached_property
    def text(self) -> str:
        """Its plain text."""
        if (written := _AGENTS.search(self.raw)) is not None:
            return a2b_qp(written[2]).decode().replace("\r\n", "\n")
        part = self.message.get_body(("plain",))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""

    @cached_property
    def words(self) -> str:
        """Its text with plain spaces and apostrophes, on one line."""
        return plain(self.text)

    @property
    def told(self) -> str:
        """Who gets which text: the same for a letter that is sent again."""
        return f"{self.recipient}/{self.subject}/{self.words}"


def plain(text: str) -> str:
    """Typography put aside: words are found whatever apostrophes and spaces stand between them."""
    return " ".join(text.replace("’", "'").split())


def written(
    sender: str,
    to: str,
    subject: str,
    text: str,
    at: datetime,
    message_id: str,
    headers: Mapping[str, str] = MappingProxyType({}),
    *,
    proven: bool = False,
) -> bytes:
    """A person's mail as bytes. `sender` is ready for a From header; `headers` are further ones.

    `proven`: the mentor's server vouches for the sender's domain.
    """
    domain = sender.rpartition("@")[2].strip(">")
    lines = [
        *([f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}"] if proven else []),
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {_encoded(subject)}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id}",
        *(f"{name}: {value}" for name, value in headers.items()),
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 8bit",
        "",
        *text.strip().split("\n"),
        "",
    ]
    return "\r\n".join(lines).encode()


def _encoded(text: str) -> str:
    """A header's text in encoded words (RFC 2047) where it must be."""
    if text.isascii():
        return text
    pieces = [text[at : at + 12] for at in range(0, len(text), 12)]  # no more than 75 characters a word
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece.encode()).decode()}?=" for piece in pieces)
