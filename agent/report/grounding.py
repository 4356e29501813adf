"""Whether each sentence of a report says what its source says (P7). Deterministic, and no model in it.

A doubt is a reason for the mentor to look, in the report's language; a sentence without one is grounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from agent import phrasing
from agent.model import Brief, Language, Report, Section, Sentence, SessionStatus
from agent.report.facts import FACT, known
from agent.report.text import NUMBER, URL, WORD, canonical, flat, fold, guess_language, has_word
from agent.report.wording import Wording, shipped

_EDGES = " .,;:!?\"'-*…[]()"
_SHARED = {
    False: 0.25,
    True: 0.6,
}
"""Least share of a sentence's words found in its source, by whether that is a fact: notes are reworded, facts not."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence beside what it must rest on, all flat but `text`; `facts` are what any sentence may name."""

    text: str
    said: str
    evidence: str
    facts: str
    from_fact: bool
    brief: Brief
    wording: Wording


def check(report: Report, brief: Brief, wording: Wording | None = None) -> Report:
    """The report with each sentence's `doubt` set anew, or None.

    `brief` holds the notes as the writer saw them, with people's real names.
    """
    wording = wording or shipped()
    notes, facts = flat(brief.notes), known(brief, wording)
    common = flat(f"{brief.first_name} {brief.project or ''}")

    def checked(sentence: Sentence) -> Sentence:
        doubts = list(dict.fromkeys(_doubts(sentence, notes, facts, common, brief, wording)))
        return replace(sentence, doubt=" ; ".join(doubts) or None)

    return replace(report, sections=tuple(Section(s.title, tuple(map(checked, s.sentences))) for s in report.sections))


def _doubts(
    sentence: Sentence, notes: str, facts: dict[str, str], common: str, brief: Brief, wording: Wording
) -> Iterator[str]:
    source = (sentence.source or "").strip()
    from_fact = source.startswith(FACT)
    evidence = flat(facts.get(source, "")) if from_fact else flat(source)
    claim = _Claim(sentence.text, flat(sentence.text), evidence, common, from_fact, brief, wording)
    if from_fact and source not in facts:
        yield wording.say(brief.language, "doubt_fact")
    elif not from_fact and not _stands_in(evidence, notes):
        yield wording.say(brief.language, "doubt_source")
    else:
        for name, what in _strays(claim):
            yield wording.say(brief.language, f"doubt_{name}", what=what)
    for name, what in _improper(claim):
        yield wording.say(brief.language, f"doubt_{name}", what=what)


def _stands_in(source: str, notes: str) -> bool:
    """The source's words are in the notes, one after the other."""
    source = source.strip(_EDGES)
    return len(source) > 1 and has_word(notes, source)


def _strays(claim: _Claim) -> Iterator[tuple[str, str]]:
    """What a sentence says and its source does not: (doubt, the words)."""
    for url in URL.findall(claim.text):
        if flat(url) not in claim.evidence:
            yield "link", url
    plain = URL.sub(" ", claim.text)
    allowed = f"{claim.evidence} {claim.facts}"
    numbers = _numbers(allowed, claim.wording)
    for number in sorted(_numbers(flat(plain), claim.wording) - numbers):
        yield "number", number
    for word, spellings in _dates(claim.said):
        if not any(has_word(claim.evidence, s) for s in spellings):
            yield "date", word
    for word in _marked_words(plain, claim.wording):
        if not has_word(allowed, fold(word)) and not _is_date(fold(word)):
            yield "word", word
    if _negated(claim.said, claim.wording) != _negated(claim.evidence, claim.wording):
        yield "negation", ""
    if _share(claim) < _SHARED[claim.from_fact]:
        yield "sense", ""


def _improper(claim: _Claim) -> Iterator[tuple[str, str]]:
    """What no sentence of this report may say, whatever its source."""
    words = claim.wording.check
    if (match := words.markup.search(claim.said)) and match[0] not in claim.evidence:
        yield "markup", match[0]
    if claim.from_fact:
        return  # our own words, held against the fact above
    for name in _others_named(claim.text, claim.brief, words.words_too):
        yield "other", name
    completed = claim.brief.status is SessionStatus.COMPLETED
    if completed and words.not_held.search(claim.said):
        yield "not_held", ""
    if not completed and words.held.search(claim.said):
        yield "held", ""
    if claim.brief.language is Language.FR and words.familiar.search(claim.text):
        yield "familiar", ""
    if claim.wording.health.search(claim.said):
        yield "health", ""
    quoted = _bare(claim.said) in _bare(claim.evidence)
    if not quoted and guess_language(claim.text, dict(words.common)) not in {claim.brief.language, None}:
        yield "language", ""


