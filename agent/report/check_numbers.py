"""Numbers of a sentence and of its source: whether they are there, and with the words they belong to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from text_to_num import alpha2digit

from agent.model import Language
from agent.report.check_words import TOKEN, Lexicon
from agent.report.text import NUMBER, has_word
from agent.report.wording import CheckWords

_UNIT = r"[^\s\d,;.:()]{0,12}(?: [^\s\d,;.:()]{1,20}){0,3}?"
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_INSTEAD = r"(?:au lieu d[e'u]s?|plutot que|contre|instead of|rather than|down from|up from|against|versus|vs|->)"
_TURNED = re.compile(rf"(?<![\w.,]){_NUMBER}{_UNIT},? ?{_INSTEAD} ?(?:les |the )?{_NUMBER}")
_FROM_TO = re.compile(
    rf"(?<!\w)(?:de|from) {_NUMBER}{_UNIT} (?:a|to|down to|up to) {_NUMBER}|{_NUMBER}{_UNIT} ?(?:->|→|=>) ?{_NUMBER}"
)
_AFTERNOON = re.compile(r"(?<![\d.,:])(1[01]|[1-9]) ?p\.?m(?!\w)")
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+|(?:,\d{3})+)(?![\d])")
_MULTIPLE = re.compile(r"(?<![\w.,])(\d{1,3}) (1000(?:000)?)(?![\w.,])")  # "12 mille"
_KILO = re.compile(r"(?<![\w.,])(\d+)(?:[.,](\d))? ?k(?:€|\$)?(?!\w)")
_SHARE = re.compile(
    r"(\d+)(?: [^\W\d_]+){0,2} ?(?:/|sur|of|out of|des|parmi|in) (?:les |the |his |her |ses |their )?(\d+)"
)
_SHARE_OF = re.compile(r"(?<!\w)(?:sur|parmi|of|out of) (?:les |the |his |her |ses |their )?(\d+)[^\d.;:]{1,60}?(\d+)")
_COUNTED = re.compile(r"(?<![\w.,/])(\d+(?:[.,]\d+)?) ?(%|[^\W\d_]{3,})")
_PIECE = re.compile(
    r"[,;:()]+|(?<!\w)(?:et|and|pour|contre|for|whereas|sur|of|against|instead|au lieu|with|avec)(?!\w)"
)


def plain_numbers(flat_text: str, words: CheckWords, lexicon: Lexicon) -> str:
    """The text with every number in digits: "vingt-cinq" is "25", "10 000" and "10k" are "10000", "03" is "3"."""
    text = flat_text
    for language in Language:
        text = alpha2digit(text, language.value)  # "deux", "one" and the like stay: they are words, too
    text = _MULTIPLE.sub(lambda m: str(int(m[1]) * int(m[2])), text)
    text = _AFTERNOON.sub(lambda m: f"{int(m[1]) + 12} h", text)
    text = _THOUSANDS.sub(lambda m: m[1] + re.sub(r"\D", "", m[2]), text)
    text = _KILO.sub(lambda m: str(int(m[1]) * 1000 + int(m[2] or 0) * 100), text)
    text = TOKEN.sub(lambda m: str(words.numbers.get(m[0]) or lexicon.values.get(m[0]) or m[0]), text)
    return NUMBER.sub(lambda m: _digits(m[0]), text)


def _digits(number: str) -> str:
    return number.replace(",", ".").lstrip("0") or "0"


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
    stated = _shares(evidence)
    for share in _shares(said) - stated:
        if share[::-1] in stated:
            yield "/".join(share)
    for pattern in (_TURNED, _FROM_TO):
        pairs_of = {tuple(part for part in match.groups() if part) for match in pattern.finditer(evidence)}
        for match in pattern.finditer(said):
            pair = tuple(part for part in match.groups() if part)
            if pair[::-1] in pairs_of and pair not in pairs_of:
                yield " ".join(match[0].split())
    yield from _other_unit(said, evidence, lexicon)
    yield from _other_noun(said, evidence, lexicon)


def _shares(text: str) -> set[tuple[str, str]]:
    """Parts and wholes: "3 of 5", "of the five, three"."""
    return {*_SHARE.findall(text), *((part, whole) for whole, part in _SHARE_OF.findall(text))}


def _other_unit(said: str, evidence: str, lexicon: Lexicon) -> Iterator[str]:
    counted: dict[str, set[str]] = {}
    bare = Counter(NUMBER.findall(evidence))
    for number, word in _COUNTED.findall(evidence):
        if word in lexicon.neutral:
            continue  # "eleven without criteria": eleven of what was named before
        bare[number] -= 1
        for kin in lexicon.kin(word):
            counted.setdefault(kin, set()).add(number)
    mine = [(number, word) for number, word in _COUNTED.findall(said) if word not in lexicon.neutral]
    shares = {part for share in _shares(said) for part in share}
    told = set(NUMBER.findall(said))
    shares |= {part for pattern in (_TURNED, _FROM_TO) for m in pattern.finditer(said) for part in m.groups() if part}
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
    shares = {part for text in (said, evidence) for share in _shares(text) for part in share}
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
