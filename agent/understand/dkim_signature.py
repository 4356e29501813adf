"""Whether the author's own domain signed a mail (RFC 6376), for mailboxes whose server does not say so itself.

The library does the cryptography. Stricter than the RFC, because an answer is acted upon: the domain is exactly the
author's (RFC 7489 3.1.1, strict), everything an answer is read by is signed and stands there once, the whole body is
signed, and what is old is a replay. Whatever fails, DNS included, is no proof.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.connectors.ports import TextRecords
from agent.understand.headers import Head

_MAX_BLOCK = 64_000  # characters of a header block, and below: what keeps the library's regexes from running for long
_MAX_FIELD = 8_000
_MAX_GAP = 80
_MAX_NAMES = 100
_MAX_MAIL = 1_000_000
_MAX_BLANKS = 150
_MAX_LINES = 20_000  # each costs the library a hundred bytes
_MAX_SIGNATURES = 3
_MIN_KEY = 1024  # bits, RFC 8301 3.2
_SIGNED = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")
_ALGORITHMS = frozenset((b"rsa-sha256", b"ed25519-sha256"))  # RFC 8301 3.1, RFC 8463
_END = re.compile(rb"\r?\n\r?\n")
_SEVERAL = re.compile(rb"\s{%d}" % _MAX_GAP)
_SELECTOR = re.compile(rb"[A-Za-z0-9_.-]{1,200}")


@dataclass(frozen=True, slots=True)
class Signed:
    """When a mail was received (UTC), and how old it may then be by its own Date: an older one is a replay."""

    received_at: datetime
    oldest: timedelta


def signed_by_author(raw: bytes, head: Head, when: Signed, lookup: TextRecords) -> bool:
    """Whether a valid signature of the From domain covers the whole mail. `head` is that of `raw`. Never raises."""
    if not _may_be_read(raw) or head.from_address is None or not fresh(head, when):
        return False
    from dkim import DKIM  # noqa: PLC0415 -- 60 ms, and few mails need it

    domain = head.from_address.rpartition("@")[2].encode()
    try:
        message = DKIM(raw, minkey=_MIN_KEY)
    except Exception:  # noqa: BLE001 - the library raises whatever a hostile block leads to
        return False
    names = Counter(name.lower() for name, _ in message.headers)
    values = [value for name, value in message.headers if name.lower() == b"dkim-signature"]

    def valid(number: int, value: bytes) -> bool:
        try:
            claims = _claims(value, domain, names, when.received_at)
            return claims and message.verify(number, dnsfunc=_key_of(lookup)) is True
        except Exception:  # noqa: BLE001 - as above; another signature may still be valid
            return False

    return any(valid(number, value) for number, value in enumerate(values[:_MAX_SIGNATURES]))


def fresh(head: Head, when: Signed) -> bool:
    """Whether a mail says when it was written, and that is not long before it came."""
    return head.date is not None and when.received_at - head.date <= when.oldest


def _may_be_read(raw: bytes) -> bool:
    """Whether the library reads this in a blink; no honest mail is refused that a person wrote."""
    end = _END.search(raw, 0, _MAX_BLOCK)
    if end is None or len(raw) > _MAX_MAIL or raw.count(b"\n") > _MAX_LINES:
        return False
    return b" " * _MAX_BLANKS not in raw.replace(b"\t", b" ")


def _claims(value: bytes, domain: bytes, names: Mapping[bytes, int], received_at: datetime) -> bool:
    """Whether a signature, if it is valid, says enough: by whom, over what, until when."""
    from dkim.util import parse_tag_value  # noqa: PLC0415 -- as above

    if len(value) > _MAX_FIELD or _SEVERAL.search(value):
        return False
    tags = parse_tag_value(value)
    if tags.get(b"a") not in _ALGORITHMS or b"l" in tags or tags.get(b"d", b"").lower() != domain:
        return False
    agent = tags.get(b"i", b"@" + domain).rpartition(b"@")[2].lower()
    if not _SELECTOR.fullmatch(tags.get(b"s", b"")) or agent != domain:
        return False
    if b"x" in tags and int(tags[b"x"]) <= received_at.timestamp():
        return False
    covered = Counter(name.strip().lower() for name in tags.get(b"h", b"").split(b":"))
    if len(covered) > _MAX_NAMES or covered[b"from"] < 1:
        return False
    once = all(names[name] <= 1 for name in map(str.encode, _SIGNED))
    missing = any(names[name] and not covered[name] for name in map(str.encode, _SIGNED))
    added = any(names[name] > count for name, count in covered.items())
    return once and not missing and not added


def _key_of(lookup: TextRecords) -> Callable[..., bytes | None]:
    """How the library asks for a key; None where there is not exactly one that is meant for mail (RFC 6376 3.6.1)."""
    from dkim.util import parse_tag_value  # noqa: PLC0415 -- as above

    def key(name: bytes, timeout: float = 0) -> bytes | None:
        records = lookup(name.decode("ascii"))
        if len(records) != 1 or len(records[0]) > _MAX_FIELD:
            return None
        tags = parse_tag_value(records[0])
        hashes, services, flags = (tags.get(name) for name in (b"h", b"s", b"t"))
        testing = flags is not None and b"y" in _list(flags)
        other_hash = hashes is not None and b"sha256" not in _list(hashes)
        other_use = services is not None and not {b"*", b"email"} & _list(services)
        return None if testing or other_hash or other_use else records[0]

    return key


def _list(value: bytes) -> set[bytes]:
    return {part.strip().lower() for part in value.split(b":")}
