"""Whether each sentence of a report says what its source says (P7). Deterministic, and no model in it.

A doubt is a reason for the mentor to look, in the report's language; a sentence without one is grounded. What is
compared stands in the rooms beside this one: check_values (numbers, dates, names, links), check_added, check_sense
and check_time (nothing added, denied or already done), check_people (who did it), check_whole (the report as a whole).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from agent.model import Brief, Goal, GoalOutcome, Language, Report, Section, Sentence, SessionStatus
from agent.report import check_added, check_notes, check_numbers, check_sense, check_time, check_values
from agent.report.check_notes import PLANS
from agent.report.check_people import Cast, others_named, wrong_person
from agent.report.check_spoken import Talk
from agent.report.check_time import Deeds
from agent.report.check_whole import claims, concerns, is_generic
from agent.report.check_words import TOKEN, Lexicon, lexicon
from agent.report.facts import FACT, known
from agent.report.privacy import health_in
from agent.report.text import URL, flat, fold, guess_language, has_word
from agent.report.wording import Wording, shipped

_FACT_SHARE = 0.6  # least share of a sentence's words found in its fact: facts are not reworded
_PART = re.compile(r"[,;.](?=\s)|(?<!\w)(?:et|and|puis|then)(?!\w)", re.IGNORECASE)
_DEEDS = "worked_on"  # the id of the section with what was done


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence beside what it must rest on, flat but `text` and `source`; `facts`: what any sentence may name."""

    text: str
    source: str
    said: str
    evidence: str
    facts: str
    from_fact: bool
    section: str
    notes: check_notes.Noted


def check(
    report: Report,
    brief: Brief,
    wording: Wording | None = None,
    manners: Callable[[str], Iterable[str]] | None = None,
) -> Report:
    """The report with each sentence's and goal's `doubt` set anew, or None, and its `concerns` as a whole.

    `brief` holds the notes as the writer saw them, with people's real names. `manners` tells what is amiss in the
    tone of a text (R28), in the report's language.
    """
    judge = _Judge(report, brief, wording or shipped(), lexicon(), manners)
    sections = (replace(s, sentences=tuple(judge.sentence(x, s) for x in s.sentences)) for s in report.sections)
    goals = tuple(map(judge.goal, report.goals))
    checked = replace(report, sections=tuple(sections), goals=goals)
    return replace(checked, concerns=tuple(judge.concerns(checked)))


def marked_share(report: Report) -> float:
    """How much of a checked report's sentences about the notes is marked, 0 to 1; 1.0 where there is none."""
    doubts = [sentence.doubt for sentence in claims(report)]
    doubts += [goal.doubt for goal in report.goals if goal.outcome is not GoalOutcome.UNKNOWN]
    return sum(doubt is not None for doubt in doubts) / len(doubts) if doubts else 1.0


def strays(report: Report) -> bool:
    """Whether more of a checked report is marked than config/report_check.toml allows."""
    return marked_share(report) > lexicon().shares["redo"]


def must_be_redone(report: Report) -> bool:
    """Whether it strays, or something is amiss in the whole of it: a difficulty left out, a copy, nothing said."""
    return strays(report) or bool(report.concerns)


def reasons(report: Report) -> tuple[str, ...]:
    """What a checked report is doubted for, a line each, for whoever writes it again: the sentence and its doubt."""
    marked = (f"{one.text} ({one.doubt})" for one in report.doubts)
    return (*marked, *report.concerns)


