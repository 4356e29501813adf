"""Who did it: the mentor, the learner, both, or somebody else. And whether another learner is named.

A light reading of subjects: the person right before a verb, or after "par" and "by". No grammar beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.model import Brief
from agent.report.check_words import Lexicon, People, WordList
from agent.report.text import canonical, fold

_WORD = re.compile(r"[^\W\d_]+|[,;:.!?()→-]")
_PARTICIPLE = re.compile(
    r"(?:e|ee|es|ees|i|ie|is|ies|it|ite|u|ue|us|ues|ed|en|wn|nt|lt|ne|de|ert|erte|old|eld|aid|ept|ught|ound)$"
)
_TOLD = re.compile(r"(?:ed|told|gave|sent|lent|made|let|taught)$")
_INFINITIVE = re.compile(r"\w\w(?:er|ir|re)$")
_STOPS = frozenset(",;:.!?()→")
_AND, _AND_THE = {"et", "and"}, {"et", "and", "the"}
_PREPOSITIONS = {"avant", "apres", "pendant", "depuis", "pour", "avec", "chez", "sans"} | {
    *("before", "after", "during", "until", "since", "for", "with")
}
ME, WE, LEARNER = "me", "we", "learner"


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb as it stands and who may be its subject."""

    who: frozenset[str]
    verb: str
    by: bool = False  # "par", "by": it can be nobody else


class Cast:
    """The people of one brief: who a folded word may mean."""

    def __init__(self, brief: Brief, lexicon: Lexicon, words_too: frozenset[str] = frozenset()) -> None:
        self.people = lexicon.people
        self._learner = set(fold(brief.first_name).split()) - {""}
        self._mentor = {part for part in fold(brief.mentor_name).split() if len(part) > 2}
        names = {part for name in brief.known_names for part in fold(name).split() if len(part) > 2}
        self._named = names - self._learner - self._mentor - words_too

    def subject(self, word: str, *, french: bool) -> frozenset[str]:
        """Whom a word means where it is a subject; empty for any other word. `french`: "on" is a person."""
        people = self.people
        if word in self._learner or word in people.learner_subject:
            return frozenset({LEARNER})
        if word in people.me_subject or word in self._mentor:
            return frozenset({ME})
        if word in people.we_subject and (french or word != "on"):
            return frozenset({WE})
        if word in people.they_subject:
            return frozenset({LEARNER, "they"})
        return frozenset(f"other{group}" for group in people.others.groups(word)) or (
            frozenset({f"name:{word}"}) if word in self._named else frozenset()
        )

    def mentioned(self, tokens: list[str], *, french: bool) -> set[str]:
        """Everybody who comes up, as a subject or not."""
        people, found = self.people, set[str]()
        for word in tokens:
            found |= self.subject(word, french=french)
            found |= {ME} if word in people.me else set()
            found |= {WE} if word in people.we and (french or word != "on") else set()
            found |= {LEARNER} if word in people.learner else set()
        return found


