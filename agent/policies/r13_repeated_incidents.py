"""R13: cancellations and late arrivals that repeat are told to support.

What the mentor's own emergency or absence explains is no incident of the learner's, nor is anything inside a justified
period. An alert that was queued or refused starts the count anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies.periods import holding
from agent.policies.r05_session_takes_place import emergency
from agent.policies.settled import dropped, joined, left
from agent.policies.timing import day, earliest

RULE = "R13"
PREFIX = f"{RULE}/alert/"
CANCELLED = {SessionStatus.CANCELLED, SessionStatus.CANCELLED_LATE}


@dataclass(frozen=True, slots=True)
class Incident:
    """One cancellation or late arrival. `name` is the end of its alert's key."""

    name: str
    at: datetime
    kind: str
    session: Session | None = None
    situation: Situation | None = None


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """The incidents since the last alert, within the window that ends with the latest of them."""
    if gone := left(RULE, snapshot, now):
        return gone
    needed, window = int(clause.numbers["incidents"]), clause.days("window_days")
    told = _told(snapshot)
    fresh = [one for one in incidents(snapshot, now) if told is None or one.at > told]
    counted = [one for one in fresh if one.at > fresh[-1].at - window]
    again = earliest((s.start for s in snapshot.sessions if s.status in CANCELLED), now)
    if len(counted) < needed or counted[-1].at + window <= now:
        since = f" since the alert on that of {day(told)}" if told else ""
        within = f"{needed} needed within {clause.numbers['window_days']:g} days"
        recent = [one for one in counted if one.at + window > now]
        return joined([Miss(RULE, f"{len(recent)} incident(s){since}, {within}")], again)
    latest = counted[-1]
    due = latest.at + clause.hours("alert_hours")
    if snapshot.watch_since is not None and due < snapshot.watch_since:
        return joined([Miss(RULE, f"the incident of {day(latest.at)}: before the agent began to watch")], again)
    return joined([_alert(counted, due, snapshot)], earliest([latest.at + window, again], now))


def incidents(snapshot: Snapshot, now: datetime) -> list[Incident]:
    """The learner's cancellations and late arrivals so far, oldest first."""
    sessions = {session.id: session for session in snapshot.sessions}
    found = [
        Incident(f"session-{s.id}", s.start, s.status.value, s)
        for s in snapshot.sessions
        if s.status is not None and s.status in CANCELLED and s.end > snapshot.learner.assigned_at
    ]
    for said in snapshot.said(Matter.LATE_ARRIVAL):
        session = sessions.get(said.session_id or 0) or _latest(snapshot, said.at)
        at = session.start if session else said.at
        if session is not None and any(one.session == session for one in found):
            continue  # told twice, or cancelled as well: one session is one incident
        found.append(Incident(f"situation-{said.id}", at, Matter.LATE_ARRIVAL.value, session, said))
    found = [one for one in found if one.at <= now and not _explained(one, snapshot)]
    return sorted(found, key=lambda one: (one.at, one.name))


def _latest(snapshot: Snapshot, moment: datetime) -> Session | None:
    """The session that a late arrival was reported of, where the report names none: the one of that day."""
    begun = [s for s in snapshot.sessions if s.start <= moment and not s.gone]
    return begun[-1] if begun and (moment - begun[-1].start).days < 1 else None


def _explained(incident: Incident, snapshot: Snapshot) -> bool:
    periods = [Matter.AWAY, *([Matter.JUSTIFIED] if "R11" in snapshot.law else [])]
    if holding(snapshot, incident.at, *periods) is not None:
        return True
    return incident.session is not None and emergency(incident.session, snapshot) is not None


def _told(snapshot: Snapshot) -> datetime | None:
    """The instant of the latest incident that an alert, queued or refused, spoke of."""
    keys = {key: at for key, at in snapshot.of_rule(RULE).items() if key.startswith(PREFIX)}
    keys |= {r.key: r.created_at for r in snapshot.requests if r.key.startswith(PREFIX) and dropped(r)}
    if not keys:
        return None
    moments = {f"session-{s.id}": s.start for s in snapshot.sessions}
    moments |= {f"situation-{s.id}": s.at for s in snapshot.situations}
    moments |= {one.name: one.at for one in _all(snapshot)}
    return max(moments.get(key.removeprefix(PREFIX), at) for key, at in keys.items())


def _all(snapshot: Snapshot) -> list[Incident]:
    """Every incident, whenever it was."""
    last = max((s.start for s in snapshot.sessions), default=snapshot.learner.assigned_at)
    said = max((s.at for s in snapshot.situations), default=last)
    return incidents(snapshot, max(last, said))


def _alert(counted: list[Incident], due: datetime, snapshot: Snapshot) -> Obligation:
    kinds = {one.session.id: one.kind for one in counted if one.session is not None}
    listed = [session for session in snapshot.sessions if session.id in kinds]
    return Obligation(
        key=f"{PREFIX}{counted[-1].name}",
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        template="incidents_alert",
        due=due,
        reason="; ".join(f"{one.kind.replace('_', ' ')} on {day(one.at)}" for one in counted),
        detail={
            "sessions": " ".join(str(session.id) for session in listed),
            "kinds": " ".join(kinds[session.id] for session in listed),
            "situations": " ".join(str(one.situation.id) for one in counted if one.situation),
        },
    )
