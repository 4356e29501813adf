"""R22: a session is cut short only with the learner's agreement; where nobody said, the mentor is asked."""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Clause, Judgement, Matter, Miss, Obligation, RequestKind, Situation, Snapshot
from agent.policies.timing import day

RULE = "R22"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A question for each session cut short of which nobody knows whether the learner agreed."""
    since = now - clause.days("window_days")
    cut = [s for s in snapshot.said(Matter.CUT_SHORT) if s.learner_id == snapshot.learner.id and s.at > since]
    judged = [_one(situation, snapshot) for situation in cut]
    hits = tuple(one for one in judged if isinstance(one, Obligation))
    misses = tuple(one for one in judged if isinstance(one, Miss))
    return Judgement(hits, misses if judged else (Miss(RULE, "no session was cut short"),))


def _one(cut: Situation, snapshot: Snapshot) -> Obligation | Miss:
    told = f"session cut short, as said on {day(cut.at)}"
    if cut.agreed is not None:
        said = "the learner agreed" if cut.agreed else "not compliant: the learner did not agree"
        return Miss(RULE, f"{told}: {said}", cut.session_id)
    if snapshot.watch_since is not None and cut.at < snapshot.watch_since:
        return Miss(RULE, f"{told}: before the agent began to watch", cut.session_id)
    return Obligation(
        key=f"{RULE}/agreed/{cut.id}",
        rule=RULE,
        act=Act.QUESTION,
        question=RequestKind.AGREED,
        learner_id=snapshot.learner.id,
        session_id=cut.session_id,
        template="agreed_question",
        reason=f"{told}: did the learner agree?",
        detail={"situations": str(cut.id), "about": str(cut.id)},
    )