def _bare(flat_text: str) -> str:
    return " ".join(re.findall(r"\w+", flat_text))


def _numbers(folded: str, wording: Wording) -> set[str]:
    """Every number, in digits or words, as plain digits: "03" and "trois" are "3", "2,5" is "2.5"."""
    digits = {n.replace(",", ".").lstrip("0") or "0" for n in NUMBER.findall(folded)}
    return digits | {wording.check.numbers[w] for w in re.findall(r"[a-z]+", folded) if w in wording.check.numbers}


@lru_cache(maxsize=1)
def _calendar() -> tuple[frozenset[str], ...]:
    """Names of days and months, folded; each set holds one in every language."""
    zone = ZoneInfo("UTC")
    days = [datetime(2026, 6, d, tzinfo=UTC) for d in range(1, 8)]
    months = [datetime(2026, m, 1, tzinfo=UTC) for m in range(1, 13)]
    return tuple(
        frozenset(fold(phrasing.day(at, zone, language).split()[part]) for language in Language)
        for part, dates in ((0, days), (-1, months))
        for at in dates
    )


def _dates(folded: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Days and months named. "may" and "march" are not counted: in English they are verbs too."""
    words = set(re.findall(r"[a-z]+", folded)) - {"may", "march", "mars", "mai"}
    for spellings in _calendar():
        for word in sorted(words & spellings):
            yield word, spellings


def _is_date(folded: str) -> bool:
    return any(folded in spellings for spellings in _calendar())


def _marked_words(text: str, wording: Wording) -> Iterator[str]:
    """Names and technical words: a capital inside the sentence or the word, a digit in it, a known technology."""
    begins = True
    for match in WORD.finditer(text):
        word = match[0]
        inner = any(c.isupper() or c.isdigit() for c in word[1:]) and not word.isdigit()
        capital = word[0].isupper() and not begins and len(word) > 1
        if (inner and not NUMBER.fullmatch(word)) or capital or fold(word) in wording.check.technologies:
            yield word.rstrip(".")
        begins = text[match.end() :].lstrip(" \u00a0»\"')")[:1] in {".", "!", "?", "…", ":", "→"}


def _negated(folded: str, wording: Wording) -> bool:
    return wording.check.negation.search(wording.check.not_negation.sub(" ", folded)) is not None


def _share(claim: _Claim) -> float:
    """How many of the sentence's content words begin like one of its source. 1.0 where that cannot be told."""
    common = claim.wording.check.common
    if not claim.from_fact and guess_language(claim.evidence, dict(common)) not in {claim.brief.language, None}:
        return 1.0  # the notes are in another language than the report
    known_words = {w[:5] for w in re.findall(r"\w{3,}", f"{claim.evidence} {claim.facts}")}
    ignored = common[claim.brief.language] | set(claim.facts.split())
    content = [w for w in re.findall(r"[^\W\d_]{4,}", claim.said) if w not in ignored]
    return sum(w[:5] in known_words for w in content) / len(content) if len(content) > 2 else 1.0


def _others_named(text: str, brief: Brief, words_too: frozenset[str]) -> Iterator[str]:
    """Other learners' names in the text: any part that is not also this learner's or the mentor's."""
    own = {p for n in (brief.first_name, brief.mentor_name) for p in fold(n).split()}
    learner = next((n for n in brief.known_names if fold(n).split()[:1] == fold(brief.first_name).split()[:1]), "")
    own |= set(fold(learner).split())
    text = canonical(text)
    said = fold(text)
    for name in brief.known_names:
        for part in name.split():
            folded = fold(part)
            if folded in own or len(folded) < 3 or folded not in said:
                continue
            for match in re.finditer(rf"(?<!\w){re.escape(folded)}(?!\w)", said):
                if folded not in words_too or (match.start() > 0 and text[match.start()].isupper()):
                    yield part
