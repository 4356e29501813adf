"""What a sentence adds to its source: words of its own that no word of the source is kin to. All texts are flat."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.report.check_words import Lexicon, shortens
from agent.report.text import URL
from agent.report.wording import CheckWords

_PIECE = re.compile(r"[,;:!?()→]+|\.(?=\s|$)|(?<!\w)(?:et|and|puis|then|ainsi que|as well as|mais|but|ou|or)(?!\w)")

_FEW = 2  # words


def added(said: str, evidence: str, facts: str, words: CheckWords, lexicon: Lexicon, *, foreign: bool) -> Iterator[str]:
    """The content words of a piece of the sentence that has nothing of its source, or of a word in another's place.

    `foreign`: the source is in another language, where kindred words are known for the trade alone.
    """
    plain, told = URL.sub(" ", evidence), URL.sub(" ", said)
    known = {k for word in re.findall(r"[^\W\d_]+", f"{plain} {facts}") for k in lexicon.kin(word)}
    common = frozenset().union(*words.common.values())
    wanted = int(lexicon.shares["foreign_words" if foreign else "new_words"])
    pieces = [lexicon.content(piece, common) for piece in _PIECE.split(told)]
    short = [w for w in re.findall(r"[^\W\d_]{3,5}", plain) if w not in common and w not in lexicon.neutral]
    strange = [
        [word for word in content if not (lexicon.kin(word) & known or any(shortens(s, word) for s in short))]
        for content in pieces
    ]
    total, new = sum(map(len, pieces)), sum(map(len, strange))
    spare = new - _unsaid(plain, told, common, lexicon)
    for content, unknown in zip(pieces, strange, strict=True):
        if spare > 0 and len(unknown) >= wanted and len(unknown) >= len(content) * lexicon.shares["new"]:
            yield " ".join(unknown)
            return
    held = total - new
    if not foreign and 0 < new <= _FEW and held > 1 and 0 < _unsaid(plain, told, common, lexicon) <= _FEW:
        yield " ".join(word for unknown in strange for word in unknown)  # in place of what it leaves out
        return
    if not foreign and total >= wanted and not _same_stem(told, plain, common):
        yield ""
        return
    if total > wanted and (not held or (not foreign and spare > 0 and held < total * lexicon.shares["found"])):
        yield ""


def _same_stem(told: str, stated: str, common: frozenset[str]) -> bool:
    """Whether a word of the sentence, or a number, begins its source's words in so many letters."""
    mine, theirs = (
        {word[:4] for word in re.findall(r"[^\W_]{3,}|\d+", text) if word not in common} for text in (told, stated)
    )
    return not mine.isdisjoint(theirs)


def _unsaid(evidence: str, said: str, common: frozenset[str], lexicon: Lexicon) -> int:
    """How many content words of the source no word of the sentence is kin to: new words may be their other words."""
    told = {k for word in re.findall(r"[^\W\d_]{2,}", said) for k in lexicon.kin(word)}
    return sum(not lexicon.kin(word) & told for word in lexicon.content(evidence, common))
