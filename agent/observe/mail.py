"""The mailbox as facts: letters seen in Sent, assignments, answers. What yields nothing is remembered by the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from agent import answers, assignments, learner_mail, school
from agent.aside import put_aside
from agent.connectors.ports import Folder, MailHead
from agent.errors import AgentError, UnreadableError
from agent.model import Audience, Proof, RequestState
from agent.observe import failed, may_try, succeeded
from agent.store import Outgoing
from agent.understand.headers import Head, parse_head
from agent.understand.machine import Machine, failed_message_id, failed_recipients, machine
from agent.understand.mail import Mail, parse_mail
from agent.understand.proof import authserv_id_of, prove, school_proof, sender_proof, within
from agent.understand.reply import tokens
from agent.world import World

HISTORY = timedelta(days=90)
"""How far back the first look goes: far enough to know the learners, too old to owe them anything."""

SOURCE = "mailbox"

ADVICE = "open it in the mail program; if it answers a question of mine, answer again in a short mail"


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as read: `mail` only where its body can matter."""

    at: MailHead
    head: Head
    mail: Mail | None = None
    problem: str | None = None

    @property
    def id(self) -> str:
        """The Message-ID, or a digest of the headers where it has none: the same mail always has the same."""
        return self.head.message_id or f"<{sha256(self.at.headers).hexdigest()[:32]}@no-message-id>"

    @property
    def what(self) -> str:
        """The mail in words, for the mentor."""
        return f"mail “{self.head.subject}” from {self.head.from_address or 'an unreadable sender'}"


def read(world: World, now: datetime) -> bool:
    """Read everything new; False when the mailbox could not be read (its state says why)."""
    if not may_try(world, SOURCE, now):
        return False
    since = world.store.watch_since(now) - HISTORY
    try:
        for received, cursor in _batches(world, since):
            with world.store.transaction():
                succeeded(world, SOURCE, cursor, now)  # first: what a mail says may be to read all again
                for one in sorted(received, key=lambda r: (r.at.ref.folder is Folder.SENT, r.at.received_at)):
                    with put_aside(world, f"mail:{one.id}", one.what, ADVICE, now), world.store.savepoint():
                        _apply(world, one, now)
    except AgentError as error:
        failed(world, SOURCE, error, now)
        return False
    return True


def _batches(world: World, since: datetime) -> Iterator[tuple[list[Received], str]]:
    """Batch after batch until nothing is left, each with the cursor to store once it is digested."""
    more = True
    while more:
        delta = world.mailbox.poll(world.store.sources.get(SOURCE).cursor, since)
        yield [_receive(world, head) for head in delta.heads], delta.cursor
        more = delta.more or world.store.sources.get(SOURCE).cursor is None


def _receive(world: World, at: MailHead) -> Received:
    head = parse_head(at.headers)
    if not _body_matters(world, at, head):
        return Received(at, head)
    if at.size > world.settings.mailbox.largest_mail_mb * 1_000_000:
        limit = f"only mails of up to {world.settings.mailbox.largest_mail_mb:g} MB are read"
        return Received(at, head, problem=f"it has {at.size / 1e6:.3g} MB, and {limit}")
    try:
        raw = world.mailbox.fetch(at.ref)
        same = raw.startswith((at.headers + b"\r\n", at.headers + b"\n"))  # not cut, and not changed on the way
        mail = parse_mail(raw, head if same else None)
    except UnreadableError as error:
        return Received(at, head, problem=str(error))
    return Received(at, head, mail)


def _body_matters(world: World, at: MailHead, head: Head) -> bool:
    """Only what can be an answer, an assignment or a failed delivery is downloaded."""
    if head.own_key is not None:
        return False
    own = world.settings.mentor.addresses
    if tokens(head):
        return True
    if at.ref.folder is Folder.SENT:
        return bool(own.intersection(head.to))
    sender = head.from_address or ""
    if sender in own or within(sender, world.settings.school.domains) or machine(head) is Machine.BOUNCE:
        return True
    return world.store.people.by_address(sender) is not None and machine(head) is None


def _apply(world: World, received: Received, now: datetime) -> None:
    """Store what one mail means. Everything here is idempotent: a mail may come again."""
    head, folder = received.head, received.at.ref.folder
    if head.own_key is not None:
        _own_letter(world, received, now)
        return
    if folder is Folder.SENT:
        _contacts(world, received, None, now)
    if received.problem is not None:
        world.store.parking.park(f"mail:{received.id}", received.what, f"not read: {received.problem}", ADVICE, now)
    if received.mail is None:
        return
    if folder is Folder.SENT:
        # A forward to a colleague quotes the reference too: only what the mentor wrote to themself is an answer. What
        # their server answers in their absence lies in Sent as well.
        to_self = world.settings.mentor.addresses.intersection(head.to)
        if to_self and machine(head, received.mail) is None:
            _answer(world, received, received.mail, now)
    elif within(head.from_address or "", world.settings.school.domains) and not _is_learner(world, head):
        _school(world, received, received.mail, now)  # before machines: the school's notices are automatic mail
    elif (kind := machine(head, received.mail)) is None:
        _written(world, received, received.mail, now)
    elif kind is Machine.BOUNCE:
        _bounce(world, received.mail, now)


