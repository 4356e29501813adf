"""R03: one session a week with every active learner; the next one is planned ahead.

Slots are proposed for this week and the next, one letter at a time: nothing is added while other slots are on offer,
while a letter with slots is fresh, or while an answer of the learner's is being dealt with. What was once shown to the
mentor stays open meanwhile, unless another rule's letter offers slots: one letter is enough. The first contact's own
slots hold up nothing: its follow-up repeats the invitation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    Party,
    RequestState,
    Situation,
    Slot,
    Snapshot,
)
from agent.policies import booking
from agent.policies.periods import excused
from agent.policies.planning import first_contact, known_before, met, standing_in
from agent.policies.settled import miss
from agent.policies.timing import day, earliest
from agent.policies.weeks import WEEK, ends, midnight, monday, name

RULE = "R03"
PROPOSING = ("R01/", "R03/", "R05/", "R06/", "R09/")
"""The rules whose letters propose appointments."""
OPEN = {RequestState.WAITING, RequestState.REDO, RequestState.APPROVED}


@dataclass(frozen=True, slots=True)
class _Pause:
    """Why no further letter is written, and until when."""

    why: str
    until: datetime


def slots_key(learner_id: int, week: date) -> str:
    """Names the letter that proposes slots for the week of this Monday."""
    return f"{RULE}/slots/{learner_id}/{name(week)}"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A letter is owed from `lead_hours` before the week on, until a session stands or `close_hours` before its end."""
    nobody = _nobody(snapshot)
    if nobody:
        return miss(RULE, nobody)
    this = monday(now, snapshot.zone)
    weeks = (this, this + WEEK)
    settled = {week: _settled(snapshot, week, now) for week in weeks}
    reasons = {week: settled[week] or _closed(snapshot, clause, week, now) for week in weeks}
    lacking = [week for week in weeks if not reasons[week]]
    answer = _answer(snapshot, clause, now)
    opened = [week for week in lacking if _open(snapshot, week)]
    offered = _offered(snapshot, lacking, now)
    pauses = [pause for pause in (answer, *offered, *_fresh(snapshot, clause, now)) if pause]
    if answer or offered:
        owed: list[date] = []
    elif opened or pauses:
        owed = opened
    else:
        owed = lacking[:1]
    waits = max(pauses, key=lambda pause: pause.until).why if pauses else "one letter at a time"
    return Judgement(
        hits=tuple(_owed(snapshot, clause, week, now) for week in owed),
        misses=tuple(Miss(RULE, f"{name(w)}: {reasons[w] or waits}") for w in weeks if w not in owed),
        look_again=earliest([*(p.until for p in pauses), *_boundaries(snapshot, clause, settled)], now),
    )


def _nobody(snapshot: Snapshot) -> str | None:
    """Why this learner is proposed no session at all."""
    if snapshot.learner.left_at is not None:
        return f"left on {day(snapshot.learner.left_at)}"
    if snapshot.learner.address is None:
        return "no address is known"
    if first_contact(snapshot) is None and not known_before(snapshot):
        return "the first contact comes first"
    return None


def _settled(snapshot: Snapshot, week: date, now: datetime) -> str | None:
    """Why no slots are to be proposed for this week, until something is said or found that changes it."""
    period = excused(snapshot, week)
    if period is not None and period.until is not None:
        why = "the mentor is away" if period.matter is Matter.AWAY else "the learner's absence is justified"
        return f"{why} until {day(period.until)}"
    session = standing_in(snapshot, week)
    if session is not None:
        moved = monday(session.start, snapshot.zone) != week
        verb = "its session was moved to" if moved else "a session is planned on" if session.start > now else "met on"
        return f"{verb} {day(session.start)}"
    confirmed = booking.unseen(snapshot, week)
    if confirmed is not None:
        return f"the slot of {day(confirmed.start)} was confirmed to the learner"
    return None


