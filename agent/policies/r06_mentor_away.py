"""R06: the mentor is away in the coming days: support is told, and every session inside moves.

The desk owes support one alert for each absence. Each learner with a session inside gets a letter that offers other
times: around a short absence where the funding asks for it, after the absence otherwise.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Desk,
    Judgement,
    Matter,
    Miss,
    Obligation,
    Session,
    Situation,
    Slot,
    Snapshot,
)
from agent.policies import streak
from agent.policies.periods import justification
from agent.policies.settled import joined, left, settled
from agent.policies.timing import day, earliest

RULE = "R06"


def desk(desk: Desk, clause: Clause, now: datetime) -> Judgement:
    """An alert to support for each of the mentor's absences that is not over."""
    found: list[Obligation | Miss] = []
    for away in _absences(desk.situations):
        if away.until is not None and away.until <= now:
            found.append(Miss(RULE, f"the absence until {day(away.until)} is over"))
        elif away.at + clause.hours("alert_hours") < desk.watch_since:
            found.append(Miss(RULE, f"the absence reported on {day(away.at)}: before the agent began to watch"))
        else:
            hit = _alert(away, desk, clause)
            found.append(settled(hit, desk, hit.reason))
    return joined(found or [Miss(RULE, "no absence was reported")], _ends(found, desk.situations, now))


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A letter to the learner for each planned session inside an absence."""
    if gone := left(RULE, snapshot, now):
        return gone
    found: list[Obligation | Miss] = []
    for away in _absences(snapshot.situations):
        since, until = away.since or away.at, away.until
        if until is not None and now < until and away.at + clause.hours("alert_hours") >= _watch(snapshot, away):
            inside = (s for s in snapshot.sessions if since <= s.start < until)
            found += [_move(session, away, snapshot, clause, now) for session in inside if _planned(session, now)]
    again = earliest((s.start for s in snapshot.sessions), now) if found else None
    return joined(found or [Miss(RULE, "no session lies in an absence of the mentor's")], again)


def _absences(situations: tuple[Situation, ...]) -> list[Situation]:
    return [s for s in situations if s.matter is Matter.AWAY and s.learner_id is None]


def _watch(snapshot: Snapshot, away: Situation) -> datetime:
    return snapshot.watch_since or away.at


def _ends(found: list[Obligation | Miss], situations: tuple[Situation, ...], now: datetime) -> datetime | None:
    return earliest((s.until for s in _absences(situations)), now) if found else None


def _alert(away: Situation, known: Desk, clause: Clause) -> Obligation:
    since, until = away.since or away.at, away.until
    inside = [s for s in known.sessions if not s.gone and since <= s.start and (until is None or s.start < until)]
    end = {"until": until.isoformat()} if until else {}
    return Obligation(
        key=f"{RULE}/alert/{away.id}",
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=None,
        template="away_alert",
        due=away.at + clause.hours("alert_hours"),
        reason=f"the mentor is away from {day(since)} {_until(until)}; reported on {day(away.at)}",
        detail={
            "since": since.isoformat(),
            **end,
            "sessions": " ".join(str(s.id) for s in inside),
            "situations": str(away.id),
        },
    )


def _planned(session: Session, now: datetime) -> bool:
    return session.start > now and not session.gone and session.status is None


def _move(session: Session, away: Situation, snapshot: Snapshot, clause: Clause, now: datetime) -> Obligation | Miss:
    what = f"the session of {day(session.start)} lies in the mentor's absence {_until(away.until)}"
    if (excuse := justification(snapshot, session)) is not None:
        return Miss(RULE, f"{what}; {streak.justified(session, excuse)}", session.id)
    urgent = snapshot.said(Matter.EMERGENCY)
    if any(s.session_id == session.id for s in urgent):
        return Miss(RULE, f"{what}; the mentor's emergency is a matter of R05", session.id)
    if snapshot.learner.address is None:
        return Miss(RULE, f"{what}; no address is known", session.id)
    since, until = away.since or away.at, away.until or away.at
    hit = Obligation(
        key=f"{RULE}/moved/{session.id}/{away.id}",
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.LEARNER,
        learner_id=snapshot.learner.id,
        session_id=session.id,
        template="moved",
        offer=_around(since, until, snapshot, clause, now),
        due=min(away.at + clause.hours("alert_hours"), session.start),
        reason=what,
        detail={"since": since.isoformat(), "until": until.isoformat()},
    )
    return settled(hit, snapshot, what)


def _around(since: datetime, until: datetime, snapshot: Snapshot, clause: Clause, now: datetime) -> Slot:
    """Where the session may move to; the diary leaves out the absence itself."""
    short = until - since < clause.days("short_days")
    if short and snapshot.learner.funding in clause.words["fundings"]:
        week = clause.days("short_days")
        return Slot(max(now, since - week), until + week)
    return Slot(until, until + clause.days("offer_days"))


def _until(until: datetime | None) -> str:
    return f"until {day(until)}" if until else "with no end known"
