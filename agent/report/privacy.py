"""What a model may see (P6): names become placeholders that come back; what would identify, and private matters, go.

The concealed brief carries no known names, no mentor's name, and a placeholder for the first name: a writer that leaves
the machine refuses anything else (`is_concealed`).

A learner's number is that of the list of all learners, oldest first, so it stays the same from report to report. Other
people are numbered as they first appear in the notes, so they keep theirs from version to version of one report, not
beyond: a model remembers nothing between two reports, and a number that followed somebody's mother from one to the next
would only let whoever runs the model put together what it was told of her.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from agent.model import Brief, Goal, Language, Report, Sentence
from agent.report import contacts, people, transcript
from agent.report.notes import items, sentences
from agent.report.private_words import PrivateWords
from agent.report.private_words import shipped as shipped_private
from agent.report.text import NBSP, canonical, fold
from agent.report.wording import Pattern, Wording, shipped

REMOVED = "[…]"
"""Stands where something was removed: a sentence that quotes it is still found in what the model saw."""

OWN = "1"
"""The placeholder's number of the learner's first name."""

_PLACEHOLDER = re.compile(r"\[?\bPERSONNE_(T?\d+[A-Z]?)\b\]?", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[.!?…]\s|\n)\W*$")
_PARTICLES = {"de", "du", "des", "le", "la", "les", "da", "di", "van", "von", "der", "el", "al", "ben", "y", "of"}
_SHOWN = 4  # of each kind of removed words
_SHOWN_LENGTH = 80  # characters


@dataclass(frozen=True, slots=True)
class Taken:
    """Words that were kept from the model: for the mentor's eyes only."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Concealed:
    """What leaves (`brief`), what it stands for (`names`: "1" -> "Léa"), and what was taken out, in words.

    `taken`: the same piece by piece; `others`: the people beside the known ones, who are replaced and come back.
    """

    brief: Brief
    names: Mapping[str, str]
    removed: tuple[str, ...]
    taken: tuple[Taken, ...] = ()
    others: tuple[str, ...] = ()

    def restore(self, text: str, *, elide: bool = False) -> str:
        """The names back in their places. A placeholder that was never given stays as it is.

        With `elide`, French "de" and "que" lose their vowel before a name that starts with one, and "sa mère" gets its
        capital where a sentence begins.
        """
        if elide:
            text = re.sub(rf"\b([Dd]|[Qq]u)e ({_PLACEHOLDER.pattern})", self._elided, text, flags=re.IGNORECASE)
        return _PLACEHOLDER.sub(lambda m: self._name(m, elide=elide), text)

    def restore_report(self, report: Report) -> Report:
        """The report about the people themselves."""
        sections = tuple(replace(s, sentences=tuple(map(self._restored, s.sentences))) for s in report.sections)
        return replace(
            report,
            sections=sections,
            goals=tuple(map(self._restored_goal, report.goals)),
            progress_source=self.restore(report.progress_source) if report.progress_source else None,
        )

    def seen(self, original: Brief) -> Brief:
        """The original brief with the notes as the writer saw them and real names: what sources are held against."""
        return replace(original, notes=self.restore(self.brief.notes))

    def _restored(self, s: Sentence) -> Sentence:
        return replace(
            s, text=self.restore(s.text, elide=True), source=self.restore(s.source) if s.source else s.source
        )

    def _restored_goal(self, goal: Goal) -> Goal:
        return replace(
            goal,
            text=self.restore(goal.text, elide=True),
            source=self.restore(goal.source) if goal.source else goal.source,
        )

    def _name(self, match: re.Match[str], *, elide: bool) -> str:
        name = self.names.get(match[1].upper())
        if name is None:
            return match[0]
        begins = elide and _BEGINS.search(match.string[max(0, match.start() - 8) : match.start()])
        return name[:1].upper() + name[1:] if begins else name

    def _elided(self, match: re.Match[str]) -> str:
        name = self.names.get(match[3].upper(), "")
        return f"{match[1]}’{match[2]}" if fold(name[:1]) in set("aeiouyh") else match[0]


