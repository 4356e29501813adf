"""What a model may see (P6): names become placeholders that come back; what would identify, and health, goes.

The concealed brief carries no known names, no mentor's name, and a placeholder for the first name: a writer that leaves
the machine refuses anything else (`is_concealed`).
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from agent.model import Brief, Report, Section, Sentence
from agent.report.notes import items, sentences
from agent.report.text import URL, canonical, fold
from agent.report.wording import Wording, shipped

REMOVED = "[…]"
"""Stands where something was removed: a sentence that quotes it is still found in what the model saw."""

OWN = "1"
"""The placeholder's number of the learner's first name."""

_PLACEHOLDER = re.compile(r"\[?\bPERSONNE_(\d+[A-Z]?)\b\]?", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+|00)?\(?\d(?:[\s.()/-]{0,2}\d){8,}(?![\w])")
_OPAQUE = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[\w~.-]{20,}")
_PARTICLES = {"de", "du", "des", "le", "la", "les", "da", "di", "van", "von", "der", "el", "al", "ben", "y", "of"}


@dataclass(frozen=True, slots=True)
class Concealed:
    """What leaves (`brief`), what it stands for (`names`: "1" -> "Léa"), and what was taken out, in words."""

    brief: Brief
    names: Mapping[str, str]
    removed: tuple[str, ...]

    def restore(self, text: str, *, elide: bool = False) -> str:
        """The names back in their places. A placeholder that was never given stays as it is.

        With `elide`, French "de" and "que" lose their vowel before a name that starts with one.
        """
        if elide:
            text = re.sub(rf"\b([Dd]|[Qq]u)e ({_PLACEHOLDER.pattern})", self._elided, text, flags=re.IGNORECASE)
        return _PLACEHOLDER.sub(lambda m: self.names.get(m[1].upper(), m[0]), text)

    def restore_report(self, report: Report) -> Report:
        """The report about the people themselves."""
        sections = tuple(Section(s.title, tuple(map(self._restored, s.sentences))) for s in report.sections)
        return replace(report, sections=sections)

    def seen(self, original: Brief) -> Brief:
        """The original brief with the notes as the writer saw them and real names: what sources are held against."""
        return replace(original, notes=self.restore(self.brief.notes))

    def _restored(self, s: Sentence) -> Sentence:
        return replace(
            s, text=self.restore(s.text, elide=True), source=self.restore(s.source) if s.source else s.source
        )

    def _elided(self, match: re.Match[str]) -> str:
        name = self.names.get(match[3].upper(), "")
        return f"{match[1]}’{match[2]}" if fold(name[:1]) in set("aeiouyh") else match[0]


def is_concealed(brief: Brief) -> bool:
    """Whether this brief went through `conceal`, as far as its own fields can tell."""
    return not brief.known_names and not brief.mentor_name and _PLACEHOLDER.fullmatch(brief.first_name) is not None


def conceal(brief: Brief, wording: Wording | None = None) -> Concealed:
    """The brief that may leave. Health sentences, personal links, addresses and numbers go; every name is replaced."""
    wording = wording or shipped()
    spellings = _spellings(brief)
    counts: Counter[str] = Counter()

    def hide(text: str | None) -> str | None:
        return text and _with_placeholders(_without_private(text, wording, counts), spellings)

    shown = replace(
        brief,
        first_name=f"[PERSONNE_{OWN}]",
        notes=hide(brief.notes) or "",
        project=hide(brief.project),
        instruction=hide(brief.instruction),
        previous=hide(brief.previous),
        mentor_name="",
        known_names=(),
    )
    names = {OWN: wording.head["learner"][brief.language], **dict(spellings.values())}
    removed = tuple(
        f"{n} × {wording.say(brief.language, f'removed_{kind}')}" for kind, n in sorted(counts.items()) if n
    )
    return Concealed(shown, names, removed)


def _without_private(text: str, wording: Wording, counts: Counter[str]) -> str:
    text = re.sub("(personne)_", r"\1 ", canonical(text), flags=re.IGNORECASE)  # no placeholder but ours
    text = _without_health(text, wording, counts)
    links = [m.span() for m in URL.finditer(text) if _is_personal(m[0])]
    counts["link"] += len(links)
    text = _replaced(text, [(*span, REMOVED) for span in links])
    for kind, pattern in (("email", _EMAIL), ("phone", _PHONE)):
        text, n = pattern.subn(REMOVED, text)
        counts[kind] += n
    return text


def _is_personal(url: str) -> bool:
    """Parameters, credentials or a long opaque part: whoever has the link may have what it opens."""
    rest = url.split("//", 1)[-1]
    return "?" in rest or "@" in rest or "#" in rest or any(_OPAQUE.fullmatch(p) for p in rest.split("/")[1:])


def _without_health(text: str, wording: Wording, counts: Counter[str]) -> str:
    """Every sentence goes that such a word touches; the words are looked for across line ends."""
    touched = [match.span() for match in wording.health.finditer(fold(text))]
    if not touched:
        return text
    firsts = [first for first, _ in touched]
    sentence_spans = (span for item in items(text) for span in sentences(text, item))
    gone = [(s, e) for s, e in sentence_spans if (i := bisect_left(firsts, e)) and touched[i - 1][1] > s]
    counts["health"] += len(gone)
    text = _replaced(text, [(start, end, "") for start, end in gone])
    left = [(*match.span(), REMOVED) for match in wording.health.finditer(fold(text))]  # in what is no sentence
    counts["health"] += len(left)
    lines = _replaced(text, left).split("\n")
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


def _with_placeholders(text: str, spellings: Mapping[str, tuple[str, str]]) -> str:
    if not spellings:
        return text
    longest_first = sorted(spellings, key=len, reverse=True)
    names = "|".join(r"[\s'-]+".join(map(re.escape, name.split(" "))) for name in longest_first)
    found = re.finditer(rf"(?<![^\W_])(?:{names})(?![^\W_])", fold(text))
    return _replaced(text, [(*m.span(), f"[PERSONNE_{spellings[_key(m[0])][0]}]") for m in found])
