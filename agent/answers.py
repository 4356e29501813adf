"""The mentor's word by mail: proven, tied to one open request, counted once (P2).

Whatever is not plain is given back as a question; nothing is done meanwhile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from agent import decisions, outgoing, put_off, requests_digest, situation_answers, situations
from agent.model import Audience, Proof, Request, RequestKind, RequestState, SessionStatus
from agent.understand import corrections, remarks, reply
from agent.understand.mail import Attachment, Mail
from agent.understand.session_answer import read_session_answer
from agent.understand.verdict import (
    Answer,
    Doubt,
    DraftAnswer,
    explain,
    read_confirmation,
    read_draft_answer,
    with_corrections,
)
from agent.world import World

PATIENCE = timedelta(minutes=2)
"""An unproven answer waits this long for its copy in Sent before the mentor is asked about it."""

FORGOTTEN = timedelta(days=7)
"""An outage may keep the mentor from being asked for some time; after a week nobody would know what it is about."""

QUOTED = 600  # characters of an answer shown back

REFERENCE = re.compile(
    r"^(?:\s*(?:re|je n['’]ai rien fait|i have done nothing)\s*:)+\s*|\s*\[ma-[a-z2-7]{16}\]", re.IGNORECASE
)
"""What a subject has beyond its own words: our question about it has its own reference, and says itself what it is."""

ANSWERED_BY = {RequestKind.SESSION: "notes", RequestKind.REPORT: "report", RequestKind.LETTER: "letter"}
"""Which buttons a request is answered with, by the templates' names."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered to one request. `source` names the mail: one mail gets one question back at most.

    `quoted` and `inline` are those of `reply.Reply`; `answered` is the Message-ID of the mail that was answered.
    """

    request: Request
    text: str
    subject: str
    source: str
    proof: Proof
    now: datetime
    attachments: tuple[Attachment, ...] = ()
    quoted: str = ""
    inline: bool = False
    answered: str = ""


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> None:
    """One mail that may name a request of ours. The same mail met in two folders counts once."""
    if world.store.facts.has(f"answer:{mail_id}"):
        return
    tokens = reply.tokens(mail)
    digest = requests_digest.named(world, tokens)
    found = _requests(world, tokens) or _requests(world, reply.tokens_in(digest.text if digest else ""))
    if not found:
        situations.receive(world, mail, mail_id, proof, received_at, now)
        return
    request, number = found[0]
    read = reply.read(mail)
    said = Said(
        request,
        read.text,
        mail.head.subject,
        mail_id,
        proof,
        now,
        mail.attachments,
        quoted=read.quoted,
        inline=read.inline,
        answered=mail.head.in_reply_to,
    )
    detail = {"request": request.key, "version": number, "text": said.text, "subject": said.subject, "mail": mail_id}
    twin = _twin(mail, said, number)
    detail["twin"] = twin
    many = digest is not None or len({other.id for other, _ in found}) > 1
    among = list(dict.fromkeys(other.key for other, _ in found)) if many and not _named(world, mail, request) else []
    detail["among"] = among
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
    if twin and not world.store.facts.add(twin, "said", at=received_at, now=now, learner_id=request.learner_id):
        return  # this very answer, under another Message-ID
    if among:
        _which(world, said, among, "several")
    elif number < request.version.number:
        _back(world, said, "old_version", "again")
    else:
        _answer(world, said)


def _named(world: World, mail: Mail, request: Request) -> bool:
    """Whether the mail's own references and subject name this request alone: a quoted other one is then no doubt."""
    return {other.id for other, _ in _requests(world, reply.tokens(mail.head))} == {request.id}


def _requests(world: World, tokens: tuple[str, ...]) -> list[tuple[Request, int]]:
    """The requests that these ids name, each with the number of the version."""
    return [pair for token in tokens if (pair := world.store.requests.by_token(token))]


