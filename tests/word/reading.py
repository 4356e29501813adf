"""What the agent understands of a message of the set: the readers one after the other, as answers.py has them."""

from __future__ import annotations

from agent.understand import corrections, remarks, reply
from agent.understand.mail import parse_mail
from agent.understand.verdict import Answer, Doubt, DraftAnswer, read_draft_answer, with_corrections
from tests.understand.material import WORDS
from tests.word.messages import raw
from tests.word.originals import asked
from tests.word.sample import Sample

MOST = 0.3
"""The share of a draft's words that corrections change at most, as the settings have it."""

_NAMES = {Answer.CORRECT: "corrected"}


def own_words(sample: Sample) -> reply.Reply:
    """The message taken apart."""
    return reply.read(parse_mail(raw(sample)))


def understood(sample: Sample) -> str:
    """What the message is taken to mean, in the words of `Sample.meant`."""
    taken = own_words(sample)
    request = asked(sample.typed.language)
    found = corrections.read(taken.quoted, request.draft, request.text, MOST)
    if remarks.added(taken.quoted, request.raw, request.draft, found.text or request.draft):
        found = corrections.Correction(corrections.Quoted.MUCH)
    return meaning(with_corrections(read_draft_answer(taken.text, WORDS, inline=taken.inline), found))


def meaning(word: DraftAnswer) -> str:
    """An answer in the words of `Sample.meant`."""
    if word.kind is Answer.UNCLEAR:
        return {Doubt.QUESTION: "question", Doubt.LATER: "later"}.get(word.doubt or Doubt.UNKNOWN, "unclear")
    return _NAMES.get(word.kind, word.kind.value)
