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
    RequestState,
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
OPEN = {RequestState.WAITING, RequestState.REDO, RequestState.APPROVED}


def desk(desk: Desk, clause: Clause, now: datetime) -> Judgement:
    """An alert to support for each of the mentor's absences that is not over."""
    found: list[Obligation | Miss] = []
    for away in _absences(desk.situations):
        if away.until is not None and away.until <= now:
            found.append(Miss(RULE, f"the absence until {day(away.until)} is over"))
        elif (longer := _longer(away, desk.situations)) is not None:
            found.append(Miss(RULE, f"the absence {_until(away.until)}: prolonged on {day(longer.at)}"))
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
        if _longer(away, snapshot.situations) is not None:
            continue
        if until is not None and now < until and away.at + clause.hours("alert_hours") >= _watch(snapshot, away):
            inside = (s for s in snapshot.sessions if since <= s.start < until)
            found += [_move(s, away, snapshot, clause, now) for s in inside if _planned(s, away, snapshot, now)]
    again = earliest((s.start for s in snapshot.sessions), now) if found else None
    return joined(found or [Miss(RULE, "no session lies in an absence of the mentor's")], again)


def letter_key(session: Session, away: Situation) -> str:
    """Names the letter that offers other times for a session inside an absence."""
    return f"{RULE}/moved/{session.id}/{away.id}"


def _absences(situations: tuple[Situation, ...]) -> list[Situation]:
    return [s for s in situations if s.matter is Matter.AWAY and s.learner_id is None]


def _longer(away: Situation, situations: tuple[Situation, ...]) -> Situation | None:
    """The later word that prolongs an absence: what is left of it lies in the other one, which is told instead."""
    later = (s for s in _absences(situations) if (s.at, s.id) > (away.at, away.id))
    return next((s for s in later if _prolongs(s, away)), None)


def _prolongs(later: Situation, away: Situation) -> bool:
    if away.until is None:
        return later.until is None
    begins = later.since or later.at
    known = away.since is None or begins <= max(away.since, later.at)  # said before it began, or while it lasts
    return known and begins <= away.until and (later.until is None or away.until <= later.until)


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


def _planned(session: Session, away: Situation, snapshot: Snapshot, now: datetime) -> bool:
    """Still to come. One that the mentor cancels on the platform meanwhile is to be replaced all the same."""
    asked = snapshot.request(letter_key(session, away))
    dropped = session.gone and (asked is None or asked.state not in OPEN)
    return session.start > now and not dropped and session.status is None


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
        key=letter_key(session, away),
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
