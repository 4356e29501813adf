"""The header blocks of mails on an Exchange server, as cheaply as it can give them.

A mail that came by SMTP has its block as a property. One that was written here has none: a small one is fetched whole,
of a large one the block is made from its properties, for thirty megabytes are not read for two kilobytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from exchangelib.account import Account
from exchangelib.errors import EWSError
from exchangelib.util import TNS

from agent.connectors import ews_requests as ews
from agent.connectors.ews_requests import Element, Key, TransportHeaders
from agent.connectors.ports import KEY_HEADER, Folder, MailHead, MailRef
from agent.connectors.rawmail import bounded_headers, carries

SMALL = 64 * 1024
"""Bytes up to which a mail without a block of its own is fetched whole."""

_AT_ONCE = 4 * 1024 * 1024  # bytes of whole mails in one answer

_MIME = ews.field("mime_content")
_PROPERTIES = tuple(
    ews.field(name)
    for name in (
        "author",
        "to_recipients",
        "cc_recipients",
        "subject",
        "datetime_sent",
        "message_id",
        "in_reply_to",
        "references",
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """A mail as a folder lists it."""

    id: str
    received: datetime
    size: int
    message: bool  # an ordinary mail, which has every property of one


def heads(account: Account, folder: Folder, found: Sequence[Found]) -> list[MailHead]:
    """One for each, in the same order; what is no longer there is left out."""
    blocks: dict[str, bytes] = {}
    rest: dict[str, Found] = {}
    by_id = {one.id: one for one in found}
    keys: dict[str, str] = {}
    for item_id, answer in ews.get(account, list(by_id), ews.extended(TransportHeaders), ews.extended(Key)):
        if isinstance(answer, EWSError):
            if not gone(answer):
                blocks[item_id] = b""  # it cannot be read, and is not to be skipped
            continue
        keys[item_id] = ews.extended_text(answer, Key)
        if block := ews.extended_text(answer, TransportHeaders):
            blocks[item_id] = bounded_headers(wire(block))
        else:
            rest[item_id] = by_id[item_id]
    blocks |= dict(_written_here(account, rest))
    return [
        MailHead(MailRef(folder, one.id), _keyed(blocks[one.id], keys.get(one.id, "")), one.size, one.received)
        for one in found
        if one.id in blocks
    ]


def gone(error: EWSError) -> bool:
    """Whether an item was moved or deleted."""
    return type(error).__name__ in ("ErrorItemNotFound", "ErrorInvalidIdMalformed", "ErrorInvalidId")


def mime(item: Element) -> bytes | None:
    """The whole mail; None where the server gave none."""
    content = ews.text(item, "MimeContent")
    return base64.b64decode(content) if content else None


def wire(block: str) -> bytes:
    """With the line ends it had: XML knows only one kind."""
    lines = block.replace("\r\n", "\n").rstrip("\n")
    if lines.startswith("Microsoft Mail Internet Headers"):  # a title of old servers
        lines = lines.partition("\n")[2]
    return lines.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n"


def _written_here(account: Account, found: dict[str, Found]) -> Iterator[tuple[str, bytes]]:
    large = [one.id for one in found.values() if one.message and one.size > SMALL]
    unread: list[str] = []
    for batch in _batches([one for one in found.values() if one.id not in large]):
        for item_id, answer in ews.get(account, batch, _MIME):
            if isinstance(answer, EWSError):
                unread += [] if gone(answer) else [item_id]
            elif (raw := mime(answer)) is not None:
                yield item_id, bounded_headers(raw)
            else:
                yield item_id, b""  # a mail of nothing
    readable = [one for one in unread if found[one].message]
    yield from ((one, b"") for one in unread if one not in readable)
    for item_id, answer in ews.get(account, large + readable, *_PROPERTIES):
        if not isinstance(answer, EWSError):
            yield item_id, _made(answer)
        elif not gone(answer):
            yield item_id, b""


def _batches(found: list[Found]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for one in found:
        if batch and size + one.size > _AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(one.id)
        size += one.size
    if batch:
        yield batch


def _made(item: Element) -> bytes:
    """A header block that says what the item's properties say."""
    made = EmailMessage(policy=SMTP)
    for name, tag in (("From", "From"), ("To", "ToRecipients"), ("Cc", "CcRecipients")):
        if addresses := _addresses(item, tag):
            made[name] = addresses
    if subject := " ".join(ews.text(item, "Subject").split()):
        made["Subject"] = subject
    if sent := ews.moment(item, "DateTimeSent"):
        made["Date"] = format_datetime(sent)
    for name, tag in (("Message-ID", "InternetMessageId"), ("In-Reply-To", "InReplyTo"), ("References", "References")):
        if value := " ".join(ews.text(item, tag).split()):
            made[name] = value
    return bounded_headers(made.as_bytes())


def _addresses(item: Element, tag: str) -> list[Address]:
    container = item.find(f"{{{TNS}}}{tag}")
    found = [] if container is None else list(container.iter(f"{{{TNS}}}Mailbox"))
    addresses = []
    for mailbox in found:
        try:
            addresses.append(Address(ews.text(mailbox, "Name"), addr_spec=ews.text(mailbox, "EmailAddress")))
        except (ValueError, IndexError):  # a name of the organisation's own, without an SMTP address
            continue
    return addresses


def _keyed(block: bytes, key: str) -> bytes:
    """With our key, where the item has it and its header block lost it."""
    if not key or carries(block, "", key):
        return block
    return block + f"{KEY_HEADER}: {key}\r\n".encode()
