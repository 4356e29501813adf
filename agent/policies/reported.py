"""What R14, R15, R17, R18 and R19 share: a reported matter becomes one alert to support, in the reporter's words."""

from __future__ import annotations

from datetime import datetime

from agent.model import Act, Audience, Clause, Miss, Obligation, Party, RequestState, Situation, Snapshot
from agent.policies.timing import day


def alert(
    rule: str, situation: Situation, snapshot: Snapshot, clause: Clause, template: str, detail: dict[str, str]
) -> Obligation | Miss:
    """The alert that a situation asks for, or why it asks for none. The key is the situation's own."""
    key = f"{rule}/alert/{situation.id}"
    what = f"{situation.matter.value.replace('_', ' ')} reported on {day(situation.at)}"
    if snapshot.matrix[situation.matter].contact is not Party.MENTOR:
        return Miss(rule, f"{what}: by the responsibility matrix the learner contacts support")
    if key in snapshot.done:
        return Miss(rule, f"{what}: support was told, or the letter is on its way")
    request = snapshot.request(key)
    if request is not None and request.state is RequestState.DROPPED:
        return Miss(rule, f"{what}: the mentor decided against the alert")
    return Obligation(
        key=key,
        rule=rule,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        session_id=situation.session_id,
        template=template,
        due=situation.at + clause.hours("alert_hours"),
        reason=f"{what}: \u201c{situation.words}\u201d",
        detail={"situations": str(situation.id), **detail},
    )


def recent(snapshot: Snapshot, rule: str, clause: Clause, now: datetime) -> tuple[Situation, ...]:
    """What is this rule's by the matrix and was reported within its window, oldest first."""
    return tuple(s for s in snapshot.entrusted(rule) if s.at > now - clause.days("window_days"))
