"""What every program's model is made of: what is answered to, what the person typed, and bytes in MIME."""

# ruff: noqa: E501 - markup stands as the programs write it

from __future__ import annotations

import base64
import copy
import html
import quopri
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import lxml.html  # type: ignore[import-untyped]  # it ships no types

DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Original:
    """The mail that is answered: a request of ours, as the mentor's program shows it. `sent` is in the mentor's zone."""

    name: str
    address: str
    subject: str
    message_id: str
    text: str
    html: str
    sent: datetime


@dataclass(frozen=True)
class Typed:
    """What the person typed: above the quotation, below a line of it (the first that holds `after`), at its end.

    `signature` is the one set up in the program, `disclaimer` what the company's server adds on the way out.
    """

    top: str = ""
    after: str = ""
    between: str = ""
    bottom: str = ""
    signature: str = ""
    disclaimer: str = ""
    language: str = "fr"

    @property
    def french(self) -> bool:
        """Whether the program speaks French."""
        return self.language == "fr"


Program = Callable[[Original, Typed], bytes]


def day(original: Original, language: str, *, short: bool = False) -> str:
    """The weekday's name; the short ones are "lun." and "Mon"."""
    name = DAYS[language][original.sent.weekday()]
    return name if not short else name[:3] + ("." if language == "fr" else "")


def month(original: Original, language: str, *, short: bool = False) -> str:
    """The month's name, in its short form as most programs shorten it."""
    name = MONTHS[language][original.sent.month - 1]
    return name if not short else name[:3] + ("." if language == "fr" else "")


def body_of(page: str, prefix: str = "") -> str:
    """What stands in the body of an HTML page, its classes renamed as programs do, so that no style meets their own."""
    inner = re.sub(r"(?s).*<body[^>]*>|</body>.*", "", page).strip()
    return re.sub(r'class="([^"]*)"', lambda m: 'class="' + " ".join(prefix + c for c in m[1].split()) + '"', inner)


def split_body(page: str, after: str, prefix: str = "") -> tuple[str, str]:
    """The body in two pieces, open elements closed and opened again, as a program does where one types in a quotation."""
    tree = lxml.html.fragment_fromstring(body_of(page, prefix), create_parent="div")
    at = next(
        n for n, one in enumerate(tree.iter()) if after in "".join([one.text or "", *(e.tail or "" for e in one)])
    )
    first, second = copy.deepcopy(tree), copy.deepcopy(tree)
    for half, start in ((first, True), (second, False)):
        one = list(half.iter())[at]
        drop = [] if start else [one]
        while one.getparent() is not None:
            drop += list(one.itersiblings(preceding=not start))
            if start and one is not half:
                one.tail = None
            one = one.getparent()
        for gone in drop:
            gone.getparent().remove(gone)
    return lxml.html.tostring(first, encoding="unicode"), lxml.html.tostring(second, encoding="unicode")


def cut(original: Original, after: str) -> tuple[list[str], list[str]]:
    """The lines of the original's text, in two: up to and with the line that holds `after`, and the rest."""
    lines = original.text.rstrip("\n").split("\n")
    at = next((n + 1 for n, line in enumerate(lines) if after and after in line), len(lines))
    return lines[:at], lines[at:]


def marked(lines: list[str], width: int = 0) -> list[str]:
    """Quoted lines; wrapped to a width, each piece with its mark, where the program wraps."""
    out = []
    for line in lines:
        pieces = textwrap.wrap(line, width) if width and len(line) > width else [line]
        out += [f"> {piece}" if piece else ">" for piece in pieces or [""]]
    return out


def wrapped(text: str, width: int) -> list[str]:
    """The person's words in lines no longer than `width`: the breaks are there to stay."""
    return [piece for line in text.split("\n") for piece in (textwrap.wrap(line, width) or [""])]


def flowed(text: str, width: int = 72, *, delete_space: bool = False) -> list[str]:
    """The person's words as format=flowed lines (RFC 3676 4.2, 4.4): soft breaks, space-stuffing."""
    out = []
    for line in text.split("\n"):
        pieces = textwrap.wrap(line, width) or [""]
        soft = "  " if delete_space else " "
        lines = [piece + soft for piece in pieces[:-1]] + pieces[-1:]
        out += [" " + piece if piece.startswith((" ", ">", "From ")) else piece for piece in lines]
    return out


def plain_reply(
    typed: Typed, attribution: list[str], above: list[str], below: list[str], own: Callable[[str], list[str]]
) -> str:
    """A reply's text part: own words, attribution, quotation with own words in it, own words, disclaimer."""
    lines = [*own(typed.top), ""] if typed.top else []
    if typed.signature and not typed.bottom:
        lines += [*typed.signature.split("\n"), ""]
    lines += [*attribution, *above]
    if typed.between:
        lines += ["", *own(typed.between), ""]
    lines += below
    if typed.bottom:
        lines += ["", *own(typed.bottom)]
        lines += ["", *typed.signature.split("\n")] if typed.signature else []
    return "\n".join([*lines, *(["", typed.disclaimer] if typed.disclaimer else [])]) + "\n"


def escaped(line: str) -> str:
    """A line as HTML; two spaces in a row survive as programs write them."""
    return html.escape(line, quote=False).replace("  ", "&nbsp; ")


def divs(text: str, attributes: str = "") -> str:
    """Each line a div, an empty one with a break in it."""
    return "".join(f"<div{attributes}>{escaped(line) or '<br>'}</div>" for line in text.split("\n")) if text else ""


def breaks(text: str) -> str:
    """Lines with breaks between them."""
    return "<br>\n".join(escaped(line) for line in text.split("\n"))


def entity(
    kind: str,
    text: str,
    charset: str = "utf-8",
    encoding: str = "quoted-printable",
    extra: str = "",
    *,
    declare: bool = True,
) -> bytes:
    """A MIME part. What a charset cannot hold goes out in UTF-8, as programs do."""
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
        data = text.encode()
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    declared = f'; charset="{charset}"' if declare else ""
    head = f"Content-Type: {kind}{declared}{extra}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + data


def alternative(plain: bytes, rich: bytes, boundary: str) -> bytes:
    """multipart/alternative of two parts."""
    between = b"--" + boundary.encode()
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()
    return head + between + b"\r\n" + plain + b"\r\n" + between + b"\r\n" + rich + b"\r\n" + between + b"--\r\n"


def message(original: Original, content: bytes, *, re: str = "Re: ", own_headers: str = "") -> bytes:
    """The whole reply. Its subject goes out unencoded here: it is the body that is looked at."""
    head = (
        f"From: {original.name} <{original.address}>\r\nTo: {original.name} <{original.address}>\r\n"
        f"Subject: {re}{original.subject}\r\nIn-Reply-To: {original.message_id}\r\nReferences: {original.message_id}\r\n"
        f"Message-ID: <reply@mentor.example>\r\nDate: Tue, 03 Nov 2026 20:15:00 +0100\r\nMIME-Version: 1.0\r\n{own_headers}"
    )
    return head.encode() + content
