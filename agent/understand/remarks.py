"""Remarks that somebody typed into a quotation where the program marks nothing: between the lines of our mail.

Answers such as "ok" above, and "but not this one" between two lines of the quotation, say two things. What a program
adds of its own (header lines above, older mails below) stands outside of our first and last line and is not looked at.
"""

from __future__ import annotations

import re
from collections import Counter

from agent.understand.mail import parse_mail
from agent.understand.text import html_to_text, words

_FIRST = re.compile(r"répondez\s+au-dessus\s+de\s+cette\s+ligne|reply\s+above\s+this\s+line", re.IGNORECASE)
_LAST = re.compile(r"\bma-[a-z2-7]{16}\b")
_LINK = re.compile(r"<(?:mailto|https?):[^<>]{0,8000}>|\[(?:mailto|https?):[^\[\]]{0,8000}\]", re.IGNORECASE)


def added(quoted: str, sent: bytes, draft: str, corrected: str) -> tuple[str, ...]:
    """The words that a quotation has beyond those of the mail as it was sent, and of the corrections in its draft.

    `sent`: that mail, raw; its two parts may differ in a word or two, so each counts. Empty where our first or last
    line is missing: then nobody can tell what the program added.
    """
    there = _between(quoted)
    if there is None:
        return ()
    mail = parse_mail(sent)
    known = _words(_between(mail.text)) | _words(_between(html_to_text(mail.html) or ""))
    if not known:
        return ()
    return tuple((_words(there) - (known + (_words(corrected) - _words(draft)))).elements())


def _between(text: str) -> str | None:
    """Our mail without what stands around it."""
    text = _LINK.sub(" ", text)
    first = _FIRST.search(text)
    last = next(reversed(list(_LAST.finditer(text))), None)
    return text[first.start() : last.end()] if first and last and first.start() < last.start() else None


def _words(text: str | None) -> Counter[str]:
    return Counter(word for word in words(text or "") if word.isalnum())
