"""Comparing and setting text: folding, whitespace, words, French typography. No meaning is decided here."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from agent.model import Language

URL = re.compile(r"(?:https?://|www\.)[^\s<>\"«»]*[^\s<>\"«».,;:!?)\]'’]", re.IGNORECASE)
WORD = re.compile(r"[^\W_](?:[\w.+#/-]*[\w+#])?")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
NBSP = "\u00a0"

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ALIKE = {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-"}
_UNTOUCHED = re.compile(rf"({URL.pattern}|`[^`]*`)", re.IGNORECASE)
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿœŒ"


def canonical(text: str) -> str:
    """The same text with composed accents (NFC), no invisible or control characters and one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _ALIKE:
        return _ALIKE[char]
    folded = unicodedata.normalize("NFKD", char)[0].lower()
    return folded if len(folded) == 1 else char


def fold(text: str) -> str:
    """Lower case, no accents, plain quotes and dashes. As long as `text`, so positions hold in both."""
    return text.lower() if text.isascii() and "`" not in text else "".join(map(_fold_char, text))


def flat(text: str) -> str:
    """Folded, on one line, single spaces: for comparing what people wrote with what is said they wrote."""
    return " ".join(fold(canonical(text)).split())


def has_word(folded: str, word: str) -> bool:
    """Whether `word` stands in `folded` with no letter or digit against it. Both are folded."""
    at = folded.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        if not (at and _in_word(folded[at - 1])) and not (end < len(folded) and _in_word(folded[end])):
            return True
        at = folded.find(word, at + 1)
    return False


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def guess_language(text: str, common: dict[str, frozenset[str]]) -> Language | None:
    """French or English by its function words; None where they do not clearly decide."""
    words = re.findall(r"[^\W\d_]+", fold(text))
    fr, en = (sum(w in common[language] for w in words) for language in (Language.FR, Language.EN))
    if max(fr, en) < 2 or min(fr, en) * 2 > max(fr, en):
        return None
    return Language.FR if fr > en else Language.EN


def typeset(text: str, language: Language) -> str:
    """Typographic apostrophes, dots and arrows; in French also the no-break spaces. Links and code stay as written."""
    parts = _UNTOUCHED.split(text)
    parts[::2] = [_set_plain(part, language) for part in parts[::2]]
    return "".join(parts)


def _set_plain(text: str, language: Language) -> str:
    text = re.sub(r"\s*(?<![-=])[-=]{1,9}>\s*", " → ", text).replace("...", "…")
    text = re.sub(rf"(?<=[{_LETTER}])'(?=[{_LETTER}])", "’", text)
    if language is Language.FR:
        text = re.sub(r'"([^"\n]+)"', rf"«{NBSP}\1{NBSP}»", text)
        text = re.sub(r"«\s*", f"«{NBSP}", text)
        text = re.sub(r"\s*»", f"{NBSP}»", text)
        text = re.sub(r"(?<=[\w)»])[ \u00a0\u202f]*([:;!?]+)(?=\s|$)", rf"{NBSP}\1", text)
        text = re.sub(r"(?<=\d)\s*%", f"{NBSP}%", text)
    return text
