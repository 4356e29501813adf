"""Hostile patterns by size: what the bench times at doubling sizes, and what tests hold to linear growth."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.word.every_reader import MENTOR

_HEAD = (
    f"From: Claire Martin <{MENTOR}>\r\nTo: {MENTOR}\r\nSubject: Re: x [ma-abcdefghijklmnop]\r\n"
    "Date: Wed, 04 Nov 2026 08:00:00 +0000\r\nMessage-ID: <a@mentor.example>\r\n"
)
_MIXED = b"From: a@mentor.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
_REPORT = (
    b"From: MAILER-DAEMON@x.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
)

Make = Callable[[int], bytes]


def body(unit: str, kind: str = "plain", encoding: str = "8bit") -> Make:
    """A mail whose text is one pattern, again and again."""
    head = f"{_HEAD}Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    piece = unit.encode()
    return lambda size: head + piece * (size // len(piece))


def field(start: str, unit: str) -> Make:
    """A mail with one header field, or with many."""
    return lambda size: (start + unit * (size // len(unit)) + "\r\n" + _HEAD + "\r\nok").encode()


def parts(unit: bytes, start: bytes = _MIXED) -> Make:
    """A mail of many parts."""
    return lambda size: start + unit * (size // len(unit))


PATTERNS: Mapping[str, Make] = {
    "> > >": body("> "),
    ">>>": body(">"),
    "empty lines": body("\r\n"),
    "bare CR": body("\r"),
    "short lines": body("x\n"),
    "ok ok": body("ok "),
    "Le Le": body("Le "),
    "Le 1 :": body("Le 1 : x:\n"),
    "On ... wrote:": body("On Tue, 3 Nov 2026 at 18:51, Léa <lea@learner.example> wrote:\n"),
    "header lines": body("De : x\nObjet : y\n"),
    "signatures": body("\n\nClaire Martin\n-- \n"),
    "quotation marks": body("« "),
    "dates": body("mardi 12/11 à 18h "),
    "absences": body("Léa absente. "),
    "commas": body(","),
    "accents": body("e\u0301"),
    "ligatures": body("\ufdfa"),
    "links": body("http://"),
    "links of Outlook": body("<mailto:"),
    "<div>": body("<div>", "html"),
    "<br>": body("<br>", "html"),
    "<a": body("<a ", "html"),
    "<blockquote>": body("<blockquote type=cite>x", "html"),
    "<table>": body("<table><tr><td>x", "html"),
    "style=": body("<p style=x>", "html"),
    "base64": body("QQ==", encoding="base64"),
    "quoted-printable": body("=3D", encoding="quoted-printable"),
    "From addresses": field("From: ", "a@b.example, "),
    "From comments": field("From: ", "("),
    "many From": field("", "From: a@b.example\r\n"),
    "many fields": field("", "X: y\r\n"),
    "folds": field("X: y", "\r\n z"),
    "References": field("References: ", "<a@b.example> "),
    "To addresses": field("To: ", "a@b.example, "),
    "Authentication-Results": field("Authentication-Results: mx.mentor.example; ", "("),
    "many results": field("", "Authentication-Results: mx.mentor.example; dmarc=pass\r\n"),
    "Content-Type": field("Content-Type: text/plain", "; a=b"),
    "DKIM-Signature": field("DKIM-Signature: v=1; ", "a=b; "),
    "parts": parts(b"--b\r\n\r\nx\r\n"),
    "parts of HTML": parts(b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n"),
    "files": parts(b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n"),
    "mail in mail": parts(b"Content-Type: message/rfc822\r\n\r\n", b"From: a@mentor.example\r\n"),
    "recipients": parts(
        b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n",
        _REPORT + b"--b\r\nContent-Type: message/delivery-status\r\n\r\n",
    ),
    "calendar": parts(
        b"ATTENDEE;PARTSTAT=DECLINED:x\r\n", b"From: a@b.example\r\nContent-Type: text/calendar\r\n\r\nMETHOD:REPLY\r\n"
    ),
}
