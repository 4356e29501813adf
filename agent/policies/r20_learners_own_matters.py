"""R20: a learner's own matters are for the learner to take to support: a reply tells them so, and no alert is made."""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Audience, Clause, Judgement, Miss, Obligation, Party, RequestState, Situation, Snapshot
from agent.policies.reported import too_late, what
from agent.policies.settled import left, miss
from agent.policies.timing import day

RULE = "R20"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A reply for each matter of the learner's that the responsibility matrix leaves to them. Never to support."""
    if gone := left(RULE, snapshot, now):
        return gone
    hits: list[Obligation] = []
    misses: list[Miss] = []
    replied: list[Situation] = []
    for matter in snapshot.situations:
        row = snapshot.matrix.get(matter.matter)
        if matter.learner_id != snapshot.learner.id or row is None:
            continue
        if row.contact is not Party.LEARNER:
            if row.rule == RULE:
                misses.append(Miss(RULE, f"{what(matter)}: by the responsibility matrix the mentor contacts support"))
            continue
        found = _reply(matter, replied, snapshot, clause, now)
        if isinstance(found, Obligation):
            hits.append(found)
        else:
            misses.append(found)
        if isinstance(found, Obligation) or _key(matter) in snapshot.done:
            replied.append(matter)
    if not hits and not misses:
        return miss(RULE, "the learner raised nothing that is for them to take to support")
    return Judgement(tuple(hits), tuple(misses))


def _reply(
    matter: Situation, replied: list[Situation], snapshot: Snapshot, clause: Clause, now: datetime
) -> Obligation | Miss:
    key = _key(matter)
    request = snapshot.request(key)
    since = matter.at - clause.days("window_days")
    before = next((r for r in replied if r.matter is matter.matter and _told(r, snapshot) > since), None)
    if key in snapshot.done:
        return Miss(RULE, f"{what(matter)}: the learner was pointed to support, or the letter is on its way")
    if before is not None:
        return Miss(RULE, f"{what(matter)}: the reply on what was said on {day(before.at)} covers it")
    if (late := too_late(RULE, key, matter, snapshot, clause, now)) is not None:
        return late
    if request is not None and request.state is RequestState.DROPPED:
        return Miss(RULE, f"{what(matter)}: the mentor decided against the reply")
    if snapshot.learner.address is None:
        return Miss(RULE, f"{what(matter)}: no address of the learner is known")
    return Obligation(
        key=key,
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.LEARNER,
        learner_id=snapshot.learner.id,
        template="contact_support",
        due=matter.at + clause.hours("reply_hours"),
        reason=f"{what(matter)}: the learner contacts support",  # not the words: they may speak of health
        detail={"situations": str(matter.id)},
    )


def _key(matter: Situation) -> str:
    return f"{RULE}/reply/{matter.id}"


def _told(matter: Situation, snapshot: Snapshot) -> datetime:
    return snapshot.queued.get(_key(matter), matter.at)
