"""A raw mail to a Mail: its head, its best plain text, its attachments, and the parts that machines write.

Text is taken from the message itself only, never from a message it carries (RFC 2046 5.2.1), so that a forwarded
mail's words are nobody's answer. What is not read (most attachments) is not decoded, and what is longer than anybody
writes is cut, with a sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.understand.entity import TOO_LONG, Entity, entity, nested
from agent.understand.headers import Head, parse_head
from agent.understand.text import MISSING, decode, decode_words, html_to_text, shorten, unflowed

__all__ = ["Attachment", "Head", "MachinePart", "Mail", "parse_head", "parse_mail"]

_MAX_MAIL = 50_000_000  # bytes
_MAX_TEXT = 500_000  # characters
_MAX_ENCODED = 3 * _MAX_TEXT  # bytes: quoted-printable takes three for one
_MAX_BOUNDARIES = 60
_MAX_DEPTH = 40
_MAX_PARTS = 1_000
_MAX_PAGES = 50  # parts of HTML that become text: each costs, however short
_NOTE_FILES = (".txt", ".md", ".vtt", ".srt")
_MACHINE_TYPES = frozenset(
    (
        "text/calendar",
        "text/rfc822-headers",
        "message/rfc822",
        "message/delivery-status",
        "message/disposition-notification",
    )
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail. `text` only for .txt, .md, .vtt and .srt; `size` in bytes, decoded."""

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
    """A whole mail. Quotation in `text` has lines that start with ">". `defects` is for people.

    `html`: the HTML that says the same as `text`, where there is some: programs mark more in it.
    """

    head: Head
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    machine_parts: tuple[MachinePart, ...] = ()
    defects: tuple[str, ...] = ()
    html: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """The text of a part, and the same in HTML."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class _Found:
    attachments: list[Attachment]
    machine_parts: list[MachinePart]
    defects: list[str]
    damage: set[str]
    parts: int = 0
    pages: int = 0


def parse_mail(raw: bytes, head: Head | None = None) -> Mail:
    """Read a raw mail (RFC 5322, MIME). Never raises: what cannot be read is left out and named in `defects`.

    `head`: of this very header block, where it has been read already.
    """
    head = head or parse_head(raw)
    if len(raw) > _MAX_MAIL:
        return Mail(head, defects=(*head.defects, "mail too large to read"))
    if nested(raw, _MAX_BOUNDARIES):
        return Mail(head, defects=(*head.defects, "too many nested parts"))
    found = _Found([], [], [], set())
    try:
        said = _walk(entity(raw, 0, len(raw)), found, 0)
    except Exception:  # noqa: BLE001 - hostile MIME; a mail that cannot be read says nothing
        said = _Words()
        found.defects.append("unreadable MIME structure")
    return Mail(
        head,
        shorten(_as_text(said, found), _MAX_TEXT),
        tuple(found.attachments),
        tuple(found.machine_parts),
        (*head.defects, *found.defects, *sorted(found.damage)),
        said.html,
    )


def _walk(part: Entity, found: _Found, depth: int) -> _Words:
    """The words of a part; what is not text goes to `found`."""
    found.parts += 1
    found.damage.update(part.damage)
    if TOO_LONG in part.damage:
        return _Words(MISSING, MISSING)  # nobody knows what it is
    kind = part.head.get_content_type()
    if kind in _MACHINE_TYPES or kind.startswith("message/"):  # RFC 6532 has a message/global, and there are more
        found.machine_parts.append(MachinePart(kind, _machine_text(part, kind, found)))
        return _Words()
    if kind.startswith("multipart/"):
        return _multipart(part, kind, found, depth)
    name = _file_name(part)
    if name or part.head.get_content_disposition() == "attachment":
        found.attachments.append(_attachment(part, name, kind, found))
        return _Words()
    if kind == "text/html":
        return _Words(html=_content(part, found))
    return _Words(_plain_text(part, found)) if kind == "text/plain" else _Words()


def _multipart(part: Entity, kind: str, found: _Found, depth: int) -> _Words:
    if depth >= _MAX_DEPTH:
        found.defects.append("nested too deep")
        return _Words(MISSING)
    children, damage = part.parts(_MAX_PARTS - found.parts)
    found.damage.update(damage)
    said = [_walk(child, found, depth + 1) for child in children]
    said = [one for one in said if one.text.strip() or one.html.strip()]
    if "too many parts" in damage:
        said.append(_Words(MISSING, MISSING))
    if len(said) < 2:
        return said[0] if said else _Words()
    if kind == "multipart/alternative":
        plain = next((one.text for one in said if one.text.strip()), "")
        return _Words(plain, next((one.html for one in reversed(said) if one.html.strip()), ""))
    return _Words("\n".join(_as_text(one, found) for one in said))


def _as_text(said: _Words, found: _Found) -> str:
    """The text of a part, made from its HTML where it has no other."""
    if said.text.strip() or not said.html.strip():
        return said.text
    found.pages += 1
    text = html_to_text(said.html) if found.pages <= _MAX_PAGES else None
    if text is None:
        found.defects.append("unreadable HTML")
    return MISSING if text is None else text


def _plain_text(part: Entity, found: _Found) -> str:
    """A text/plain part, its flowed lines joined (RFC 3676)."""
    text = _content(part, found)
    if _parameter(part, "format") != "flowed":
        return text
    return unflowed(text, delete_space=_parameter(part, "delsp") == "yes")


def _parameter(part: Entity, name: str) -> str:
    try:
        value = part.head.get_param(name, "")
    except Exception:  # noqa: BLE001 - RFC 2231 parameters that do not decode
        return ""
    return value.strip().lower() if isinstance(value, str) else ""


def _content(part: Entity, found: _Found) -> str:
    """The text of a part, with a sign where it was too long."""
    data, cut, bad = part.body(_MAX_ENCODED)
    if bad:
        found.damage.add("a part is badly encoded")
    text = decode(data, _charset(part))
    return f"{text[:_MAX_TEXT]}\n{MISSING}" if cut else shorten(text, _MAX_TEXT)


def _charset(part: Entity) -> str | None:
    try:
        return part.head.get_content_charset()
    except Exception:  # noqa: BLE001 - as above
        return None


def _file_name(part: Entity) -> str:
    try:
        name = part.head.get_filename() or ""
    except Exception:  # noqa: BLE001 - as above
        return "unnamed"
    return re.sub(r"[/\\]", "_", decode_words(name))[:200]


def _attachment(part: Entity, name: str, kind: str, found: _Found) -> Attachment:
    size = part.size()
    text = _content(part, found) if name.lower().endswith(_NOTE_FILES) and size <= _MAX_TEXT else None
    return Attachment(name or "unnamed", kind, text, size)


def _machine_text(part: Entity, kind: str, found: _Found) -> str:
    """A program's part as "Name: value" lines (delivery-status, carried headers) or as its text (calendar)."""
    if not kind.startswith("message/"):
        return _content(part, found)
    return "\n\n".join("\n".join(f"{name}: {value}" for name, value in block) for block in part.carried())
