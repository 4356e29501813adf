"""What the school writes beside assignments: an absence, a justification (R11), an extra session approved (R21).

Believed only when proven, like an assignment (P3). What is proven but not clear (whose it is, which day) is put aside
where `status` shows it, with the command that says it for sure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agent.model import Learner, Matter, Party, Proof, Session, SessionStatus
from agent.policies.weeks import ends, midnight, monday
from agent.store import NewSituation
from agent.understand import dates
from agent.understand.mail import Mail
from agent.understand.recognise import Notice, NoticeKind, match_learner, recognise_notice
from agent.world import World

ADVICE = "read it, and tell me in your words: mentor-agent tell “absence de Léa Moreau justifiée jusqu’au 12/12”"
LOOK_BACK = timedelta(days=30)
"""A justification that names no first day excuses the latest absence of these days."""


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> bool:
    """Read one mail of the school; False when it is no such notice. A repeated mail adds nothing."""
    notice = recognise_notice(mail, world.recognisers, school_domains=world.settings.school.domains)
    if notice is None:
        return False
    what = f"mail “{mail.head.subject}” about {notice.learner}"
    if proof is Proof.NONE:
        _aside(world, mail_id, what, "nothing proves that the school wrote it; it was not believed", now)
        return True
    match = match_learner(notice.learner, (), world.store.people.all())
    if not isinstance(match, Learner):
        _aside(world, mail_id, what, "several learners fit" if match else "no learner fits", now)
        return True
    found = _situation(world, notice, match, received_at)
    if found is None:
        _aside(world, mail_id, what, "its days are not clear to me", now)
        return True
    new = replace(found, source=mail_id, words=" ".join(mail.head.subject.split()), proof=proof)
    world.store.situations.add(new)
    world.store.parking.release(f"notice:{mail_id}")
    return True


def _situation(world: World, notice: Notice, learner: Learner, at: datetime) -> NewSituation | None:
    """The notice as a situation of this learner; None where its days are not clear."""
    blank = NewSituation("", Matter.JUSTIFIED, at, Party.SCHOOL, "", Proof.NONE, learner.id)
    if notice.kind is NoticeKind.JUSTIFICATION:
        period = _period(world, notice, learner, at)
        return None if period is None else replace(blank, since=period[0], until=period[1])
    day = dates.moment(notice.date, at, world.zone) if notice.date else None
    if notice.kind is NoticeKind.EXTRA_SESSION:
        if notice.date and day is None:
            return None  # a day was written, and it is not sure which
        week = monday(day[0] if day else at, world.zone)
        start, end = midnight(week, world.zone), ends(week, world.zone)
        return replace(blank, matter=Matter.EXTRA_APPROVED, since=start, until=end)
    session = _session_on(world, learner, day) if day else None
    if session is None:
        return None
    matter = Matter.ANNOUNCED if at < session.start else Matter.ABSENT
    return replace(blank, matter=matter, session_id=session.id, since=session.start, until=session.end)


def _period(world: World, notice: Notice, learner: Learner, at: datetime) -> tuple[datetime, datetime] | None:
    end = dates.moment(notice.until, at, world.zone) if notice.until else None
    start = dates.moment(notice.since or notice.date, at, world.zone) if notice.since or notice.date else None
    if (notice.until and end is None) or (notice.since and start is None):
        return None  # a day was written, and it is not sure which
    if start is not None and (end is not None or notice.date):
        since, until = start[0], (end or start)[1]
    elif end is not None:
        since, until = since_of(world, learner, at), end[1]
    else:
        return None
    return (since, until) if plausible(world, "R11", since, until, at) else None


def plausible(world: World, rule: str, since: datetime, until: datetime, at: datetime) -> bool:
    """Whether a period said at `at` can be meant: it ends after it begins, and is no longer than the clause expects."""
    return since < until <= max(since, at) + world.clause(rule, at).days("longest_days")


def since_of(world: World, learner: Learner, at: datetime) -> datetime:
    """When a justification begins that names no first day: with the latest absence it can excuse, otherwise today."""
    sessions = world.store.people.sessions(learner.id, at - LOOK_BACK)
    missed = [s.start for s in sessions if s.start <= at and s.status is SessionStatus.ABSENT]
    return midnight((missed[-1] if missed else at).astimezone(world.zone).date(), world.zone)


def _session_on(world: World, learner: Learner, day: tuple[datetime, datetime]) -> Session | None:
    """The learner's one session that begins on a day."""
    start = midnight(day[0].astimezone(world.zone).date(), world.zone)
    found = [s for s in world.store.people.between(start, start + timedelta(days=1)) if s.learner_id == learner.id]
    return found[0] if len(found) == 1 else None


def _aside(world: World, mail_id: str, what: str, reason: str, now: datetime) -> None:
    world.store.parking.park(f"notice:{mail_id}", what, reason, ADVICE, now)
