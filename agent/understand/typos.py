"""Slips of the thumb in an approval or a refusal: stretched letters, and one misspelt long word.

A misspelling is only put right towards the words that the lexicon lists for it, from a word that is near nothing else
in it, with the same first letter (so no prefix turns a word round), and once in an answer. What is left must still say
nothing but yes, or nothing but no.
"""

from __future__ import annotations

import re

from agent.understand.lexicon import Lexicon, Phrase

_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_DOUBLED = re.compile(r"([^\W\d])\1")
_FEW = 8  # words: in a longer answer a word that is not understood is asked about
_LONG = 5  # letters: shorter words are too near to others


def mended(tokens: Phrase, lexicon: Lexicon) -> Phrase:
    """The tokens as they were probably meant; the same ones where nothing is certain."""
    if len(tokens) > _FEW:
        return tokens
    found = tuple(token if token.startswith("www") else _STRETCHED.sub(r"\1", token) for token in tokens)
    known = lexicon.known
    strange = [at for at, token in enumerate(found) if token.isalpha() and token not in known]
    if len(strange) != 1:
        return found
    at = strange[0]
    agreeing = {phrase[0] for phrase in lexicon.approve | lexicon.filler if len(phrase) == 1}
    begun = any(word[1:] == found[at] for word in known - agreeing)  # "ook" may be "look"
    if not begun and (once := _DOUBLED.sub(r"\1", found[at])) in known:  # "okk"
        return (*found[:at], once, *found[at + 1 :])
    if len(found[at]) < _LONG - 1:
        return found  # too short to be near anything
    near = {word for word in known if _near(found[at], word)}
    meant = sorted(near & {word for phrase in lexicon.typo for word in phrase})
    return (*found[:at], meant[0], *found[at + 1 :]) if meant and near <= agreeing | set(meant) else found


def _near(one: str, other: str) -> bool:
    """Whether two words differ by one letter missing, added or exchanged, or by two neighbours that changed places."""
    if min(len(one), len(other)) < _LONG - 1 or len(other) < _LONG or one[0] != other[0]:
        return False
    short, long = sorted((one, other), key=len)
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) - len(short) == 1:
        return short[at:] == long[at + 1 :]
    if len(long) != len(short):
        return False
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped
