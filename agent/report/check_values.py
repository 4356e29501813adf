"""What is compared as it stands: numbers, dates, links, names, tools. What a sentence has and its source has not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from agent import phrasing
from agent.model import Language
from agent.report.check_words import TOKEN, Lexicon, lexicon, shortens
from agent.report.private_words import shipped as private_words
from agent.report.text import NUMBER, URL, WORD, flat, fold, has_word
from agent.report.wording import CheckWords

_EDGES = " .,;:!?\"'-*…[]()"
_TRIED = 20  # places of the notes at which a source is looked for
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})(?!\d)")
_NUMBERED = re.compile(rf"{NUMBER.pattern}(?:-[a-z]+|e|er|re|ere|eme|ème|st|nd|rd|th|h|min|mn|s|k|%)?")
_UP_TO_DATE = re.compile(r"\ba jour\b|\bup to date\b|\bjour de l'an\b")
_WEEKS = 2  # their place among the units of time in config/report_check.toml
_ENDS = {".", "!", "?", "…", ":", "→"}
_VERBS = re.compile(r"(?:a|n|ne|est|etait|avait|va|doit|s|se|lui|m|nous|has|is|was|had|will|does|did|should|must|can)$")
_TOO = {"may", "march"}  # English verbs as well: a date only with a capital that no sentence begins with


def stray_links(text: str, evidence: str) -> Iterator[str]:
    """Links of a sentence that are not in its flat source, to the letter."""
    stated = {flat(url) for url in URL.findall(evidence)}
    return (url for url in URL.findall(text) if flat(url) not in stated)


@lru_cache(maxsize=1)
def _calendar() -> tuple[frozenset[str], ...]:
    """Names of days, then of months, folded; each set holds one in every language."""
    zone = ZoneInfo("UTC")
    days = [datetime(2026, 6, d, tzinfo=UTC) for d in range(1, 8)]
    months = [datetime(2026, m, 1, tzinfo=UTC) for m in range(1, 13)]
    return tuple(
        frozenset(fold(phrasing.day(at, zone, language).split()[part]) for language in Language)
        for part, dates in ((0, days), (-1, months))
        for at in dates
    )


def stray_dates(text: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """Days, months and words such as "tomorrow" that the flat source lacks; it may shorten them or give "12/03"."""
    written = WORD.findall(text)
    words = {fold(word) for at, word in enumerate(written) if fold(word) not in _TOO or (at and word[0].isupper())}
    stated = set(TOKEN.findall(evidence))
    for some in (words, stated):
        some |= {
            word.removesuffix("s") for word in some if word.endswith(("dis", "days", "ches"))
        }  # "jeudis", "Sundays"
    months = {int(month) for _, month in _NUMERIC_DATE.findall(evidence)}
    for number, spellings in enumerate(_calendar()):
        named = words & spellings
        if not named or number - 6 in months:
            continue
        if not any(len(s) > 2 and any(spelled.startswith(s) for spelled in spellings) for s in stated):
            yield from sorted(named)
    said = flat(text)
    yield from _other_spans(said, evidence, lexicon)
    for group in lexicon.days_near:
        named = {form for form in group if has_word(said, form)}
        if named and not any(has_word(evidence, form) for form in group):
            yield from sorted(named)


def _other_spans(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """Months for the source's weeks, and the like. Short ones may stand for their neighbours: 15 days, two weeks."""
    told, stated = (_spans(text, lexicon) for text in (said, evidence))
    for rank, word in told.items():
        if stated and not any(
            rank == other or (abs(rank - other) == 1 and max(rank, other) <= _WEEKS) for other in stated
        ):
            yield word


def _spans(text: str, lexicon: Lexicon) -> dict[int, str]:
    """The units of time in a text, by length, with the word."""
    return {rank: word for word in TOKEN.findall(_UP_TO_DATE.sub(" ", text)) for rank in lexicon.spans.groups(word)}


def is_date(folded: str) -> bool:
    """Whether this is the name of a day or a month, or the middle of one."""
    return any(folded.removeprefix("mid-").removeprefix("mi-") in spellings for spellings in _calendar())


def marked_words(text: str, words: CheckWords) -> Iterator[str]:
    """Names and technical words: a capital inside the sentence or the word, a digit in it, a known technology."""
    also_words = lexicon().also_words
    begins = True
    for match in WORD.finditer(text):
        word = match[0]
        inner = any(c.isupper() or c.isdigit() for c in word[1:]) and not word.isdigit()
        capital = word[0].isupper() and not begins and len(word) > 1
        tool = fold(word) in words.technologies and (word != fold(word) or word not in also_words)
        if (inner and not _NUMBERED.fullmatch(word)) or capital or tool:
            yield word.rstrip(".")
        begins = text[match.end() : match.end() + 8].lstrip(" \u00a0»\"')")[:1] in _ENDS


def given_names(text: str, known: set[str], lexicon: Lexicon) -> Iterator[str]:
    """Given names in the text that are not among what is known."""
    given = private_words().names.given
    for word in dict.fromkeys(WORD.findall(text)):
        if word[0].isupper() and fold(word) in given and not lexicon.kin(fold(word)) & known:
            yield word


def first_names(text: str, known: set[str], words: CheckWords, lexicon: Lexicon) -> Iterator[str]:
    """Words that open a sentence as only a name does: with a capital, unknown, a verb behind or among names."""
    found = [(m[0], m.start()) for m in WORD.finditer(text)]
    for at, ((word, start), (after, _)) in enumerate(pairwise(found)):
        opens = at == 0 or text[:start].rstrip(" \u00a0«\"'’(")[-1:] in _ENDS
        folded = fold(word)
        if not (opens and word[0].isupper() and word[1:].islower() and len(word) > 2 and "-" not in word):
            continue
        if any(folded in common for common in words.common.values()) or folded in words.numbers:
            continue
        if folded.endswith(("ment", "ly", "ing", "ed", "s", "ant")) or lexicon.kin(folded) & known:
            continue
        if not (_VERBS.match(fold(after)) or after.endswith("ed") or folded in private_words().names.also_things):
            continue
        if folded in lexicon.neutral or folded in lexicon.openers or folded in lexicon.same:
            continue
        yield word


def stray_resources(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """Things to read or watch that the flat source does not name. An address may be that of a page of any kind."""
    linked = lexicon.linked if URL.search(evidence) else frozenset[int]()
    evidence, said = URL.sub(" ", evidence), URL.sub(" ", said)
    written = [word for word in TOKEN.findall(evidence) if len(word) > 2]
    stated = {group for word in written for group in lexicon.resource.groups(word)}
    for word in dict.fromkeys(TOKEN.findall(said)):
        groups = lexicon.resource.groups(word)
        if groups and not groups & (stated | linked) and not any(shortens(s, word) for s in written):
            yield word


def stands_in(source: str, notes: str) -> bool:
    """The source's words are in the notes, one after the other."""
    source = source.strip(_EDGES)
    at = notes.find(source) if len(source) > 1 else -1
    for _ in range(_TRIED):
        if at < 0:
            return False
        end = at + len(source)
        if not _joined(notes, at) and not _joined(notes, end):
            return True
        at = notes.find(source, end)
    return False


def _joined(text: str, at: int) -> bool:
    """Whether a word goes on across this place."""
    return 0 < at < len(text) and all(c.isalnum() or c == "_" for c in text[at - 1 : at + 1])