def _twin(mail: Mail, said: Said, number: int) -> str:
    """Names what was said, when and of which version: servers may give a copy another Message-ID. "" without a date."""
    if mail.head.date is None:
        return ""
    words = (f"{mail.head.date.isoformat()}", said.text, *(file.text or "" for file in said.attachments))
    return f"said:{said.request.id}/v{number}/{sha256(chr(0).join(words).encode()).hexdigest()[:24]}"


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
            if world.store.facts.has(str(fact.detail.get("twin"))):
                continue  # the mentor's copy of it, under another Message-ID, was proven
            if request is not None:
                source = f"unproven/{request.id}/{fact.at:%Y%m%dT%H}"  # a flood of forgeries makes one question an hour
                said = Said(request, str(fact.detail["text"]), str(fact.detail["subject"]), source, Proof.NONE, now)
                if among := fact.detail.get("among"):
                    _which(world, said, list(among), "unproven")
                else:
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
    elif put_off.asked(world, request, said.text):
        _later(world, said)
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
        if yes is None and said.text.rstrip().endswith("?"):
            _question(world, said, explain(Doubt.QUESTION, world.language), "yes_or_no", known=_known(world, request))
        elif yes is None:
            _back(world, said, "yes_or_no", "yes_or_no")
        else:
            decisions.on_question(world, request, said.proof, said.now, yes=yes)


def _settled(world: World, said: Said, state: RequestState) -> None:
    """A late repeat gets one clear answer, however often it is repeated."""
    key = f"settled/{said.request.id}/v{said.request.version.number}"  # what was asked anew may be settled anew
    once = Said(said.request, said.text, said.subject, key, said.proof, said.now)
    _back(world, once, "settled", "nothing", world.phrases.say(world.language, f"state.{state.value}"))


def _later(world: World, said: Said) -> None:
    at, sooner = put_off.until(world, said.request, said.text, said.now)
    if at is not None:
        put_off.put_off(world, said.request, at, said.source, said.now, sooner=sooner)
    elif sooner:
        _back(world, said, "no_time", "again")
    else:
        _question(world, said, explain(Doubt.LATER, world.language), "when")


def _draft(world: World, said: Said) -> None:
    word = with_corrections(read_draft_answer(said.text, world.lexicon, inline=said.inline), _quoted(world, said))
    if word.kind in {Answer.APPROVE, Answer.CORRECT} and any(file.text for file in said.attachments):
        word = DraftAnswer(Answer.UNCLEAR, doubt=Doubt.CONDITION)  # an "ok" beside a text: which one is meant?
    if word.kind is Answer.REPLACE and corrections.same(word.text, said.request.version.text):
        word = DraftAnswer(Answer.UNCLEAR, doubt=Doubt.SAME)
    if decisions.on_draft(world, said.request, word, said.proof, said.now):
        return
    if word.kind is Answer.REDO:
        _back(world, said, "redo_letter", "edit")
    else:
        doubt = word.doubt or Doubt.UNKNOWN
        known = _known(world, said.request) if doubt is Doubt.QUESTION else None
        _question(world, said, explain(doubt, world.language), "again", known=known)


def _quoted(world: World, said: Said) -> corrections.Correction:
    """What became of the draft in the quotation of the mail that was answered."""
    request = said.request
    shown = requests_digest.named(world, reply.tokens_in(said.quoted))
    if shown is None and said.answered:
        shown = world.store.outbox.by_message_id(said.answered)
        shown = shown if shown is not None and shown.request_id == request.id else None
    if shown is None:
        shown = world.store.outbox.get(f"ask/{request.key}/v{request.version.number}")
    if shown is None:
        return corrections.NOTHING
    most = world.settings.corrections.most
    draft = request.version.text
    found = corrections.read(said.quoted, draft, shown.text, most)
    if remarks.added(said.quoted, shown.raw, draft, found.text or draft):
        return corrections.Correction(corrections.Quoted.MUCH)  # an "ok" above, and something else between the lines
    return found


def _known(world: World, request: Request) -> tuple[str, str]:
    """Whom a request is for (empty: the mentor) and why it is made, in words."""
    learner = world.store.people.get(request.learner_id) if request.learner_id is not None else None
    who = "" if request.audience is Audience.MENTOR else outgoing.label_of(world, request.audience, learner)
    if not who and learner is not None:
        who = learner.name
    clause = outgoing.clause_line(world, request.rule, world.language, request.version.created_at)
    return who, f"{request.rule} · {clause}" if clause else request.rule


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


def _which(world: World, said: Said, among: list[str], why: str) -> None:
    requests_digest.ask_which(
        world,
        f"back/{said.source}",
        said.request.rule,
        among,
        said.now,
        original_subject=REFERENCE.sub("", said.subject),
        reason=world.phrases.say(world.language, f"why.{why}"),
        quoted=said.text[:QUOTED],
    )


def _question(world: World, said: Said, reason: str, advice: str, *, known: tuple[str, str] | None = None) -> None:
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
        known=known,
        deadline=request.deadline,
    )
