"""The mentor's word, by mail or by command: proven, tied to one open request, counted once (P2).

Whatever is not plain is given back as a question; nothing is done meanwhile.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from agent import assignments, outgoing
from agent.model import Proof, Request, RequestKind, RequestState, SessionStatus
from agent.store import Outgoing
from agent.understand.mail import Attachment, Mail
from agent.understand.reply import new_text, tokens
from agent.understand.session_answer import read_session_answer
from agent.understand.verdict import Answer, DraftAnswer, explain, read_confirmation, read_draft_answer
from agent.world import World

PATIENCE = timedelta(minutes=2)
"""An unproven answer waits this long for its copy in Sent before the mentor is asked about it."""

WORD = re.compile(r"[^\W\d_]{2}")
"""Notes without a single word are no notes: a report is never empty (R07)."""

QUOTED = 600  # characters of an answer shown back


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> None:
    """One mail that names a request of ours. The same mail met in two folders counts once."""
    found = [pair for token in tokens(mail) if (pair := world.store.requests.by_token(token))]
    if not found or world.store.facts.has(f"answer:{mail_id}"):
        return
    request, number = found[0]
    text = new_text(mail)
    detail = {"request": request.key, "version": number, "text": text, "subject": mail.head.subject}
    if proof is Proof.NONE:
        world.store.facts.add(
            f"unproven:{mail_id}", "unproven", at=received_at, now=now, detail={"mail": mail_id, **detail}
        )
        return
    world.store.facts.add(
        f"answer:{mail_id}",
        "answer",
        at=received_at,
        now=now,
        learner_id=request.learner_id,
        proof=proof,
        detail=detail,
    )
    if len({other.id for other, _ in found}) > 1 and not _named(mail, request, world):
        _back(world, request, mail_id, mail.head.subject, text, "several", "one", now)
    elif number < request.version.number:
        _back(world, request, mail_id, mail.head.subject, text, "old_version", "again", now)
    else:
        answer(world, request, text, mail.attachments, mail_id, proof, now)


def _named(mail: Mail, request: Request, world: World) -> bool:
    """Whether the mail's own references or subject name this request alone: then a quoted other one is no doubt."""
    named = [pair[0].id for token in tokens(mail.head) if (pair := world.store.requests.by_token(token))]
    return set(named) == {request.id}


def unproven(world: World, now: datetime) -> datetime | None:
    """Ask about answers that stayed unproven; when the next one will have waited long enough."""
    waiting: list[datetime] = []
    for fact in world.store.facts.unproven():
        due = fact.recorded_at + PATIENCE
        if due > now:
            waiting.append(due)
            continue
        request = world.store.requests.by_key(str(fact.detail["request"]))
        mail_id = str(fact.detail["mail"])
        with world.store.transaction():
            world.store.facts.add(f"asked:{mail_id}", "asked", at=now, now=now)
            if request is not None:
                hour = fact.at.strftime("%Y%m%dT%H")  # a flood of forgeries makes one question an hour
                subject, text = str(fact.detail["subject"]), str(fact.detail["text"])
                _back(world, request, f"unproven/{request.id}/{hour}", subject, text, "unproven", "unproven", now)
    return min(waiting, default=None)


def answer(
    world: World,
    request: Request,
    text: str,
    attachments: tuple[Attachment, ...],
    source: str,
    proof: Proof,
    now: datetime,
) -> None:
    """A proven word on the current version of a request. `source` names the mail, for the answer to it."""
    again = request.kind is RequestKind.SESSION and request.state is RequestState.ANSWERED
    if request.state is not RequestState.WAITING and not again:
        state = world.phrases.say(world.language, f"state.{request.state.value}")
        _back(world, request, f"settled/{request.id}", request.version.subject, text, "settled", "nothing", now, state)
    elif request.kind is RequestKind.SESSION:
        _session(world, request, text, attachments, source, proof, now)
    elif request.kind in {RequestKind.REPORT, RequestKind.LETTER}:
        word = read_draft_answer(text, world.lexicon)
        if not decide(world, request, word, proof, now):
            _unclear(world, request, word, source, text, now)
    else:
        yes = read_confirmation(text, world.lexicon)
        if yes is None:
            _back(world, request, source, request.version.subject, text, "yes_or_no", "yes_or_no", now)
        else:
            confirm(world, request, proof, now, yes=yes)


def decide(world: World, request: Request, word: DraftAnswer, proof: Proof, now: datetime) -> bool:
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


def _unclear(world: World, request: Request, word: DraftAnswer, source: str, text: str, now: datetime) -> None:
    if word.kind is Answer.REDO:
        _back(world, request, source, request.version.subject, text, "redo_letter", "edit", now)
        return
    reason = explain(word.doubt, world.language) if word.doubt else ""
    _question(world, request, source, request.version.subject, text, reason, "again", now)


def _session(
    world: World,
    request: Request,
    text: str,
    attachments: tuple[Attachment, ...],
    source: str,
    proof: Proof,
    now: datetime,
) -> None:
    """How the session went. A later answer corrects an earlier one while its report is not approved."""
    said = read_session_answer(text, attachments, world.lexicon)
    if said.status is None:
        reason = explain(said.unclear, world.language) if said.unclear else ""
        _question(world, request, source, request.version.subject, text, reason, "again", now)
        return
    tell_session(world, request, said.status, said.notes, proof, now, source)


def tell_session(
    world: World, request: Request, status: SessionStatus, notes: str, proof: Proof, now: datetime, source: str
) -> None:
    """Record a session's status and notes."""
    session = world.store.people.session(request.session_id or 0)
    report = world.store.requests.by_key(f"R07/report/{session.id}")
    if report is not None and report.state is RequestState.APPROVED:
        state = world.phrases.say(world.language, "state.approved")
        _back(world, request, f"settled/{request.id}", request.version.subject, notes, "settled", "nothing", now, state)
        return
    if not WORD.search(notes):
        notes = ""
    kept = "\n\n".join(part for part in (session.notes, notes) if part) if notes else None
    with world.store.transaction():
        world.store.people.set_status(session, status, kept, now)
        if status is SessionStatus.COMPLETED and not (notes or session.notes):
            _back(world, request, source, request.version.subject, "", "notes_missing", "notes", now)
            return
        world.store.requests.settle(request, RequestState.ANSWERED, proof, now)
        if report is not None and report.state is RequestState.WAITING:
            world.store.requests.ask_again(report, None, replaced=False)


def confirm(world: World, request: Request, proof: Proof, now: datetime, *, yes: bool) -> None:
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


def _back(
    world: World,
    request: Request,
    source: str,
    subject: str,
    text: str,
    why: str,
    advice: str,
    now: datetime,
    state: str = "",
) -> None:
    reason = world.phrases.say(world.language, f"why.{why}", version=request.version.number, state=state)
    _question(world, request, source, subject, text, reason, advice, now)


def _question(
    world: World, request: Request, source: str, subject: str, text: str, reason: str, advice: str, now: datetime
) -> None:
    """Say that nothing was done, why, and what to answer. One mail for one cause."""
    outgoing.to_mentor(
        world,
        f"back/{source}",
        request.rule,
        "question_back",
        now,
        request=request,
        original_subject=subject,
        reason=reason,
        quoted=text[:QUOTED],
        advice=world.phrases.say(world.language, f"advice.{advice}"),
    )
