"""The structure of a raw mail (RFC 2045, RFC 2046), told by places in its bytes: nothing is copied until it is read.

The standard library's parser takes more than ten times a message's size, most of it for its lines, and minutes for a
message of a million parts. Here the header fields that say how to read a part are found and handed to it; the bodies
between the boundaries stay where they are.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice

_MAX_HEADER = 2_000_000  # bytes of a header block
_MAX_FIELD = 2_000  # bytes of a Content field: the library takes the square of it
_MAX_BLOCKS = 200  # of a delivery report, one for each recipient
_CHUNK = 1_000_000
TOO_LONG = "a header field is too long"
_OF_INTEREST = b"content-"
_HEADER_LINE = re.compile(rb"(?:From |[!-9;-~]*:|[\t ])[^\r\n]*(?:\r\n|\r|\n|\Z)")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_EMPTY_LINES = re.compile(rb"(?:\r\n[ \t]*\r\n|\n[ \t]*\n|\r[ \t]*\r)")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or a part of one: `head` holds its Content fields, its body is raw[begin:end]. `damage` for people."""

    raw: bytes
    begin: int
    end: int
    head: Message
    damage: tuple[str, ...] = ()

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, lower case (RFC 2045 6.1)."""
        return str(self.head.get("content-transfer-encoding", "")).strip().lower()

    def body(self, limit: int) -> tuple[bytes, bool, bool]:
        """The body, decoded; whether it was longer than `limit` (bytes as they came); whether its encoding is bad."""
        data, cut = self.raw[self.begin : min(self.end, self.begin + limit)], self.end - self.begin > limit
        if self.encoding == "base64":
            decoded, bad = _from_base64(data)
            return decoded, cut, bad and not cut  # cut within a group of four
        return (binascii.a2b_qp(data) if self.encoding == "quoted-printable" else data), cut, False

    def size(self) -> int:
        """How many bytes the body has, decoded."""
        if self.encoding == "base64":
            chunks = (self.raw[at : min(at + _CHUNK, self.end)] for at in range(self.begin, self.end, _CHUNK))
            return sum(len(chunk) - len(chunk.translate(None, _BASE64)) for chunk in chunks) * 3 // 4
        return len(self.body(self.end - self.begin)[0])

    def parts(self, most: int) -> tuple[list[Entity], tuple[str, ...]]:
        """The parts of a multipart, `most` of them, and what is wrong with it; no part where it has none."""
        boundary = self.head.get_boundary()
        if boundary is None:
            return [], ("its parts are not separated",)
        digest = self.head.get_content_type() == "multipart/digest"
        found: list[Entity] = []
        begin: int | None = None
        for line in _boundaries(self, boundary):
            if begin is not None:
                end = _without_line_end(self.raw, begin, line.start())
                if end >= begin and line.start() > begin:
                    found.append(entity(self.raw, begin, end, digest=digest))
            if line[1]:
                return found, ()
            if len(found) >= most:
                return found, ("too many parts",)
            begin = line.end()
        if begin is None:
            return [], ("its first part is missing",)
        found.append(entity(self.raw, begin, self.end, digest=digest))
        return found, ("it is cut off",)

    def carried(self) -> list[list[tuple[str, str]]]:
        """The header of a carried message (RFC 2046 5.2.1), or the blocks of a delivery report (RFC 3464 2.1)."""
        if self.head.get_content_type() != "message/delivery-status":
            fields, _, _ = _fields(self.raw, self.begin, self.end, _MAX_HEADER // 10, every=True)
            return [_shown(fields)]
        data = self.raw[self.begin : min(self.end, self.begin + _MAX_HEADER // 10)]
        blocks = _EMPTY_LINES.split(data, maxsplit=_MAX_BLOCKS)[:_MAX_BLOCKS]
        read = (_fields(block, 0, len(block), len(block), every=True)[0] for block in blocks)
        return [_shown(fields) for fields in read]


def entity(raw: bytes, begin: int, end: int, *, digest: bool = False) -> Entity:
    """The entity whose header begins at `begin`. `digest`: a message, unless it says otherwise (RFC 2046 5.1.5)."""
    fields, at, damage = _fields(raw, begin, end, _MAX_HEADER, every=False)
    head: Message = Message()
    if digest:
        head.set_default_type("message/rfc822")
    for name, value in fields:
        if len(value) > _MAX_FIELD:
            damage = (*damage, TOO_LONG)
        else:
            head.set_raw(_text(name), _text(value.strip(b" \t\r\n")))
    return Entity(raw, at, end, head, damage)


def _fields(raw: bytes, begin: int, end: int, limit: int, *, every: bool) -> tuple[Fields, int, tuple[str, ...]]:
    """The fields of a header block (those of interest, or every one), where the body begins, and what is wrong."""
    found: list[tuple[bytes, list[bytes]]] = []
    current: list[bytes] | None = None
    at, stop, size = begin, min(end, begin + limit), 0
    while line := _HEADER_LINE.match(raw, at, stop):
        text = raw[at : min(line.end(), at + 2 * _MAX_FIELD)]
        at = line.end()
        if text[:1] in (b" ", b"\t"):
            if current is not None and size <= _MAX_FIELD:
                current.append(text)
                size += len(text)
            continue
        name, _, value = text.partition(b":")
        current = None
        if name.lower().startswith(_OF_INTEREST) or (every and b" " not in name):
            current, size = [value], len(value)
            found.append((name, current))
    fields = [(name, b"".join(lines)) for name, lines in found]
    gap = _LINE_END.match(raw, at, end)
    if gap is not None:
        return fields, gap.end(), ()
    return fields, at, ("a part is damaged",) if at < end else ()


def _boundaries(whole: Entity, boundary: str) -> Iterator[re.Match[bytes]]:
    """The lines that separate parts; group 1 is there on the last one."""
    mark = re.escape(boundary.encode("ascii", "surrogateescape"))
    lines = re.compile(rb"(?<![^\r\n])--" + mark + rb"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")
    return lines.finditer(whole.raw, whole.begin, whole.end)


def _without_line_end(raw: bytes, begin: int, end: int) -> int:
    """The line end before a boundary belongs to the boundary (RFC 2046 5.1.1)."""
    if raw[max(begin, end - 2) : end] == b"\r\n":
        return end - 2
    return end - 1 if raw[max(begin, end - 1) : end] in (b"\n", b"\r") else end


def _from_base64(data: bytes) -> tuple[bytes, bool]:
    """The bytes, and whether something was wrong with them: what can be read of damaged text is read."""
    data = data.translate(None, b"\r\n")
    try:
        return binascii.a2b_base64(data, strict_mode=True), False
    except binascii.Error:
        pass
    for missing in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(data + missing), True
        except binascii.Error:
            continue
    return data, True


def _shown(fields: Fields) -> list[tuple[str, str]]:
    cut = ((name, value[:_MAX_FIELD].strip(b" \t\r\n")) for name, value in fields)
    return [(name.decode("ascii", "replace"), value.decode("utf-8", "replace")) for name, value in cut]


def _text(data: bytes) -> str:
    return data.decode("ascii", "surrogateescape")


def nested(raw: bytes, most: int) -> bool:
    """Whether more boundaries than `most` are declared anywhere: each level is looked through once more."""
    found = re.finditer(rb"boundary\s{0,9}[*=]", raw, re.IGNORECASE)
    return next(islice(found, most, None), None) is not None
