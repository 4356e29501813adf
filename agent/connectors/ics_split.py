"""A published calendar's one text to the entries in it: a series with its exceptions is one, as in CalDAV.

It is cut at lines and not parsed: what an entry means is `agent.occurrences`' business, and one that cannot be read
must not take the others along. But text that is cut off, or no calendar, is never taken for an emptier calendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from agent.errors import TransientError

_FOLD = re.compile(r"\n[ \t]")
_WHOLE = ("VERSION", "PRODID", "CALSCALE", "X-WR-TIMEZONE")
"""What an entry needs of the calendar it was in (RFC 5545 3.6)."""

_PASSING = re.compile(r"^DTSTAMP[:;].*\n", re.MULTILINE | re.IGNORECASE)
"""When the text was made (RFC 5545 3.8.7.2): many servers write the time of the request."""


def split(text: str) -> dict[str, str]:
    """Entries by name, each a calendar of its own with the zones it uses. TransientError for what is no calendar.

    A name is made of the entry's UID; entries without one, which are against RFC 5545, are named by their content.
    """
    lines = _FOLD.sub("", text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    head: list[str] = []
    zones: dict[str, str] = {}
    entries: dict[str, list[str]] = {}
    for name, part in _parts([line for line in lines if line.strip()]):
        if name == "VTIMEZONE":
            zones[_value(part, "TZID")] = "\n".join(part)
        elif name == "VEVENT":
            block = "\n".join(part)
            entries.setdefault(_value(part, "UID") or sha256(block.encode()).hexdigest()[:32], []).append(block)
        elif not name and part[0].partition(":")[0].partition(";")[0].upper() in _WHOLE:
            head += part
    return {uid: _calendar(head, zones, blocks) for uid, blocks in entries.items()}


def mark(ics: str) -> str:
    """Changes with the entry's content, and not with the time at which the server wrote it out."""
    return sha256(_PASSING.sub("", ics).encode()).hexdigest()[:16]


def _parts(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The components right below VCALENDAR, each with its name, and the calendar's own properties with none."""
    depth: list[str] = []
    part: list[str] = []
    for line in lines:
        name, _, value = line.strip().partition(":")
        kind, value = name.upper(), value.strip().upper()
        if kind == "BEGIN":
            depth.append(value)
            part = [line] if len(depth) == 2 else [*part, line]
        elif kind == "END":
            if not depth or depth.pop() != value:
                raise TransientError("gave a calendar that is broken or cut off")
            part.append(line)
            if len(depth) == 1:
                yield value, part
        elif len(depth) == 1:
            yield "", [line]
        elif depth:
            part.append(line)
        else:
            raise TransientError("gave something that is no calendar; a web page, perhaps, that asks for a login")
        if depth and depth[0] != "VCALENDAR":
            raise TransientError("gave something that is no calendar")
    if depth or not lines:
        raise TransientError("gave a calendar that is empty or cut off")


def _value(part: list[str], name: str) -> str:
    """The first value of a component's own property; "" for none."""
    inner = 0
    for line in part[1:]:
        key, _, value = line.partition(":")
        word = key.partition(";")[0].upper()
        inner += (word == "BEGIN") - (word == "END")
        if word == name and inner == 0:
            return value.strip()
    return ""


def _calendar(head: list[str], zones: dict[str, str], blocks: list[str]) -> str:
    body = "\n".join(blocks)
    used = [text for name, text in zones.items() if name in body]
    parts = ["BEGIN:VCALENDAR", *head, *used, body, "END:VCALENDAR"]
    return "\n".join(parts) + "\n"
