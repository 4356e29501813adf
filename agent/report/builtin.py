"""The writer that needs no model: the mentor's own lines, sorted and cleanly set. It invents nothing (P7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from agent.errors import UnreadableError
from agent.model import Brief, Language, Report, Section, Sentence, SessionStatus
from agent.report import facts
from agent.report.notes import Fragment, fragments
from agent.report.text import URL, canonical, flat, fold, guess_language, typeset
from agent.report.wording import SectionWords, Wording, shipped

_SMILEY = re.compile(r"(?:^|\s)[:;8][-']?[)(DPp](?=\s|$|[.,!])|[\U0001f300-\U0001faff\u2600-\u26ff\ufe0f]")


_PLAIN_START = re.compile(r"[^\W\d_A-Z][^\W\d_A-Z’-]*(?![\w./@(])")  # "iPhone", "useEffect", "app.py" keep their letter


@dataclass(frozen=True, slots=True)
class _Placed:
    section: str
    order: int
    weight: int  # cues, numbers and links in it: what is kept first when the text must be short
    sentence: Sentence


class BuiltinWriter:
    """Implements ports.Writer with nothing but config/report.toml. Deterministic."""

    name = "builtin"

    def __init__(self, wording: Wording | None = None) -> None:
        self._wording = wording or shipped()

    def check(self) -> list[str]:
        """It is always there."""
        return ["the built-in writer needs no model and nothing leaves this machine"]

    def write(self, brief: Brief) -> Report:
        """The notes' lines in their sections, after the facts of the session.

        UnreadableError if the session took place and the notes say nothing about it. `fallback` tells what the writer
        could not do as asked: an instruction other than "shorter", another language than the notes', notes too long.
        """
        words = self._wording
        found = fragments(canonical(brief.notes), words)
        completed = brief.status is SessionStatus.COMPLETED
        if completed and not found:
            raise UnreadableError(words.say(brief.language, "empty"))
        placed = self._place(found, brief)
        chosen, reasons = self._choose(placed, brief)
        if completed:
            sections = [self._section(s.id, s.title[brief.language], chosen) for s in words.sections]
        else:
            remarks = tuple(p.sentence for p in chosen)
            sections = [Section(words.head["remarks"][brief.language], remarks)]
        shown = (facts.head(brief, words), *(s for s in sections if s.sentences))
        return Report(shown, self.name, " ; ".join(reasons) or None)

    def _place(self, found: Sequence[Fragment], brief: Brief) -> list[_Placed]:
        """Each fragment in its section, once."""
        placed: dict[str, _Placed] = {}
        for order, fragment in enumerate(found):
            section, weight = sort(fragment, self._wording)
            text = sentence(fragment.text, brief, self._wording)
            placed.setdefault(flat(text), _Placed(section, order, weight, Sentence(text, fragment.source)))
        return list(placed.values())

    def _choose(self, placed: list[_Placed], brief: Brief) -> tuple[list[_Placed], list[str]]:
        """What is kept of it, in the notes' order, and what the mentor must know about that."""
        words, language, reasons = self._wording, brief.language, []
        if guess_language(" ".join(p.sentence.text for p in placed), dict(words.check.common)) not in {language, None}:
            reasons.append(words.say(language, "not_translated"))
        kept = _most_important(placed, words.longest)
        if len(kept) < len(placed):
            reasons.append(words.say(language, "too_long", kept=len(kept), all=len(placed)))
        if brief.instruction and brief.instruction.strip():
            if not words.shorter.search(fold(brief.instruction)):
                reasons.append(words.say(language, "not_followed"))
            elif (limit := _shorter_than(kept, brief.previous)) < len(kept):
                kept = _most_important(kept, limit)
            else:
                reasons.append(words.say(language, "short_already"))
        return kept, reasons

    def _section(self, section: str, title: str, chosen: Sequence[_Placed]) -> Section:
        return Section(title, tuple(p.sentence for p in chosen if p.section == section))


def sort(fragment: Fragment, wording: Wording) -> tuple[str, int]:
    """The section that the notes announce for it, else the first by rank with a cue in it; and its weight."""
    folded = fold(fragment.text)
    hits = {s.id: len(s.cue.findall(folded)) if s.cue else 0 for s in wording.sections}
    weight = sum(hits.values()) + any(c.isdigit() for c in folded) + ("http" in folded)
    if fragment.section:
        return fragment.section, weight
    return next(s.id for s in sorted(wording.sections, key=_rank) if hits[s.id] or not s.cue), weight


def _rank(section: SectionWords) -> int:
    return section.rank


def sentence(text: str, brief: Brief, wording: Wording) -> str:
    """Shorthand as a clean sentence: spelled out, polite, with a capital letter and a final stop. No word is added."""
    language = brief.language
    text = _SMILEY.sub(" ", text).strip(" \t,;-*_")
    text = re.sub(r"[\w/]+", lambda m: wording.shorthand[language].get(m[0][:1].lower() + m[0][1:], m[0]), text)
    text = _own_name(text, brief.first_name, wording)
    if language is Language.FR and wording.check.familiar.search(text):
        text = _polite(text, wording)
    text = typeset(" ".join(text.split()), language).rstrip(" :,;\u00a0")
    if _PLAIN_START.match(text):
        text = text[:1].upper() + text[1:]
    if text.endswith((".", "!", "?", "…")) or re.search(rf"{URL.pattern}$", text, re.IGNORECASE):
        return text  # a stop would be taken for a part of the link
    return text + "."


def _polite(text: str, wording: Wording) -> str:
    """With "vous" for "tu" (R02), all of it or nothing: what cannot be turned whole stays, and is marked."""
    polite = text
    for familiar, replacement in wording.politeness:
        polite = familiar.sub(replacement, polite)
    return text if wording.check.familiar.search(polite) else polite


def _own_name(text: str, name: str, wording: Wording) -> str:
    """The learner's first name as it is spelled, where the notes say "lea" for "Léa" and it can mean nothing else."""
    folded = fold(name)
    if not folded or folded in wording.check.words_too:
        return text
    for match in reversed(list(re.finditer(rf"(?<![\w./-]){re.escape(folded)}(?![\w./-])", fold(text)))):
        text = text[: match.start()] + name + text[match.end() :]
    return text


def _most_important(placed: list[_Placed], limit: int) -> list[_Placed]:
    """At most `limit` of them in their order: the weightiest of every section first, then the second ones."""
    turn: dict[str, int] = {}
    ranked = []
    for p in sorted(placed, key=lambda p: (-p.weight, p.order)):
        turn[p.section] = turn.get(p.section, 0) + 1
        ranked.append((turn[p.section], -p.weight, p.order, p))
    ranked.sort(key=lambda r: r[:3])
    return sorted((r[3] for r in ranked[:limit]), key=lambda p: p.order)


def _shorter_than(placed: list[_Placed], previous: str | None) -> int:
    """Half as many sentences as the version the mentor found too long."""
    before = flat(previous or "")
    shown = sum(flat(p.sentence.text) in before for p in placed) if before else 0
    return max(1, ceil((shown or len(placed)) / 2))
