"""What is compared as it stands: numbers, dates, links, names, tools. What a sentence has and its source has not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from agent import phrasing
from agent.model import Language
from agent.report.check_words import TOKEN, Lexicon, lexicon
from agent.report.text import NUMBER, URL, WORD, flat, fold, has_word
from agent.report.wording import CheckWords

_EDGES = " .,;:!?\"'-*…[]()"
_TRIED = 20  # places of the notes at which a source is looked for
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+)(?![\d])")
_KILO = re.compile(r"(?<![\w.,])(\d+)(?:[.,](\d))? ?k(?:€|\$)?(?!\w)")
_SHARE = re.compile(r"(\d+)(?: [^\W\d_]+)? ?(?:/|sur|of|out of|des|parmi|in) (?:les |the |his |her |ses |their )?(\d+)")
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})(?!\d)")
_COUNTED = re.compile(r"(?<![\w.,/])(\d+(?:[.,]\d+)?) ?(%|[^\W\d_]{3,})")
_NUMBERED = re.compile(rf"{NUMBER.pattern}(?:-[a-z]+|e|er|re|ere|eme|ème|st|nd|rd|th|h|min|mn|s|k|%)?")
_PIECE = re.compile(
    r"[,;:()]+|(?<!\w)(?:et|and|pour|contre|for|whereas|sur|of|against|instead|au lieu|with|avec)(?!\w)"
)
_ENDS = {".", "!", "?", "…", ":", "→"}
_VERBS = re.compile(r"(?:a|n|ne|est|etait|avait|va|doit|s|se|lui|m|nous|has|is|was|had|will|does|did|should|must|can)$")
_TOO = {"may", "march"}  # English verbs as well: a date only with a capital that no sentence begins with
_NOT_AFTER_NAME = re.compile(
    r"(?:de|du|des|d|la|le|les|l|un|une|son|sa|ses|the|an|a|of|to|on|in|for|her|his|their|its|that|each|every)$"
)


def plain_numbers(flat_text: str, words: CheckWords, lexicon: Lexicon) -> str:
    """The text with every number in digits: "vingt-cinq" is "25", "10 000" and "10k" are "10000", "03" is "3"."""
    text = _THOUSANDS.sub(lambda m: m[1] + m[2].replace(" ", ""), flat_text)
    text = _KILO.sub(lambda m: str(int(m[1]) * 1000 + int(m[2] or 0) * 100), text)
    parts = re.split(r"([^\W\d_]+)", text)
    for at in range(1, len(parts), 2):
        word = parts[at]
        value = words.numbers.get(word) or lexicon.values.get(word)
        if value is None:
            continue
        after = at + 2
        unit = words.numbers.get(parts[after]) if after < len(parts) and parts[at + 1] in {"-", " "} else None
        if word in lexicon.tens and unit and int(unit) < 10:
            parts[at], parts[at + 1], parts[after] = str(int(value) + int(unit)), "", ""
        else:
            parts[at] = str(value)
    return NUMBER.sub(lambda m: _digits(m[0]), "".join(parts))


def _digits(number: str) -> str:
    return number.replace(",", ".").lstrip("0") or "0"


def stray_links(text: str, evidence: str) -> Iterator[str]:
    """Links of a sentence that are not in its flat source, to the letter."""
    stated = {flat(url) for url in URL.findall(evidence)}
    return (url for url in URL.findall(text) if flat(url) not in stated)


def stray_numbers(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """Numbers of a sentence that its source lacks. Both with plain numbers."""
    allowed = set(NUMBER.findall(evidence))
    for group in lexicon.alike:
        if any(has_word(evidence, form) for form in group):
            allowed.update(n for form in group for n in NUMBER.findall(form))
    yield from sorted(set(NUMBER.findall(said)) - allowed)
    allowed |= _ordinals(evidence, lexicon)
    yield from sorted(_ordinals(said, lexicon) - allowed)


def _ordinals(text: str, lexicon: Lexicon) -> set[str]:
    return {str(lexicon.ordinals[word]) for word in TOKEN.findall(text) if word in lexicon.ordinals}


def stray_order(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """Numbers that the source gives to other words: "3 of 5" for "5 of 3", "2 tests, 4 bugs" for "4 tests, 2 bugs"."""
    stated = set(_SHARE.findall(evidence))
    for share in set(_SHARE.findall(said)) - stated:
        if share[::-1] in stated:
            yield "/".join(share)
    yield from _other_unit(said, evidence, lexicon)
    yield from _other_noun(said, evidence, lexicon)


def _other_unit(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    counted: dict[str, set[str]] = {}
    bare = Counter(NUMBER.findall(evidence))
    for number, word in _COUNTED.findall(evidence):
        bare[number] -= 1
        for kin in lexicon.kin(word):
            counted.setdefault(kin, set()).add(number)
    mine, shares = _COUNTED.findall(said), {part for share in _SHARE.findall(said) for part in share}
    told = set(NUMBER.findall(said))
    for number, word in mine:
        others = counted.get(word[:5])
        if not others or number in others or number in shares or number not in bare:
            continue
        kept = others & {n for n, unit in mine if unit == word}
        if bare[number] <= 0 or (others & told and not kept):
            yield f"{number} {word}"


def _other_noun(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """A number beside words that the source has beside another number, and none that it has beside this one."""
    stated, told = list(_beside_numbers(evidence, lexicon)), set(NUMBER.findall(said))
    shares = {part for share in _SHARE.findall(said) for part in share}
    for number, words in _beside_numbers(said, lexicon):
        if number in shares:
            continue
        own = [theirs for n, theirs in stated if n == number]
        others = [theirs for n, theirs in stated if n != number and n in told]
        if own and words and not any(words & theirs for theirs in own) and any(words & theirs for theirs in others):
            yield number


def _beside_numbers(text: str, lexicon: Lexicon) -> Iterator[tuple[str, set[str]]]:
    for piece in _PIECE.split(text):
        numbers = NUMBER.findall(piece)
        if len(numbers) == 1:
            units = {unit for _, unit in _COUNTED.findall(piece)}
            yield numbers[0], {word[:5] for word in lexicon.content(piece, frozenset()) if word not in units}


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
    months = {int(month) for _, month in _NUMERIC_DATE.findall(evidence)}
    for number, spellings in enumerate(_calendar()):
        named = words & spellings
        short = any(len(s) > 2 and any(spelled.startswith(s) for spelled in spellings) for s in stated)
        if named and not short and number - 6 not in months:
            yield from sorted(named)
    said = flat(text)
    for group in lexicon.days_near:
        named = {form for form in group if has_word(said, form)}
        if named and not any(has_word(evidence, form) for form in group):
            yield from sorted(named)


def is_date(folded: str) -> bool:
    """Whether this is the name of a day or a month."""
    return any(folded in spellings for spellings in _calendar())


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


def first_names(text: str, known: set[str], words: CheckWords, lexicon: Lexicon, *, foreign: bool) -> Iterator[str]:
    """Words that open a sentence as only a name does: with a capital, unknown, and a verb rather than a noun behind."""
    found = [(m[0], m.start()) for m in WORD.finditer(text)]
    for at, ((word, start), (after, _)) in enumerate(pairwise(found)):
        opens = at == 0 or text[:start].rstrip(" \u00a0«\"'’(")[-1:] in _ENDS
        folded = fold(word)
        if not (opens and word[0].isupper() and word[1:].islower() and len(word) > 2 and "-" not in word):
            continue
        if _NOT_AFTER_NAME.match(fold(after)) and fold(after) != "a":
            continue
        if any(folded in common for common in words.common.values()) or folded in words.numbers:
            continue
        if folded.endswith(("ment", "ly", "ing", "ed", "s")) or lexicon.kin(folded) & known:
            continue
        if folded.endswith(("er", "ir", "re")) and not _VERBS.match(fold(after)):
            continue  # "Atteindre 80 %"
        if foreign and not (_VERBS.match(fold(after)) or after.endswith("ed")):
            continue  # the source's own words are not known
        if folded in lexicon.neutral or folded in lexicon.openers or folded in lexicon.same:
            continue
        yield word


def stray_resources(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    """Things to read or watch that the flat source does not name. An address may be that of a page of any kind."""
    linked = lexicon.linked if URL.search(evidence) else frozenset[int]()
    evidence, said = URL.sub(" ", evidence), URL.sub(" ", said)
    stated = {group for word in TOKEN.findall(evidence) for group in lexicon.resource.groups(word)}
    for word in dict.fromkeys(TOKEN.findall(said)):
        groups = lexicon.resource.groups(word)
        if groups and not groups & (stated | linked):
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
