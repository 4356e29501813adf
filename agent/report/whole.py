"""Shorthand as whole sentences: spelled out, polite, in the third person. No fact is added (P7).

A subject is put in only where the notes leave it out and it can be one person only (config/sentences.toml).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.model import Brief, Language, SessionStatus
from agent.report.sentence_words import Rules, SentenceWords, Words
from agent.report.text import NBSP, URL, fold, typeset
from agent.report.wording import Wording

_SMILEY = re.compile(r"(?:^|\s)[:;8][-']?[)(DPp](?=\s|$|[.,!])|[\U0001f300-\U0001faff\u2600-\u26ff\ufe0f]")
_PLAIN_START = re.compile(r"[^\W\d_A-Z][^\W\d_A-Z’-]*(?![\w./@(])")  # "iPhone", "useEffect", "app.py" keep their letter
_ARROW = re.compile(r"\s*(?:(?<![-=])[-=]{1,9}>|→)\s*")
_ENDS_WITH_LINK = re.compile(rf"{URL.pattern}$", re.IGNORECASE)
_ALONE = re.compile(r"[^:;→(),?!…«\"/]{3,90}")  # what can be one of several things told in one sentence
_PERSON = re.compile(r"(?:elle|il|on|nous|she|he|they|we)\b")
_SHORTEST = 2
_SHOUTED = 3  # words
BOTH = "both"


@dataclass(frozen=True, slots=True)
class Whole:
    """A sentence. `predicate`: what stands after "Léa et le mentor ont" where it may be told with others; else ""."""

    text: str
    predicate: str = ""


class Sentences:
    """Makes the sentences of one report."""

    def __init__(self, brief: Brief, wording: Wording, words: Words) -> None:
        self._brief, self._wording = brief, wording
        self._words: SentenceWords = words.sentences[brief.language]
        name = brief.first_name or wording.head["learner"][brief.language]
        self._people = {"name": name, "mentor": self._words.mentor, "both": self._words.both.format(name=name)}
        self._third = _filled(self._words.third, self._people)
        self._spelled: dict[str, str] = {}

    def split(self, text: str) -> list[str]:
        """ "Flask ok, bloque sur jinja" is two remarks."""
        parts = self._words.split.split(text, maxsplit=3)
        alone = all(len(part) > _SHORTEST and _first(part) not in self._words.leads for part in parts)
        return parts if alone else [text]

    def about_a_person(self, text: str) -> bool:
        """Whether the subject of these words of the notes is the learner, or both."""
        text = self.spelled(text)
        begins = self._words.begins
        told = any(begins[kind].match(text) for kind in ("learner", "is", "is_not", "has", "has_not", BOTH))
        return told or _PERSON.match(fold(text)) is not None or fold(text).startswith(fold(self._people["name"]))

    def spelled(self, text: str) -> str:
        """Abbreviations in full, the learner's name as it is spelled, no smileys; no stop yet."""
        if text not in self._spelled:
            self._spelled[text] = self._spell(text)
        return self._spelled[text]

    def _spell(self, text: str) -> str:
        text = _SMILEY.sub(" ", text).strip(" \t,;-*_")
        known = self._wording.shorthand[self._brief.language]
        parts = re.split(f"({URL.pattern})", text, flags=re.IGNORECASE)
        for n in range(0, len(parts), 2):  # links stay as they are
            part = re.sub(r"[\w/]+", lambda m: known.get(m[0][:1].lower() + m[0][1:], m[0]), parts[n])
            for pattern, instead in self._words.spelled if self._words.any_spelled.search(part) else ():
                part = pattern.sub(instead, part)
            parts[n] = part
        return _own_name(" ".join("".join(parts).split()), self._brief.first_name, self._wording)

    def whole(self, text: str) -> Whole:
        """The sentence that these words of the notes make."""
        text = self.spelled(text)
        text = self._in_third_person(_calm(_lowered(text, self._wording), self._brief.language))
        formal = self._brief.language is Language.FR and not self._brief.informal
        if formal and self._wording.check.familiar.search(text):
            text = _polite(text, self._wording)
        kind = next((kind for kind, begins in self._words.begins.items() if begins.match(text)), None)
        if kind == BOTH and self._brief.status is not SessionStatus.COMPLETED:
            kind = None
        if kind == BOTH:
            text = re.sub(
                rf" (?:avec|with) (?:{re.escape(self._people['name'])}|elle|lui|her|him)(?= ?[:,]| |$)", "", text
            )
        if kind is None:
            return Whole(self.finished(text))
        text = text[:1].lower() + text[1:]
        sentence = self.finished(self._words.prefix[kind].format(**self._people) + text)
        rest = text.rstrip(" .")
        can_join = kind == BOTH and _ALONE.fullmatch(rest) and not self._wording.check.negation.search(fold(rest))
        return Whole(sentence, rest if can_join and not _ENDS_WITH_LINK.search(rest) else "")

    def joined(self, predicates: list[str]) -> str:
        """Several things that both did, in one sentence."""
        verbs = [predicate.partition(" ")[0].lower() for predicate in predicates]
        once = [
            predicate.partition(" ")[2] if n and verbs[n] == verbs[n - 1] else predicate
            for n, predicate in enumerate(predicates)
        ]  # "vu Git et SQL", not "vu Git et vu SQL"
        told = ", ".join(once[:-1]) + self._words.joined + once[-1]
        return self.finished(self._words.prefix[BOTH].format(**self._people) + told)

    def quoted(self, text: str) -> str:
        """The notes' own words, as they are, in quotation marks."""
        said = self._words.quoted.format(words=" ".join(text.split()))
        return said.replace("« ", f"«{NBSP}").replace(" »", f"{NBSP}»")

    def finished(self, text: str) -> str:
        """With typography, a capital letter and a final stop."""
        text = typeset(text, self._brief.language).rstrip(" :,;\u00a0")
        if _PLAIN_START.match(text) and not URL.match(text):
            text = text[:1].upper() + text[1:]
        if text.endswith((".", "!", "?", "…")) or _ENDS_WITH_LINK.search(text):
            return text  # a stop would be taken for a part of the link
        return text + "."

    def _in_third_person(self, text: str) -> str:
        """All of it or nothing: a sentence that keeps a word of the first person stays as it was written."""
        changed, name = text, re.escape(self._people["name"])
        if not self._words.any_third.search(text):
            return text
        changed = re.sub(
            rf"\b(?:avec|with) (?:{name}|elle|lui|her|him),? (?=nous\b|on\b|we\b)", "", changed, flags=re.IGNORECASE
        )
        for pattern, instead in self._third:
            changed = pattern.sub(instead, changed)
        for person in (self._people["both"], self._people["mentor"], self._people["name"]):
            changed = self._once(changed, person)
        if self._words.first.search(changed) or changed.count(self._people["both"]) > 1:
            return text
        if self._brief.status is not SessionStatus.COMPLETED and self._people["both"] in changed:
            return text  # nobody did anything together in a session that did not take place
        return changed

    def _once(self, text: str, person: str) -> str:
        """A sentence that begins with a person does not name them again before its next verb."""
        start = re.match(re.escape(person), text, re.IGNORECASE)
        if start is None:
            return text
        again = re.compile(rf"{self._words.again.pattern}{re.escape(person)} (?=[a-zà-ÿ])", re.IGNORECASE)
        return text[: start.end()] + again.sub(
            lambda m: f" {m['link']} " if m["link"] else self._words.once, text[start.end() :]
        )


def _first(text: str) -> str:
    match = re.match(r"\W*(\w*)", fold(text))
    return match[1] if match else ""


def _filled(rules: Rules, people: dict[str, str]) -> Rules:
    safe = {key: value.replace("\\", "") for key, value in people.items()}
    return tuple((pattern, instead.format(**safe)) for pattern, instead in rules)


def _lowered(text: str, wording: Wording) -> str:
    """A line in capitals is shouted: in small letters, but for what is always written in capitals."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    if len(words) < _SHOUTED or not all(word.isupper() for word in words):
        return text
    return re.sub(r"[^\W\d_]+", lambda m: m[0] if fold(m[0]) in wording.check.technologies else m[0].lower(), text)


def _calm(text: str, language: Language) -> str:
    """One arrow is a colon, several are a chain; exclamations in a row are none (R28)."""
    text = re.sub(r"\s*!{2,}", ".", re.sub(r"\?[?!]+|!{1,9}\?[?!]*", "?", text))
    if len(_ARROW.findall(text)) == 1:
        return _ARROW.sub(" : " if language is Language.FR else ": ", text)
    return text


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
