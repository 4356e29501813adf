"""Turns what is owed into stored letters and requests. Performing the same obligation twice does nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from agent import booking, correspondence, digest, outgoing, phrasing, reports, wording
from agent.aside import put_aside
from agent.decide import Plan
from agent.model import Act, Desk, Obligation, Proof, Request, RequestKind, RequestState, Session, Snapshot
from agent.policies import r08_true_status
from agent.store import NewRequest
from agent.world import World

OPEN = {RequestState.WAITING, RequestState.REDO, RequestState.APPROVED}
JUDGED = {
    RequestKind.SESSION,
    RequestKind.REPORT,
    RequestKind.LETTER,
    RequestKind.CONTEXT,
    RequestKind.PROGRESS,
    RequestKind.OUTCOME,
    RequestKind.AGREED,
    RequestKind.CONFLICT,
}
"""Asked because a policy said so, and withdrawn when no policy says so any more."""


UNFINISHED = {RequestState.REDO, RequestState.WITHDRAWN, RequestState.APPROVED}
"""What is owed under a request in these states is the agent's to do: it waits for no word of the mentor's."""


def perform(world: World, plan: Plan, subject: Snapshot | Desk, now: datetime) -> list[Obligation]:
    """Perform what is owed and withdraw what no longer is; the obligations that changed something."""
    done = [hit for hit in plan.hits if _perform(world, hit, subject, now)]
    for request in subject.requests:
        if request.state in OPEN and request.key not in plan.standing and not _fulfilled(request, subject):
            _withdraw(world, request, now)
    return done


def _perform(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    """One obligation; what cannot be performed is shown by `status` and tried again, and holds up nothing else."""
    key, changed = f"owed:{hit.key}", False
    what = f"{hit.rule} for {subject.learner.name if subject.learner else 'you'}: {hit.reason}"
    with put_aside(world, key, what, "do it yourself before its deadline; the agent goes on trying", now):
        if hit.act in FOR_ANYBODY:
            changed = FOR_ANYBODY[hit.act](world, hit, subject, now)
        elif isinstance(subject, Snapshot):
            changed = FOR_A_LEARNER[hit.act](world, hit, subject, now)
    if changed:
        world.store.parking.release(key)
    return changed


def postponed(world: World, hit: Obligation, snapshot: Snapshot | Desk, now: datetime) -> bool:
    """Whether this is owed and neither done, nor shown in shadow mode, nor waiting for the mentor or its own time."""
    shown = world.shadow and correspondence.shadow_key(hit.key) in snapshot.done
    if hit.key in snapshot.done or shown or (hit.not_before is not None and hit.not_before > now):
        return False
    request = snapshot.request(hit.key)
    return request is None or request.state in UNFINISHED


def _fulfilled(request: Request, snapshot: Snapshot | Desk) -> bool:
    """An approved report stays approved; an approved letter stays so once it is on its way."""
    if request.state is not RequestState.APPROVED:
        return request.kind not in JUDGED
    return request.kind is not RequestKind.LETTER or request.key in snapshot.done


def _withdraw(world: World, request: Request, now: datetime) -> None:
    """The reason went away: a late justification, a moved session. Support's letters are not dropped silently."""
    with world.store.transaction():
        world.store.requests.settle(request, RequestState.WITHDRAWN, Proof.NONE, now)
        if request.kind is RequestKind.LETTER:
            world.store.offers.take_back(request.key)
            outgoing.to_mentor(
                world,
                f"withdrawn/{request.key}/v{request.version.number}",
                request.rule,
                "withdrawn",
                now,
                learner_id=request.learner_id,
                recipient_label=_label(world, request),
                subject_line=request.version.subject,
                text=request.version.text,
                left=False,
            )


def _label(world: World, request: Request) -> str:
    learner = world.store.people.get(request.learner_id) if request.learner_id is not None else None
    return outgoing.label_of(world, request.audience, learner)


def _ask(world: World, hit: Obligation, snapshot: Snapshot, now: datetime) -> bool:
    """How did the session go?"""
    old = world.store.requests.by_key(hit.key)  # withdrawn, or asked about somebody else: it is asked again
    session = _session(hit, snapshot)
    with world.store.transaction():
        if old is not None:
            request = world.store.requests.add_version(old, world.new_token(), "", "", now, hit.learner_id)
        else:
            new = NewRequest(
                key=hit.key,
                kind=RequestKind.SESSION,
                rule=hit.rule,
                subject=session.summary,
                learner_id=hit.learner_id,
                session_id=session.id,
                deadline=hit.due,
            )
            request = world.store.requests.open(new, world.new_token(), now)
        outgoing.ask(
            world,
            request,
            "session_question",
            now,
            learner_name=snapshot.learner.name,
            start=session.start,
            end=session.end,
            deadline=hit.due,
            **_proposal(world, session, snapshot, now),
        )
    return True


