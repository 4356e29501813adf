"""What the mentor's answer to a draft, or to a yes-or-no question, says.

Only a text that is plainly and wholly an approval approves. Everything that could be something else is given back with
a `Doubt`, which costs one more mail; a wrong approval would cost a wrong letter. Another version costs nothing either,
since it is shown before it goes: a change is therefore understood in free words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from agent.understand import later
from agent.understand.corrections import Correction, Quoted
from agent.understand.doubt import Doubt, explain
from agent.understand.lexicon import Lexicon, Phrase, has, leading, made_of, plain, starts, without
from agent.understand.text import shorten
from agent.understand.typos import mended

__all__ = ["Answer", "Doubt", "DraftAnswer", "explain", "read_confirmation", "read_draft_answer", "with_corrections"]


class Answer(StrEnum):
    """What to do with a draft."""

    APPROVE = "approve"
    CORRECT = "correct"  # approved, with the corrections made in the quoted draft
    EDITED = "edited"  # corrections were made in the quoted draft, no more is said
    DROP = "drop"
    REDO = "redo"
    REPLACE = "replace"
    LATER = "later"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """`text`: the instruction with REDO (may be empty), the new text with REPLACE, the corrected one with CORRECT, the
    time as it was said with LATER. `doubt` only with UNCLEAR.
    """

    kind: Answer
    text: str = ""
    doubt: Doubt | None = None


_REDO = re.compile(
    r"(?:refaire|refais(?:-le|-la)?|refaites(?:-le|-la)?|redo|rewrite|réécris|réécrire|récris|récrire|recommence)"
    r"(?![\w'’-])\s*[:,]?\s*",
    re.IGNORECASE,
)
_REPLACE = re.compile(
    r"(?:modifier|modifié|modifie|nouveau texte|texte|edit|edited|new text|text)\s?:[ \t]*\n?", re.IGNORECASE
)
_TRAILING_OFF = re.compile(r"(?:\.\.|…)[ \t]*$", re.MULTILINE)  # "oui..." is half a thought
_LONG = 12  # words
_SHORT_LINES = 6  # words: two lines of fewer are no new text
_MAX_TEXT = 100_000  # characters
_MAX_WORDS = 60  # an approval or refusal is never longer
_FEW_NEUTRAL = 9  # words: an approval with words of no list of phrases is no longer
_MAX_INSTRUCTION = 40  # words: a longer one without its label may be a new text


def read_draft_answer(text: str, lexicon: Lexicon, *, inline: bool = False) -> DraftAnswer:
    """Read the new text of an answer to a draft (see `reply.read`).

    `inline`: it stands between quoted lines, and is then a new text only where it says so.
    """
    text = shorten(text.strip(), _MAX_TEXT)
    tokens = plain(text)
    if not tokens:
        return _unclear(Doubt.EMPTY)
    if (plainly := _plainly(text, tokens, lexicon)) is not None:
        return plainly
    if redo := _REDO.match(text):
        instruction = text[redo.end() :].strip()
        return _unclear(Doubt.QUESTION) if instruction.endswith("?") else DraftAnswer(Answer.REDO, instruction)
    if replace := _REPLACE.match(text):
        new = text[replace.end() :].strip()
        return DraftAnswer(Answer.REPLACE, new) if new else _unclear(Doubt.EMPTY)
    if (change := _change(text, tokens, lexicon)) is not None:
        return change
    doubt = _doubt(without_leading(tokens, lexicon.filler), lexicon)
    if doubt is not None or not _is_new_text(text):
        return _unclear(doubt or _short_doubt(tokens, lexicon))
    return _unclear(Doubt.CHANGE) if inline else DraftAnswer(Answer.REPLACE, text)


def with_corrections(word: DraftAnswer, quoted: Correction) -> DraftAnswer:
    """A word together with what was done to the draft quoted below it; never CORRECT without its text, nor EDITED."""
    agreed = word.kind in {Answer.APPROVE, Answer.CORRECT}
    silent = word.kind is Answer.EDITED or word.doubt is Doubt.EMPTY
    if quoted.kind is Quoted.UNCHANGED:
        return _unclear(Doubt.WHERE) if word.kind in {Answer.CORRECT, Answer.EDITED} else word
    if quoted.kind is not Quoted.CORRECTED:
        return _unclear(Doubt.CUT if quoted.kind is Quoted.CUT else Doubt.MUCH) if agreed or silent else word
    if agreed:
        return DraftAnswer(Answer.CORRECT, quoted.text)
    if silent:
        return DraftAnswer(Answer.REPLACE, quoted.text)
    return word if word.kind in {Answer.DROP, Answer.UNCLEAR} else _unclear(Doubt.BOTH)


def read_confirmation(text: str, lexicon: Lexicon) -> bool | None:
    """A yes or a no when the whole text is plainly one, else None."""
    tokens = plain(shorten(text, _MAX_TEXT))
    if len(tokens) > _MAX_WORDS or _TRAILING_OFF.search(text):
        return None
    for said in dict.fromkeys((tokens, mended(tokens, lexicon))):
        if made_of(said, lexicon.approve, lexicon.filler):
            return True
        if made_of(said, lexicon.drop, lexicon.filler):
            return False
    few = len(tokens) <= _FEW_NEUTRAL
    return True if few and made_of(tokens, lexicon.approve, lexicon.filler, lexicon.neutral) else None


def without_leading(tokens: Phrase, *fillers: frozenset[Phrase], until: frozenset[Phrase] = frozenset()) -> Phrase:
    """The tokens from the first that is no filler ("bonjour, merci, ..."), or with which one of `until` begins."""
    at = 0
    while (size := max(leading(tokens, at, one) for one in fillers)) and not leading(tokens, at, until):
        at += size
    return tokens[at:]


def _plainly(text: str, tokens: Phrase, lexicon: Lexicon) -> DraftAnswer | None:
    """What is wholly one thing: a yes, a no, corrections, another time."""
    yes = read_confirmation(text, lexicon)
    if yes is not None:
        return DraftAnswer(Answer.APPROVE if yes else Answer.DROP)
    if len(tokens) > _MAX_WORDS:
        return None
    if made_of(tokens, lexicon.corrected, lexicon.approve, lexicon.filler):
        agreed = has(without(tokens, lexicon.corrected), lexicon.approve)
        return DraftAnswer(Answer.CORRECT if agreed else Answer.EDITED)
    return DraftAnswer(Answer.LATER, text) if later.only(text, lexicon) else None


def _change(text: str, tokens: Phrase, lexicon: Lexicon) -> DraftAnswer | None:
    """A change asked for in free words, also behind a yes or a no ("ok mais enlève la dernière phrase")."""
    if not has(tokens, lexicon.edit):
        return None
    lead = (lexicon.filler, lexicon.approve, lexicon.drop, lexicon.condition, lexicon.objection)
    wanted = without_leading(tokens, *lead, until=lexicon.edit)
    if not starts(wanted, lexicon.edit):
        return None
    if "?" in wanted:
        return _unclear(Doubt.QUESTION)
    if len(wanted) > _MAX_INSTRUCTION:
        return _unclear(Doubt.CHANGE)
    return DraftAnswer(Answer.REDO, _from(text, len(tokens) - len(wanted)))


def _from(text: str, skipped: int) -> str:
    """The text from the word on that holds the token after the skipped ones."""
    for word in re.finditer(r"\S+", text):
        skipped -= len(plain(word[0]))
        if skipped < 0:
            return text[word.start() :].strip()
    return text


def _unclear(doubt: Doubt) -> DraftAnswer:
    return DraftAnswer(Answer.UNCLEAR, doubt=doubt)


def _doubt(tokens: Phrase, lexicon: Lexicon) -> Doubt | None:
    """Why a text cannot be a new version: it begins like an answer, or ends like a question."""
    if tokens[-1:] == ("?",) or starts(tokens, lexicon.question):
        return Doubt.QUESTION
    if starts(tokens, lexicon.edit):
        return Doubt.CHANGE
    if starts(tokens, lexicon.later):
        return Doubt.LATER
    either = (lexicon.approve, lexicon.drop, lexicon.negation, lexicon.condition, lexicon.corrected)
    if any(starts(tokens, one) for one in either):
        return Doubt.CONDITION
    return None


def _short_doubt(tokens: Phrase, lexicon: Lexicon) -> Doubt:
    if "?" in tokens:
        return Doubt.QUESTION
    if has(tokens, lexicon.later):
        return Doubt.LATER
    if (has(tokens, lexicon.approve) or has(tokens, lexicon.drop)) and len(without(tokens, lexicon.filler)) > 1:
        return Doubt.CONDITION
    return Doubt.UNKNOWN


def _is_new_text(text: str) -> bool:
    count = len(text.split())
    return count >= _LONG or (count >= _SHORT_LINES and len([line for line in text.split("\n") if line.strip()]) > 1)
