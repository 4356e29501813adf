"""R24: sessions run in the school's video tool: the mentor is warned when a session's entry links to another one."""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Clause, Judgement, Miss, Obligation, Session, Snapshot
from agent.policies.settled import left
from agent.policies.timing import day

RULE = "R24"


def other_tools(session: Session, clause: Clause) -> tuple[str, ...]:
    """The hosts of other video tools that a session's entry links to, subdomains included, in its order."""
    others = clause.words["other_hosts"]
    hosts = (host.lower().rstrip(".") for host in session.hosts)
    return tuple(host for host in hosts if any(host == other or host.endswith(f".{other}") for other in others))


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A warning for each session to come and each tool that is not the school's, once."""
    if gone := left(RULE, snapshot, now):
        return gone
    linked = [(s, host) for s in snapshot.sessions if not s.gone and s.start > now for host in other_tools(s, clause)]
    judged = [_one(session, host, snapshot) for session, host in linked]
    hits = tuple(one for one in judged if isinstance(one, Obligation))
    misses = tuple(one for one in judged if isinstance(one, Miss))
    return Judgement(hits, misses if judged else (Miss(RULE, "no planned session links to another video tool"),))


def _one(session: Session, host: str, snapshot: Snapshot) -> Obligation | Miss:
    key = f"{RULE}/warn/{session.id}/{host}"
    told = f"session of {day(session.start)} links to {host}"
    if key in snapshot.done:
        return Miss(RULE, f"{told}: the mentor was warned", session.id)
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.NOTICE,
        learner_id=snapshot.learner.id,
        session_id=session.id,
        template="other_video_tool",
        due=session.start,
        reason=f"{told}, not to the school's tool",
        detail={"host": host},
    )
