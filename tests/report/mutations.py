"""Faithful sentences made wrong by rule: another number, day, name, a negation more or less, something invented.

Who did it, and what was only planned, are changed by hand in the pairs: by rule, some sentences would still be true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent.model import Language
from agent.report.text import flat
from tests.report.pair_set import Pair, Said

KINDS = ("number", "date", "name", "negation", "person", "planned", "task", "resource", "blocker")

_Table = dict[Language, tuple[str, ...]]
_DAYS: _Table = {
    Language.FR: ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: _Table = {
    Language.FR: ("janvier", "mars", "avril", "mai", "juin", "novembre", "décembre"),
    Language.EN: ("January", "February", "March", "April", "May", "June", "August", "October", "November", "December"),
}
_NUMBERS = {
    Language.FR: ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    Language.EN: ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"),
}
_DENIES = re.compile(r"\b(?:pas|plus|jamais|aucune?|sans|ni|not|no|never|without|nor|cannot)\b|n't\b")
_NAMES = ("Sofia", "Karim", "Elena", "Victor")
_TOOLS = ("Trello", "Kafka", "Notion", "Svelte", "Salesforce")
_TASKS = {
    Language.FR: (
        ", et elle préparera une affiche pour le salon professionnel",
        ", puis la refonte du logo de l'association",
        ", ainsi que la rédaction d'un article scientifique",
        " et l'organisation d'un voyage d'étude",
        ". Un enregistrement audio de la réunion sera également transcrit",
        ", et le cahier de recettes culinaires a été illustré",
    ),
    Language.EN: (
        ", and a poster for the trade fair will be printed",
        ", then the redesign of the association's logo",
        ", as well as the shooting of a short film",
        " and the organisation of a study trip",
        ". An audio recording of the assembly will be transcribed too",
        ", and the cookery leaflet was illustrated",
    ),
}
_RESOURCES = {
    Language.FR: (
        ", avec un tutoriel en ligne à l'appui",
        ", comme l'explique le livre de référence sur ce thème",
        ". Une vidéo lui a été conseillée à ce propos",
        ". Voir aussi https://ressource.example/guide",
        ". Un podcast sur ce thème lui a été recommandé",
    ),
    Language.EN: (
        ", with an online tutorial for support",
        ", as the reference book on this topic explains",
        ". A video about this was recommended",
        ". See also https://resource.example/guide",
        ". A podcast on this topic was suggested",
    ),
}
_NEGATE = {
    Language.FR: (
        (r"\b(a|ont|est|sont|ai|avait|avaient) (?=\w+(?:é|ée|és|ées|i|ie|is|it|u|ue)\b)", r"n'\1 pas "),
        (r"\bavons (?=\w+(?:é|i|is|it|u)\b)", "n'avons pas "),
        (r"\bsont (?=\w)", "ne sont pas "),
        (r"\best (?=\w)", "n'est pas "),
    ),
    Language.EN: (
        (r"\b(is|are|was|were|has|have|had|should|will) (?!not)", r"\1 not "),
        (r"\bWe (\w+)ed\b", r"We did not \1"),
    ),
}
_AFFIRM = {
    Language.FR: ((r"\b(?:ne |n')(\w+) (?:pas|plus)(?: encore)? ", r"\1 "),),
    Language.EN: ((r"\b(is|are|was|has|have|does|did) not(?: yet)? ", r"\1 "), (r"\bcannot ", "can ")),
}


def mutations(pair: Pair, others: Sequence[Pair]) -> Iterator[Said]:
    """Every wrong sentence about this pair's notes, by hand and by rule; without "blocker", which is a whole report."""
    yield from pair.wrong
    for at, said in enumerate(pair.says):
        turn = len(pair.id) + at
        yield from _named(said, "number", _number(said.text, flat(pair.source(said)), pair.brief.language))
        yield from _named(said, "date", _swapped(said.text, (_DAYS, _MONTHS), pair.brief.language, turn))
        yield from _named(said, "name", _other_name(said.text, pair, turn))
        yield from _named(said, "negation", _negation(said.text, pair.brief.language))
    yield from _invented(pair, others)


def without_blocker(pair: Pair) -> Iterator[tuple[Said, ...]]:
    """The faithful report without what it says of one difficulty."""
    for line in pair.blockers:
        yield tuple(said for said in pair.says if said.line != line)


def _named(said: Said, kind: str, text: str | None) -> Iterator[Said]:
    if text and text != said.text:
        yield replace(said, text=text, kind=kind)


def _number(text: str, source: str, language: Language) -> str | None:
    for match in re.finditer(r"(?<![\w/.-])\d+(?![\w/.-]*[a-z/])", text):
        other = next(n for n in range(int(match[0]) + 1, int(match[0]) + 99) if str(n) not in source)
        return text[: match.start()] + str(other) + text[match.end() :]
    words = _NUMBERS[language]
    for match in re.finditer(r"\w+", text):
        if match[0].lower() in words:
            at = words.index(match[0].lower())
            for word in (*words[at + 1 :], *words[:at]):
                if str(words.index(word) + 2) not in source and word not in source:
                    new = word.capitalize() if match[0][0].isupper() else word
                    return text[: match.start()] + new + text[match.end() :]
    return None


def _swapped(text: str, tables: Sequence[_Table], language: Language, turn: int) -> str | None:
    for table in tables:
        names = table[language]
        for at, name in enumerate(names):
            if re.search(rf"\b{name}\b", text):
                return re.sub(rf"\b{name}\b", names[(at + 1 + turn % (len(names) - 1)) % len(names)], text)
    return None


def _other_name(text: str, pair: Pair, turn: int) -> str | None:
    name = pair.brief.first_name
    if name in text:
        other = next(n.split()[0] for n in pair.brief.known_names if n.split()[0] != name)
        return text.replace(name, _NAMES[turn % len(_NAMES)] if turn % 2 else other)
    tools = [m for m in re.finditer(r"(?<=[a-zà-ÿ,] )(?:[A-Z][A-Za-z]{2,})\b", text) if m[0] not in _all_days()]
    if tools:
        match = tools[turn % len(tools)]
        return text[: match.start()] + _TOOLS[turn % len(_TOOLS)] + text[match.end() :]
    return None


def _all_days() -> set[str]:
    return {*_DAYS[Language.EN], *_MONTHS[Language.EN]}


def _negation(text: str, language: Language) -> str | None:
    table = _AFFIRM if _DENIES.search(text.lower()) else _NEGATE
    for pattern, new in table[language]:
        changed = re.sub(pattern, new, text, count=1)
        if changed != text:
            return changed
    return None


def _invented(pair: Pair, others: Sequence[Pair]) -> Iterator[Said]:
    """Tasks and resources: at the end of a sentence, or another pair's whole sentence on this pair's line."""
    language = pair.brief.language
    same = [o for o in others if o.id != pair.id and o.brief.language is language and o.held_out is pair.held_out]
    turn = sum(map(ord, pair.id))
    first, last = pair.says[turn % (len(pair.says) - 1)], pair.says[-1]
    for said, table, kind in ((first, _TASKS, "task"), (last, _TASKS, "task"), (first, _RESOURCES, "resource")):
        addition = table[language][(turn + said.line) % len(table[language])]
        yield replace(said, text=f"{said.text.rstrip('.')}{addition}.", kind=kind)
    stranger = same[turn % len(same)].says[-1]
    yield replace(last, text=stranger.text, kind="task")
