"""What the mentor's word does, whether it came by mail or by command. Each is one transaction."""

from __future__ import annotations

from datetime import datetime

from agent import assignments, event_notes
from agent.model import Audience, Proof, Request, RequestKind, RequestState, Session, SessionStatus
from agent.policies.r07_report import handover_key, report_key
from agent.report import transcript
from agent.report.notes import fragments
from agent.report.text import canonical
from agent.report.wording import shipped
from agent.store import OutboxRow, Outgoing
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
        elif word.kind is Answer.CORRECT and word.text:
            _correct(world, request, word.text, proof, now)
        elif word.kind is Answer.REDO and request.kind is RequestKind.REPORT:
            world.store.requests.ask_again(request, word.text or None, replaced=False)
        else:
            return False
        if request.learner_id is not None:
            world.store.people.touch(request.learner_id)
        else:
            world.store.touch_desk()
    return True


def _correct(world: World, request: Request, text: str, proof: Proof, now: datetime) -> None:
    """An approval with corrections: shown again first, or at once the version that is approved, as the settings say."""
    if world.settings.mentor.changes == "show":
        world.store.requests.ask_again(request, text, replaced=True)
        return
    corrected = world.store.requests.add_version(request, world.new_token(), text, "mentor", now)
    world.store.requests.settle(corrected, RequestState.APPROVED, proof, now)
    if request.kind is RequestKind.REPORT:
        world.store.outbox.retire(handover_key(request.session_id))


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
    new = notes if _says_something(world, notes) else ""  # a report is never empty (R07)
    if status is SessionStatus.COMPLETED and not (new or session.notes):
        kept_there = event_notes.of(world, session)
        new = kept_there if _says_something(world, kept_there) else ""
    kept = transcript.joined(session.notes or "", new) if new else None
    enough = status is not SessionStatus.COMPLETED or bool(new or session.notes)
    with world.store.transaction():
        _mark(world, session, status, kept, now)
        world.store.requests.settle(request, RequestState.ANSWERED if enough else RequestState.WAITING, proof, now)
    return enough


def _says_something(world: World, notes: str) -> bool:
    """Whether a report can be made of these notes: of a transcript in which nobody sums up, by a model alone."""
    notes = canonical(notes)
    by_model = world.writer is not world.builtin and bool(transcript.split(notes)[1])
    return by_model or bool(fragments(notes, shipped()))


def mark_absent(world: World, session: Session, proof: Proof, now: datetime) -> None:
    """The learner was not there: as an answer to the session's question would say it, whether it was asked or not."""
    request = question_of(world, session)
    if request is not None:
        on_session(world, request, SessionStatus.ABSENT, "", proof, now)
        return
    with world.store.transaction():
        _mark(world, session, SessionStatus.ABSENT, None, now)


def unmark(world: World, session: Session, now: datetime) -> None:
    """A status was not so: the session's question waits again."""
    request = question_of(world, session)
    with world.store.transaction():
        world.store.people.unmark(session)
        if request is not None:
            world.store.requests.settle(request, RequestState.WAITING, Proof.NONE, now)


def question_of(world: World, session: Session) -> Request | None:
    """The question about a session that is open to an answer."""
    if session.learner_id is None:
        return None
    asked = world.store.requests.of_learner(session.learner_id, session.end)
    of_it = (r for r in reversed(asked) if r.kind is RequestKind.SESSION and r.session_id == session.id)
    return next((request for request in of_it if open_to(request)), None)


def _mark(world: World, session: Session, status: SessionStatus, notes: str | None, now: datetime) -> None:
    """A session's status, and its report anew where this takes the ground from it. `notes`: all, where some are new."""
    report = world.store.requests.by_key(report_key(session.id))
    world.store.people.set_status(session, status, notes, now)
    if report is not None and _outdated(report, corrected=status is not session.status, added=bool(notes)):
        world.store.requests.ask_again(report, None, replaced=False)


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
                    _written_to(world, row, proof, now)
        elif request.kind is RequestKind.CEILING and yes:
            world.store.remember("ceiling_lifted_at", now.isoformat())
        elif request.kind is RequestKind.EMPTIED and yes:
            world.store.remember(f"accept_empty:{request.subject_key}", "yes")
            world.store.sources.retry_now()
        elif request.kind is RequestKind.AGREED:
            world.store.situations.agree(int(request.subject_key or 0), agreed=yes)
        elif request.kind is RequestKind.CONFLICT and not yes:
            session = world.store.people.session(request.session_id or 0)
            _mark(world, session, SessionStatus.ABSENT, None, now)
        if request.learner_id is not None:
            world.store.people.touch(request.learner_id)


def _written_to(world: World, row: OutboxRow, proof: Proof, now: datetime) -> None:
    """The mentor says that a letter counts as sent: its learner was written to, as if it lay in Sent."""
    if row.audience is Audience.LEARNER and row.learner_id is not None:
        world.store.facts.add(
            f"letter:{row.message_id}:{row.learner_id}",
            "letter",
            at=row.created_at or now,
            now=now,
            learner_id=row.learner_id,
            proof=proof,
            detail={"outbox_key": row.key},
        )
        world.store.people.touch(row.learner_id)
