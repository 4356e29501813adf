"""What a person wrote, without what they answered to; and which requests their mail refers to.

Cutting too much loses words, cutting too little gets a question back: every cut here needs a certain sign, and
a signature is only looked for in the last lines.
"""

from __future__ import annotations

import re

from agent.understand.headers import Head
from agent.understand.mail import Mail
from agent.understand.signature import HEADER_LINE, without_signature
from agent.understand.text import shorten

# model.REPLY_MARKER, as it comes back: from there on, nothing is the person's own.
_MARKER = re.compile(r"^[^\n>]*(?:répondez\s+au-dessus\s+de\s+cette\s+ligne|reply\s+above\s+this\s+line)", re.MULTILINE)
_TOKEN = re.compile(r"(?<![a-z0-9])ma-([a-z2-7]{16})(?![a-z0-9])")
_TOKEN_ID = re.compile(r"<ma-([a-z2-7]{16})[.@]")  # each mail about a request has a Message-ID of its own
_TOKEN_SUBJECT = re.compile(r"\[ma-([a-z2-7]{16})\]")

_ATTRIBUTION_START = re.compile(r"(?:Le|On)\s\S")
_ATTRIBUTION = re.compile(
    r"(?:(?:Le|On)\s(?=.*\d).*\b(?:a écrit|wrote)\s?:|[^<>]*<[^<>\s]+@[^<>\s]+>\s+(?:a écrit|wrote)\s?:)$"
)
_FORWARDED = re.compile(
    r"-{3,}\s*(?:Original Message|Message d'origine|Message original|Forwarded message|Message transféré)\s*-{3,}"
    r"|(?:Begin forwarded message|Début du message (?:réexpédié|transféré))\s?:$",
    re.IGNORECASE,
)
_TELLING = frozenset(("envoyé", "envoyé le", "objet", "sent", "subject"))
_MAX_TEXT = 200_000

PASSED_ON = re.compile(r"\s*(?:re|ré|rép|réf|fwd?|tr|aw|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
"""How the subject of an answer or a forward begins: its words are another mail's."""


def tokens(message: Mail | Head) -> tuple[str, ...]:
    """The ids of the requests a message refers to, each once: from its references, its subject, then its body."""
    head = message.head if isinstance(message, Mail) else message
    found = _TOKEN_ID.findall(" ".join((head.in_reply_to, *head.references)))
    found += _TOKEN_SUBJECT.findall(head.subject)
    if isinstance(message, Mail):
        found += _TOKEN.findall(message.text[:_MAX_TEXT])
    return tuple(dict.fromkeys(found))


def new_text(mail: Mail) -> str:
    """What the person wrote: no quotation, no signature, no mobile footer. May be empty."""
    text = shorten(mail.text, _MAX_TEXT)
    marker = _MARKER.search(text)
    lines = [
        line.strip(" \t") if line != "-- " else line for line in text[: marker.start() if marker else None].split("\n")
    ]
    return without_signature(_without_quotation(_joined(lines)), mail.head.from_name)


def _joined(lines: list[str]) -> list[str]:
    """Attribution lines that a program wrapped over two or three lines, in one ("Le ... / a écrit :")."""
    joined: list[str] = []
    skip = 0
    for number, line in enumerate(lines):
        if skip:
            skip -= 1
            continue
        if _ATTRIBUTION_START.match(line) and len(line) < 200 and not _is_attribution(line):
            for extra in (1, 2):
                parts = lines[number : number + extra + 1]
                if not parts[-1] or (_ATTRIBUTION_START.match(parts[-1]) and _is_attribution(parts[-1])):
                    break  # a sentence of the person's own ("On a relu le code."), then an attribution by itself
                whole = " ".join(parts)
                if _is_attribution(whole):
                    line, skip = whole, extra  # noqa: PLW2901 - the joined line stands in for its first
                    break
        joined.append(line)
    return joined


def _is_attribution(line: str) -> bool:
    return line.endswith(":") and len(line) < 400 and _ATTRIBUTION.match(line) is not None


def _without_quotation(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith(">"):
            continue
        if _is_attribution(line):
            following = next((later for later in lines[number + 1 :] if later), "")
            if following.startswith(">"):
                continue  # the answer may stand below the quotation, or between its lines
            break
        if _FORWARDED.match(line) or _header_block(lines[number : number + 8]):
            break
        kept.append(line)
    while kept and (not kept[-1] or re.fullmatch(r"[_-]{5,}", kept[-1])):
        kept.pop()
    return kept


def _header_block(lines: list[str]) -> bool:
    """Three or more header lines in a row, one of which people do not write themselves (Envoyé, Objet, ...)."""
    names = []
    for line in lines:
        match = HEADER_LINE.match(line[:200])
        if not match:
            break
        names.append(match[1].lower())
    return len(names) >= 3 and not _TELLING.isdisjoint(names)
