"""How each indicator is counted: one function, one row of MEASURES. Pure, with the rules' own functions."""

from __future__ import annotations

import re
from datetime import datetime

from agent.indicators import Case, Goal, Measure, Tally
from agent.model import Matter, RequestState, Session, SessionStatus
from agent.policies import r04_unplanned_weeks as r04
from agent.policies import r21_second_session as r21
from agent.policies import streak
from agent.policies.periods import excused, holding, justification
from agent.policies.planning import planned_in
from agent.policies.r07_report import NO_REPORT, handover_key, report_key
from agent.policies.r13_repeated_incidents import incidents
from agent.policies.r23_never_completed_when_absent import contradicted as contradicted_by
from agent.policies.weeks import WEEK, ends, midnight, monday

WORD = re.compile(r"\w")


def _in_time(case: Case, done: datetime | None, deadline: datetime) -> Tally:
    """One thing that is owed by a deadline: it counts when it was done in time, or when the deadline passed."""
    if not case.watched(deadline):
        return Tally(0, 0)
    met = done is not None and done <= deadline
    decided = done if done is not None and met else deadline
    if decided > case.now:
        begun = case.period.start <= case.now < case.period.end
        return Tally(0, 0, wait=(case.id,) if begun else ())
    if not case.period.holds(decided):
        return Tally(0, 0)
    if met:
        return Tally(1, 1)
    return Tally(0, 1, act=() if done else (case.id,), late=(case.id,) if done else ())


def first_contacts(case: Case) -> Tally:
    """Letters in Sent within 48 hours of the assignment (R01)."""
    learner = case.snapshot.learner
    if learner.assigned_at > case.now or (learner.left_at and not case.snapshot.letters):
        return Tally(0, 0)
    written = next((letter.at for letter in case.snapshot.letters if letter.at >= learner.assigned_at), None)
    return _in_time(case, written, learner.assigned_at + case.clause.hours("contact_hours"))


def reports(case: Case) -> Tally:
    """Reports handed over within 48 hours of their session (R07)."""
    total = Tally(0, 0)
    for session in case.ended():
        if session.status not in NO_REPORT:
            total += _in_time(case, _handed_over(case, session), session.end + case.clause.hours("report_hours"))
    return total


def empty_reports(case: Case) -> Tally:
    """Reports handed over without a word in them (R07)."""
    empty, handed = 0, 0
    for session in case.over():
        request = case.snapshot.request(report_key(session.id))
        if request is not None and request.state is RequestState.APPROVED:
            handed += 1
            empty += not WORD.search(request.version.text)
    return Tally(empty, handed, act=(case.id,) * empty)


def unmarked(case: Case) -> Tally:
    """Sessions whose status nobody has said (R08)."""
    sessions = case.over()
    open_still = sum(session.status is None for session in sessions)
    return Tally(open_still, len(sessions), act=(case.id,) * open_still)


def unplanned_weeks(case: Case) -> Tally:
    """Weeks that are over, in which a session was due and none was planned (R03, R04)."""
    zone, learner, total = case.snapshot.zone, case.snapshot.learner, Tally(0, 0)
    since = r04.counted_from(case.snapshot, case.clause)
    week = monday(case.period.start, zone)
    while since is not None and (end := ends(week, zone)) <= min(case.period.end, case.now):
        stayed = learner.left_at is None or learner.left_at >= end
        if stayed and midnight(week, zone) >= since and not excused(case.snapshot, week):
            total += Tally(0, 1) if planned_in(case.snapshot, week) else Tally(1, 1, act=(case.id,))
        week += WEEK
    return total


def moved_far(case: Case) -> Tally:
    """Sessions held later than ten days after their first date, which no absence explains (R05)."""
    sessions = [s for s in case.over() if s.status not in NO_REPORT]
    far = sum(_far(case, session) for session in sessions)
    return Tally(far, len(sessions), act=(case.id,) * far)


