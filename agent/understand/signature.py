"""Takes a signature off the end of what a person wrote.

A cut signature must look like one through and through: "ok / Cordialement / mais enlève la fin" is no approval, and
it would become one if everything below a polite word were dropped. What does not look like one stays in.
"""

from __future__ import annotations

import re

from agent.understand.footers import is_disclaimer, is_footer
from agent.understand.signature_words import shipped
from agent.understand.text import Line, words

HEADER_LINE = re.compile(
    r"[*\s]*(De|Envoyé|Envoyé le|À|A|Objet|Date|Cc|From|Sent|To|Subject|Répondre à|Reply-To)\s?[*\s]*:", re.IGNORECASE
)
"""A line of a quoted header block; people write such lines too ("De : ...")."""

_CONTACT = re.compile(r"\S@\S|https?://|www\.|(?:\d[\s.-]?){8}")
_TAIL_LINES = 12
_TAIL_WIDTH = 200  # the library's expressions are cubic in the length of a line
_MASK = "\u2060"

_POLITE = "Cordialement"
_SEPARATOR = re.compile(r"\s*[|,•·/(]\s*|\s+[-–—]\s+")
_NEW_TEXT = re.compile(r"(?:modifi\w{1,3}|(?:nouveau )?texte|edit|edited|(?:new )?text)\s?:", re.IGNORECASE)
_DELIMITERS = ("-- ", "--")  # RFC 3676 4.3; the space is often lost on the way
_CLOSING = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ'’-]*(?: [a-zß-ÿ'’-]+){1,4} ?,")
_MOST_LINES = 15
_MOST_SIGNATURES = 3  # the program's own below the one that was typed


def without_footers(lines: list[Line]) -> list[Line]:
    """The lines without mobile footers, disclaimers, and what a program marks as a signature."""
    kept: list[Line] = []
    for paragraph in _paragraphs(lines):
        own = [line for line in paragraph if line.depth or not is_footer(line.text)]
        own = own if any(line.depth for line in own) or not is_disclaimer([line.text for line in own]) else []
        marked = [line for line in own if line.signature and not line.depth]
        if marked and not any(_still_asked(line.text) for line in marked):
            own = [line for line in own if not (line.signature and not line.depth)]
        kept += own
    return kept


def _paragraphs(lines: list[Line]) -> list[list[Line]]:
    """Lines in groups: each empty line alone, and what stands between two of them; the quotation apart."""
    groups: list[list[Line]] = []
    together = quoted = False
    for line in lines:
        if together and line.text and quoted == (line.depth > 0):
            groups[-1].append(line)
        else:
            groups.append([line])
        together, quoted = bool(line.text), line.depth > 0
    return groups


def _still_asked(line: str) -> bool:
    """Whether a line of a signature is none; it may speak ("we help you"), but not ask."""
    return "?" in line or not shipped().asking.isdisjoint(words(line))


def without_signature(lines: list[str], name: str) -> str:
    """The text of `lines` without "-- " signature (RFC 3676 4.3), sign-off and the writer's `name`."""
    lines, full = _trimmed(lines), words(name)
    cut = _delimited(lines, frozenset(full))
    if cut is not None:
        lines = _trimmed(lines[:cut])
    if _NEW_TEXT.match(lines[0]):  # a letter of the person's own, which may end with a sign-off too
        cut = _named(lines, full)
        if cut is not None and any(_CONTACT.search(line) or any(_SEPARATOR.split(line)[1:]) for line in lines[cut:]):
            lines = _trimmed(lines[:cut])
        return "\n".join(lines)
    for _ in range(_MOST_SIGNATURES):
        before = len(lines)
        if len(lines) > 1 and full and words(lines[-1]) in (full, full[:1]):
            lines = _without_closing(_trimmed(lines[:-1]))
        cut = _named(lines, full)
        cut = _polite(lines, frozenset(full)) if cut is None else cut
        lines = lines if cut is None else _trimmed(lines[:cut])
        if len(lines) == before:
            break
    return "\n".join(lines)


