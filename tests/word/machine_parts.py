"""What the mails of tests/word/machines.py are made of.

Everybody and every server in it is invented. `LETTER` stands for the letter of ours that is answered or returned.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.understand.machine import Machine

LEA = "lea.moreau@learner.example"
CLAIRE = "claire.martin@mentor.example"
LETTER = "<qrstuvwxyz234567@mentor.example>"
KEY = "qrstuvwxyz234567"
REF = f"In-Reply-To: {LETTER}\nReferences: {LETTER}\n"
RETURNED = (
    f"From: Claire Martin <{CLAIRE}>\nTo: {LEA}\nSubject: Votre mentorat commence\nMessage-ID: {LETTER}\n"
    f"X-Mentor-Agent-Key: {KEY}\nDate: Mon, 2 Nov 2026 09:05:00 +0100\nMIME-Version: 1.0\n"
)
PROSE_COPY = RETURNED + "\nBonjour Léa,\n\nje suis votre mentor. Ce texte parle de quota, de spam et de domaines.\n"

POSTFIX = "From: MAILER-DAEMON@mx.mentor.example (Mail Delivery System)\nAuto-Submitted: auto-replied\n"
POSTFIX_SUBJECT = "Subject: Undelivered Mail Returned to Sender\n"
SORRY = (
    "This is the mail system at host mx.mentor.example.\n\n"
    "I'm sorry to have to inform you that your message could not\n"
    f"be delivered to one or more recipients. It's attached below.\n\n<{LEA}>: "
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail. `kind` None: a person wrote it. `cause`: why the letter came back; "" where it did not."""

    name: str
    text: str
    kind: Machine | None
    cause: str = ""

    @property
    def raw(self) -> bytes:
        """The mail as it arrives."""
        return self.text.encode().replace(b"\n", b"\r\n")


def dsn(
    head: str,
    prose: str,
    status: str,
    diagnostic: str,
    *,
    action: str = "failed",
    copy: str = "message/rfc822",
    recipient: str = LEA,
    more: str = "",
) -> str:
    """A report by RFC 3464."""
    said = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    return (
        f"Return-Path: <>\n{head}To: {CLAIRE}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status;\n boundary="b1"\n\n'
        f"--b1\nContent-Type: text/plain; charset=utf-8\n\n{prose}\n"
        "--b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.mentor.example\n"
        "Arrival-Date: Mon, 2 Nov 2026 09:05:01 +0100\n\n"
        f"Final-Recipient: rfc822; {recipient}\n{more}Action: {action}\nStatus: {status}\n{said}"
        f"\n--b1\nContent-Type: {copy}\n\n{RETURNED}\nBonjour\n--b1--\n"
    )


def plain(head: str, text: str) -> str:
    """A mail of one text part."""
    return f"{head}To: {CLAIRE}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"


def exim(said: str, subject: str = "Mail delivery failed: returning message to sender", recipient: str = LEA) -> str:
    """A failure in Exim's prose."""
    return plain(
        f"Return-Path: <>\nX-Failed-Recipients: {recipient}\nAuto-Submitted: auto-replied\n"
        f"From: Mail Delivery System <Mailer-Daemon@mx.mentor.example>\nSubject: {subject}\n",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {recipient}\n    {said}\n\n------ This is a copy of the message, including all the headers. ------\n\n"
        f"{PROSE_COPY}",
    )


def qmail(said: str) -> str:
    """A failure in qmail's prose."""
    return plain(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.mentor.example\nSubject: failure notice\n",
        "Hi. This is the qmail-send program at mx.mentor.example.\nI'm afraid I wasn't able to deliver your message to "
        "the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{LEA}>:\n{said}\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <{CLAIRE}>\n{PROSE_COPY}",
    )


def calendar(partstat: str, method: str = "REPLY", head: str = "", uid: str = "s1", more: str = "") -> str:
    """What a calendar answers to an invitation (RFC 6047)."""
    return (
        f"From: Léa Moreau <{LEA}>\nTo: {CLAIRE}\n{head}MIME-Version: 1.0\n"
        f"Content-Type: multipart/alternative; boundary=b\n\n"
        "--b\nContent-Type: text/plain; charset=utf-8\n\nLéa Moreau a répondu à cette invitation.\n"
        f"--b\nContent-Type: text/calendar; charset=utf-8; method={method}\n\nBEGIN:VCALENDAR\nVERSION:2.0\n"
        f"METHOD:{method}\nBEGIN:VEVENT\nUID:{uid}\nDTSTART:20261103T170000Z\nSUMMARY:Session de mentorat\n{more}"
        f"ATTENDEE;CN=Léa Moreau;PARTSTAT={partstat};ROLE=REQ-PARTICIPANT:mailto\n :{LEA}\nEND:VEVENT\n"
        f"END:VCALENDAR\n--b--\n"
    )
