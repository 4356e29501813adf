"""Machines are not people (P9): tells delivery reports, automatic replies, lists and receipts from written mail.

A school's own notices are automatic too (Auto-Submitted: auto-generated): look for an assignment before asking here.
"""

from __future__ import annotations

import re
from enum import StrEnum

from agent.understand.headers import Head
from agent.understand.mail import Mail


class Machine(StrEnum):
    """What kind of program wrote a mail."""

    BOUNCE = "bounce"  # a delivery report (RFC 3464), or a failure in a server's own words
    AUTO_REPLY = "auto_reply"  # RFC 3834
    LIST = "list"  # RFC 2919, and bulk mail
    CALENDAR = "calendar"  # an answer to an invitation (RFC 6047)
    RECEIPT = "receipt"  # a disposition notification (RFC 8098)


OUT_OF_OFFICE = (
    "absence du bureau",
    "absent du bureau",
    "absent(e) du bureau",
    "absente du bureau",
    "auto reply",
    "auto:",
    "automatic reply",
    "autoreply",
    "auto-reply",
    "auto response",
    "autoresponse",
    "message d'absence",
    "notification d'absence",
    "out of office",
    "out of the office",
    "out-of-office",
    "réponse automatique",
    "reponse automatique",
)
"""How the subjects of automatic replies begin, French and English, lower case."""

_DAEMON = re.compile(r"(?:^|[\s<\"])(?:mailer-daemon|postmaster)(?:@|[\s>\"(]|$)", re.IGNORECASE)
_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([a-z-]+)", re.IGNORECASE)
_CALENDAR_METHOD = re.compile(r"^METHOD:(?:REPLY|COUNTER|REFRESH)\s*$", re.MULTILINE | re.IGNORECASE)
_CALENDAR_TYPE = re.compile(r"text/calendar\b.*method=\"?(?:reply|counter|refresh)", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,900}>)", re.MULTILINE | re.IGNORECASE)
_RECIPIENT = re.compile(
    r"^(?:Final|Original)-Recipient:[^;\n]*;\s*<?([^\s<>;]+@[^\s<>;]+)", re.MULTILINE | re.IGNORECASE
)
_ACTION = re.compile(r"^Action:\s*([a-z]+)", re.MULTILINE | re.IGNORECASE)


def machine(head: Head, mail: Mail | None = None) -> Machine | None:
    """What kind of program wrote this; None for a person. The body, when given, only adds calendar answers."""
    if kind := _report(head):
        return kind
    if head.values("x-failed-recipients") or any(_DAEMON.search(value) for value in head.values("from")):
        return Machine.BOUNCE
    if _automatic(head):
        return Machine.AUTO_REPLY
    if _calendar(head, mail):
        return Machine.CALENDAR
    if head.values("list-id") or _precedence(head) & {"bulk", "list", "junk"}:
        return Machine.LIST
    # Last: automatic replies have a null return path too (RFC 3834 3.3).
    return Machine.BOUNCE if any(value.strip() == "<>" for value in head.values("return-path")) else None


def failed_message_id(mail: Mail) -> str | None:
    """The Message-ID, with angle brackets, of the mail that a bounce returns; None when it does not say."""
    for part in mail.machine_parts:
        if part.media_type in ("message/rfc822", "text/rfc822-headers") and (found := _MESSAGE_ID.search(part.text)):
            return found[1]
    if found := _MESSAGE_ID.search(mail.text):  # failures in prose quote the original below
        return found[1]
    return mail.head.in_reply_to or (mail.head.references[-1] if mail.head.references else None)


def failed_recipients(mail: Mail) -> tuple[str, ...]:
    """Lower-case addresses that a bounce calls failed, each once; none for a mere delay (RFC 3464 2.3.3)."""
    found: list[str] = []
    for part in mail.machine_parts:
        if part.media_type == "message/delivery-status":
            for block in re.split(r"\n\s*\n", part.text):
                action = _ACTION.search(block)
                if action is None or action[1].lower() == "failed":
                    found += _RECIPIENT.findall(block)[:1]
    for value in mail.head.values("x-failed-recipients"):
        found += [word for word in re.split(r"[\s,<>;]+", value) if "@" in word]
    return tuple(dict.fromkeys(address.lower() for address in found))


def _report(head: Head) -> Machine | None:
    for value in head.values("content-type"):
        if not value.lower().startswith("multipart/report"):
            continue
        kind = _REPORT_TYPE.search(value)
        receipt = kind is not None and kind[1].lower() == "disposition-notification"
        return Machine.RECEIPT if receipt else Machine.BOUNCE
    return None


def _automatic(head: Head) -> bool:
    # The keyword may carry parameters and comments (RFC 3834 5).
    keywords = {re.split(r"[;(\s]", value.strip(), maxsplit=1)[0].lower() for value in head.values("auto-submitted")}
    return bool(
        keywords - {"no"}
        or head.values("x-autoreply")
        or head.values("x-autorespond")
        or _precedence(head) & {"auto_reply", "auto-reply"}
        or head.subject.lower().replace("’", "'").startswith(OUT_OF_OFFICE)
    )


def _precedence(head: Head) -> set[str]:
    return {value.strip().lower() for value in head.values("precedence")}


def _calendar(head: Head, mail: Mail | None) -> bool:
    if any(_CALENDAR_TYPE.match(value) for value in head.values("content-type")):
        return True
    parts = mail.machine_parts if mail else ()
    return any(part.media_type == "text/calendar" and _CALENDAR_METHOD.search(part.text) for part in parts)
