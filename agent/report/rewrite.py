"""The instructions for another version that the built-in writer can follow: fewer sentences, or some taken out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from agent.model import Brief, Language, Sentence
from agent.report.kept import parts
from agent.report.render import without_marks
from agent.report.sentence_words import RewriteWords
from agent.report.text import canonical, flat, fold
from agent.report.wording import Wording

_SMALL = frozenset({"les", "des", "une", "ses", "son", "sur", "the", "her", "his", "and", "svp", "stp"})
_STEM = 5  # letters of a word that inflection leaves alone


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence in its section. `weight`: cues, numbers and links in it, kept first when the text must be short."""

    section: str
    order: int
    weight: int
    sentence: Sentence


def most_important(placed: Sequence[Placed], limit: int) -> list[Placed]:
    """At most `limit` of them in their order: the weightiest of every section first, then the second ones."""
    turn: dict[str, int] = {}
    ranked = []
    for p in sorted(placed, key=lambda p: (-p.weight, p.order)):
        turn[p.section] = turn.get(p.section, 0) + 1
        ranked.append((turn[p.section], -p.weight, p.order, p))
    ranked.sort(key=lambda r: r[:3])
    return sorted((r[3] for r in ranked[:limit]), key=lambda p: p.order)


def shown_before(placed: Sequence[Placed], brief: Brief, wording: Wording) -> list[Placed]:
    """The sentences of the version that the instruction is about; all of them where that is another writer's text."""
    if not brief.previous:
        return list(placed)
    told = flat(without_marks(brief.previous, brief.language, wording))
    kept = [p for p in placed if flat(p.sentence.text) in told]
    ours = {place.id for place in wording.layout if not place.facts}
    lines = sum(len(part.lines) for part in parts(brief.previous, wording) if part.id in ours)
    return kept if kept and len(kept) * 2 >= lines else list(placed)


def addition(instruction: str | None, words: RewriteWords) -> str:
    """The mentor's own words that an instruction asks to be told as well; empty for any other instruction."""
    text = " ".join(canonical(instruction or "").split())
    found = words.add.search(fold(text))
    return text[slice(*found.span("what"))].strip() if found else ""


def rests_on(source: str | None, words: str) -> bool:
    """Whether a sentence with this source tells these words of the notes, or part of them."""
    one, other = flat(source or "").strip(" ."), flat(words).strip(" .")
    return bool(one) and (one in other or other in one)


def follow(
    placed: Sequence[Placed], brief: Brief, wording: Wording, words: RewriteWords
) -> tuple[list[Placed], str | None]:
    """What is left after the instruction, and why it could not be followed (in the brief's language), or None."""
    language, asked = brief.language, " ".join(fold(brief.instruction or "").split())
    kept = shown_before(placed, brief, wording)
    if more := addition(brief.instruction, words):
        told = [p for p in placed if p in kept or rests_on(p.sentence.source, more)]
        new = any(rests_on(p.sentence.source, more) for p in told)
        return told, None if new else wording.say(language, "not_followed")
    reading = _reading_order(kept, wording)
    if found := words.drop_last.search(asked) or words.drop_first.search(asked):
        gone = reading[-1:] if words.drop_last.search(asked) else reading[:1]
        return _without(kept, gone, wording, language)
    if found := words.drop_section.search(asked):
        return _dropped(kept, _of_section(kept, found["what"], wording), found["what"], wording, language)
    if found := words.drop_about.search(asked):
        return _dropped(kept, _about(kept, found["what"]), found["what"], wording, language)
    if not words.shorter.search(asked):
        return kept, wording.say(language, "not_followed")
    limit = max(1, ceil(len(kept) / 2))
    if limit == len(kept):
        return kept, wording.say(language, "short_already")
    return most_important(kept, limit), None


def _dropped(
    kept: list[Placed], gone: list[Placed], what: str, wording: Wording, language: Language
) -> tuple[list[Placed], str | None]:
    if not gone:
        return kept, wording.say(language, "not_found", what=what.strip())
    return _without(kept, gone, wording, language)


def _without(
    kept: list[Placed], gone: Sequence[Placed], wording: Wording, language: Language
) -> tuple[list[Placed], str | None]:
    left = [p for p in kept if p not in gone]
    return (left, None) if left else (kept, wording.say(language, "last_one"))


def _reading_order(placed: Sequence[Placed], wording: Wording) -> list[Placed]:
    place = {section.id: n for n, section in enumerate(wording.sections)}
    return sorted(placed, key=lambda p: (place.get(p.section, -1), p.order))


def _of_section(placed: Sequence[Placed], what: str, wording: Wording) -> list[Placed]:
    """The sentences of the section whose title has all these words."""
    said = _stems(what)
    titled = {s.id for s in wording.sections for title in s.title.values() if said and said <= _stems(fold(title))}
    return [p for p in placed if p.section in titled]


def _about(placed: Sequence[Placed], what: str) -> list[Placed]:
    """The sentences that have all these words."""
    said = _stems(what)
    return [p for p in placed if said and said <= _stems(flat(p.sentence.text))]


def _stems(folded: str) -> set[str]:
    return {word[:_STEM] for word in re.findall(r"\w{3,}|\d+", folded) if word not in _SMALL}
