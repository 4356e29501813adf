"""One letter as the bytes that are stored, sent and searched for (RFC 5322, RFC 2045, RFC 2046).

Equal inputs give equal bytes: the outbox stores them before it sends them (P5). Nothing from outside can add a header:
a control character in a header value is refused, not repaired, because whoever wrote it had no honest reason to.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from agent.connectors.ports import KEY_HEADER

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")  # RFC 5321 dot-string, ASCII
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")
_KEY = re.compile(r"[!-~]+")


def compose(  # noqa: PLR0913 - a message has that many fields, and each is named at the call
    *,
    sender: tuple[str, str],
    to: tuple[str, ...],
    subject: str,
    text: str,
    html: str,
    message_id: str,
    key: str,
    date: datetime,
    auto_submitted: bool,
    in_reply_to: str | None = None,
    references: tuple[str, ...] = (),
    reply_to: str | None = None,
    invitation: str | None = None,
) -> bytes:
    """A multipart/alternative message with CRLF line ends, ready for a Transport.

    `invitation`: an appointment as calendar text with METHOD:REQUEST (RFC 6047), as a third alternative, which mail
    programs offer to accept, and once more as the file invite.ics for those that only know files.

    `sender` is (display name, address), ids carry their angle brackets, `date` is aware and keeps its own offset.
    `auto_submitted` adds "Auto-Submitted: auto-generated" (RFC 3834 section 5). Raises ValueError on a control
    character in any header value, and on an address, id or key that is none.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a letter must be aware")
    if not to:
        raise ValueError("a letter needs a recipient")
    headers = [
        ("From", _mailbox(*sender)),
        ("To", ",\r\n ".join(_matched(_ADDRESS, address) for address in to)),
        ("Subject", _unstructured(subject, "Subject")),
        ("Date", format_datetime(date)),
        ("Message-ID", _matched(_MESSAGE_ID, message_id)),
        (KEY_HEADER, _matched(_KEY, key)),
    ]
    if reply_to is not None:
        headers.append(("Reply-To", _matched(_ADDRESS, reply_to)))
    if in_reply_to is not None:
        headers.append(("In-Reply-To", _matched(_MESSAGE_ID, in_reply_to)))
    if references:
        headers.append(("References", "\r\n ".join(_matched(_MESSAGE_ID, one) for one in references)))
    if auto_submitted:
        headers.append(("Auto-Submitted", "auto-generated"))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("ascii") + _alternative(text, html, key, invitation)


def _alternative(text: str, html: str, key: str, invitation: str | None) -> bytes:
    """Both parts with their MIME headers. Quoted-printable: readable in the raw, safe on any server's way."""
    body = EmailMessage(policy=SMTP)
    body.set_content(text, cte="quoted-printable")
    body.add_alternative(html, subtype="html", cte="quoted-printable")
    # "=_" cannot stand in quoted-printable text, so the boundary is in neither part (RFC 2045 section 6.7)
    boundary = "=_" + hashlib.sha256(key.encode()).hexdigest()[:32]
    if invitation is not None:
        invited = {"method": "REQUEST"}
        body.add_alternative(invitation, subtype="calendar", params=invited, cte="quoted-printable")
    body.set_boundary(boundary)
    if invitation is not None:
        body.add_attachment(invitation.encode(), "application", "ics", filename="invite.ics")
        body.set_boundary(f"{boundary}.")  # no letter of base64 either
    return body.as_bytes()


def _mailbox(name: str, address: str) -> str:
    address = _matched(_ADDRESS, address)
    if not name or (_is_plain(name) and len(name) <= 60):
        return formataddr((_checked(name), address))
    return f"{_encoded(name, 'From')}\r\n <{address}>"


def _unstructured(value: str, header: str) -> str:
    """`value` as header text, folded; in encoded words where it must be (RFC 2047)."""
    if not _is_plain(value):
        return _encoded(value, header)
    return "\r\n ".join(textwrap.wrap(value, 68, break_long_words=False, break_on_hyphens=False))


def _encoded(value: str, header: str) -> str:
    # the legacy class, because the modern policy loses spaces between encoded words
    return Header(_checked(value), "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def _is_plain(value: str) -> bool:
    """Whether text survives a header, and its folding at single spaces, as it is."""
    words = _checked(value).split(" ")
    return value.isascii() and "=?" not in value and all(0 < len(word) <= 60 for word in words)


def _checked(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError(f"a header value holds a control character: {value!r}")
    return value


def _matched(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"not usable in a header: {value!r}")
    return value
