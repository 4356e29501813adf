"""A raw mail to a Mail: its head, its best plain text, its attachments, and the parts that machines write.

The MIME structure is read by the standard library under its old, lenient policy, then walked here: the walk takes
text from the message itself only, never from a message it carries (RFC 2046 5.2.1), so that a forwarded mail's words
are nobody's answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import errors, message_from_bytes
from email.message import Message
from email.policy import compat32

from agent.understand.headers import Head, parse_head
from agent.understand.text import MISSING, decode, decode_words, html_to_text, shorten

__all__ = ["Attachment", "Head", "MachinePart", "Mail", "parse_head", "parse_mail"]

_MAX_MAIL = 50_000_000
_MAX_TEXT = 2_000_000
_MAX_BOUNDARIES = 60  # the parser's cost grows with depth times lines
_MAX_DEPTH = 40
_BOUNDARY = re.compile(rb"boundary\s*[*=]", re.IGNORECASE)
_NOTE_FILES = (".txt", ".md", ".vtt")
_MACHINE_TYPES = frozenset(
    (
        "text/calendar",
        "text/rfc822-headers",
        "message/rfc822",
        "message/delivery-status",
        "message/disposition-notification",
    )
)


_DAMAGE: dict[type, str] = {
    errors.NoBoundaryInMultipartDefect: "its parts are not separated",
    errors.StartBoundaryNotFoundDefect: "its first part is missing",
    errors.CloseBoundaryNotFoundDefect: "it is cut off",
    errors.MultipartInvariantViolationDefect: "",  # comes with one of those above
    errors.InvalidBase64CharactersDefect: "a part is badly encoded",
    errors.InvalidBase64PaddingDefect: "a part is badly encoded",
    errors.InvalidBase64LengthDefect: "a part is badly encoded",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail. `text` only for .txt, .md and .vtt; `size` in bytes, decoded."""

    name: str
    media_type: str
    text: str | None
    size: int


@dataclass(frozen=True, slots=True)
class MachinePart:
    """A part meant for programs. For a carried message, `text` is its header block only."""

    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A whole mail. Quotation in `text` has lines that start with ">". `defects` is for people."""

    head: Head
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    machine_parts: tuple[MachinePart, ...] = ()
    defects: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    attachments: list[Attachment]
    machine_parts: list[MachinePart]
    defects: list[str]


def parse_mail(raw: bytes, head: Head | None = None) -> Mail:
    """Read a raw mail (RFC 5322, MIME). Never raises: what cannot be read is left out and named in `defects`.

    `head`: of this very header block, where it has been read already.
    """
    head = head or parse_head(raw)
    if len(raw) > _MAX_MAIL:
        return Mail(head, defects=(*head.defects, "mail too large to read"))
    if len(_BOUNDARY.findall(raw)) > _MAX_BOUNDARIES:
        return Mail(head, defects=(*head.defects, "too many nested parts"))
    found = _Found([], [], [])
    try:
        message = message_from_bytes(raw, policy=compat32)
        text = _walk(message, found, 0)
        found.defects += _damage(message)
    except Exception:  # noqa: BLE001 - hostile MIME; a mail that cannot be read says nothing
        text = ""
        found.defects.append("unreadable MIME structure")
    return Mail(
        head,
        shorten(text, _MAX_TEXT),
        tuple(found.attachments),
        tuple(found.machine_parts),
        (*head.defects, *found.defects),
    )


def _damage(message: Message) -> list[str]:
    """What the standard library found wrong with the parts and their encodings, each kind once."""
    found = (type(defect) for part in message.walk() for defect in part.defects)
    return sorted({_DAMAGE.get(kind, "a part is damaged") for kind in found} - {""})


def _walk(part: Message, found: _Found, depth: int) -> str:
    """The text of a part; what is not text goes to `found`."""
    kind = part.get_content_type()
    if kind in _MACHINE_TYPES:
        found.machine_parts.append(MachinePart(kind, _machine_text(part, kind)))
        return ""
    if part.is_multipart():
        return _multipart(part, kind, found, depth)
    name = _file_name(part)
    if name or part.get_content_disposition() == "attachment":
        found.attachments.append(_attachment(part, name, kind))
        return ""
    if kind == "text/html":
        text = html_to_text(_content(part))
        if text is None:
            found.defects.append("unreadable HTML")
        return MISSING if text is None else text
    return _content(part) if kind == "text/plain" else ""


def _multipart(part: Message, kind: str, found: _Found, depth: int) -> str:
    if depth >= _MAX_DEPTH:
        found.defects.append("nested too deep")
        return MISSING
    texts = [(child.get_content_type(), _walk(child, found, depth + 1)) for child in _children(part)]
    texts = [(child_kind, text) for child_kind, text in texts if text.strip()]
    if kind == "multipart/alternative" and texts:
        plain = [text for child_kind, text in texts if child_kind == "text/plain"]
        return plain[0] if plain else texts[-1][1]
    return "\n".join(text for _, text in texts)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 - broken transfer encodings and nonsense charsets
        return b""
    return payload if isinstance(payload, bytes) else b""


def _content(part: Message) -> str:
    return decode(_bytes(part), _charset(part))


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # noqa: BLE001 - RFC 2231 parameters that do not decode
        return None


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except Exception:  # noqa: BLE001 - as above
        return "unnamed"
    return re.sub(r"[/\\]", "_", decode_words(name))[:200]


def _attachment(part: Message, name: str, kind: str) -> Attachment:
    data = _bytes(part)
    text = None
    if name.lower().endswith(_NOTE_FILES) and len(data) <= _MAX_TEXT:
        text = decode(data, _charset(part))
    return Attachment(name or "unnamed", kind, text, len(data))


def _machine_text(part: Message, kind: str) -> str:
    """A program's part as "Name: value" lines (delivery-status, carried headers) or as its text (calendar)."""
    children = _children(part)
    if not children:
        return _content(part)
    blocks = children[:1] if kind == "message/rfc822" else children[:200]
    return "\n\n".join("\n".join(f"{name}: {value}" for name, value in block.items()) for block in blocks)
