"""From notes to what the mentor is shown: conceal, write, restore, check, write again; fall back whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from agent.connectors.ports import Model, Writer
from agent.errors import AgentError, BudgetError, UnreadableError
from agent.model import Brief, GoalOutcome, Report, SessionStatus
from agent.model.calls import Call, Habits, Outcome, Talk, Terms
from agent.report import transcript, voice
from agent.report.assembly import arranged, located
from agent.report.check_whole import claims
from agent.report.grounding import check, must_be_redone, reasons, strays
from agent.report.privacy import Concealed, conceal
from agent.report.render import as_text
from agent.report.rewrite import addition
from agent.report.sentence_words import shipped as shipped_words
from agent.report.text import flat
from agent.report.wording import Wording, shipped

SECONDS = 120.0
"""For one draft, where nobody says otherwise."""

Manners = Callable[[str], Iterable[str]]
"""What is amiss in the tone of a text (R28), in its language."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft for the mentor. `text` carries the marks of what must be looked at.

    `removed`: what was kept from the model, in words; empty when none was asked. `reason`: why the text is not what was
    asked for (no model's, not shorter, not translated), or None. Both are in the brief's language.

    `calls`, `outcome`, `why` and `habits` are for the record; `why` says without any of the notes' words what made the
    model's report be written again, or set aside. `answered`: the model's own last report, checked, even where it was
    set aside. `notes`: those of the brief, with what the mentor asked to be added.
    """

    report: Report
    text: str
    removed: tuple[str, ...] = ()
    reason: str | None = None
    calls: tuple[Call, ...] = ()
    outcome: Outcome = Outcome.NOT_ASKED
    why: str = ""
    habits: Habits | None = None
    answered: Report | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of asking a model. `reason` is for people, `why` for the record; `answered` as in Drafted."""

    outcome: Outcome
    answered: Report | None
    reason: str = ""
    why: str = ""


@dataclass(slots=True)
class Session:
    """One report asked of one model: what it may see, and what its calls came to."""

    brief: Brief
    concealed: Concealed
    writer: Writer
    wording: Wording
    terms: Terms
    manners: Manners | None = None
    calls: list[Call] = field(default_factory=list)
    habits: Habits | None = None

    def attempt(self, seconds: float, faults: tuple[str, ...] = ()) -> Report:
        """A checked report with the names back in it. Whatever the writer raises, or its error."""
        used = sum(call.tokens_in + call.tokens_out for call in self.calls)
        left = None if self.terms.tokens is None else self.terms.tokens - used
        habits = self.habits or self.terms.habits
        talk = _talk(self.writer, self.concealed.brief, Terms(seconds, habits, left, faults))
        self.calls += talk.calls
        self.habits = talk.habits or self.habits
        if talk.report is None:
            raise talk.error or AgentError("no report, and no reason")
        seen = self.concealed.seen(self.brief)
        told = arranged(self.concealed.restore_report(talk.report), seen.language, self.wording)
        checked = check(told, seen, self.wording, self.manners)
        return voice.marked(checked, seen, self.wording)

    def faults_of(self, report: Report) -> tuple[str, ...]:
        """Why a report is refused, with nothing in it that the model may not see."""
        said = "\n".join(" ".join(reason.split()) for reason in reasons(report))
        hidden = conceal(replace(self.brief, notes=said), self.wording).brief.notes
        return tuple(line for line in hidden.splitlines() if line.strip())


def draft(
    brief: Brief,
    writer: Writer,
    fallback: Writer,
    wording: Wording | None = None,
    *,
    terms: Terms | None = None,
    manners: Manners | None = None,
    refused: str | None = None,
) -> Drafted:
    """A checked draft by `writer`, or by `fallback` where the writer fails, is late or strays from the notes.

    With the fallback as the writer, and for a session that did not take place, nothing leaves and no model is asked;
    nor where `refused` says why it may not be. UnreadableError from the fallback alone: the notes of a completed
    session are empty, and the mentor is asked again.
    """
    notes = _with_addition(brief)
    told = replace(brief, notes=transcript.tidy(notes))
    done = _draft(told, writer, fallback, wording or shipped(), terms or Terms(SECONDS), manners, refused)
    return replace(done, notes=notes)


def _draft(
    brief: Brief,
    writer: Writer,
    fallback: Writer,
    wording: Wording,
    terms: Terms,
    manners: Manners | None,
    refused: str | None,
) -> Drafted:
    plain: Report | None = None
    try:
        plain = check(fallback.write(brief), brief, wording, manners)  # first: whatever the model does, this exists
    except UnreadableError:  # of a transcript in which nobody sums up, a model alone can make a report
        if writer is fallback or not transcript.split(brief.notes)[1]:
            raise
    if plain is not None and (writer is fallback or brief.status is not SessionStatus.COMPLETED):
        return _drafted(plain, brief, (), wording)
    if refused and plain is None:
        raise UnreadableError(wording.say(brief.language, "no_summary"))
    if refused:
        return _drafted(_instead(plain, refused), brief, (), wording)
    concealed = conceal(brief, wording)
    if not concealed.brief.notes.strip():  # all of it was private: there is nothing to word
        return _drafted(_instead(plain, ""), brief, concealed.removed, wording)
    asked = Session(brief, concealed, writer, wording, terms, manners)
    tried = _written(asked, plain, time.monotonic)
    kept = tried.outcome is not Outcome.FELL_BACK and tried.answered is not None
    if plain is None and not kept:
        raise UnreadableError(wording.say(brief.language, "no_summary"))
    shown = tried.answered if kept and tried.answered else _instead(plain, tried.reason)
    return replace(
        _drafted(shown, brief, concealed.removed, wording),
        calls=tuple(asked.calls),
        outcome=tried.outcome,
        why=tried.why,
        habits=asked.habits,
        answered=tried.answered,
    )


def _with_addition(brief: Brief) -> str:
    """The notes, with what the mentor wants to be told as well: their own words, like the notes themselves."""
    more = addition(brief.instruction, shipped_words().rewrite)
    return brief.notes if not more or flat(more) in flat(brief.notes) else transcript.joined(brief.notes, more)


def _written(asked: Session, plain: Report | None, clock: Callable[[], float]) -> _Tried:
    """The model's report, at the second try where the first strays or leaves something out.

    What is still amiss in the whole of it then, and is not in `plain`, is a reason to show that instead.
    """
    began, language, wording = clock(), asked.brief.language, asked.wording
    try:
        first = asked.attempt(asked.terms.seconds)
    except Exception as error:  # noqa: BLE001  a model's faults, of whatever kind, never cost the 48 hours (P7)
        said = str(error) if isinstance(error, AgentError) else wording.say(language, "unexpected")
        short = isinstance(error, BudgetError)
        reason = wording.say(language, "budget_short") if short else wording.say(language, "writer_failed", error=said)
        return _Tried(Outcome.FELL_BACK, None, reason, f"failed: {type(error).__name__}")
    if not must_be_redone(first):
        return _Tried(Outcome.KEPT, first)
    (why, reason), took = _amiss(first, asked), clock() - began
    if took * 2 > asked.terms.seconds:  # a second version takes as long as the first
        return _Tried(Outcome.FELL_BACK, first, reason, f"{why}, no time to write again")
    try:
        second = asked.attempt(asked.terms.seconds - took, asked.faults_of(first))
    except Exception as error:  # noqa: BLE001  as above
        return _Tried(Outcome.FELL_BACK, first, reason, f"{why}, then failed: {type(error).__name__}")
    if not strays(second) and (plain is None or len(second.concerns) <= len(plain.concerns)):
        return _Tried(Outcome.REDONE, second, why=why)
    again, reason = _amiss(second, asked)
    return _Tried(Outcome.FELL_BACK, second, reason, f"{why}, then {again}")


def _amiss(report: Report, asked: Session) -> tuple[str, str]:
    """Why a model's report is not shown as it is: for the record, without the notes' words, and for the mentor."""
    language, wording = asked.brief.language, asked.wording
    doubts, claimed = _counted(report)
    if strays(report):
        return f"{doubts} of {claimed} marked", wording.say(language, "writer_doubtful", doubts=doubts, all=claimed)
    what = " ; ".join(report.concerns)
    return f"{len(report.concerns)} amiss in the whole", wording.say(language, "writer_amiss", what=what)


def _talk(writer: Writer, brief: Brief, terms: Terms) -> Talk:
    if isinstance(writer, Model):
        return writer.talk(brief, terms)
    return Talk(writer.write(brief))


def _counted(report: Report) -> tuple[int, int]:
    """Doubtful statements and all, those that state our own facts aside."""
    doubts = [sentence.doubt for sentence in claims(report)]
    doubts += [goal.doubt for goal in report.goals if goal.outcome is not GoalOutcome.UNKNOWN]
    return sum(doubt is not None for doubt in doubts), len(doubts)


def _instead(plain: Report | None, reason: str) -> Report:
    """The fallback's report, with the reason for it. UnreadableError where it could make none."""
    if plain is None:
        raise UnreadableError(reason)
    return replace(plain, fallback=" ; ".join(filter(None, (reason, plain.fallback))) or None)


def _drafted(report: Report, brief: Brief, removed: tuple[str, ...], wording: Wording) -> Drafted:
    report = located(report, brief.notes)
    unspoken = [goal.text.rstrip(" .") for goal in report.goals if goal.outcome is GoalOutcome.UNKNOWN]
    note = wording.say(brief.language, "unspoken", goals=" ; ".join(unspoken)) if unspoken else None
    reason = " ; ".join(filter(None, (report.fallback, note))) or None
    return Drafted(report, as_text(report, brief.language, marks=True, wording=wording), removed, reason)
