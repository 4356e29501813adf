"""A raw header block to a Head. Who wrote a mail is decided here, so whatever is not plain is refused.

Fields are split as servers split them (at line feeds only, RFC 5322 2.2): the mail server that judged the From field
and this reader must see the same one. Where programs disagree about what ends a field or the whole block (a bare CR, a
NUL, a space before the colon), anybody could have put words of their own before the author's: nobody then wrote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.policy import default as modern
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache

from agent.connectors.ports import KEY_HEADER
from agent.understand.text import ADDRESS, decode_words

_MAX_BLOCK = 2_000_000
_MAX_LINES = 5_000
_MAX_FROM = 1_000
_MAX_RECIPIENTS = 20_000  # characters
_FIELD = re.compile(r"([!-9;-~]+)([ \t]*):(.*)", re.DOTALL)
_BLOCK_END = re.compile(rb"(?:\A|\n)\r?\n")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_COMMENTS = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_PLAIN_FROM = re.compile(r"(?:[^<>]*<\s*([^<>\s]+)\s*>|([^<>\s()]+))\s*(?:\([^()]*\))?\s*")
_ONCE = (
    "date",
    "subject",
    "message-id",
    "in-reply-to",
    "references",
    "content-type",
    "content-transfer-encoding",
)
"""Fields that a mail is read by, and has once at most (RFC 5322 3.6, RFC 2045 3); From is looked at by itself."""

_OWN_FIELD = re.compile(rb"(?im)^" + re.escape(KEY_HEADER.encode()) + rb":")

_MACHINE_FIELDS = frozenset(
    (
        "auto-submitted",
        "content-type",
        "from",
        "list-id",
        "precedence",
        "return-path",
        "x-auto-response-suppress",
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-failed-recipients",
        "x-ms-exchange-inbox-rules-loop",
        "x-vacation",
    )
)


@dataclass(frozen=True, slots=True)
class Head:
    """What a header block says. Identifiers keep their angle brackets; addresses are lower-case; `date` is UTC.

    `from_address` is None unless there is exactly one From field with exactly one plain mailbox and no defect.
    `authentication_results` holds the raw unfolded values, the topmost (newest) first. `defects` is for people.
    """

    message_id: str = ""
    from_address: str | None = None
    from_name: str = ""
    to: tuple[str, ...] = ()  # To and Cc
    subject: str = ""
    date: datetime | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    own_key: str | None = None
    authentication_results: tuple[str, ...] = ()
    machine_fields: tuple[tuple[str, str], ...] = ()  # (lower-case name, value), what machine.py looks at
    defects: tuple[str, ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """The values of one of the fields kept for machine.py, in order."""
        return tuple(value for field, value in self.machine_fields if field == name)


def parse_head(headers: bytes) -> Head:
    """Read a header block (what follows an empty line is ignored). Never raises."""
    fields, defects = _split(headers)
    named: dict[str, list[str]] = {}
    for field, value in fields:
        named.setdefault(field, []).append(value)

    def all_of(name: str) -> list[str]:
        return named.get(name, [])

    def first(name: str) -> str:
        return next(iter(all_of(name)), "").strip()

    # A signature covers the lowest of several, readers take the topmost: anybody may have put that one there.
    defects += [f"several {name} fields" for name in _ONCE if len(all_of(name)) > 1]
    from_address, from_name, doubts = _author(all_of("from"), trusted=not defects)
    return Head(
        message_id=_first_id(first("message-id")),
        from_address=from_address,
        from_name=from_name,
        to=_recipients([*all_of("to"), *all_of("cc")]),
        subject=decode_words(first("subject")),
        date=_date(first("date")),
        in_reply_to=_first_id(first("in-reply-to")),
        references=tuple(_MESSAGE_ID.findall(first("references"))[-100:]),
        own_key=first(KEY_HEADER.lower()) if all_of(KEY_HEADER.lower()) else None,
        authentication_results=tuple(all_of("authentication-results")),
        machine_fields=tuple((field, value.strip()) for field, value in fields if field in _MACHINE_FIELDS),
        defects=(*defects, *doubts),
    )


def is_own(headers: bytes) -> bool:
    """Whether a header block has a key of ours, without the rest: half of all mail is our own."""
    return _OWN_FIELD.search(headers) is not None


def _split(headers: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """(lower-case name, unfolded value) in order, and what is wrong with the block."""
    unfolded, defects = _unfolded(headers)
    fields = []
    for number, lines in enumerate(unfolded):
        raw = b"".join(lines)
        if b"\r" in raw or b"\0" in raw:
            defects.append("control character in a header")
        match = _FIELD.fullmatch(_text(raw))
        if match:
            if match[2]:
                defects.append("space before a header's colon")
            fields.append((match[1].lower(), match[3]))
        elif number or not raw.startswith(b"From "):  # an mbox separator is no harm
            defects.append("malformed header line")
    return fields, list(dict.fromkeys(defects))


def _unfolded(headers: bytes) -> tuple[list[list[bytes]], list[str]]:
    """The lines of each field."""
    end = _BLOCK_END.search(headers, 0, _MAX_BLOCK)
    block = headers[: end.start() if end else _MAX_BLOCK]
    defects = ["header block too long: cut"] if len(block) < len(headers) and not end else []
    unfolded: list[list[bytes]] = []
    lines = block.split(b"\n", _MAX_LINES)
    if len(lines) > _MAX_LINES:
        defects.append("header block too long: cut")
    for line in lines[:_MAX_LINES]:
        bare = line.removesuffix(b"\r")
        if not bare:
            break
        if bare[:1] in (b" ", b"\t"):
            if unfolded:
                unfolded[-1].append(bare)
            else:
                defects.append("header block starts with a continuation line")
        else:
            unfolded.append([bare])
    return unfolded, defects


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _author(values: list[str], *, trusted: bool) -> tuple[str | None, str, list[str]]:
    """The one author's address (or None), name, and why there is none (FACTS: RFC 5322 3.6.2, read strictly)."""
    if len(values) != 1:
        return None, "", ["no From field" if not values else "several From fields"]
    value = values[0].replace("\t", " ").strip()
    if len(value) > _MAX_FROM:
        return None, "", ["From field too long"]
    address, name, defect = _mailbox(value)
    if defect or not trusted:
        return None, name, [defect or "From in a malformed header"]
    return address, name, []


