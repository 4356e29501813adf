"""Mails as the demo's people see them: read, looked through, taken from the post."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage


def parse(raw: bytes) -> EmailMessage:
    """A raw mail as a mail program reads it."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 -- what policy.default makes
    return message


def body(message: EmailMessage) -> str:
    """Its plain text."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def same_signs(text: str) -> str:
    """Typography put aside: words are found whatever apostrophes and spaces stand between them."""
    return " ".join(text.replace("’", "'").split())


def shown_name(message: EmailMessage, header: str) -> str:
    first = message[header].addresses[0]
    return str(first.display_name or first.addr_spec)


def opened(raw: bytes) -> tuple[list[str], bytes]:
    """The recipients of a letter at the post office, and the letter."""
    recipients = []
    while raw.startswith((b"Return-Path:", b"Delivered-To:")):
        line, _, raw = raw.partition(b"\n")
        if line.startswith(b"Delivered-To:"):
            recipients.append(line.partition(b":")[2].strip().decode())
    return recipients, raw
