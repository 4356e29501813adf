"""What the fuzzer makes mails of: ways to damage one, and hostile pieces to build one from."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from random import Random

Change = Callable[[Random, bytes], bytes]

TEXTS: tuple[str, ...] = (
    *(
        "ok",
        "ok merci",
        "non",
        "refaire : plus court",
        "modifier :",
        "demain matin",
        "pas ok",
        "ok ?",
        "statut : absent",
    ),
    *(
        "> ",
        ">",
        "> > ok",
        "-- ",
        "--",
        "_____",
        "Le 3 nov. 2026 à 18:51, Léa a écrit :",
        "On Tue, wrote:",
        "Le 1",
        ":",
    ),
    *("De : x", "Envoyé : 1", "Objet : y", "--- Répondez au-dessus de cette ligne ---", "réf. ma-abcdefghijklmnop"),
    *(
        "Cordialement,",
        "Claire Martin",
        "Envoyé de mon iPhone",
        "Ce message est confidentiel",
        "www.",
        "https://a.example",
    ),
    *(
        "Léa absente",
        "je suis malade",
        "jusqu'au 31/02",
        "mardi",
        "18h",
        "12/12",
        "99/99/9999",
        "3 jours",
        "dans une heure",
    ),
    *(
        "nous avons revu les jointures SQL",
        "Elle bloque",
        "«",
        "»",
        "“",
        "”",
        '"',
        "'",
        "(",
        ")",
        "[",
        "]",
        "…",
        "...",
        "?",
    ),
    *(
        "é",
        "e\u0301",
        "\u0301",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\xa0",
        "\ufdfa",
        "ﬁ",
        "İ",
        "ß",
        "𝐨𝐤",
        "оk",
        "Ⅻ",
        "👍🏽",
        "\U000e0041",
    ),
    *(
        "WEBVTT",
        "00:00:01.000 --> 00:00:02.000",
        "<v Léa>",
        "Notes :",
        "- ",
        "1. ",
        "\t",
        " ",
        "\x0b",
        "\x0c",
        "\x85",
        "\u2028",
    ),
    *(
        "Nom : Léa Moreau",
        "Adresse : lea@learner.example",
        "Final-Recipient: rfc822; a@b.example",
        "Action: failed",
        "Status: 5.1.1",
    ),
    *(
        "METHOD:REPLY",
        "ATTENDEE;PARTSTAT=DECLINED:x",
        "UID:1",
        "550 5.1.1 unknown",
        "Message-ID: <x@y.example>",
        "a" * 50,
    ),
)
TAGS: tuple[str, ...] = (
    *(
        "<div>",
        "</div>",
        "<p>",
        "<br>",
        "<blockquote type=cite>",
        "</blockquote>",
        "<table><tr><td>",
        "</table>",
        "<td>",
        "<a ",
    ),
    *(
        "<a href='x'>",
        '<div class="gmail_quote">',
        '<div class="gmail_attr">',
        "<div class=gmail_signature>",
        "<span>",
        "<!--",
    ),
    *(
        "-->",
        "<style>",
        "</style>",
        "<pre>",
        "<ul><li>",
        "<li>",
        "&nbsp;",
        "&#0;",
        "&#x110000;",
        "&",
        "<",
        ">",
        '"',
        "<script>",
    ),
    *(
        '<div style="padding:99999999em">',
        "<p class=MsoNormal>",
        "<o:p>&nbsp;</o:p>",
        "<svg>",
        "<![CDATA[",
        "<?xml",
        "<td colspan=9999>",
    ),
    *(
        '<td rowspan="99999999">',
        '<table width="99999999999">',
        "<h1>",
        "<hr>",
        "<img alt='",
        "<textarea>",
        "<title>",
        "\x00",
        "<html>",
    ),
)
FIELDS: tuple[str, ...] = (
    *("From: Claire Martin <claire.martin@mentor.example>", "From: a@school.example", "From: MAILER-DAEMON@x.example"),
    *(
        "From: (",
        'From: "',
        "From: <>",
        "From: a@b.example, c@d.example",
        "From: =?utf-8?q?a=40b?= <c@d.example>",
        "From:",
        "From : x",
    ),
    *(
        "From: undisclosed:;",
        "From: \\",
        "From: @@",
        "From: a@[1.2.3.4]",
        "From: =?x?b?====?=",
        "From: lea.moreau@learner.example",
    ),
    *(
        "To: claire.martin@mentor.example",
        "To: a:b;,(",
        "Cc: <",
        "Subject: Re: [ma-abcdefghijklmnop]",
        "Subject: =?utf-7?q?+AOk-?=",
    ),
    *(
        "Subject: Nouvel apprenant",
        "Subject: =?utf-8?b?w?= =?q?=",
        "Subject: Absence",
        "Date: Wed, 04 Nov 2026 08:00:00 +0000",
    ),
    *(
        "Date: 99 99 99999 99:99",
        "Date: 1 Jan 1 0:0 +9999",
        "Date: -",
        "Date: Wed, 04 Nov 0000 08:00:00 -0000",
        "Message-ID: <",
    ),
    *(
        "Message-ID: <a@b.example>",
        "In-Reply-To: <ma-abcdefghijklmnop.x@y.example>",
        "References: <a> <",
        "Return-Path: <>",
    ),
    *(
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: (",
        "Precedence: bulk",
        "List-Id: x",
        "X-Failed-Recipients: a@b.example,,",
    ),
    *(
        "Authentication-Results: mx.mentor.example; dmarc=pass header.from=mentor.example",
        "Authentication-Results: (((",
    ),
    *(
        "Authentication-Results: mx.mentor.example; dmarc=pass (",
        "Authentication-Results: mx.mentor.example;;;=",
        "Authentication-Results:",
    ),
    *(
        'Authentication-Results: "mx.mentor.example" 1; dmarc=pass reason="',
        "DKIM-Signature: v=1; a=rsa-sha256; d=mentor.example; s=x; h=from; b==",
    ),
    *(
        "DKIM-Signature: d=;",
        "DKIM-Signature: v=1; d=mentor.example; s=x; h=from:to; bh=x; b=x; x=y",
        "X-Mentor-Agent-Key: x",
        "MIME-Version: 1.0",
    ),
    *(
        "Content-Disposition: attachment; filename*0*=utf-8''%; filename*1=x",
        "Content-Disposition: attachment; filename=a.txt",
    ),
    *(
        "Content-Disposition: attachment; filename=a.vtt",
        "Content-Disposition:",
        "Content-Type:",
        "Content-Type: x",
        "Content-Type: ;;=",
    ),
)
KINDS: tuple[str, ...] = (
    *(
        "text/plain",
        "text/plain",
        "text/html",
        "text/html",
        "text/calendar; method=REPLY",
        "message/rfc822",
        "text/rfc822-headers",
    ),
    *(
        "message/delivery-status",
        "message/disposition-notification",
        "message/global",
        "message/partial",
        "application/pdf",
    ),
    *(
        "text/plain; format=flowed; delsp=yes",
        "TEXT/HTML",
        "text/x",
        "text/plain; name*=x''a.txt",
        "text/plain; name=a.md",
    ),
)
CHARSETS: tuple[str, ...] = (
    *(
        "utf-8",
        "utf-8",
        "latin-1",
        "windows-1252",
        "utf-16",
        "utf-7",
        "idna",
        "punycode",
        "hz",
        "iso-2022-jp",
        "iso-2022-kr",
        "gb18030",
    ),
    *(
        "base64",
        "rot13",
        "zlib",
        "unicode_escape",
        "utf-32",
        "utf-8-sig",
        "x",
        "''",
        '"',
        "mbcs",
        "undefined",
        "cp037",
        "\0",
        "a" * 300,
    ),
)
ENCODINGS: tuple[str, ...] = (
    "7bit",
    "8bit",
    "base64",
    "quoted-printable",
    "x-uuencode",
    "binary",
    "BASE64 ",
    "nonsense",
    "base64;",
)
MULTIPARTS: tuple[str, ...] = (
    "mixed",
    "alternative",
    "related",
    "report; report-type=delivery-status",
    "digest",
    "signed",
    "x",
)
BREAKS: tuple[str, ...] = ("\r\n", "\r\n", "\r\n", "\n", "\n", "\r", "\r\n ", " ", "")
BYTES: tuple[bytes, ...] = (
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\r\n",
        b"\xff",
        b"\xc3",
        b"=",
        b"=?",
        b"?=",
        b";",
        b":",
        b'"',
        b"\\",
        b"(",
        b"<",
        b">",
        b"--",
        b"\t",
    ),
    *(
        b"boundary=",
        b"\r\n ",
        b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"From: x@evil.test\r\n",
        b"\xe2\x80\xae",
    ),
)


def damaged(rng: Random, mails: Sequence[bytes]) -> bytes:
    """One of the mails after one to six accidents."""
    raw = rng.choice(mails)
    for _ in range(rng.randint(1, 6)):
        raw = rng.choice(_CHANGES)(rng, raw)
        if rng.random() < 0.05:
            raw = _spliced(rng, raw, rng.choice(mails))
    return raw[:400_000]


def built(rng: Random) -> bytes:
    """A mail of hostile pieces: some fields, and parts in parts."""
    lines = [rng.choice(FIELDS) for _ in range(rng.randint(0, 12))]
    if rng.random() < 0.05:
        lines += [rng.choice(FIELDS)] * rng.randint(10, 1_000)
    if rng.random() < 0.05:
        lines.append(f"{rng.choice(FIELDS)}{rng.choice(TEXTS) * rng.randint(10, 1_000)}".replace("\n", " "))
    head = "".join(f"{line}{rng.choice(BREAKS) if rng.random() < 0.1 else chr(13) + chr(10)}" for line in lines)
    depth = 60 if rng.random() < 0.03 else 4
    return head.encode("utf-8", "surrogatepass") + _part(rng, depth)[:400_000]


def _part(rng: Random, depth: int) -> bytes:
    """A part from its Content-Type on."""
    if depth and rng.random() < (0.9 if depth > 4 else 0.4):
        return _several(rng, depth)
    kind, encoding = rng.choice(KINDS), rng.choice(ENCODINGS)
    head = f"Content-Type: {kind}; charset={rng.choice(CHARSETS)}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    if rng.random() < 0.1:
        head += f"{rng.choice(FIELDS)}\r\n"
    if kind.startswith("message/") and rng.random() < 0.5:
        return head.encode() + b"\r\n" + built(rng) if depth else head.encode()
    text = _text(rng, TAGS if "html" in kind.lower() else ()).encode(
        rng.choice(("utf-8", "utf-8", "utf-16")), "replace"
    )
    if encoding.startswith("base64") and rng.random() < 0.8:
        text = binascii.b2a_base64(text)
    if encoding == "quoted-printable" and rng.random() < 0.8:
        text = binascii.b2a_qp(text)
    return head.encode() + b"\r\n" + text


def _several(rng: Random, depth: int) -> bytes:
    boundary = rng.choice(("b", "b", "bb", "=_x", "a b", "--", '"', "", "b" * 300)).encode()
    head = b"Content-Type: multipart/" + rng.choice(MULTIPARTS).encode() + b'; boundary="' + boundary + b'"\r\n\r\n'
    count = 1 if depth > 4 else rng.choice((0, 1, 2, 2, 3, 5))
    if rng.random() < 0.01:
        return head + (b"--" + boundary + b"\r\n" + _part(rng, 0)[:200]) * rng.randint(10, 2_000)
    between = b"\r\n--" + boundary + rng.choice((b"\r\n", b"\r\n", b"\n", b"\r", b" \r\n"))
    end = rng.choice((b"", b"\r\n--" + boundary + b"--", b"\r\n--" + boundary + b"--\r\nepilogue"))
    return head + b"".join(between + _part(rng, depth - 1) for _ in range(count)) + end


def _text(rng: Random, more: tuple[str, ...]) -> str:
    pieces = [rng.choice(TEXTS + more + more) for _ in range(rng.randint(0, 30))]
    if rng.random() < 0.03:  # a flood
        flood = rng.choice(TEXTS + more) + rng.choice(("", " ", "\n", "\n\n", "\r\n"))
        pieces.insert(rng.randint(0, len(pieces)), flood * rng.choice((10, 300, 1_000, 20_000)))
    return "".join(piece + rng.choice((" ", "\n", "", "\r\n", "\n> ")) for piece in pieces)


def _place(rng: Random, raw: bytes) -> int:
    head = raw.find(b"\r\n\r\n")
    return rng.randint(0, head) if head > 0 and rng.random() < 0.5 else rng.randint(0, len(raw))


def _flipped(rng: Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.choice((1, 1, 3, 30))):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _inserted(rng: Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    return raw[:at] + rng.choice(BYTES) * rng.choice((1, 1, 1, 1, 1, 5, 2_000)) + raw[at:]


def _said(rng: Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    said = rng.choice(TEXTS + TAGS).encode("utf-8", "surrogatepass") + rng.choice((b"", b" ", b"\n"))
    return raw[:at] + said * rng.choice((1, 1, 1, 1, 1, 1, 1, 1, 20, 2_000)) + raw[at:]


def _cut(rng: Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    return raw[:at] + raw[at + rng.choice((1, 5, 50, 1_000)) :]


def _ended(rng: Random, raw: bytes) -> bytes:
    return raw[: _place(rng, raw)]


def _repeated(rng: Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    piece = raw[at : at + rng.choice((3, 30, 300))]
    return raw[:at] + piece * rng.choice((2, 2, 2, 2, 5, 300)) + raw[at:]


def _folded(rng: Random, raw: bytes) -> bytes:
    return raw.replace(b" ", rng.choice((b"\r\n ", b"\n\t", b"\r ", b" \r\n ")), rng.randint(1, 40))


def _fielded(rng: Random, raw: bytes) -> bytes:
    return rng.choice(FIELDS).encode() + rng.choice(BREAKS).encode() + raw


def _renewed(rng: Random, raw: bytes) -> bytes:
    old = rng.choice(
        (b"utf-8", b"quoted-printable", b"base64", b"text/plain", b"text/html", b"\r\n", b"multipart/alternative")
    )
    return raw.replace(old, rng.choice((*CHARSETS, *ENCODINGS, *KINDS)).encode(), rng.choice((1, -1)))


def _spliced(rng: Random, raw: bytes, other: bytes) -> bytes:
    return raw[: _place(rng, raw)] + other[_place(rng, other) :]


_CHANGES: tuple[Change, ...] = (_flipped, _inserted, _said, _cut, _ended, _repeated, _folded, _fielded, _renewed)
