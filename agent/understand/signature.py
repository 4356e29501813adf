"""Takes a signature off the end of what a person wrote.

A cut signature must look like one through and through: "ok / Cordialement / mais enlève la fin" is no approval, and
it would become one if everything below a polite word were dropped. What does not look like one stays in.
"""

from __future__ import annotations

import re

from agent.understand.text import words

HEADER_LINE = re.compile(
    r"[*\s]*(De|Envoyé|Envoyé le|À|A|Objet|Date|Cc|From|Sent|To|Subject|Répondre à|Reply-To)\s?[*\s]*:", re.IGNORECASE
)
"""A line of a quoted header block; people write such lines too ("De : ...")."""

_MOBILE = re.compile(
    r"(?:Envoyé (?:de mon|de ma|depuis (?:mon|ma|l'application|Outlook|Yahoo|Proton|un mobile))\b"
    r"|Sent from (?:my|Outlook|Yahoo|Mail for|Proton|a mobile)\b|(?:Télécharger|Obtenez|Get) Outlook (?:pour|for)\b"
    r"|Envoyé avec la messagerie\b|Sent with (?:Proton|Spark)\b)(?:\s\S+){0,5}$",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\S@\S|https?://|www\.|(?:\d[\s.-]?){8}")
_SIGN_OFF = frozenset(
    words("all best bien bonne cordialement journee kind reception regards salutations thank thanks the you")
)
# In a line below a polite word, one of these makes it a sentence: something is still being asked.
_SENTENCE = frozenset(
    words(
        "ps pas ne n non ni mais sauf sans si attends attendez attend enleve retire supprime ajoute change corrige"
        " remplace modifie refais refaire plutot demain annule je tu il elle on nous vous"
        " no not don t dont never but except unless if wait remove add replace edit redo instead tomorrow later hold"
        " stop cancel i you he she we they"
    )
)
_TAIL_LINES = 12
_TAIL_WIDTH = 200  # the library's expressions are cubic in the length of a line
_MASK = "\u2060"


def without_signature(lines: list[str], name: str) -> str:
    """The text of `lines` without mobile footer, "-- " signature (RFC 3676 4.3), sign-off and the writer's `name`."""
    if "-- " in lines[1:]:
        lines = lines[: lines.index("-- ", 1)]
    lines = _trimmed([line for line in lines if not _MOBILE.match(line[:_TAIL_WIDTH].replace("’", "'"))])
    own = words(name)
    if len(lines) > 1 and own and words(lines[-1]) in (own, own[:1]):
        lines = _trimmed(lines[:-1])
    cut = _signature_start(lines)
    if cut is not None and _looks_like_one(lines[cut:], frozenset(own)):
        lines = _trimmed(lines[:cut]) or lines
    return "\n".join(lines)


def _trimmed(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip("\n ").split("\n")


def _signature_start(lines: list[str]) -> int | None:
    """Where the library sees a signature begin. It is only shown the last lines, and none that is very long."""
    long_lines = (number + 1 for number, line in enumerate(lines) if len(line) > _TAIL_WIDTH)
    start = max([1, len(lines) - _TAIL_LINES, *long_lines])
    # Lines that look like headers were judged as a block already; the library would take two of them for one.
    tail = [_MASK + line if HEADER_LINE.match(line) or line[:3] in ("Le ", "On ") else line for line in lines[start:]]
    if not tail:
        return None
    from mailparser_reply import EmailReplyParser  # noqa: PLC0415 - only replies need it

    text = "\n".join(("-", *tail))  # it takes no sign-off on a text's first line
    signature = EmailReplyParser(languages=["fr", "en"]).read(text).replies[0].signatures
    at = text.rfind(signature) if signature else -1
    return None if at < 0 else start + text[:at].count("\n") - 1


def _looks_like_one(lines: list[str], own: frozenset[str]) -> bool:
    opening, *rest = [line for line in lines if line] or [""]
    if not {word for word in words(opening) if word.isalnum()} <= _SIGN_OFF or "?" in opening:
        return False
    named = False
    for line in rest:
        written = words(line)
        named = named or not own.isdisjoint(written)
        if (
            not (_CONTACT.search(line) or named)
            or not _SENTENCE.isdisjoint(written)
            or len(written) > 12
            or "?" in line
        ):
            return False
    return True
