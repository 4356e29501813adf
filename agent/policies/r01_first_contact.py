"""R01: a new learner is written to within 48 hours of the assignment, with a first appointment proposed."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Obligation,
    Party,
    RequestState,
    Slot,
    Snapshot,
)
from agent.policies.settled import miss
from agent.policies.timing import day

RULE = "R01"
OFFERED = timedelta(days=14)


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """A letter is owed from the assignment on, until a mail to the learner lies in Sent; late is better than never."""
    learner = snapshot.learner
    allowed = clause.hours("contact_hours")
    due = learner.assigned_at + allowed
    key = f"{RULE}/first-contact/{learner.id}{_again(snapshot)}"
    contact = next((letter for letter in snapshot.letters if letter.at >= learner.assigned_at), None)
    if contact is not None:
        return miss(RULE, f"written to on {day(contact.at)}, assigned on {day(learner.assigned_at)}")
    if key in snapshot.done:
        return miss(RULE, "the letter is in the outbox")
    if snapshot.watch_since is not None and due < snapshot.watch_since:
        return miss(RULE, f"assigned on {day(learner.assigned_at)}, before the agent began to watch")
    if learner.address is None:
        return miss(RULE, "no address is known")
    request = snapshot.request(key)
    if request is not None and request.state is RequestState.DROPPED:
        return miss(RULE, "the mentor decided against the letter")
    late = " (late)" if now > due else ""
    return Judgement(
        hits=(
            Obligation(
                key=key,
                rule=RULE,
                act=Act.LETTER,
                audience=Audience.LEARNER,
                learner_id=learner.id,
                template="first_contact",
                offer=Slot(now, now + OFFERED),
                due=due,
                reason=f"assigned on {day(learner.assigned_at)}, not written to yet; due by {day(due)}{late}",
            ),
        )
    )


def _again(snapshot: Snapshot) -> str:
    """The day on which the school gave a learner who had left once more: that first contact is another one."""
    back = (s for s in snapshot.said(Matter.BACK) if s.by is Party.SCHOOL)
    return f"/{snapshot.learner.assigned_at:%Y%m%d}" if any(s.at == snapshot.learner.assigned_at for s in back) else ""