class _Cloak:
    """One pass over a brief's texts: the same name has the same placeholder in all of them."""

    def __init__(self, brief: Brief, wording: Wording, words: PrivateWords) -> None:
        self._wording, self._words = wording, words
        self._spellings = _spellings(brief)
        self._known = {part for key in self._spellings for part in key.split(" ")} | set(self._spellings)
        self._plain_words = wording.check.words_too - {_key(brief.first_name)}
        self._whole_names = tuple(map(_key, brief.known_names))
        self._speakers = [key for name in transcript.speakers(brief.notes) if (key := _key(name)) not in self._known]
        self._persons: dict[str, tuple[int, int]] = {}  # who -> number, ways to say it beyond the first
        self._labels: dict[str, str] = {}  # folded words -> number and letter
        self._next = 1
        self.names: dict[str, str] = {}
        self.taken: Counter[Taken] = Counter()

    def hide(self, text: str) -> str:
        """The text as a model may see it."""
        here: list[Taken] = []
        text = re.sub("(personne)_", r"\1 ", canonical(text), flags=re.IGNORECASE)  # no placeholder but ours
        wording, words = self._wording, self._words
        for kind, private, but in (
            ("health", wording.health, wording.not_health),
            ("life", words.life, words.not_life),
        ):
            text = _without_sentences(text, kind, private, but, here)
        found = contacts.find(text, fold(text), words.contacts, wording.check.technologies, self._whole_names)
        here += [Taken(kind, text[start:end]) for start, end, kind in found]
        text = _replaced(text, [(start, end, REMOVED) for start, end, _ in found])
        self.taken |= Counter(here)
        return self._without_others(_with_placeholders(text, self._spellings, self._plain_words))

    def _without_others(self, text: str) -> str:
        folded = fold(text)
        found = people.find(text, folded, self._words, self._known | {"personne"}, self._wording.check.technologies)
        spans = [(o.start, o.end, o.who, o.phrase) for o in found]
        spans += [(*m.span(), m[0].split()[0], text[m.start() : m.end()]) for m in self._spoken_by(folded)]
        apart: list[tuple[int, int, str, str]] = []
        for span in sorted(spans, key=lambda s: (s[0], -s[1])):
            if not apart or span[0] >= apart[-1][1]:
                apart.append(span)
        return _replaced(text, [(start, end, self._placeholder(who, phrase)) for start, end, who, phrase in apart])

    def _spoken_by(self, folded: str) -> Iterable[re.Match[str]]:
        if not self._speakers:
            return ()
        names = "|".join(_spelled(name) for name in sorted(self._speakers, key=len, reverse=True))
        return re.finditer(rf"(?<![^\W_])(?:{names})(?![^\W_])", folded)

    def _placeholder(self, who: str, phrase: str) -> str:
        """The same words have the same placeholder, the same person the same number (as far as letters go)."""
        key = _key(phrase)
        if (label := self._labels.get(key)) is None:
            number, ways = self._persons.get(who, (0, 26))
            number, ways = (number, ways + 1) if ways < 26 else (self._next, 0)
            self._next = max(self._next, number + 1)
            self._persons[who] = (number, ways)
            label = self._labels[key] = f"T{number}{('', *string.ascii_uppercase)[ways]}"
            self.names[label] = phrase
        return f"[PERSONNE_{label}]"


def is_concealed(brief: Brief) -> bool:
    """Whether this brief went through `conceal`, as far as its own fields can tell."""
    unhidden = brief.known_names or brief.mentor_name or brief.earlier
    return not unhidden and _PLACEHOLDER.fullmatch(brief.first_name) is not None


def conceal(brief: Brief, wording: Wording | None = None, words: PrivateWords | None = None) -> Concealed:
    """The brief that may leave. Private sentences, contacts and secrets go; every name is replaced.

    Earlier reports, which are there for comparing only, do not leave at all.
    """
    wording, words = wording or shipped(), words or shipped_private()
    cloak = _Cloak(brief, wording, words)
    hide = cloak.hide
    shown = replace(
        brief,
        first_name=f"[PERSONNE_{OWN}]",
        notes=hide(brief.notes),
        project=brief.project and hide(brief.project),
        last_goals=tuple(map(hide, brief.last_goals)),
        previous=brief.previous and hide(brief.previous),
        instruction=brief.instruction and hide(brief.instruction),
        voice=tuple(map(hide, brief.voice)),
        earlier=(),
        mentor_name="",
        known_names=(),
    )
    known = dict(_spellings(brief).values())
    names = {OWN: wording.head["learner"][brief.language], **known, **cloak.names}
    return Concealed(
        shown,
        names,
        _in_words(cloak.taken, brief.language, words),
        tuple(cloak.taken.elements()),
        tuple(cloak.names.values()),
    )


