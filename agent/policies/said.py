"""What was said of one session: the situations that name it, or whose time it falls into."""

from __future__ import annotations

from datetime import datetime

from agent.model import Matter, Session, Situation, Snapshot


def about(snapshot: Snapshot, session: Session, *matters: Matter) -> tuple[Situation, ...]:
    """The situations of these matters that concern a session, oldest first.

    One that names a session is about that session alone. Where a period was given as well it must still hold: what was
    said of Tuesday is no longer true of a session that was moved to Thursday.
    """
    return tuple(s for s in snapshot.said(*matters) if _concerns(s, session, snapshot))


def called_off(snapshot: Snapshot, session: Session) -> Situation | None:
    """The mentor's own emergency, or absence, in which a session stands that was not moved.

    One that was moved can be called off again: an emergency gives the start that the session had when it was said.
    """
    if _moved(session):
        return next((s for s in about(snapshot, session, Matter.EMERGENCY) if s.since == session.start), None)
    return next(iter(about(snapshot, session, Matter.EMERGENCY, Matter.AWAY)), None)


def moved_for(snapshot: Snapshot, session: Session) -> Situation | None:
    """The mentor's own emergency, or absence, that a session was moved for; None where it was not moved, or not so."""
    if not _moved(session) or session.planned is None:
        return None
    reasons = [s for s in snapshot.said(Matter.EMERGENCY, Matter.AWAY) if s.learner_id in {None, snapshot.learner.id}]
    return next((s for s in reasons if s.session_id == session.id or _at(s, session.planned)), None)


def _moved(session: Session) -> bool:
    return session.planned is not None and session.planned != session.start


def _concerns(situation: Situation, session: Session, snapshot: Snapshot) -> bool:
    if situation.learner_id not in {None, snapshot.learner.id}:
        return False
    if situation.session_id is None:
        return _at(situation, session.start)
    bounded = situation.since is not None and situation.until is not None
    return situation.session_id == session.id and (not bounded or _at(situation, session.start))


def _at(situation: Situation, moment: datetime) -> bool:
    """Whether an instant falls into what was said: its period, or the very start that it gives."""
    if situation.session_id is None and situation.until is None:
        return situation.since == moment
    return situation.since is not None and situation.until is not None and situation.since <= moment < situation.until
