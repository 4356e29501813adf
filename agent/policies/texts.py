"""Looking for words in a text that people will read: whole words and phrases, whatever their case and accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"\n]*\"|^[ \t]*>.*$", re.MULTILINE)
_PIECE = re.compile(r"[^\W_]+'?|[^\w\s]")
_LETTERS = str.maketrans({"’": "'", "œ": "oe", "æ": "ae", "\u00ad": None})  # U+00AD: a soft hyphen


def own_words(text: str) -> str:
    """A text without what it quotes: between quotation marks, or on lines that begin with ">"."""
    return _QUOTED.sub(" \u2026 ", text)


def found(text: str, wanted: Iterable[str], harmless: Iterable[str] = ()) -> list[str]:
    """The words and phrases of `wanted` that stand in the text, in the list's order, but inside no `harmless` phrase.

    A word ends at its apostrophe: "t'" is found in "je t'écris", not in "a-t-il" or "t-shirt".
    """
    plain = f" {_plain(text)} "
    for phrase in sorted(harmless, key=len, reverse=True):
        plain = plain.replace(f" {_phrase(phrase)} ", " \u2026 ")
    return [word for word in dict.fromkeys(wanted) if f" {_phrase(word)} " in plain]


@lru_cache(maxsize=2048)  # the guidelines' own words, looked for in every text
def _phrase(words: str) -> str:
    return _plain(words)


def _plain(text: str) -> str:
    """Words in lower case without accents, one space between; a mark is a piece of its own, so no phrase crosses it."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(_PIECE.findall(bare.translate(_LETTERS)))