def health_in(folded: str, wording: Wording) -> list[tuple[int, int]]:
    """Where a folded text speaks of somebody's health, not of a lesson's subject."""
    return _spans(folded, wording.health, wording.not_health)


def _spans(folded: str, private: Pattern, but: Pattern) -> list[tuple[int, int]]:
    plain = but.sub(lambda m: "\x00" * len(m[0]), folded)
    return [match.span() for match in private.finditer(plain)]


def _in_words(taken: Counter[Taken], language: Language, words: PrivateWords) -> tuple[str, ...]:
    """A line for each kind: how many, and the words themselves, as far as they are short."""
    lines = []
    for kind in sorted({one.kind for one in taken}):
        found = {" ".join(one.words.split()): n for one, n in taken.items() if one.kind == kind}
        shown = [word if len(word) <= _SHOWN_LENGTH else word[: _SHOWN_LENGTH - 1] + "…" for word in found][:_SHOWN]
        more = ", …" if len(found) > _SHOWN else ""
        if language is Language.FR:
            quoted = f"{NBSP}: " + ", ".join(f"«{NBSP}{word}{NBSP}»" for word in shown)
        else:
            quoted = ": " + ", ".join(f"“{word}”" for word in shown)
        lines.append(f"{sum(found.values())} × {words.kind(language, kind)}{quoted}{more}")
    return tuple(lines)


def _without_sentences(text: str, kind: str, private: Pattern, but: Pattern, here: list[Taken]) -> str:
    """Every sentence goes that such a word touches; the words are looked for across line ends."""
    touched = _spans(fold(text), private, but)
    if not touched:
        return text
    firsts = [first for first, _ in touched]
    sentence_spans = (span for item in items(text) for span in sentences(text, item))
    gone = [(s, e) for s, e in sentence_spans if (i := bisect_left(firsts, e)) and touched[i - 1][1] > s]
    here += [Taken(kind, text[start:end]) for start, end in gone]
    text = _replaced(text, [(start, end, "") for start, end in gone])
    left = _spans(fold(text), private, but)  # in what is no sentence
    here += [Taken(kind, text[start:end]) for start, end in left]
    lines = _replaced(text, [(start, end, REMOVED) for start, end in left]).split("\n")
    return "\n".join(line for line in lines if not line.strip() or any(c.isalnum() for c in line))


def _replaced(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """The text with other words at these places, which are in order and apart."""
    parts, position = [], 0
    for start, end, instead in spans:
        parts += [text[position:start], instead]
        position = end
    return "".join(parts) + text[position:]


def _spellings(brief: Brief) -> dict[str, tuple[str, str]]:
    """Every folded way to say a name -> (the placeholder's number, the name as it is spelled).

    The whole name and each part of it. "1" is the learner's first name, "1A" and so on the same person in other words.
    """
    first = _key(brief.first_name)
    own = next((n for n in brief.known_names if first and f"{_key(n)} ".startswith(f"{first} ")), "")
    others = (n for n in (*brief.known_names, brief.mentor_name) if n != own)
    found: dict[str, tuple[str, str]] = {}
    for number, said in enumerate([(brief.first_name, own), *((n,) for n in others)], start=1):
        suffixes = iter(["", *string.ascii_uppercase])
        for part in [way for name in said for way in (name.strip(), *name.split())]:
            key = _key(part)
            if len(key) > 1 and key not in _PARTICLES | found.keys() and (suffix := next(suffixes, None)) is not None:
                found[key] = (f"{number}{suffix}", part)
    return found


def _key(name: str) -> str:
    return " ".join(re.split(r"[\s'-]+", fold(canonical(name)).strip()))


def _with_placeholders(text: str, spellings: Mapping[str, tuple[str, str]], plain_words: Collection[str]) -> str:
    """Every known name replaced; one of `plain_words` ("petit", "rose") only where it has a capital."""
    if not spellings:
        return text
    names = "|".join(_spelled(name) for name in sorted(spellings, key=len, reverse=True))
    spans = [
        (*match.span(), f"[PERSONNE_{spellings[key][0]}]")
        for match in re.finditer(rf"(?<![^\W_])(?:{names})(?![^\W_])", fold(text))
        if (key := _key(match[0])) not in plain_words or text[match.start()].isupper()
    ]
    return _replaced(text, spans)


def _spelled(key: str) -> str:
    """A pattern for folded text, with any space or hyphen between the parts of a name."""
    return r"[\s'-]+".join(map(re.escape, key.split(" ")))