def _is_learner(world: World, head: Head) -> bool:
    """A school may give learners addresses of its own: what they write is not the school's word (P3)."""
    return world.store.people.by_address(head.from_address or "") is not None


def _answer(world: World, received: Received, mail: Mail, now: datetime) -> None:
    proof = prove(
        received.head,
        folder=received.at.ref.folder,
        own_addresses=world.settings.mentor.addresses,
        trust_local=world.settings.mailbox.trust == "local",
        authserv_id=authserv_id(world),
    )
    answers.receive(world, mail, received.id, proof, received.at.received_at, now)


def _school(world: World, received: Received, mail: Mail, now: datetime) -> None:
    proof = school_proof(
        received.head,
        world.settings.school.domains,
        world.settings.mailbox.trust == "local",
        authserv_id(world),
    )
    if not school.receive(world, mail, received.id, proof, received.at.received_at, now):
        assignments.receive(world, mail, received.id, proof, received.at.received_at, now)


def _written(world: World, received: Received, mail: Mail, now: datetime) -> None:
    """A person's mail in the inbox: a learner's, or one that may be the mentor's own word."""
    learner = world.store.people.by_address(received.head.from_address or "")
    if learner is None or learner.address in world.settings.mentor.addresses or _asked(world, mail):
        _answer(world, received, mail, now)
        return
    proof = sender_proof(received.head, world.settings.mailbox.trust == "local", authserv_id(world))
    learner_mail.receive(world, mail, received.id, learner, proof, received.at.received_at, now)


def _asked(world: World, mail: Mail) -> bool:
    """Whether it names a request of ours: other words look like ids."""
    return any(world.store.requests.by_token(token) for token in tokens(mail))


def authserv_id(world: World) -> str | None:
    """Whose Authentication-Results count: as set, or as learnt from our own mail to ourselves."""
    return world.settings.mailbox.authserv_id or world.store.setting("authserv_id")


def _own_letter(world: World, received: Received, now: datetime) -> None:
    """Our own letter came back: in Sent it is the proof that it went; in the inbox it tells the server's name."""
    sent = received.at.ref.folder is Folder.SENT
    if not sent and authserv_id(world) is not None:
        return  # nothing else is learnt from what came back to the inbox
    row = world.store.outbox.by_ref(received.head.own_key or "")
    if sent:
        if row is not None:
            if row.state is Outgoing.UNCERTAIN:
                request = world.store.requests.by_key(row.doubt)
                if request is not None and request.state is RequestState.WAITING:
                    world.store.requests.settle(request, RequestState.WITHDRAWN, Proof.SENT_FOLDER, now)
            if row.seen_at is None or row.state is not Outgoing.SENT:
                world.store.outbox.seen(row, received.at.received_at)
        _contacts(world, received, row.key if row else None, now)
    elif row is not None and row.audience is Audience.MENTOR:
        # Only the mentor's own mailbox knows this reference: a letter's is known to whoever got the letter.
        learnt = authserv_id_of(received.head)
        if learnt:
            world.store.remember("authserv_id", learnt)


def _contacts(world: World, received: Received, outbox_key: str | None, now: datetime) -> None:
    """A mail in Sent to a learner: whoever wrote it, the learner was written to."""
    for address in received.head.to:
        learner = world.store.people.by_address(address)
        if learner is None:
            continue
        new = world.store.facts.add(
            f"letter:{received.id}:{learner.id}",
            "letter",
            at=received.at.received_at,
            now=now,
            learner_id=learner.id,
            proof=Proof.SENT_FOLDER,
            detail={"outbox_key": outbox_key},
        )
        if new:
            world.store.people.touch(learner.id)


def _bounce(world: World, mail: Mail, now: datetime) -> None:
    """A letter of ours did not arrive: put it where the mentor sees it."""
    row = world.store.outbox.by_message_id(failed_message_id(mail) or "")
    if row is None:
        return
    who = ", ".join(failed_recipients(mail)) or row.recipient
    world.store.parking.park(
        f"bounce:{row.key}",
        f"“{row.subject}” to {who}",
        "the letter came back: it was not delivered",
        "check the address and write yourself; the delivery report lies in the inbox",
        now,
    )