def _without_closing(lines: list[str]) -> list[str]:
    """The lines above a name without a sign-off that no list knows ("À bientôt,"): few words and a comma, set apart.

    A line that asks for something, tells of somebody ("À Tom,") or gives a number stays.
    """
    if len(lines) < 3 or lines[-2] or not _CLOSING.fullmatch(lines[-1]):
        return lines
    return lines if not (shipped().sentence - shipped().closing).isdisjoint(words(lines[-1])) else _trimmed(lines[:-1])


def _polite(lines: list[str], own: frozenset[str]) -> int | None:
    cut = _signature_start(lines)
    return cut if cut is not None and _looks_like_one(lines[cut:], own) else None


def _delimited(lines: list[str], own: frozenset[str]) -> int | None:
    """Where a signature begins that has the delimiter, and asks nothing any more."""
    for at in range(len(lines) - 1, -1, -1):
        if lines[at] not in _DELIMITERS:
            continue
        below = [line for line in lines[at + 1 :] if line]
        if len(below) > _MOST_LINES or any(_still_asked(line) for line in below):
            return None
        sure = (
            lines[at] == "-- "
            or not below
            or any(_CONTACT.search(line) or not own.isdisjoint(words(line)) for line in below)
        )
        return at if sure else None
    return None


def _named(lines: list[str], name: tuple[str, ...]) -> int | None:
    """Where a signature begins whose first line is or starts with the writer's name, below an empty line."""
    for at in range(len(lines) - 1, max(-1, len(lines) - _TAIL_LINES), -1):
        if not name or not _is_card_title(lines[at], name) or (at and lines[at - 1]):
            continue
        if not _looks_like_one([_POLITE, *lines[at:]], frozenset(name)):
            return None
        polite = at - 2
        if polite > 0 and lines[polite] and _looks_like_one([lines[polite]], frozenset(name)):
            return polite
        return at if at or any(_CONTACT.search(line) for line in lines) else None
    return None


def _is_card_title(line: str, name: tuple[str, ...]) -> bool:
    """Whether a line is the name, or the name and a separator and what the person is."""
    first, *rest = _SEPARATOR.split(line[:_TAIL_WIDTH].strip(), maxsplit=1)
    return words(first) == name and (not rest or bool(rest[0].strip()))


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip("\n ").split("\n")


def _signature_start(lines: list[str]) -> int | None:
    """Where the library sees a signature begin. It is only shown the last lines, and none that is very long."""
    long_lines = (number + 1 for number, line in enumerate(lines) if len(line) > _TAIL_WIDTH)
    start = max([1, len(lines) - _TAIL_LINES, *long_lines])
    # Lines that look like headers were judged as a block already; the library would take two of them for one.
    tail = [_MASK + line if HEADER_LINE.match(line) or line[:3] in ("Le ", "On ") else line for line in lines[start:]]
    if not tail:
        return None
    from mailparser_reply import EmailReplyParser  # noqa: PLC0415 - only replies need it

    text = "\n".join(("-", *tail))  # it takes no sign-off on a text's first line
    signature = EmailReplyParser(languages=["fr", "en"]).read(text).replies[0].signatures
    at = text.rfind(signature) if signature else -1
    return None if at < 0 else start + text[:at].count("\n") - 1


def _looks_like_one(lines: list[str], own: frozenset[str]) -> bool:
    opening, *rest = [line for line in lines if line] or [""]
    if not {word for word in words(opening) if word.isalnum()} <= shipped().polite or "?" in opening:
        return False
    named = False
    for line in rest:
        written = words(line)
        named = named or not own.isdisjoint(written)
        if (
            not (_CONTACT.search(line) or named)
            or not shipped().sentence.isdisjoint(written)
            or len(written) > 12
            or "?" in line
        ):
            return False
    return True
