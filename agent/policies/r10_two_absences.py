"""R10: two consecutive unjustified absences are told to support, with both dates, once the second's grace is over.

The alert is drafted at once and shown to the mentor; approved or not, it does not leave before the grace has run out.
What counts as consecutive stands in `streak`. A justification that arrives while the alert waits takes it back; one
that arrives after it was queued is passed on to support in a letter of its own.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Audience, Clause, Judgement, Miss, Obligation, Session, Situation, Snapshot
from agent.policies import streak
from agent.policies.periods import justification
from agent.policies.settled import dropped, joined, left, settled
from agent.policies.timing import day, earliest

RULE = "R10"


def alert_key(session_id: int) -> str:
    """Names the alert whose last absence this session is."""
    return f"{RULE}/alert/{session_id}"


def alerted(snapshot: Snapshot) -> tuple[tuple[Session, datetime], ...]:
    """The sessions whose alert was queued, each with when; in the sessions' order."""
    queued = snapshot.queued
    return tuple((s, queued[alert_key(s.id)]) for s in snapshot.sessions if alert_key(s.id) in queued)


def overturned(last: Session, told: datetime, snapshot: Snapshot, clause: Clause) -> dict[Session, Situation]:
    """The absences of an alert queued at `told` that were justified only afterwards, each with its justification."""
    reported = streak.as_of(snapshot, last, told).absences[: int(clause.numbers["absences"])]
    found = {session: justification(snapshot, session) for session in reported}
    return {session: excuse for session, excuse in found.items() if excuse is not None and excuse.at > told}


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The current streak of absences, read backwards from now, and what became of earlier alerts."""
    if gone := left(RULE, snapshot, now):
        return gone
    run = streak.current(snapshot, now)
    found = _follow_ups(snapshot, clause)
    needed = int(clause.numbers["absences"])
    again = streak.next_end(snapshot, now)
    if len(run) < needed:
        found.append(Miss(RULE, f"{len(run)} absence(s) in a row, {needed} needed{run.because}"))
        return joined(found, again)
    reported = run.absences[:needed]
    grace_until = reported[-1].end + clause.hours("grace_hours")
    found.append(_alert(run, reported, grace_until, snapshot, clause))
    return joined(found, earliest((grace_until, again), now))


def _alert(
    run: streak.Streak, reported: tuple[Session, ...], grace_until: datetime, snapshot: Snapshot, clause: Clause
) -> Obligation | Miss:
    last = reported[-1]
    dates = " and ".join(day(session.start) for session in reported)
    if _told(run, snapshot, clause):
        return Miss(RULE, f"absent on {dates}: support was told, or the letter is on its way")
    if dropped(snapshot.request(alert_key(last.id))):
        return Miss(RULE, f"absent on {dates}: the mentor decided against the alert")
    if snapshot.watch_since is not None and grace_until < snapshot.watch_since:
        return Miss(RULE, f"absent on {dates}: before the agent began to watch")
    return Obligation(
        key=alert_key(last.id),
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        session_id=last.id,
        template="absence_alert",
        due=grace_until,
        not_before=grace_until,
        reason=f"absent on {dates}; the learner may justify until {day(grace_until)}",
        detail={"sessions": " ".join(str(session.id) for session in reported)},
    )


def _told(run: streak.Streak, snapshot: Snapshot, clause: Clause) -> bool:
    """Whether an alert about this very run was queued; one whose ground was taken away was about another run."""
    for session in run.absences:
        if alert_key(session.id) in snapshot.done:
            told = snapshot.queued.get(alert_key(session.id))
            if told is None or not _groundless(session, told, snapshot, clause):
                return True
    return False


def _groundless(last: Session, told: datetime, snapshot: Snapshot, clause: Clause) -> bool:
    """Whether an alert's first absence was justified later, or its status corrected.

    Where nothing earlier is in sight any more, the run is merely longer than the memory.
    """
    if overturned(last, told, snapshot, clause):
        return True
    in_sight = snapshot.sessions[0].start < last.start
    return in_sight and len(streak.as_of(snapshot, last, told)) < clause.numbers["absences"]


def _follow_ups(snapshot: Snapshot, clause: Clause) -> list[Obligation | Miss]:
    """A letter to support for each alert that a later justification overturned."""
    found: list[Obligation | Miss] = []
    for last, told in alerted(snapshot):
        late = overturned(last, told, snapshot, clause)
        if late:
            hit = _follow_up(last, late, snapshot, clause)
            found.append(settled(hit, snapshot, hit.reason))
    return found


def _follow_up(last: Session, late: dict[Session, Situation], snapshot: Snapshot, clause: Clause) -> Obligation:
    excuses = list(dict.fromkeys(late.values()))
    newest = max(excuses, key=lambda excuse: excuse.at)
    bounds = {"since": newest.since, "until": newest.until}
    why = " and ".join(streak.justified(session, excuse) for session, excuse in late.items())
    return Obligation(
        key=f"{RULE}/follow-up/{last.id}",
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        session_id=last.id,
        template="absence_follow_up",
        due=newest.at + clause.hours("follow_up_hours"),
        reason=f"{why}; support had been told of it before that was known, on {day(newest.at)}",
        detail={
            "sessions": " ".join(str(session.id) for session in late),
            "situations": " ".join(str(excuse.id) for excuse in excuses),
            **{name: moment.isoformat() for name, moment in bounds.items() if moment},
        },
    )
