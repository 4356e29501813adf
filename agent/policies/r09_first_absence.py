"""R09: after a first absence the learner is written to again by the next day, with another session; support is not.

The letter is owed for the one absence of a run. A second one in a row is R10's matter; an absence that was announced in
advance, or is justified, is no silence; and whoever has written since, learner or mentor, has broken it.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    Offer,
    Party,
    Session,
    Slot,
    Snapshot,
)
from agent.policies import streak
from agent.policies.periods import holding
from agent.policies.settled import joined, left, settled
from agent.policies.timing import day, earliest

RULE = "R09"


def letter_key(session_id: int) -> str:
    """Names the letter after an absence."""
    return f"{RULE}/letter/{session_id}"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The one absence of the current run, if it has exactly one."""
    if gone := left(RULE, snapshot, now):
        return gone
    run = streak.current(snapshot, now)
    again = streak.next_end(snapshot, now)
    if len(run) != 1:
        reason = f"no first absence{run.because}" if not run.absences else f"{len(run)} in a row: a matter of R10"
        return joined([Miss(RULE, reason)], again)
    missed = run.absences[0]
    pause = holding(snapshot, now, Matter.JUSTIFIED) if "R11" in snapshot.law else None
    if pause is not None:
        reason = f"absent on {day(missed.start)}; at rest in a justified absence{_until(pause.until)}"
        return joined([Miss(RULE, reason, missed.id)], earliest((pause.until, again), now))
    over = missed.end + clause.days("window_days")
    why = _silent(missed, snapshot, clause, now)
    if why is not None:
        return joined([Miss(RULE, f"absent on {day(missed.start)}: {why}", missed.id)], again)
    hit = _letter(missed, snapshot, clause, now)
    return joined([settled(hit, snapshot, f"absent on {day(missed.start)}")], earliest((over, again), now))


def _silent(missed: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> str | None:
    """Why this absence asks for no letter."""
    due = missed.end + clause.hours("letter_hours")
    if snapshot.watch_since is not None and due < snapshot.watch_since:
        return "before the agent began to watch"
    if missed.end + clause.days("window_days") <= now:
        return "too long ago to be written about"
    if snapshot.learner.address is None:
        return "no address is known"
    said = next((s for s in snapshot.said(Matter.ANNOUNCED) if s.session_id == missed.id), None)
    if said is not None and said.at < missed.start:
        return f"it was announced in advance, on {day(said.at)}"
    if (since := _unmarked_since(missed, snapshot, now)) is not None:
        return f"the session of {day(since.start)}, which came after it, is not marked yet"
    return _heard_since(missed, snapshot)


def _unmarked_since(missed: Session, snapshot: Snapshot, now: datetime) -> Session | None:
    """A later session that is over and not marked: a letter about the earlier one would come too late."""
    later = (s for s in snapshot.sessions if s.start > missed.start and s.end <= now and not s.gone)
    return next((s for s in later if s.status is None), None)


def _heard_since(missed: Session, snapshot: Snapshot) -> str | None:
    mine = snapshot.learner.id
    wrote = (s for s in snapshot.situations if s.learner_id == mine and s.by is Party.LEARNER and s.at >= missed.end)
    if (said := next(wrote, None)) is not None:
        return f"the learner wrote on {day(said.at)}"
    written = next((one for one in snapshot.letters if one.key is None and one.at >= missed.end), None)
    return None if written is None else f"the mentor wrote to the learner on {day(written.at)}"


def _letter(missed: Session, snapshot: Snapshot, clause: Clause, now: datetime) -> Obligation:
    due = missed.end + clause.hours("letter_hours")
    planned = next((s for s in snapshot.sessions if s.start > now and not s.gone), None)
    what = f"the next session is on {day(planned.start)}" if planned else "no other session is planned"
    # Two letters with two lists of slots for one session would leave the learner to guess: the first list is repeated.
    standing = next((o.letter for o in reversed(snapshot.offers) if o.start > now and _left(o, snapshot)), None)
    late = " (late)" if now > due else ""
    return Obligation(
        key=letter_key(missed.id),
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.LEARNER,
        learner_id=snapshot.learner.id,
        session_id=missed.id,
        template="after_absence",
        offer=None if planned else Slot(now, now + clause.days("offer_days")),
        due=due,
        reason=f"absent on {day(missed.start)}, the first in a row; {what}; due by {day(due)}{late}",
        detail={"repeats": standing} if standing and not planned else {},
    )


def _left(offer: Offer, snapshot: Snapshot) -> bool:
    """Whether an offer of the weekly session reached the learner."""
    return offer.letter.startswith("R03/") and offer.letter in snapshot.done


def _until(moment: datetime | None) -> str:
    return f" until {day(moment)}" if moment else ""