@lru_cache(maxsize=1000)  # the same few people write, and the library takes its time
def _mailbox(value: str) -> tuple[str | None, str, str]:
    try:
        header = modern.header_factory("From", value)
        boxes, defects = header.addresses, header.defects
        name = decode_words(boxes[0].display_name) if boxes else ""
    except Exception:  # noqa: BLE001 - the parser raises IndexError, ValueError and others on hostile values
        return None, "", "unreadable From field"
    if len(boxes) != 1 or any(group.display_name is not None for group in header.groups):
        return None, name, "From is not exactly one mailbox"
    # The library decodes and repairs; a second, stricter look at the raw value must find the same address.
    seen = _PLAIN_FROM.fullmatch(_COMMENTS.sub(" ", value))
    written = (seen[1] or seen[2]).lower() if seen else ""
    plain = ADDRESS.fullmatch(written) and "=?" not in written and _COMMENTS.sub(" ", value).count("@") == 1
    if defects or not plain or written != boxes[0].addr_spec.lower() or not value.isprintable():
        return None, name, "From is not one plain mailbox"
    return written, name, ""


def _recipients(values: list[str]) -> tuple[str, ...]:
    if len(values) == 1 and ADDRESS.fullmatch(alone := values[0].strip(" \t").lower()):
        return (alone,)
    try:
        whole = ",".join(values)
        # Cut between addresses: half of one could be somebody else's.
        found = getaddresses([whole if len(whole) <= _MAX_RECIPIENTS else whole[:_MAX_RECIPIENTS].rpartition(",")[0]])
    except Exception:  # noqa: BLE001 - as above; no recipient is then known
        return ()
    addresses = (address.lower() for _, address in found)
    return tuple(dict.fromkeys(address for address in addresses if ADDRESS.fullmatch(address)))


def _first_id(value: str) -> str:
    match = _MESSAGE_ID.search(value)
    return match[0] if match else ""


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value[:200])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:  # noqa: BLE001 - TypeError, ValueError, OverflowError, IndexError on nonsense
        return None