def deeds(tokens: list[str], cast: Cast, lexicon: Lexicon, *, french: bool) -> list[Deed]:  # noqa: C901  one reading
    """Who does what, in order. Who has something done to them does nothing."""
    people, found = lexicon.people, list[Deed]()
    who, last, before = frozenset[str](), "", ""
    seen_other = frozenset[str]()
    passive = False
    for at, token in enumerate(tokens):
        if token in _STOPS or token in _PREPOSITIONS:
            who, before, passive = frozenset(), "" if token in _STOPS else token, False
            continue
        given_to = (found and found[-1].verb == before) or tokens[max(0, at - 2) : at - 1] == ["to"]
        done_to = given_to and token not in people.learner_subject  # "showed Tom React"
        subject = frozenset[str]() if done_to else _subject(tokens, at, cast, french=french, open_=not who)
        seen_other |= frozenset(one for one in subject if one.startswith("other"))
        if subject and _by(tokens, at, people.by) and last:
            found.append(Deed(subject, last, by=True))
        elif subject | who == {LEARNER, ME} and who != subject and _AND & set(tokens[max(0, at - 2) : at]):
            who = frozenset({WE})  # "Léa et le mentor": of the notes' "nous", or of a line without a subject
        elif subject and not who and before not in people.before_object:
            who, passive = subject | seen_other if token in people.learner_subject else subject, False
            if token not in people.skipped and not cast.subject(token, french=french):
                found.append(Deed(who, token))  # the verb itself, its subject left out
                who, last = frozenset(), token
        elif token in people.being:
            passive = True
        elif token not in people.skipped and token not in _AND_THE and len(token) > 1 and not subject:
            if who == {ME} and before in people.causing and _INFINITIVE.search(token):
                who = frozenset({LEARNER})  # "je lui ai fait dessiner"
            if who and not (passive and _PARTICIPLE.search(token)):
                found.append(Deed(who, token))
            who, passive = frozenset(), False
            last = token
        before = token
    return found


def _subject(tokens: list[str], at: int, cast: Cast, *, french: bool, open_: bool) -> frozenset[str]:
    """Whom the word at this place means as a subject; `open_`: none stands before it."""
    if _impersonal(tokens, at, cast.people):
        return frozenset()
    return cast.subject(tokens[at], french=french) or (_left_out(tokens, at, cast.people) if open_ else frozenset())


def _left_out(tokens: list[str], at: int, people: People) -> frozenset[str]:
    """Whom a verb without its subject means, in shorthand: "ai insisté", "a expliqué", "m'a posé 6 questions"."""
    if tokens[at] in {"ai", "avons"}:
        return frozenset({ME if tokens[at] == "ai" else WE})
    if at and tokens[at - 1] not in _STOPS:
        return frozenset()
    told_me = tokens[at : at + 2] == ["m", "a"] and not at
    has_done = tokens[at] == "a" and at + 1 < len(tokens) and _PARTICIPLE.search(tokens[at + 1]) is not None
    if told_me or has_done or tokens[at] in people.left_out:
        return frozenset({LEARNER})
    told = tokens[at + 1 : at + 2] in (["him"], ["her"]) and _TOLD.search(tokens[at]) is not None
    return frozenset({ME}) if told else frozenset()


def _impersonal(tokens: list[str], at: int, people: People) -> bool:
    """Whether an "il" is nobody: "il reste", "il lui est conseillé"."""
    if tokens[at] != "il":
        return False
    after = [token for token in tokens[at + 1 : at + 4] if token not in {"n", "ne", "m", "en", "lui", "leur"}]
    return bool(after) and (
        after[0] in people.impersonal
        or (after[0] == "est" and any(token in people.impersonal for token in after[1:2]))
        or (after[0] in {"est", "a"} and "lui" in tokens[at + 1 : at + 3])
    )


def _by(tokens: list[str], at: int, by: WordList) -> bool:
    before = tokens[max(0, at - 3) : at]
    return any(token in by for token in before[-2:]) and not {"than", "plutot"} & set(before)