def _proposal(world: World, session: Session, snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """The status that follows from what is known of a session, and why, for the mentor to confirm (R08)."""
    clause = world.rules.law(now).get("R08")
    found = r08_true_status.proposed(session, snapshot, clause) if clause else None
    said = r08_true_status.ground(session, snapshot)
    if found is None or said is None:
        return {"proposed": None, "proposed_why": ""}
    day = phrasing.moment(said.at, world.zone, world.language)
    return {
        "proposed": found[0],
        "proposed_why": world.phrases.say(world.language, f"proposed.{said.matter.value}", day=day),
    }


def _draft(world: World, hit: Obligation, snapshot: Snapshot, now: datetime) -> bool:
    return reports.draft_version(world, hit, snapshot, _session(hit, snapshot), now)


def _hand_over(world: World, hit: Obligation, snapshot: Snapshot, now: datetime) -> bool:
    return reports.hand_over(world, hit, snapshot, _session(hit, snapshot), now)


def _remind(world: World, hit: Obligation, snapshot: Snapshot, now: datetime) -> bool:
    """The same request once more, shortly before its deadline."""
    request = snapshot.request(hit.detail["request"])
    if request is None or hit.due is None:
        return False
    left = hit.due - now
    return outgoing.to_mentor(
        world,
        hit.key,
        hit.rule,
        "reminder",
        now,
        request=request,
        learner_name=snapshot.learner.name,
        hours_left=max(1, round(left / timedelta(hours=1))),
        deadline=hit.due,
        what=hit.detail["what"],
        start=_session(hit, snapshot).start,
        text=request.version.text or None,
    )


def _session(hit: Obligation, snapshot: Snapshot) -> Session:
    return next(session for session in snapshot.sessions if session.id == hit.session_id)


def _notice(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    """Something the mentor should know, or do on the platform."""
    values = wording.values(world, hit, subject, [], now)
    clause = outgoing.clause_line(world, hit.rule, world.language, now)
    return outgoing.to_mentor(
        world, hit.key, hit.rule, hit.template, now, learner_id=hit.learner_id, clause=clause, **values
    )


def _question(world: World, hit: Obligation, subject: Snapshot | Desk, now: datetime) -> bool:
    """Something only the mentor can say. What was withdrawn and is owed again is asked again."""
    old = world.store.requests.by_key(hit.key)
    again = {RequestState.WITHDRAWN}
    if hit.question is RequestKind.CONFLICT:  # a session marked completed once more, after the mentor's no to just that
        again.add(RequestState.DROPPED)
    if hit.question is None or (old is not None and old.state not in again):
        return False
    with world.store.transaction():
        if old is not None:
            request = world.store.requests.add_version(old, world.new_token(), "", "", now, hit.learner_id)
        else:
            new = NewRequest(
                key=hit.key,
                kind=hit.question,
                rule=hit.rule,
                subject=subject.learner.name if subject.learner else "",
                learner_id=hit.learner_id,
                session_id=hit.session_id,
                deadline=hit.due,
                subject_key=hit.detail.get("about"),
            )
            request = world.store.requests.open(new, world.new_token(), now)
        values = wording.values(world, hit, subject, [], now)
        clause = outgoing.clause_line(world, hit.rule, world.language, now)
        outgoing.ask(world, request, hit.template, now, clause=clause, **values)
    return True


FOR_ANYBODY: dict[Act, Callable[[World, Obligation, Snapshot | Desk, datetime], bool]] = {
    Act.LETTER: correspondence.perform,
    Act.NOTICE: _notice,
    Act.QUESTION: _question,
    Act.DIGEST: digest.perform,
}
FOR_A_LEARNER: dict[Act, Callable[[World, Obligation, Snapshot, datetime], bool]] = {
    Act.ASK: _ask,
    Act.DRAFT: _draft,
    Act.REMIND: _remind,
    Act.HAND_OVER: _hand_over,
    Act.BOOK: booking.perform,
}
