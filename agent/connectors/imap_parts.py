"""A large mail without its large attachments (BODYSTRUCTURE, RFC 9051 7.5.2): what is written comes, 30 MB stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from agent.errors import UnreadableError

if TYPE_CHECKING:
    from imapclient import IMAPClient

_MOST_PARTS = 100
_DEEPEST = 10
_READ = (
    b".txt",
    b".md",
    b".vtt",
    b".srt",
    b".ics",
    b".eml",
)  # files that may hold words
_Part = Any  # imapclient's BodyData, untyped: a list of parts first in a multipart, else type, subtype, parameters, ...


def without_attachments(client: IMAPClient, uid: int, limit: int) -> bytes | None:
    """The mail in its own structure, parts beyond `limit` bytes in all left empty, the smallest kept; None if gone.

    UnreadableError where words would be lost, or the structure makes no sense.
    """
    answer = client.fetch([uid], ["BODYSTRUCTURE", "BODY.PEEK[HEADER]"]).get(uid)
    if answer is None:
        return None
    whole, header = answer[b"BODYSTRUCTURE"], answer[b"BODY[HEADER]"]
    if not whole.is_multipart:
        raise UnreadableError("it is one single part, too large to be read")
    leaves = dict(_leaves(whole, ""))
    if len(leaves) > _MOST_PARTS:
        raise UnreadableError(f"it has more than {_MOST_PARTS} parts")
    kept, room = [], limit
    for path, leaf in sorted(leaves.items(), key=lambda item: _size(item[1])):
        room -= _size(leaf)
        if room >= 0:
            kept.append(path)
        elif _holds_words(leaf):
            raise UnreadableError("what is written in it is too large to be read")
    heads = [f"BODY.PEEK[{path}.MIME]" for path in _paths(whole, "")]
    found = client.fetch([uid], [*heads, *(f"BODY.PEEK[{path}]" for path in kept)]).get(uid)
    return None if found is None else header.rstrip(b"\r\n") + b"\r\n\r\n" + _body(whole, "", found)


def _leaves(part: _Part, path: str, depth: int = 0) -> Iterator[tuple[str, _Part]]:
    if depth > _DEEPEST:
        raise UnreadableError(f"its parts lie more than {_DEEPEST} deep")
    for number, child in enumerate(part[0], 1):
        here = f"{path}.{number}".lstrip(".")
        if child.is_multipart:
            yield from _leaves(child, here, depth + 1)
        else:
            yield here, child


def _paths(part: _Part, path: str) -> Iterator[str]:
    """Of every part but the whole mail."""
    for number, child in enumerate(part[0], 1):
        here = f"{path}.{number}".lstrip(".")
        yield here
        if child.is_multipart:
            yield from _paths(child, here)


def _body(part: _Part, path: str, found: dict[bytes, bytes | None]) -> bytes:
    """A multipart's body (RFC 2046 5.1.1), put together again."""
    mark = b"--" + _boundary(part)
    pieces = []
    for number, child in enumerate(part[0], 1):
        here = f"{path}.{number}".lstrip(".")
        head = (found.get(f"BODY[{here}.MIME]".encode()) or b"").rstrip(b"\r\n")
        text = _body(child, here, found) if child.is_multipart else found.get(f"BODY[{here}]".encode()) or b""
        pieces.append(mark + b"\r\n" + (head + b"\r\n" if head else b"") + b"\r\n" + text + b"\r\n")
    return b"".join(pieces) + mark + b"--\r\n"


def _boundary(part: _Part) -> bytes:
    parameters = part[2] if len(part) > 2 and isinstance(part[2], tuple) else ()
    for name, value in zip(parameters[::2], parameters[1::2], strict=False):
        if bytes(name).lower() == b"boundary":
            return bytes(value)
    raise UnreadableError("its structure names no boundary")


def _size(leaf: _Part) -> int:
    """In bytes, as encoded."""
    return leaf[6] if len(leaf) > 6 and isinstance(leaf[6], int) else 0


def _holds_words(leaf: _Part) -> bool:
    kind = bytes(leaf[0] or b"").lower()
    return kind in {b"text", b"message"} or any(text.lower().endswith(_READ) for text in _texts(leaf))


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _texts(one)