def wrong_person(
    said: str, evidence: str, cast: Cast, lexicon: Lexicon, french: tuple[bool, bool], *, task: bool
) -> str:
    """Whom the sentence makes the author of something that its source gives to another, or to nobody like that.

    The verb, or "" where nothing speaks against it. Both are flat; `french` tells their languages; `task`: it stands
    among those for next time, which are the learner's unless it is said otherwise.
    """
    mine, theirs = _WORD.findall(said), _WORD.findall(evidence)
    stated = deeds(theirs, cast, lexicon, french=french[1])
    source = _Source(
        mentioned=cast.mentioned(theirs, french=french[1]) | {one for deed in stated for one in deed.who},
        subjects={one for deed in stated for one in deed.who},
        told_to=any(token in lexicon.people.told_to for token in theirs),
        verbs={kin for token in theirs for kin in lexicon.kin(token) if len(token) > 3},
        left_open={
            kin for at, token in enumerate(theirs) if not at or theirs[at - 1] in _STOPS for kin in lexicon.kin(token)
        },
    )
    for deed in deeds(mine, cast, lexicon, french=french[0]):
        kin = lexicon.kin(deed.verb)
        same = [one for one in stated if lexicon.kin(one.verb) & kin]
        exact = [one for one in same if one.verb[:4] == deed.verb[:4]] or same
        if exact:
            if not any(_compatible(deed.who, one.who) for one in exact):
                return deed.verb
        elif task and deed.who & {LEARNER} and not deed.by:
            continue
        elif not _possible(deed, source, lexicon) or (deed.by and not _named_author(deed, source)):
            return deed.verb
    alone = lexicon.people.alone
    if alone.search(said) and not alone.search(evidence) and lexicon.people.together.search(evidence):
        return "seul" if french[0] else "alone"
    if any(word in lexicon.people.to_me for word in mine) and not source.mentioned & {ME}:
        return "me"
    return ""


@dataclass(frozen=True, slots=True)
class _Source:
    """The people of a source. `told_to`: "lui", "her": somebody does something for the learner."""

    mentioned: set[str]
    subjects: set[str]
    told_to: bool
    verbs: set[str]
    left_open: set[str]  # what the words that begin a clause are kin to: verbs without a subject


def _compatible(said: frozenset[str], stated: frozenset[str]) -> bool:
    return bool(said & stated) or (WE in stated and bool(said & {LEARNER, ME}))


def _named_author(deed: Deed, source: _Source) -> bool:
    return not source.subjects or bool(deed.who & source.subjects) or WE in source.subjects


def _possible(deed: Deed, source: _Source, lexicon: Lexicon) -> bool:
    """Whether this person may be the author where the source has no such verb with a subject."""
    who, subjects, mentioned = deed.who, source.subjects, source.mentioned
    bare = deed.verb[:5] in source.verbs
    mentors = deed.verb in lexicon.people.mentor_acts
    if who & {LEARNER}:
        if (mentors or (bare and source.told_to)) and LEARNER not in subjects and WE not in subjects:
            return False
        return not (subjects and not (subjects | mentioned) & {LEARNER, WE})
    if who == {ME}:
        given = bool(lexicon.kin(deed.verb) & source.verbs) and source.told_to and not subjects
        if lexicon.kin(deed.verb) & source.left_open:
            return True  # "went over her plan": the mentor's own notes
        return bool(mentioned & {ME, WE}) or given or (mentors and not subjects & {LEARNER})
    if who == {WE}:
        shared = deed.verb in lexicon.neutral or deed.verb[:5] in source.verbs  # "talked about ..., she works at night"
        return not subjects or shared or bool(mentioned & {WE, ME})
    return bool(who & mentioned)


def others_named(text: str, brief: Brief, words_too: frozenset[str]) -> Iterator[str]:
    """Other learners' names in the text: any part that is not also this learner's or the mentor's."""
    own = {p for n in (brief.first_name, brief.mentor_name) for p in fold(n).split()}
    learner = next((n for n in brief.known_names if fold(n).split()[:1] == fold(brief.first_name).split()[:1]), "")
    own |= set(fold(learner).split())
    text = canonical(text)
    folded_text = fold(text)
    words = {m[0] for m in re.finditer(r"\w+", folded_text)}
    for name in brief.known_names:
        for part in name.split():
            folded = fold(part)
            if folded in own or len(folded) < 3 or not words.intersection(re.findall(r"\w+", folded)):
                continue
            for match in re.finditer(rf"(?<!\w){re.escape(folded)}(?!\w)", folded_text):
                if folded not in words_too or (match.start() > 0 and text[match.start()].isupper()):
                    yield part
