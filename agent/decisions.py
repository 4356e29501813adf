"""What the mentor's word does, whether it came by mail or by command. Each is one transaction."""

from __future__ import annotations

from datetime import datetime

from agent import assignments
from agent.model import Proof, Request, RequestKind, RequestState, SessionStatus
from agent.policies.r07_report import report_key
from agent.report.notes import fragments
from agent.report.text import canonical
from agent.report.wording import shipped
from agent.store import Outgoing
from agent.understand.verdict import Answer, DraftAnswer
from agent.world import World

DRAFTS = {RequestKind.REPORT, RequestKind.LETTER}


def open_to(request: Request) -> bool:
    """Whether a request can still be answered: a session's status may be corrected, everything else once only."""
    corrected = request.kind is RequestKind.SESSION and request.state is RequestState.ANSWERED
    return request.state is RequestState.WAITING or corrected


def on_draft(world: World, request: Request, word: DraftAnswer, proof: Proof, now: datetime) -> bool:
    """Act on a word about a draft that waits; False when it is not one that can be acted on."""
    with world.store.transaction():
        if word.kind is Answer.APPROVE:
            world.store.requests.settle(request, RequestState.APPROVED, proof, now)
        elif word.kind is Answer.DROP:
            world.store.requests.settle(request, RequestState.DROPPED, proof, now)
            world.store.offers.take_back(request.key)
        elif word.kind is Answer.REPLACE:
            world.store.requests.ask_again(request, word.text, replaced=True)
        elif word.kind is Answer.REDO and request.kind is RequestKind.REPORT:
            world.store.requests.ask_again(request, word.text or None, replaced=False)
        else:
            return False
        if request.learner_id is not None:
            world.store.people.touch(request.learner_id)
        else:
            world.store.touch_desk()
    return True


def closed_to(world: World, request: Request, status: SessionStatus | None) -> bool:
    """Whether a session's report is approved and this answer corrects no status: then there is nothing left to do."""
    report = world.store.requests.by_key(report_key(request.session_id))
    approved = report is not None and report.state is RequestState.APPROVED
    return approved and status in {None, world.store.people.session(request.session_id or 0).status}


def on_session(world: World, request: Request, status: SessionStatus, notes: str, proof: Proof, now: datetime) -> bool:
    """Record how a session went; False while it was completed but there are no notes to report from.

    A later answer corrects an earlier one, and its notes are added; the draft is then made anew, even where an
    earlier one was dropped, or handed over with another status.
    """
    session = world.store.people.session(request.session_id or 0)
    new = notes if fragments(canonical(notes), shipped()) else ""  # a report is never empty (R07)
    kept = "\n\n".join(part for part in (session.notes, new) if part) if new else None
    report = world.store.requests.by_key(report_key(session.id))
    enough = status is not SessionStatus.COMPLETED or bool(new or session.notes)
    with world.store.transaction():
        world.store.people.set_status(session, status, kept, now)
        if report is not None and _outdated(report, corrected=status is not session.status, added=bool(new)):
            world.store.requests.ask_again(report, None, replaced=False)
        world.store.requests.settle(request, RequestState.ANSWERED if enough else RequestState.WAITING, proof, now)
    return enough


def _outdated(report: Request, *, corrected: bool, added: bool) -> bool:
    """Whether an answer takes the ground from a report."""
    if report.state is RequestState.APPROVED:
        return corrected
    return report.state in {RequestState.WAITING, RequestState.DROPPED} and (corrected or added)


def on_question(world: World, request: Request, proof: Proof, now: datetime, *, yes: bool) -> None:
    """A yes or a no to a question of ours."""
    with world.store.transaction():
        world.store.requests.settle(request, RequestState.APPROVED if yes else RequestState.DROPPED, proof, now)
        if request.kind is RequestKind.ASSIGNMENT and yes:
            assignments.confirm(world, request.subject_key or "")
        elif request.kind is RequestKind.UNCERTAIN:
            row = world.store.outbox.get(request.subject_key or "")
            if row is not None:
                world.store.outbox.move(row, Outgoing.UNCERTAIN, Outgoing.READY if yes else Outgoing.SENT, now)
                if not yes:  # nobody knows that it went: we put no copy into Sent that says so
                    world.store.outbox.copied(row)
        elif request.kind is RequestKind.CEILING and yes:
            world.store.remember("ceiling_lifted_at", now.isoformat())
        elif request.kind is RequestKind.EMPTIED and yes:
            world.store.remember("accept_empty_calendar", "yes")
            world.store.sources.retry_now()
