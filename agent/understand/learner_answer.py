"""What a learner's mail says, as far as it is safe: a slot chosen, all declined, a move asked for, an absence said in
advance, or a matter of the learner's own. What is not plainly said is not understood, and the mentor reads it.

A slot is chosen only by a sentence that says nothing else, in a mail without a word of doubt; the other matters are
told by patterns, sentence by sentence. Everything that is a word is in learner.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.model import MATRIX, Matter, Offer, Session
from agent.understand.dates import when
from agent.understand.learner_words import LearnerWords
from agent.understand.lexicon import has, made_of, plain
from agent.understand.mentions import MARK, Mentions, mentions
from agent.understand.text import folded, shorten

_MAX_TEXT = 5_000  # characters: a longer mail is not an answer
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_DIGITS = re.compile(r"(?<![\w:/.,])(\d{1,2})(?![\w:/%€]|[.,]\d)")
_ABOUT_SESSIONS = (Matter.MOVE, Matter.ANNOUNCED)
_HEALTH = (Matter.ILLNESS, Matter.DISABILITY)
_OWN = tuple(matter for matter in MATRIX if matter is not Matter.DROPOUT)


@dataclass(frozen=True, slots=True)
class LearnerSaid:
    """What was understood; nothing at all when there are no `matters`.

    `offer` with CHOSEN, `session` with MOVE and ANNOUNCED. `hint`: a word of giving up, which nobody but the mentor
    may judge. `more`: the mail asks something beside what was understood. `polite`: there was nothing to choose, and
    the mail says thank you. `health`: it speaks of health, understood or not.
    """

    matters: tuple[Matter, ...] = ()
    offer: Offer | None = None
    session: Session | None = None
    hint: bool = False
    more: bool = False
    polite: bool = False
    health: bool = False


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the choosing sentences say together: days and hours, and numbers (an ordinal's or a slot's)."""

    said: Mentions
    numbers: frozenset[int] = frozenset()
    bare: frozenset[int] = frozenset()  # "le 12": a number of a slot or a day of the month
    accepts: bool = False


def read(
    text: str,
    offers: Sequence[Offer],
    words: LearnerWords,
    now: datetime,
    zone: ZoneInfo,
    sessions: Sequence[Session] = (),
    *,
    numbered: bool = True,
) -> LearnerSaid:
    """Read the new text of a learner's mail, written at `now`.

    `offers` in the order in which the letter listed them; not `numbered` when they come from several letters. `zone`
    is the learner's, `sessions` theirs to come, in time order.
    """
    if len(text) > _MAX_TEXT:
        text = shorten(text, _MAX_TEXT)
        offers = ()  # half a text is nobody's choice
    reader = _Reader(words, offers, now, zone, sessions, numbered)
    sentences = [one for part in _SENTENCE.split(text) if (one := reader.sentence(part))]
    found = [matter for one in sentences for matter in reader.matters(one)]
    matters = tuple(dict.fromkeys(matter for matter, _ in found))
    health = any(reader.told(matter, one) for one in sentences for matter in _HEALTH)
    hint = Matter.DROPOUT in matters
    session = next((session for matter, session in found if matter in _ABOUT_SESSIONS), None)
    if Matter.MOVE in matters:
        matters = tuple(matter for matter in matters if matter is not Matter.ANNOUNCED)  # to be moved, not missed
    plain_matters = tuple(matter for matter in matters if matter is not Matter.DROPOUT)
    chosen = reader.choice(sentences) if all(matter in _OWN for matter in plain_matters) and not hint else None
    if chosen is not None:
        questions = [one for one in sentences if "?" in one]
        return LearnerSaid(
            (Matter.CHOSEN, *plain_matters), chosen, more=bool(questions) and not plain_matters, health=health
        )
    polite = not offers and not matters and all(reader.polite(one) for one in sentences)
    return LearnerSaid(plain_matters, session=session, hint=hint, polite=polite, health=health)


