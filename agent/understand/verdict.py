"""What the mentor's answer to a draft, or to a yes-or-no question, says.

Only a text that is plainly and wholly an approval approves. Everything that could be something else is given back with
a `Doubt`, which costs one more mail; a wrong approval would cost a wrong letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from agent.model import Language
from agent.understand.lexicon import Lexicon, Phrase, has, made_of, plain, starts, without
from agent.understand.text import shorten


class Answer(StrEnum):
    """What to do with a draft."""

    APPROVE = "approve"
    DROP = "drop"
    REDO = "redo"
    REPLACE = "replace"
    UNCLEAR = "unclear"


class Doubt(StrEnum):
    """Why an answer is not acted on."""

    EMPTY = "empty"
    QUESTION = "question"
    CONDITION = "condition"  # an approval or refusal with something added
    CHANGE = "change"  # asks for a change without "refaire :"
    LATER = "later"
    STATUS = "status"  # which status, is not certain
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """`text` is the instruction with REDO (may be empty), the new text with REPLACE. `doubt` only with UNCLEAR."""

    kind: Answer
    text: str = ""
    doubt: Doubt | None = None


_REDO = re.compile(
    r"(?:refaire|refais|refaites|redo|rewrite|réécris|réécrire|recommence)(?![\w'’-])\s*[:,]?\s*", re.IGNORECASE
)
_REPLACE = re.compile(
    r"(?:modifier|modifié|modifie|nouveau texte|texte|edit|edited|new text|text)\s?:[ \t]*\n?", re.IGNORECASE
)
_LONG = 12  # words
_SHORT_LINES = 6  # words: two lines of fewer are no new text
_MAX_TEXT = 100_000  # characters
_MAX_WORDS = 60  # an approval or refusal is never longer

_EXPLAINED = {
    Doubt.EMPTY: ("Votre réponse ne contient pas de texte.", "Your answer contains no text."),
    Doubt.QUESTION: (
        "Votre réponse contient une question, à laquelle je ne sais pas répondre.",
        "Your answer contains a question, which I cannot answer.",
    ),
    Doubt.CONDITION: (
        "Votre réponse contient plus qu’un accord ou un refus. Pour un changement, écrivez « refaire : … ».",
        "Your answer says more than yes or no. For a change, write “redo: …”.",
    ),
    Doubt.CHANGE: (
        "Pour demander un changement, écrivez « refaire : … » ; pour donner votre texte, « modifier : … ».",
        "To ask for a change, write “redo: …”; to give your own text, “edit: …”.",
    ),
    Doubt.LATER: (
        "C’est noté pour plus tard : rien n’a été fait, répondez quand vous voudrez.",
        "Later, then: nothing was done, answer whenever you like.",
    ),
    Doubt.STATUS: (
        "Je ne suis pas sûr du statut. Écrivez par exemple « statut : réalisée » ou « statut : absent ».",
        "I am not sure of the status. Write for instance “status: completed” or “status: absent”.",
    ),
    Doubt.UNKNOWN: (
        "Je n’ai pas compris votre réponse : « ok », « non », « refaire : … » ou « modifier : … » ?",
        "I did not understand your answer: “ok”, “no”, “redo: …” or “edit: …”?",
    ),
}


def explain(doubt: Doubt, language: Language) -> str:
    """One or two sentences for the mentor."""
    return _EXPLAINED[doubt][0 if language is Language.FR else 1]


def read_draft_answer(text: str, lexicon: Lexicon) -> DraftAnswer:
    """Read the new text of an answer to a draft (see `reply.new_text`)."""
    text = shorten(text.strip(), _MAX_TEXT)
    tokens = plain(text)
    if not tokens:
        return _unclear(Doubt.EMPTY)
    if plainly := read_confirmation(text, lexicon):
        return DraftAnswer(Answer.APPROVE)
    if plainly is False:
        return DraftAnswer(Answer.DROP)
    if redo := _REDO.match(text):
        return DraftAnswer(Answer.REDO, text[redo.end() :].strip())
    if replace := _REPLACE.match(text):
        new = text[replace.end() :].strip()
        return DraftAnswer(Answer.REPLACE, new) if new else _unclear(Doubt.EMPTY)
    doubt = _doubt(without_leading(tokens, lexicon.filler), lexicon)
    if doubt is not None or not _is_new_text(text):
        return _unclear(doubt or _short_doubt(tokens, lexicon))
    return DraftAnswer(Answer.REPLACE, text)


def read_confirmation(text: str, lexicon: Lexicon) -> bool | None:
    """A yes or a no when the whole text is plainly one, else None."""
    tokens = plain(shorten(text, _MAX_TEXT))
    if len(tokens) > _MAX_WORDS:
        return None
    if made_of(tokens, lexicon.approve, lexicon.filler):
        return True
    if made_of(tokens, lexicon.drop, lexicon.filler):
        return False
    return None


def without_leading(tokens: Phrase, fillers: frozenset[Phrase]) -> Phrase:
    """The tokens from the first that is no filler ("bonjour, merci, ...")."""
    while tokens and starts(tokens, fillers):
        tokens = tokens[max(len(phrase) for phrase in fillers if tokens[: len(phrase)] == phrase) :]
    return tokens


def _unclear(doubt: Doubt) -> DraftAnswer:
    return DraftAnswer(Answer.UNCLEAR, doubt=doubt)


def _doubt(tokens: Phrase, lexicon: Lexicon) -> Doubt | None:
    """Why a text cannot be a new version: it begins like an answer, or ends like a question."""
    if tokens[-1:] == ("?",) or starts(tokens, lexicon.question):
        return Doubt.QUESTION
    if starts(tokens, lexicon.edit):
        return Doubt.CHANGE
    if starts(tokens, lexicon.approve | lexicon.drop | lexicon.negation | lexicon.condition):
        return Doubt.CONDITION
    return None


def _short_doubt(tokens: Phrase, lexicon: Lexicon) -> Doubt:
    if "?" in tokens:
        return Doubt.QUESTION
    if has(tokens, lexicon.later):
        return Doubt.LATER
    if has(tokens, lexicon.approve | lexicon.drop) and len(without(tokens, lexicon.filler)) > 1:
        return Doubt.CONDITION
    return Doubt.UNKNOWN


def _is_new_text(text: str) -> bool:
    count = len(text.split())
    return count >= _LONG or (count >= _SHORT_LINES and len([line for line in text.split("\n") if line.strip()]) > 1)
