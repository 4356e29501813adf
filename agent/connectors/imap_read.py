"""Which mails of an open folder are new, and their headers: bounded searches, few round trips, no body.

An inbox that is only appended to needs UIDNEXT: what is new lies at or above the last one seen. Flags and deletions do
not matter to us, so CONDSTORE and QRESYNC (RFC 7162), which tell those, would cost a round trip and buy nothing.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from agent.connectors.imap_cursor import Place
from agent.connectors.ports import Folder, MailHead, MailRef
from agent.connectors.rawmail import HEADER_LIMIT, bounded_headers

if TYPE_CHECKING:
    from imapclient import IMAPClient

_ITEMS = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>)"
_WIDEST = 50_000  # UIDs asked about in one SEARCH: an answer of 200,000 numbers would be held as a whole
_AT_ONCE = 1500  # UIDs in one FETCH: Dovecot refuses lines that are too long
_MONTHS = {month: n for n, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_HEADER = re.compile(rb"\bBODY\[HEADER\]<0> \{\d+\}$")


_Item: TypeAlias = tuple[int, datetime, int, bytes]
"""UID, when it came (UTC), its size, its headers."""


def complete(imap: Any, name: str, tag: Any) -> None:
    """Read on until a command that was sent before is answered; imaplib's error unless with OK."""
    kind, said = imap._command_complete(name, tag)
    if kind != "OK":
        raise imaplib.IMAP4.error(f"{name}: {kind} {said!r}")


def uids_from(client: IMAPClient, place: Place, end: int, most: int) -> tuple[list[int], int]:
    """Up to `most` UIDs of the open folder that `place` has not given, and the first UID that was not looked at.

    `end` is UIDNEXT. SINCE knows days only, in whatever zone the server used: a day more is asked.
    """
    found: list[int] = []
    next_, window = place.next, most
    while next_ < end and len(found) < most:
        backlog = next_ < place.start
        stop = min(next_ + window, end, place.start if backlog else end)
        criteria: list[Any] = ["UID", f"{next_}:{stop - 1}"]
        if backlog:
            criteria += ["SINCE", (place.since.astimezone(UTC) - timedelta(days=1)).date()]
        here = sorted(client.search(criteria))
        window = most if here else min(4 * window, _WIDEST)
        found += here
        next_ = stop
    if len(found) > most:
        return found[:most], found[most]
    return found, next_


def heads_of(client: IMAPClient, folder: Folder, place: Place, uids: list[int]) -> tuple[list[MailHead], int]:
    """The heads of these UIDs that count for `place`, ascending, and how many bytes they took."""
    wanted = set(uids)
    size = 0
    heads = {}
    for uid, received, octets, headers in _fetched(client, uids):
        size += len(headers)
        if uid in wanted and (uid >= place.start or received >= place.since):
            ref = MailRef(folder, f"{place.validity}.{uid}")
            heads[uid] = MailHead(ref, bounded_headers(headers), octets, received)
    return [heads[uid] for uid in sorted(heads)], size


def _fetched(client: IMAPClient, uids: list[int]) -> Iterator[_Item]:
    """All commands leave in one breath: while one answer is read, the server is busy with the next."""
    imap: Any = client._imap
    chunks = [uids[start : start + _AT_ONCE] for start in range(0, len(uids), _AT_ONCE)]
    for tag in [imap._command("UID", "FETCH", ranges(chunk), _ITEMS) for chunk in chunks]:
        complete(imap, "FETCH", tag)
        answer = imap.untagged_responses.pop("FETCH", [])
        items = _plain(answer)
        yield from _parsed(answer) if items is None else items


def ranges(uids: list[int]) -> str:
    """Ascending UIDs as a sequence set, such as 1:3,7: whoever lists thousands one by one is refused."""
    parts: list[str] = []
    first = last = uids[0]
    for uid in (*uids[1:], 0):
        if uid != last + 1:
            parts.append(f"{first}:{last}" if last > first else str(first))
            first = uid
        last = uid
    return ",".join(parts)


def _plain(answer: list[Any]) -> list[_Item] | None:
    """The answer where each mail is one line with one literal, as nearly every server writes it; None otherwise.

    IMAPClient's lexer takes a character at a time, which for a first look is three quarters of the time.
    """
    items: list[_Item] = []
    lines = 0
    for number, part in enumerate(answer):
        if part is None or isinstance(part, bytes):
            lines += part is not None  # the rest of the part before
            continue
        line, literal = part
        after = answer[number + 1] if number + 1 < len(answer) else b""
        if not _HEADER.search(line) or not isinstance(after, bytes) or not after.endswith(b")"):
            return None
        text = line + after
        uid, size, date = _UID.search(text), _SIZE.search(text), _DATE.search(text)
        if not (uid and size and date):
            return None
        items.append((int(uid[1]), _instant(date), int(size[1]), literal))
    return items if lines == len(items) else None  # a mail without a literal: its header is quoted, or NIL


def _instant(date: re.Match[bytes]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = date.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-offset if sign == b"-" else offset)
        local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return _NO_DATE  # one mail with a date that is none must not hide the others


def _parsed(answer: list[Any]) -> list[_Item]:
    """The answer as the library reads it, whatever its shape."""
    from imapclient.response_parser import parse_fetch_response  # noqa: PLC0415 -- as imap_login imports it

    items: list[_Item] = []
    for uid, data in parse_fetch_response(answer, normalise_times=False, uid_is_key=True).items():
        if b"INTERNALDATE" in data:  # a change of flags, told in between, has none
            headers = next(value for name, value in data.items() if name.startswith(b"BODY[HEADER]"))
            received = data[b"INTERNALDATE"]
            items.append(
                (uid, received.astimezone(UTC) if received else _NO_DATE, data[b"RFC822.SIZE"], headers or b"")
            )
    return items
