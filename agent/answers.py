"""The mentor's word by mail: proven, tied to one open request, counted once (P2).

Whatever is not plain is given back as a question; nothing is done meanwhile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent import decisions, outgoing, situation_answers, situations
from agent.model import Proof, Request, RequestKind, RequestState, SessionStatus
from agent.understand.mail import Attachment, Mail
from agent.understand.reply import new_text, tokens
from agent.understand.session_answer import read_session_answer
from agent.understand.verdict import Answer, Doubt, DraftAnswer, explain, read_confirmation, read_draft_answer
from agent.world import World

PATIENCE = timedelta(minutes=2)
"""An unproven answer waits this long for its copy in Sent before the mentor is asked about it."""

FORGOTTEN = timedelta(days=7)
"""An outage may keep the mentor from being asked for some time; after a week nobody would know what it is about."""

QUOTED = 600  # characters of an answer shown back

REFERENCE = re.compile(r"^(?:\s*re\s*:)+\s*|\s*\[ma-[a-z2-7]{16}\]", re.IGNORECASE)
"""What a subject has beyond its own words: our question about it has its own reference."""

ANSWERED_BY = {RequestKind.SESSION: "notes", RequestKind.REPORT: "report", RequestKind.LETTER: "letter"}
"""Which buttons a request is answered with, by the templates' names."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered to one request. `source` names the mail: one mail gets one question back at most."""

    request: Request
    text: str
    subject: str
    source: str
    proof: Proof
    now: datetime
    attachments: tuple[Attachment, ...] = ()


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> None:
    """One mail that may name a request of ours. The same mail met in two folders counts once."""
    if world.store.facts.has(f"answer:{mail_id}"):
        return
    found = [pair for token in tokens(mail) if (pair := world.store.requests.by_token(token))]
    if not found:
        situations.receive(world, mail, mail_id, proof, received_at, now)
        return
    request, number = found[0]
    said = Said(request, new_text(mail), mail.head.subject, mail_id, proof, now, mail.attachments)
    detail = {"request": request.key, "version": number, "text": said.text, "subject": said.subject, "mail": mail_id}
    kind = "unproven" if proof is Proof.NONE else "answer"
    world.store.facts.add(
        f"{kind}:{mail_id}",
        kind,
        at=received_at,
        now=now,
        learner_id=request.learner_id,
        proof=proof,
        detail=detail,
    )
    if proof is Proof.NONE:
        return  # a proven copy may follow; see `unproven`
    if len({other.id for other, _ in found}) > 1 and not _named(world, mail, request):
        _back(world, said, "several", "one")
    elif number < request.version.number:
        _back(world, said, "old_version", "again")
    else:
        _answer(world, said)


def _named(world: World, mail: Mail, request: Request) -> bool:
    """Whether the mail's own references and subject name this request alone: a quoted other one is then no doubt."""
    named = [pair[0].id for token in tokens(mail.head) if (pair := world.store.requests.by_token(token))]
    return set(named) == {request.id}


def unproven(world: World, now: datetime) -> datetime | None:
    """Ask about answers that stayed unproven; when the next one will have waited long enough."""
    waiting: list[datetime] = []
    before = world.looked_at.get("unproven")
    since = now - FORGOTTEN if before is None or before > now else before - PATIENCE
    for fact in world.store.facts.unproven(max(since, now - FORGOTTEN)):
        due = fact.recorded_at + PATIENCE
        if due > now:
            waiting.append(due)
            continue
        request = world.store.requests.by_key(str(fact.detail["request"]))
        with world.store.transaction():
            world.store.facts.add(f"asked:{fact.detail['mail']}", "asked", at=now, now=now)
            if request is not None:
                source = f"unproven/{request.id}/{fact.at:%Y%m%dT%H}"  # a flood of forgeries makes one question an hour
                said = Said(request, str(fact.detail["text"]), str(fact.detail["subject"]), source, Proof.NONE, now)
                _back(world, said, "unproven", "unproven")
            elif fact.detail.get("situation"):
                situations.not_proven(world, fact, now)
    world.looked_at["unproven"] = now
    return min(waiting, default=None)


def _answer(world: World, said: Said) -> None:
    """A proven word on the current version of a request."""
    request = said.request
    if not decisions.open_to(request):
        _settled(world, said, request.state)
    elif request.kind is RequestKind.SESSION:
        _session(world, said)
    elif request.kind in decisions.DRAFTS:
        _draft(world, said)
    elif request.kind in situation_answers.KINDS:
        why = situation_answers.on_answer(world, request, said.text, said.source, said.proof, said.now)
        if why is not None:
            _back(world, said, why, why)
    else:
        yes = read_confirmation(said.text, world.lexicon)
        if yes is None:
            _back(world, said, "yes_or_no", "yes_or_no")
        else:
            decisions.on_question(world, request, said.proof, said.now, yes=yes)


def _settled(world: World, said: Said, state: RequestState) -> None:
    """A late repeat gets one clear answer, however often it is repeated."""
    key = f"settled/{said.request.id}/v{said.request.version.number}"  # what was asked anew may be settled anew
    once = Said(said.request, said.text, said.subject, key, said.proof, said.now)
    _back(world, once, "settled", "nothing", world.phrases.say(world.language, f"state.{state.value}"))


def _draft(world: World, said: Said) -> None:
    word = read_draft_answer(said.text, world.lexicon)
    if word.kind is Answer.APPROVE and any(file.text for file in said.attachments):
        word = DraftAnswer(Answer.UNCLEAR, doubt=Doubt.CONDITION)  # an "ok" beside a text: which one is meant?
    if decisions.on_draft(world, said.request, word, said.proof, said.now):
        return
    if word.kind is Answer.REDO:
        _back(world, said, "redo_letter", "edit")
    else:
        _question(world, said, explain(word.doubt or Doubt.UNKNOWN, world.language), "again")


def _session(world: World, said: Said) -> None:
    request = said.request
    answer = read_session_answer(said.text, said.attachments, world.lexicon)
    if decisions.closed_to(world, request, answer.status):
        _settled(world, said, RequestState.APPROVED)
    elif answer.status is None:
        _question(world, said, explain(answer.unclear or Doubt.STATUS, world.language), "again")
    elif not decisions.on_session(world, request, answer.status, answer.notes, said.proof, said.now):
        assert answer.status is SessionStatus.COMPLETED  # noqa: S101 -- the only status that needs notes
        _back(world, said, "notes_missing", "notes")
    else:
        reported = situations.Said(said.source, said.now, said.proof, said.now)
        situations.from_notes(world, request, answer.notes, reported)


def _back(world: World, said: Said, why: str, advice: str, state: str = "") -> None:
    version = said.request.version.number
    _question(world, said, world.phrases.say(world.language, f"why.{why}", version=version, state=state), advice)


def _question(world: World, said: Said, reason: str, advice: str) -> None:
    """Say that nothing was done, why, and what to answer: what still waits is shown again. One mail for one cause."""
    request = said.request
    what = ANSWERED_BY.get(request.kind) if decisions.open_to(request) else None
    outgoing.to_mentor(
        world,
        f"back/{said.source}",
        said.request.rule,
        "question_back",
        said.now,
        request=said.request,
        original_subject=REFERENCE.sub("", said.subject),
        reason=reason,
        quoted=said.text[:QUOTED],
        what=what,
        text=request.version.text if request.kind in decisions.DRAFTS and what else None,
        advice=world.phrases.say(world.language, f"advice.{advice}"),
    )