class _Reader:
    """The words, and what they can be about."""

    def __init__(
        self,
        words: LearnerWords,
        offers: Sequence[Offer],
        now: datetime,
        zone: ZoneInfo,
        sessions: Sequence[Session],
        numbered: bool,
    ) -> None:
        self.words = words
        self.offers = offers
        self.now = now
        self.zone = zone
        self.sessions = sessions
        self.numbered = numbered

    def sentence(self, text: str) -> str:
        """Folded, without harmless idioms and without the greeting and its name."""
        flat = self.words.harmless.sub(" ", folded(text))
        hello = re.match(rf"\W*{self.words.greeting.pattern}(?:\s[\w.-]+){{0,3}}\s*(?:,|!|$)", flat)
        return " ".join((flat[hello.end() :] if hello else flat).split())

    def matters(self, sentence: str) -> list[tuple[Matter, Session | None]]:
        """What the patterns find in one sentence, each with the session it is about."""
        if self.words.condition.search(self._without_requests(sentence)):
            return self._hints(sentence)
        spans = {
            matter: match.span()
            for matter, entry in self.words.matters.items()
            if (match := next((m for pattern in entry.patterns if (m := pattern.search(sentence))), None))
        }
        masked = _mask(sentence, spans.values())
        found: list[tuple[Matter, Session | None]] = []
        for matter in spans:
            asks = self.words.matters[matter].asks
            doubtful = not asks and ("?" in sentence or self.words.negation.search(masked))
            denied = asks and matter is not Matter.MOVE and "?" not in sentence and self.words.negation.search(masked)
            session = self._session(sentence) if matter in _ABOUT_SESSIONS else None
            pointless = (matter is Matter.ANNOUNCED and session is None) or (
                matter is Matter.DECLINED and not self.offers
            )
            if matter is Matter.DROPOUT or not (doubtful or denied or pointless):
                found.append((matter, session))
        return found

    def _without_requests(self, sentence: str) -> str:
        """A request is made in the conditional ("could we move ..."): that alone makes it uncertain of nothing."""
        spans = [
            match.span()
            for entry in self.words.matters.values()
            if entry.asks
            for pattern in entry.patterns
            for match in pattern.finditer(sentence)
        ]
        masked = _mask(sentence, spans)
        return self.words.request.sub(" ", masked) if "?" in masked else masked

    def _hints(self, sentence: str) -> list[tuple[Matter, Session | None]]:
        """Even uncertain, a word of giving up is for the mentor to read."""
        return [(Matter.DROPOUT, None)] if self.told(Matter.DROPOUT, sentence) else []

    def told(self, matter: Matter, sentence: str) -> bool:
        """Whether the matter's words stand in the sentence, however uncertain."""
        entry = self.words.matters.get(matter)
        return entry is not None and any(pattern.search(sentence) for pattern in entry.patterns)

    def polite(self, sentence: str) -> bool:
        """Whether a sentence only says thank you, or when to meet again."""
        tokens = plain(mentions(sentence, self.now, self.zone).rest)
        known = self.words.filler | self.words.accept | {(MARK,)}
        return "?" not in sentence and (len(tokens) <= 2 or made_of(tokens, known, frozenset()))

    def _session(self, sentence: str) -> Session | None:
        """The one session to come that the sentence can mean: the next one where it names no time."""
        said = mentions(sentence, self.now, self.zone)
        period = when(sentence, self.now, self.zone)
        if not said.any:
            vague = period is not None or self.words.vague.search(sentence) or self.words.offers.search(sentence)
            return next(iter(self.sessions), None) if not (vague or self.offers) else None
        if self.words.vague.search(said.rest):
            return None
        fitting = [session for session in self.sessions if said.fits(session.start, session.end, self.zone)]
        return fitting[0] if len(fitting) == 1 else None

    def choice(self, sentences: Sequence[str]) -> Offer | None:
        """The one slot on offer that the mail plainly chooses."""
        if not self.offers or any(self._uncertain(one) for one in sentences):
            return None
        read = [(one, self._chosen_in(one)) for one in sentences]
        choices = [choice for _, choice in read if choice is not None]
        others = [one for one, choice in read if choice is None]
        if not choices or any(self._names_a_time(one) for one in others):
            return None
        if not any(choice.accepts for choice in choices) and not all(self._says_nothing(one) for one in others):
            return None
        fitting = [
            index for index, offer in enumerate(self.offers) if all(self._fits(c, index, offer) for c in choices)
        ]
        return self.offers[fitting[0]] if len(fitting) == 1 else None

    def _uncertain(self, sentence: str) -> bool:
        """A word of doubt; in a sentence that is a matter of its own, only outside of what makes it one."""
        masked = mentions(self._without_requests(sentence), self.now, self.zone).rest
        doubts = (self.words.negation, self.words.condition, self.words.choice)
        return any(doubt.search(masked) for doubt in doubts)

    def _chosen_in(self, sentence: str) -> _Choice | None:
        """What a sentence chooses; None when it says anything beside."""
        if "?" in sentence:
            return None
        said = mentions(sentence, self.now, self.zone)
        rest, ordinals = self._ordinals(said.rest)
        named: set[int] = set(ordinals)
        bare: set[int] = set()
        for match in _DIGITS.finditer(rest):
            before = rest[: match.start()].rstrip()
            told = self.words.number.search(before[-30:])
            (named if told and before.endswith(told[0]) else bare).add(int(match[1]))
        rest = _DIGITS.sub(f" {MARK} ", rest)
        if not (named or bare or said.definite):
            return None
        tokens = plain(rest)
        if not made_of(tokens, frozenset({(MARK,)}), self.words.accept | self.words.filler):
            return None
        return _Choice(said, frozenset(named), frozenset(bare), has(tokens, self.words.accept))

    def _ordinals(self, rest: str) -> tuple[str, list[int]]:
        numbers = []
        for word, number in self.words.ordinals.items():
            pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
            if re.search(pattern, rest):
                numbers.append(number)
                rest = re.sub(pattern, f" {MARK} ", rest)
        return rest, numbers

    def _fits(self, choice: _Choice, index: int, offer: Offer) -> bool:
        if not choice.said.fits(offer.start, offer.end, self.zone):
            return False
        day = offer.start.astimezone(self.zone).day
        for number in choice.numbers | choice.bare:
            as_slot = self.numbered and index == number - 1
            as_day = number in choice.bare and day == number
            if not (as_slot or as_day):
                return False
        return True

    def _names_a_time(self, sentence: str) -> bool:
        """A day, an hour or a slot's number in a sentence that chooses nothing: who knows what about it."""
        said = mentions(sentence, self.now, self.zone)
        if said.any:
            return True
        return any(
            (told := self.words.number.search(sentence[: match.start()].rstrip()[-30:]))
            and sentence[: match.start()].rstrip().endswith(told[0])
            for match in _DIGITS.finditer(sentence)
        )

    def _says_nothing(self, sentence: str) -> bool:
        tokens = plain(sentence)
        return not tokens or made_of(tokens, self.words.filler | self.words.accept, frozenset()) or len(tokens) <= 2


def _mask(sentence: str, spans: Iterable[tuple[int, int]]) -> str:
    """The sentence with blanks where the spans are."""
    letters = list(sentence)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)