class _Judge:
    """One report and its brief, read once, and every question that is put to a sentence about it."""

    def __init__(
        self,
        report: Report,
        brief: Brief,
        wording: Wording,
        words: Lexicon,
        manners: Callable[[str], Iterable[str]] | None,
    ) -> None:
        self._brief, self._wording, self._lexicon, self._manners = brief, wording, words, manners
        self._facts = known(brief, wording)
        self._common = flat(f"{brief.first_name} {brief.project or ''} {brief.mentor_name}")
        self._cast = Cast(brief, words, wording.check.words_too)
        self._notes = check_notes.read(brief, wording)
        self._talk = Talk(brief)
        self._told = [(flat(self._talk.told(s.source or "")), flat(s.text)) for s in claims(report)]

    def sentence(self, sentence: Sentence, section: Section) -> Sentence:
        """The sentence with its doubts, or with none."""
        doubts = dict.fromkeys(self._doubts(sentence, section.id))
        return replace(sentence, doubt=" ; ".join(doubts) or None)

    def goal(self, goal: Goal) -> Goal:
        """A goal of last time: its outcome must be what the notes' words say."""
        if goal.outcome is GoalOutcome.UNKNOWN:
            return replace(goal, doubt=None)
        evidence = flat(goal.source or "")
        if self._too_long("", evidence) or not check_values.stands_in(evidence, self._notes.text):
            return replace(goal, doubt=self._say("doubt_source"))
        read = check_sense.clauses(evidence, self._wording.check, self._lexicon)
        short = any((c.negated or c.lacking) and not c.cleared for c in read)
        met = goal.outcome is GoalOutcome.MET
        wrong = (short and not any(c.having for c in read)) if met else not short
        if wrong and (met or goal.outcome is GoalOutcome.NOT):
            return replace(goal, doubt=self._say("outcome"))
        return replace(goal, doubt=None)

    def concerns(self, report: Report) -> Iterator[str]:
        """What is doubtful in the whole of it."""
        yield from concerns(report, self._brief, self._wording, self._lexicon)
        figure, source = report.progress, report.progress_source or ""
        evidence = flat(self._facts.get(source, "")) if source.startswith(FACT) else flat(source)
        given = self._numbers(evidence)
        if figure is not None and (str(figure) not in given.split() or not source):
            yield self._lexicon.say(self._brief.language, "progress", what=figure)

    def _say(self, name: str, what: str = "") -> str:
        if name in self._lexicon.messages[self._brief.language]:
            return self._lexicon.say(self._brief.language, name, what=what)
        return self._wording.say(self._brief.language, name, what=what)

    def _doubts(self, sentence: Sentence, section: str) -> Iterator[str]:
        source = (sentence.source or "").strip()
        from_fact = source.startswith(FACT)
        said, quoted = flat(sentence.text), flat(source)
        told = self._facts.get(source, "") if from_fact else self._talk.told(source)
        evidence = flat(told)
        claim = _Claim(sentence.text, told, said, evidence, self._common, from_fact, section, self._notes)
        if from_fact and source not in self._facts:
            yield self._say("doubt_fact")
        elif not from_fact and not check_values.stands_in(quoted, self._notes.text):
            yield self._say("doubt_source")
        elif self._too_long(said, evidence):
            yield self._say("broad")
            return
        else:
            quoted_whole = not from_fact and check_notes.bare(said) == check_notes.bare(quoted)
            found = [] if quoted_whole else [self._stray_values(claim)]
            if from_fact:
                found.append(self._stray_fact(claim))
            else:
                deeds, plans = self._read_deeds(claim)
                planned = self._announced(claim) or plans.labelled or plans.planned
                found += [] if quoted_whole else [self._stray_sense(claim, planned=planned)]
                found.append(self._stray_plans(claim, deeds, plans))
            yield from (self._say(name, what) for strays in found for name, what in strays)
        for name, what in self._improper(claim):
            yield self._say(name, what)
        if self._manners is not None and not from_fact:
            yield from self._manners(sentence.text)

    def _too_long(self, said: str, evidence: str) -> bool:
        shares = self._lexicon.shares
        return len(said) > shares["longest_sentence"] or len(evidence) > shares["longest_source"]

    def _numbers(self, text: str) -> str:
        return check_numbers.plain_numbers(URL.sub(" ", text), self._wording.check, self._lexicon)

    def _stray_values(self, claim: _Claim) -> Iterator[tuple[str, str]]:
        """What stands in the sentence and not in its source: (message, the words)."""
        words, lexicon_ = self._wording.check, self._lexicon
        for url in check_values.stray_links(claim.text, claim.evidence):
            yield "doubt_link", url
        plain, allowed = URL.sub(" ", claim.text), f"{claim.evidence} {claim.facts}"
        said, evidence = self._numbers(claim.said), self._numbers(claim.evidence)
        for number in check_numbers.stray_numbers(said, f"{evidence} {self._numbers(claim.facts)}", lexicon_):
            yield "doubt_number", number
        for what in check_numbers.stray_order(said, evidence, lexicon_):
            yield "order", what
        for word in check_values.stray_dates(plain, claim.evidence, lexicon_):
            yield "doubt_date", word
        for word in check_values.marked_words(plain, words):
            folded = fold(word)
            if not self._stands(folded, allowed) and not check_values.is_date(folded):
                yield "doubt_word", word

    def _stands(self, folded: str, allowed: str) -> bool:
        """Whether a word with a capital stands in the source, as it is, or as one of the trade: "CV" for "resume"."""
        spelled = {folded, f"{folded}s", folded.removesuffix("s"), folded.replace("/", "")}
        if any(has_word(allowed, one) for one in spelled) or re.search(rf"\d{re.escape(folded)}\b", allowed):
            return True
        kinds = [self._lexicon.tools]
        if folded not in self._wording.check.technologies:
            kinds.append(self._lexicon.same)
        words = set(re.findall(r"[\w.]*[^\W_]", allowed))
        return any(groups & kind.groups(w) for kind in kinds if (groups := kind.groups(folded)) for w in words)

    def _stray_fact(self, claim: _Claim) -> Iterator[tuple[str, str]]:
        content = re.findall(r"[^\W\d_]{4,}", claim.said)
        stated = {word[:5] for word in re.findall(r"\w{3,}", f"{claim.evidence} {claim.facts}")}
        if len(content) > 2 and sum(word[:5] in stated for word in content) < _FACT_SHARE * len(content):
            yield "doubt_sense", ""

    def _stray_sense(self, claim: _Claim, *, planned: bool) -> Iterator[tuple[str, str]]:
        """What the sentence adds to its source, denies of it, or gives to somebody else."""
        words, lexicon_ = self._wording.check, self._lexicon
        if self._denied(claim, planned=planned):
            yield "doubt_negation", ""
        foreign = self._source_language(claim) is not self._brief.language
        for new in check_added.added(claim.said, claim.evidence, claim.facts, words, lexicon_, foreign=foreign):
            yield ("added", new) if new else ("doubt_sense", "")
        for word in check_values.stray_resources(claim.said, claim.evidence, lexicon_):
            yield "resource", word
        allowed = {k for w in re.findall(r"[^\W\d_]+", f"{claim.evidence} {claim.facts}") for k in lexicon_.kin(w)}
        opening = check_values.first_names(claim.text, allowed, words, lexicon_)
        for name in dict.fromkeys([*check_values.given_names(claim.text, allowed, lexicon_), *opening]):
            yield "name", name
        french = self._brief.language is Language.FR, self._source_language(claim) is Language.FR
        task = claim.section == PLANS
        if wrong := wrong_person(claim.said, claim.evidence, self._cast, lexicon_, french, task=task):
            yield "person", wrong

    def _denied(self, claim: _Claim, *, planned: bool) -> bool:
        """Whether it says the opposite of its source. Another sentence may tell the rest of the same words."""
        words, lexicon_ = self._wording.check, self._lexicon
        foreign = self._source_language(claim) is not self._brief.language
        if not check_sense.denied(claim.said, claim.evidence, words, lexicon_, planned=planned, foreign=foreign):
            return False
        beside = [
            text for source, text in self._told if text != claim.said and check_notes.overlap(source, claim.evidence)
        ]
        return not beside or check_sense.denied(
            ". ".join([claim.said, *beside]), claim.evidence, words, lexicon_, planned=planned, foreign=foreign
        )

    def _source_language(self, claim: _Claim) -> Language:
        words = dict(self._wording.check.common)
        return guess_language(claim.evidence, words) or claim.notes.language or self._brief.language

    def _stray_plans(self, claim: _Claim, told: Deeds, evidence: Deeds) -> Iterator[tuple[str, str]]:
        announced = self._announced(claim)
        misplaced = announced or evidence.labelled or self._only_planned(claim, told, evidence)
        if told.labelled:
            return  # "Next: ..." stands there too
        done = check_time.planned_told_as_done(told, evidence, announced=announced)
        if done or (misplaced and claim.section == _DEEDS and not told.planned):
            yield "planned", ""
        elif check_time.done_told_as_planned(told, evidence, announced=announced, task=claim.section == PLANS):
            yield "undone", ""

    def _only_planned(self, claim: _Claim, told: Deeds, evidence: Deeds) -> bool:
        """Whether what the sentence takes up of its source is a plan there, and no advice here."""
        if not evidence.firm or evidence.done or evidence.short or self._lexicon.speech.search(claim.said):
            return False
        said = {word[:4] for word in TOKEN.findall(claim.said) if len(word) > 3}
        parts = [part for part in _PART.split(claim.source) if said & {word[:4] for word in TOKEN.findall(flat(part))}]
        language = self._source_language(claim)
        near = [check_time.read_deeds(p, language, self._wording.check, self._lexicon, report=False) for p in parts]
        return not told.firm and (not near or any(part.firm for part in near))

    def _announced(self, claim: _Claim) -> bool:
        return claim.evidence in claim.notes.planned and claim.evidence not in claim.notes.other

    def _read_deeds(self, claim: _Claim) -> tuple[Deeds, Deeds]:
        """What the sentence and its source say of time."""
        words, name = self._wording.check, self._brief.first_name
        text, source = (
            re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "they", t) if name else t for t in (claim.text, claim.source)
        )
        language = self._source_language(claim)
        return (
            check_time.read_deeds(text, self._brief.language, words, self._lexicon, report=True),
            check_time.read_deeds(source, language, words, self._lexicon, report=False),
        )

    def _improper(self, claim: _Claim) -> Iterator[tuple[str, str]]:
        """What no sentence of this report may say, whatever its source."""
        words = self._wording.check
        if (match := words.markup.search(claim.said)) and match[0] not in claim.evidence:
            yield "doubt_markup", match[0]
        if claim.from_fact:
            return  # our own words, held against the fact above
        for name in others_named(claim.text, self._brief, words.words_too):
            yield "doubt_other", name
        completed = self._brief.status is SessionStatus.COMPLETED
        if completed and words.not_held.search(claim.said):
            yield "doubt_not_held", ""
        if not completed and words.held.search(claim.said):
            yield "doubt_held", ""
        if self._brief.language is Language.FR and not self._brief.informal and words.familiar.search(claim.text):
            yield "doubt_familiar", ""
        if health_in(claim.said, self._wording):
            yield "doubt_health", ""
        if is_generic(claim.text, self._lexicon):
            yield "generic", ""
        quoted = check_notes.bare(claim.said) in claim.notes.bare
        if not quoted and guess_language(claim.text, dict(words.common)) not in {self._brief.language, None}:
            yield "doubt_language", ""
