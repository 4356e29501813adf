"""What every mail connector must agree on: where a header block ends, and how one of our own mails is recognised."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache

from agent.connectors.ports import KEY_HEADER
from agent.errors import TerminalError

BATCH = 500
"""Mails given by one poll at most."""

HEADER_LIMIT = 256 * 1024
"""Bytes of a header block that are read at most: a mail of nothing but headers must not fill the memory."""


def header_block(raw: bytes) -> bytes | None:
    """The header block of `raw`, up to and without the empty line (RFC 5322 2.1); None if no empty line is in it."""
    if raw.startswith((b"\n", b"\r\n")):
        return b""
    end = raw.find(b"\n\r\n")
    bare = raw.find(b"\n\n", 0, end if end >= 0 else None)  # line ends may be mixed: the first empty line counts
    first = bare if bare >= 0 else end
    return raw[: first + 1] if first >= 0 else None


def bounded_headers(raw: bytes) -> bytes:
    """The header block of `raw`, or all there is, cut at HEADER_LIMIT."""
    raw = raw[:HEADER_LIMIT]
    block = header_block(raw)
    return raw if block is None else block


def message_id(headers: bytes) -> str:
    """The Message-ID with its angle brackets, or an empty string."""
    return next(iter(_values(_parsed(headers), "Message-ID")), "")


def carries(headers: bytes, wanted_id: str, key: str) -> bool:
    """Whether the mail has this Message-ID or this key header. An empty one matches nothing."""
    parsed = _parsed(headers)
    return bool(
        (wanted_id and wanted_id in _values(parsed, "Message-ID")) or (key and key in _values(parsed, KEY_HEADER))
    )


def marks(headers: bytes) -> frozenset[str]:
    """What one of our mails is known by: its Message-IDs and its keys."""
    parsed = _parsed(headers)
    return frozenset((*_values(parsed, "Message-ID"), *_values(parsed, KEY_HEADER)))


def own_date(headers: bytes) -> datetime | None:
    """The Date header in UTC, None if it makes no sense. For our own mails only: others' dates are their own tale."""
    try:
        date = parsedate_to_datetime(next(iter(_values(_parsed(headers), "Date")), ""))
    except ValueError:
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def check_envelope(sender: str, recipients: tuple[str, ...]) -> None:
    """TerminalError unless every address can stand between angle brackets. An empty sender is the null one."""
    if not recipients or "" in recipients:
        raise TerminalError("a message without recipients cannot be sent")
    for address in (sender, *recipients):
        if re.search(r"[\s<>\x00-\x1f\x7f]", address):
            raise TerminalError(f"not an address that can be sent to: {address!r}")


def check_named(headers: bytes, recipients: tuple[str, ...], server: str) -> None:
    """For a `server` that sends to whom the message names: TerminalError unless these are exactly its recipients.

    Bcc counts too: such a server sends to it, and takes it out. Resent fields (RFC 5322 3.6.6) would add others.
    """
    parsed = _parsed(headers)
    fields = [str(value) for name in ("To", "Cc", "Bcc") for value in parsed.get_all(name, [])]
    named = {address.lower() for _, address in getaddresses(fields) if address}
    if named != {address.lower() for address in recipients}:
        raise TerminalError(
            f"{server} would follow the message, which names {', '.join(sorted(named)) or 'nobody'}, and is meant for"
            f" {', '.join(sorted(recipients))}"
        )
    if any(name.lower().startswith("resent-") for name in parsed):
        raise TerminalError(f"a message with Resent fields is not sent through {server}")


@lru_cache(maxsize=2)  # the same mail is asked for its id, its date and its key
def _parsed(headers: bytes) -> Message:
    return BytesHeaderParser().parsebytes(headers)


def _values(parsed: Message, name: str) -> list[str]:
    # str(): compat32 gives a Header object for undecodable bytes; the join undoes folding.
    return ["".join(str(value).split()) if name != "Date" else str(value) for value in parsed.get_all(name, [])]