def _closed(snapshot: Snapshot, clause: Clause, week: date, now: datetime) -> str | None:
    """Why no slots are proposed now for a week that lacks a session."""
    opens = midnight(week, snapshot.zone) - clause.hours("lead_hours")
    if now < opens:
        return f"slots are proposed from {day(opens)} on"
    if now >= ends(week, snapshot.zone) - clause.hours("close_hours"):
        return "too little of the week is left to meet"
    key = slots_key(snapshot.learner.id, week)
    if key in snapshot.done:
        return "slots were proposed, or the letter is on its way"
    request = snapshot.request(key)
    if request is not None and request.state is RequestState.DROPPED:
        return "the mentor decided against the letter"
    return None


def _open(snapshot: Snapshot, week: date) -> bool:
    request = snapshot.request(slots_key(snapshot.learner.id, week))
    return request is not None and request.state in OPEN


def _answer(snapshot: Snapshot, clause: Clause, now: datetime) -> _Pause | None:
    """What the learner answered and nobody wrote back to yet; it holds things up for `silence_hours`."""
    said = _answers(snapshot)
    if not said or any(letter.at > said[-1].at for letter in snapshot.letters):
        return None
    until = said[-1].at + clause.hours("silence_hours")
    return _Pause(f"the learner answered on {day(said[-1].at)}", until) if until > now else None


def _answers(snapshot: Snapshot) -> list[Situation]:
    answers = snapshot.said(Matter.CHOSEN, Matter.DECLINED, Matter.MOVE)
    return [s for s in answers if s.by is Party.LEARNER and s.learner_id == snapshot.learner.id]


def _offered(snapshot: Snapshot, lacking: Sequence[date], now: datetime) -> list[_Pause]:
    """Slots of other letters that are still on offer: a letter that waits for the mentor gives way to them."""
    own = {slots_key(snapshot.learner.id, week) for week in lacking}
    held = [o for o in snapshot.offers if (key := o.letter.removeprefix("shadow/")) not in own and key[:4] != "R01/"]
    return [_Pause(f"slots are on offer until {day(o.end)}", o.end) for o in held if o.end > now]


def _fresh(snapshot: Snapshot, clause: Clause, now: datetime) -> list[_Pause]:
    """The latest letter that proposed an appointment, while its answer may come."""
    contact = first_contact(snapshot)
    silence = clause.hours("silence_hours")
    written = [letter.at for letter in snapshot.letters if (letter.key or "").startswith(PROPOSING)]
    written += [at for key, at in snapshot.of_rule(RULE).items() if key.startswith(f"{RULE}/slots/")]
    written += [contact.at] if contact is not None and not met(snapshot) else []
    if not written or max(written) + silence <= now:
        return []
    return [_Pause(f"written to on {day(max(written))}, the answer may come", max(written) + silence)]


def _owed(snapshot: Snapshot, clause: Clause, week: date, now: datetime) -> Obligation:
    """Before its Monday the letter is due by then; once the week has begun, while enough of it is left."""
    begins, over = midnight(week, snapshot.zone), ends(week, snapshot.zone)
    unanswered = first_contact(snapshot) is not None and not met(snapshot) and not _answers(snapshot)
    return Obligation(
        key=slots_key(snapshot.learner.id, week),
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.LEARNER,
        learner_id=snapshot.learner.id,
        template="follow_up" if unanswered else "weekly_slots",
        offer=Slot(max(now, begins), over),
        due=begins if now < begins else over - clause.hours("close_hours"),
        reason=f"no session is planned in {name(week)}" + (", the first contact is unanswered" if unanswered else ""),
        detail={"week": week.isoformat(), "weeks": week.isoformat()},
    )


def _boundaries(snapshot: Snapshot, clause: Clause, settled: Mapping[date, str | None]) -> list[datetime]:
    """When the answer changes by the calendar alone: a week without a session opens or closes, another is in view."""
    zone, lead, close = snapshot.zone, clause.hours("lead_hours"), clause.hours("close_hours")
    lacking = [week for week, why in settled.items() if not why]
    this, following = settled
    in_view = max(midnight(following + WEEK, zone) - lead, ends(this, zone))
    return [in_view, *(moment for w in lacking for moment in (midnight(w, zone) - lead, ends(w, zone) - close))]
