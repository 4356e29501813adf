"""One letter as the bytes that are stored, sent and searched for (RFC 5322, RFC 2045, RFC 2046).

Equal inputs give equal bytes: the outbox stores them before it sends them (P5). Nothing from outside can add a header:
a control character in a header value is refused, not repaired, because whoever wrote it had no honest reason to.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import format_datetime, formataddr
from functools import lru_cache

from agent.connectors.ports import KEY_HEADER

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")  # RFC 5321 dot-string, ASCII
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>")
_KEY = re.compile(r"[!-~]+")
_METHOD = re.compile(r"^METHOD:([A-Z]+)\r?$", re.MULTILINE)
_INVITE = "invite.ics"
_VERSION = b"MIME-Version: 1.0\r\n"
_WORD = "=?utf-8?{}?{}?="
_Q = tuple(
    "_"
    if byte == 0x20
    else chr(byte)
    if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-!*+/")
    else f"={byte:02X}"
    for byte in range(256)
)
"""Each byte in the "Q" encoding of a phrase (RFC 2047 section 5); a space is "_"."""
_WIDTH = 76  # characters of an encoded line at most (RFC 2045 sections 6.7 and 6.8)


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

    `invitation`: an appointment as calendar text with its METHOD (RFC 6047), as a third alternative, which mail
    programs offer to accept, and once more as the file invite.ics for those that only know files. Outlook looks for it
    in the first part of a multipart/mixed only, so the file comes second.

    `sender` is (display name, address), ids carry their angle brackets, `date` is aware and keeps its own offset.
    `auto_submitted` adds "Auto-Submitted: auto-generated" (RFC 3834 section 5). Raises ValueError on a control
    character in any header value, on an address, id or key that is none, and on an invitation without one METHOD.
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


def anew(raw: bytes, *, message_id: str, key: str, date: datetime) -> bytes:
    """A letter of `compose` as another mail with the same words: its ids and its date are new, all else stays."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    fields = {"Date": format_datetime(date), "Message-ID": _matched(_MESSAGE_ID, message_id)}
    fields[KEY_HEADER] = _matched(_KEY, key)
    for name, value in fields.items():
        head = re.sub(rb"(?m)^%s: [^\r\n]*" % name.encode(), f"{name}: {value}".encode(), head, count=1)
    return head + gap + body


def _alternative(text: str, html: str, key: str, invitation: str | None) -> bytes:
    """Both parts with their MIME headers. Quoted-printable: readable in the raw, safe on any server's way.

    Written out, because a letter is most of what a tick costs, and email.message takes five times as long.
    """
    # "=_" cannot stand in quoted-printable text, so the boundary is in neither part (RFC 2045 section 6.7)
    boundary = "=_" + hashlib.sha256(key.encode()).hexdigest()[:32]
    parts = [_text_part("text/plain", text), _text_part("text/html", html)]
    if invitation is None:
        return _VERSION + _multipart("alternative", boundary, parts)
    parts.append(_text_part("text/calendar", invitation, f'; method="{_method(invitation)}"'))
    file = b64encode(invitation.encode())
    attached = (
        # the name twice: some programs read it in the type only
        f'Content-Type: application/ics; name="{_INVITE}"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="{_INVITE}"\r\n\r\n'
    ).encode() + b"".join(file[at : at + _WIDTH] + b"\r\n" for at in range(0, len(file), _WIDTH))
    # no letter of base64 is in the outer boundary either
    return _VERSION + _multipart("mixed", f"{boundary}.", [_multipart("alternative", boundary, parts), attached])


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    """An entity of several parts, from its Content-Type on (RFC 2046 section 5.1)."""
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'
    between = b"--" + boundary.encode() + b"\r\n"
    return head.encode() + b"".join(between + part + b"\r\n" for part in parts) + between[:-2] + b"--\r\n"


def _text_part(kind: str, text: str, parameters: str = "") -> bytes:
    """A part of text, from its Content-Type on. Lines end by CRLF before they are encoded, and so they stay."""
    head = f'Content-Type: {kind}; charset="utf-8"{parameters}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    lines = b"\r\n".join(text.encode().splitlines()) + b"\r\n"
    return head.encode() + b2a_qp(lines)


def _method(invitation: str) -> str:
    """The part's type says the same method as the text in it, or it is no invitation (RFC 6047 section 2.4)."""
    found = _METHOD.findall(invitation)
    if len(found) != 1:
        raise ValueError(f"an invitation has one METHOD, this text has {len(found)}")
    return str(found[0])


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
    """As encoded words (RFC 2047), each of whole characters and no line longer than 75, in the shorter of B and Q."""
    _checked(value)
    room = 75 - len(f"{header}: ") - len(_WORD.format("q", ""))
    quoted = [_quoted(letter) for letter in value]
    if sum(map(len, quoted)) <= _b_length(len(value.encode())):
        return "\r\n ".join(_WORD.format("q", word) for word in _filled(quoted, room, len))
    words = _filled(value, room, lambda text: _b_length(len(text.encode())))
    return "\r\n ".join(_WORD.format("b", b64encode(word.encode()).decode()) for word in words)


def _filled(letters: Iterable[str], room: int, size: Callable[[str], int]) -> list[str]:
    """The letters in words of a certain size at most: `room` on the first line, what a line holds on the others."""
    words = [""]
    for letter in letters:
        if size(words[-1] + letter) > room:
            words.append("")
            room = 75 - len(" ") - len(_WORD.format("q", ""))
        words[-1] += letter
    return words


@lru_cache(maxsize=512)  # people write with few letters
def _quoted(letter: str) -> str:
    return "".join(_Q[byte] for byte in letter.encode())


def _b_length(size: int) -> int:
    """How many characters of base64 so many bytes are."""
    return (size + 2) // 3 * 4


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
