"""Mail that no person wrote (P9): what kind it is. What a delivery report says is read in delivery_report.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from agent.understand.delivery_report import Report, report
from agent.understand.headers import Head
from agent.understand.machine_words import MachineWords, shipped
from agent.understand.mail import Mail
from agent.understand.text import decode_words, folded


class Machine(StrEnum):
    """Kinds of automatic mail."""

    BOUNCE = "bounce"  # a letter was not delivered (RFC 3464, or in prose)
    DELAY = "delay"  # a letter is late; its server goes on trying
    AUTO_REPLY = "auto_reply"  # out-of-office and the like (RFC 3834)
    LIST = "list"
    CALENDAR = "calendar"  # an answer to an invitation (RFC 6047)
    RECEIPT = "receipt"  # a disposition notification (RFC 8098), or a report that a letter arrived
    CHALLENGE = "challenge"  # the recipient's server wants to be shown that a person wrote


_REPORT_TYPE = re.compile(r"report-type\s*=\s*\"?([a-z-]+)", re.IGNORECASE)
_CALENDAR_METHOD = re.compile(r"^METHOD:(?:REPLY|COUNTER|REFRESH)\s*$", re.MULTILINE | re.IGNORECASE)
_CALENDAR_TYPE = re.compile(r"text/calendar\b[^\n]{0,200}?method=\"?(?:reply|counter|refresh)", re.IGNORECASE)
_ARRIVED = {"delivered", "relayed", "expanded"}
_WORD = re.compile(r"[\w.+-]+")


def machine(head: Head, mail: Mail | None = None) -> Machine | None:
    """What kind of program wrote this; None for a person.

    The head alone tells nearly always. The body, when given, adds calendar answers and tells a delay from a failure.
    """
    words = shipped()
    subject = folded(head.subject)
    if kind := _report(head, subject, words) or _daemon(head, subject, words):
        return _refined(kind, mail, words)
    if _calendar(head, mail):  # before automatic mail: calendar services say Auto-Submitted as well
        return Machine.CALENDAR
    if _challenge(head, subject, words):
        return Machine.CHALLENGE
    if _automatic(head, subject, words):
        returned = mail is not None and any(part.media_type == "message/delivery-status" for part in mail.machine_parts)
        return _refined(Machine.BOUNCE, mail, words) if returned else Machine.AUTO_REPLY
    if head.values("list-id") or _precedence(head) & {"bulk", "list", "junk"}:
        return Machine.LIST
    # Last: automatic replies have a null return path too (RFC 3834 3.3).
    return _refined(Machine.BOUNCE, mail, words) if _null_path(head) else None


def _report(head: Head, subject: str, words: MachineWords) -> Machine | None:
    for value in head.values("content-type"):
        if not value.lower().startswith("multipart/report"):
            continue
        kind = _REPORT_TYPE.search(value)
        if kind is not None and kind[1].lower() == "disposition-notification":
            return Machine.RECEIPT
        return Machine.DELAY if subject.startswith(words.delay) else Machine.BOUNCE
    return None


def _daemon(head: Head, subject: str, words: MachineWords) -> Machine | None:
    """A report without the form of one: by its sender, or by its subject beside another sign of a program."""
    late, lost = subject.startswith(words.delay), subject.startswith(words.failure)
    by_daemon = any(_named(decode_words(value), words.daemons) for value in head.values("from"))
    if head.values("x-failed-recipients") or by_daemon:
        return Machine.DELAY if late else Machine.BOUNCE
    if (late or lost) and (_null_path(head) or _submitted(head) or _program(head, words)):
        return Machine.DELAY if late else Machine.BOUNCE
    return None


def _refined(kind: Machine, mail: Mail | None, words: MachineWords) -> Machine:
    """The same with the body: a report may say that a letter is late, or that it arrived; an empty path says little."""
    if mail is None or kind not in {Machine.BOUNCE, Machine.DELAY}:
        return kind
    found = report(mail, words)
    actions = {outcome.action for outcome in found.outcomes}
    if "failed" in actions:
        return Machine.BOUNCE
    if actions - {""}:
        return Machine.RECEIPT if actions <= _ARRIVED else Machine.DELAY
    if found.failed and (kind is Machine.BOUNCE or not found.delayed):
        return Machine.BOUNCE
    if found.delayed:
        return Machine.DELAY
    return kind if found.outcomes else _vague(kind, mail.head, found, words)


def _vague(kind: Machine, head: Head, found: Report, words: MachineWords) -> Machine:
    """Nothing in the text says that a letter failed: a null path alone is an automatic reply's too."""
    subject = folded(head.subject)
    sure = _report(head, subject, words) or _daemon(head, subject, words) or found.returned
    return kind if sure else Machine.AUTO_REPLY


def _automatic(head: Head, subject: str, words: MachineWords) -> bool:
    alone = subject.partition(":")[0].strip()
    return bool(
        _submitted(head)
        or any(head.values(name) for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation"))
        or _precedence(head) & {"auto_reply", "auto-reply"}
        or any(value.strip().lower() == "all" for value in head.values("x-auto-response-suppress"))
        or head.values("x-ms-exchange-inbox-rules-loop")
        or subject.startswith(words.automatic)
        or alone in words.automatic_alone
    )


def _submitted(head: Head) -> bool:
    # The keyword may carry parameters and comments (RFC 3834 5).
    keywords = {re.split(r"[;(\s]", value.strip(), maxsplit=1)[0].lower() for value in head.values("auto-submitted")}
    return bool(keywords - {"no"})


def _challenge(head: Head, subject: str, words: MachineWords) -> bool:
    asks = subject.startswith(words.challenge) or subject.endswith("[verify]")
    return asks and (_submitted(head) or bool(_precedence(head)) or _null_path(head) or _program(head, words))


def _program(head: Head, words: MachineWords) -> bool:
    """Whether the local part of From is one that only programs write from."""
    local = (head.from_address or "").partition("@")[0]
    return local in words.programs


def _named(value: str, names: Iterable[str]) -> bool:
    """Whether a From field holds one of these as a whole word: a local part, or (part of) a display name."""
    flat = value.lower()
    found = _WORD.findall(flat)
    return any(name in found or (" " in name and name in flat) for name in names)


def _null_path(head: Head) -> bool:
    return any(value.strip() == "<>" for value in head.values("return-path"))


def _precedence(head: Head) -> set[str]:
    return {value.strip().lower() for value in head.values("precedence")}


def _calendar(head: Head, mail: Mail | None) -> bool:
    if any(_CALENDAR_TYPE.match(value) for value in head.values("content-type")):
        return True
    parts = mail.machine_parts if mail else ()
    return any(part.media_type == "text/calendar" and _CALENDAR_METHOD.search(part.text) for part in parts)