def second_sessions(case: Case) -> Tally:
    """Sessions beyond the one a week that an advisor had not approved (R21)."""
    held = case.over()
    beyond = [s for s in r21.second_sessions(case.snapshot, case.clause) if s in held]
    bare = sum(r21.approval(s, case.snapshot, case.clause) is None for s in beyond)
    return Tally(bare, act=(case.id,) * bare)


def cut_short(case: Case) -> Tally:
    """Sessions cut short to which the learner did not agree (R22)."""
    said = [s for s in case.snapshot.said(Matter.CUT_SHORT) if case.period.holds(s.at) and s.learner_id == case.id]
    against = sum(s.agreed is False for s in said)
    unknown = sum(s.agreed is None for s in said)
    return Tally(against, len(said), act=(case.id,) * against, wait=(case.id,) * unknown)


def contradicted(case: Case) -> Tally:
    """Sessions marked completed though the learner had said they would be absent (R23)."""
    done = [s for s in case.over() if s.status is SessionStatus.COMPLETED]
    against = sum(contradicted_by(session, case.snapshot) is not None for session in done)
    return Tally(against, len(done), act=(case.id,) * against)


def absences(case: Case) -> Tally:
    """Absences that nothing justifies, of all sessions that are marked (R10): to act on while the run lasts."""
    marked = [s for s in case.over() if s.status in {SessionStatus.COMPLETED, SessionStatus.ABSENT}]
    bare = [s for s in marked if s.status is SessionStatus.ABSENT and justification(case.snapshot, s) is None]
    lasting = {s.id for s in streak.current(case.snapshot, case.now).absences}
    return Tally(len(bare), len(marked), act=tuple(case.id for s in bare if s.id in lasting))


def justified_absences(case: Case) -> Tally:
    """Absences in a justified period (R11)."""
    absent = [s for s in case.over() if s.status is SessionStatus.ABSENT]
    return Tally(sum(justification(case.snapshot, s) is not None for s in absent), len(absent))


def late_cancellations(case: Case) -> Tally:
    """Sessions that the learner cancelled less than 24 hours before (R13)."""
    ours = {s.id for s in case.over()}
    found = [one for one in incidents(case.snapshot, case.now) if one.session and one.session.id in ours]
    late = sum(one.kind == SessionStatus.CANCELLED_LATE for one in found)
    return Tally(late, act=(case.id,) * late)


def _handed_over(case: Case, session: Session) -> datetime | None:
    """When the report was first handed over: a corrected version comes later."""
    key = handover_key(session.id)
    moments = [at for name, at in case.snapshot.queued.items() if name == key or name.startswith(f"{key}/")]
    return min(moments, default=None)


def _far(case: Case, session: Session) -> bool:
    planned = session.planned or session.start
    if session.start - planned <= case.clause.days("moved_days"):
        return False
    reasons = [Matter.AWAY, *([Matter.JUSTIFIED] if "R11" in case.snapshot.law else [])]
    return holding(case.snapshot, planned, *reasons) is None


MEASURES = (
    Measure("first_contacts", "R01", Goal.ALL, first_contacts),
    Measure("reports", "R07", Goal.ALL, reports),
    Measure("empty_reports", "R07", Goal.NONE, empty_reports),
    Measure("unmarked", "R08", Goal.NONE, unmarked),
    Measure("unplanned_weeks", "R04", Goal.NONE, unplanned_weeks),
    Measure("moved_far", "R05", Goal.NONE, moved_far),
    Measure("second_sessions", "R21", Goal.NONE, second_sessions),
    Measure("cut_short", "R22", Goal.NONE, cut_short),
    Measure("contradicted", "R23", Goal.NONE, contradicted),
    Measure("absences", "R10", Goal.NONE, absences),
    Measure("justified_absences", "R11", Goal.KNOWN, justified_absences),
    Measure("late_cancellations", "R13", Goal.NONE, late_cancellations),
)
