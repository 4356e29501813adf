"""Numbers of a sentence and of its source: whether they are there, and with the words they belong to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from agent.report.check_words import TOKEN, Lexicon
from agent.report.text import NUMBER, has_word
from agent.report.wording import CheckWords

_UNITS = ["un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize"]
_UNITS += ["quatorze", "quinze", "seize"]
_COMPOUNDS = {
    **{f"dix-{unit}": 10 + n for n, unit in enumerate(_UNITS, start=1) if 7 <= n <= 9},
    **{f"soixante-{unit}": 60 + n for n, unit in enumerate(_UNITS, start=1) if n >= 10},
    "quatre-vingt": 80,
    **{f"quatre-vingt-{unit}": 80 + n for n, unit in enumerate(_UNITS, start=1)},
}
_COMPOUND = re.compile(
    r"(?<!\w)(?:(?:quatre[- ]vingts?|soixante)[- ](?:"
    + "|".join(_UNITS[::-1])
    + r")|quatre[- ]vingts?|dix[- ](?:sept|huit|neuf))(?!\w)"
)
_UNIT = r"[^\s\d,;.:()]{0,12}(?: [^\s\d,;.:()]{1,20}){0,3}?"
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_INSTEAD = r"(?:au lieu d[e'u]s?|plutot que|contre|instead of|rather than|down from|up from|against|versus|vs|->)"
_TURNED = re.compile(rf"(?<![\w.,]){_NUMBER}{_UNIT},? ?{_INSTEAD} ?(?:les |the )?{_NUMBER}")
_FROM_TO = re.compile(
    rf"(?<!\w)(?:de|from) {_NUMBER}{_UNIT} (?:a|to|down to|up to) {_NUMBER}|{_NUMBER}{_UNIT} ?(?:->|→|=>) ?{_NUMBER}"
)
_AFTERNOON = re.compile(r"(?<![\d.,:])(1[01]|[1-9]) ?p\.?m(?!\w)")
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+|(?:,\d{3})+)(?![\d])")
_KILO = re.compile(r"(?<![\w.,])(\d+)(?:[.,](\d))? ?k(?:€|\$)?(?!\w)")
_SHARE = re.compile(r"(\d+)(?: [^\W\d_]+)? ?(?:/|sur|of|out of|des|parmi|in) (?:les |the |his |her |ses |their )?(\d+)")
_COUNTED = re.compile(r"(?<![\w.,/])(\d+(?:[.,]\d+)?) ?(%|[^\W\d_]{3,})")
_PIECE = re.compile(
    r"[,;:()]+|(?<!\w)(?:et|and|pour|contre|for|whereas|sur|of|against|instead|au lieu|with|avec)(?!\w)"
)


def plain_numbers(flat_text: str, words: CheckWords, lexicon: Lexicon) -> str:
    """The text with every number in digits: "vingt-cinq" is "25", "10 000" and "10k" are "10000", "03" is "3"."""
    text = _COMPOUND.sub(lambda m: str(_COMPOUNDS[m[0].replace(" ", "-").replace("vingts", "vingt")]), flat_text)
    text = _AFTERNOON.sub(lambda m: f"{int(m[1]) + 12} h", text)
    text = _THOUSANDS.sub(lambda m: m[1] + re.sub(r"\D", "", m[2]), text)
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
    for pattern in (_TURNED, _FROM_TO):
        pairs_of = {tuple(part for part in match.groups() if part) for match in pattern.finditer(evidence)}
        for match in pattern.finditer(said):
            pair = tuple(part for part in match.groups() if part)
            if pair[::-1] in pairs_of and pair not in pairs_of:
                yield " ".join(match[0].split())
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
    shares = {part for text in (said, evidence) for share in _SHARE.findall(text) for part in share}
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
