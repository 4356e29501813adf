"""What the mentor's word does, whether it came by mail or by command. Each is one transaction."""

from __future__ import annotations

import re
from datetime import datetime

from agent import assignments
from agent.model import Proof, Request, RequestKind, RequestState, SessionStatus
from agent.store import Outgoing
from agent.understand.verdict import Answer, DraftAnswer
from agent.world import World

WORD = re.compile(r"[^\W\d_]{2}")
"""Notes without a single word are no notes: a report is never empty (R07)."""

DRAFTS = {RequestKind.REPORT, RequestKind.LETTER}
QUESTIONS = {RequestKind.ASSIGNMENT, RequestKind.UNCERTAIN, RequestKind.CEILING, RequestKind.EMPTIED}


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
        elif word.kind is Answer.REPLACE:
            world.store.requests.ask_again(request, word.text, replaced=True)
        elif word.kind is Answer.REDO and request.kind is RequestKind.REPORT:
            world.store.requests.ask_again(request, word.text or None, replaced=False)
        else:
            return False
        if request.learner_id is not None:
            world.store.people.touch(request.learner_id)
    return True


def on_session(world: World, request: Request, status: SessionStatus, notes: str, proof: Proof, now: datetime) -> bool:
    """Record how a session went; False while it was completed but there are no notes to report from.

    A later answer corrects an earlier one, and its notes are added; a draft that waits is made anew.
    """
    session = world.store.people.session(request.session_id or 0)
    new = notes if WORD.search(notes) else ""
    kept = "\n\n".join(part for part in (session.notes, new) if part) if new else None
    report = world.store.requests.by_key(report_key(request))
    with world.store.transaction():
        world.store.people.set_status(session, status, kept, now)
        if status is SessionStatus.COMPLETED and not (new or session.notes):
            return False
        world.store.requests.settle(request, RequestState.ANSWERED, proof, now)
        if report is not None and report.state is RequestState.WAITING:
            world.store.requests.ask_again(report, None, replaced=False)
    return True


def report_key(request: Request) -> str:
    """The key of the report on the session that a question is about."""
    return f"R07/report/{request.session_id}"


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
        elif request.kind is RequestKind.CEILING and yes:
            world.store.remember("ceiling_lifted_at", now.isoformat())
        elif request.kind is RequestKind.EMPTIED and yes:
            world.store.remember("accept_empty_calendar", "yes")
            world.store.sources.retry_now()
