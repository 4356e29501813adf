"""The mailbox as facts: letters seen in Sent, assignments, answers. What yields nothing is remembered by the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from agent import answers, assignments, authserv, bounces, learner_mail, school
from agent.aside import put_aside
from agent.connectors.ports import Folder, MailHead, Trimming
from agent.errors import AgentError, UnreadableError
from agent.model import Proof, RequestState
from agent.observe import failed, machines, may_try, succeeded
from agent.store import Outgoing
from agent.understand.dkim_signature import Signed, signed_by_author
from agent.understand.headers import Head, is_own, parse_head
from agent.understand.machine import Machine, machine
from agent.understand.mail import Mail, parse_mail
from agent.understand.proof import Arrival, authserv_id_of, prove, school_proof, sender_proof, verdict_by, within
from agent.understand.reply import tokens
from agent.world import World

HISTORY = timedelta(days=90)
"""How far back the first look goes: far enough to know the learners, too old to owe them anything."""

SOURCE = "mailbox"

WELCOME = "welcome"
"""The outbox key of the first mail to the mentor, which tells the server's name; `doctor --mail` asks again."""

LEARNING = timedelta(days=1)
"""How long after it was written that mail teaches anything."""

REPORTS = {Machine.BOUNCE, Machine.DELAY}

OF_LEARNERS = {None, Machine.AUTO_REPLY, Machine.CALENDAR}
"""What is read of known learners: their own words, and what their calendars answer, which may look automatic."""

ADVICE = "open it in the mail program; if it answers a question of mine, answer again in a short mail"


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as read: `mail` only where its body can matter; `signed` by its author's domain (RFC 6376)."""

    at: MailHead
    head: Head
    mail: Mail | None = None
    problem: str | None = None
    signed: bool = False

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
        yield [_receive(world, head) for head in delta.heads if not _known_already(world, head)], delta.cursor
        more = delta.more or world.store.sources.get(SOURCE).cursor is None


def _known_already(world: World, at: MailHead) -> bool:
    """Whether it is our own letter, come back to the inbox: all it can tell is the server's name."""
    at_home = at.ref.folder is not Folder.SENT and is_own(at.headers)
    return at_home and authserv.known(world.settings, world.store) is not None


def _receive(world: World, at: MailHead) -> Received:
    head = parse_head(at.headers)
    if not _body_matters(world, at, head):
        return Received(at, head)
    limit = int(world.settings.mailbox.largest_mail_mb * 1_000_000)
    if at.size > limit:
        return _receive_text(world, at, head, limit)
    try:
        raw = world.mailbox.fetch(at.ref)
        same = raw.startswith((at.headers + b"\r\n", at.headers + b"\n"))  # not cut, and not changed on the way
        mail = parse_mail(raw, head if same else None)
    except UnreadableError as error:
        return Received(at, head, problem=str(error))
    return Received(at, head, mail, signed=same and _signed(world, at, head, raw))


def _receive_text(world: World, at: MailHead, head: Head, limit: int) -> Received:
    """A mail that is too large for its attachments: what is written in it, where the mailbox can part them."""
    problem = f"it has {at.size / 1e6:.3g} MB, and only mails of up to {limit / 1e6:g} MB are read"
    if not isinstance(world.mailbox, Trimming):
        return Received(at, head, problem=problem)
    try:
        return Received(at, head, parse_mail(world.mailbox.fetch_text(at.ref, limit), None))
    except UnreadableError as error:
        return Received(at, head, problem=f"{problem}: {error}")


def _signed(world: World, at: MailHead, head: Head, raw: bytes) -> bool:
    """Looked up here, before anything is locked, for DNS may take seconds; and only where no server of ours judged."""
    mailbox = world.settings.mailbox
    if mailbox.trust == "local" or mailbox.dkim == "off" or at.ref.folder is Folder.SENT:
        return False
    if b"dkim-signature" not in at.headers.lower() or verdict_by(head, authserv_id(world)) is not None:
        return False
    return signed_by_author(raw, head, Signed(at.received_at, _oldest(world)), world.text_records)


def _oldest(world: World) -> timedelta:
    return timedelta(days=world.settings.mailbox.oldest_answer_days)


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
    kind = machine(head)
    if sender in own or within(sender, world.settings.school.domains) or kind in {*REPORTS, Machine.CHALLENGE}:
        return True
    return world.store.people.by_address(sender) is not None and kind in OF_LEARNERS


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
        return
    kind = machine(head, received.mail)
    if kind in REPORTS and bounces.receive(world, received.mail, kind, now):
        return
    if within(head.from_address or "", world.settings.school.domains) and not _is_learner(world, head):
        _school(world, received, received.mail, now)  # before machines: the school's notices are automatic mail
    elif kind is None:
        _written(world, received, received.mail, now)
    else:
        machines.receive(world, received.mail, received.id, kind, _sender(world, received), now)


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
        arrival=Arrival(received.at.received_at, _oldest(world), received.signed),
    )
    answers.receive(world, mail, received.id, proof, received.at.received_at, now)


def _school(world: World, received: Received, mail: Mail, now: datetime) -> None:
    proof = school_proof(
        received.head,
        world.settings.school.domains,
        world.settings.mailbox.trust == "local",
        authserv_id(world),
        signed=received.signed,
    )
    if not school.receive(world, mail, received.id, proof, received.at.received_at, now):
        assignments.receive(world, mail, received.id, proof, received.at.received_at, now)


def _written(world: World, received: Received, mail: Mail, now: datetime) -> None:
    """A person's mail in the inbox: a learner's, or one that may be the mentor's own word."""
    learner = world.store.people.by_address(received.head.from_address or "")
    if learner is None or learner.address in world.settings.mentor.addresses or _asked(world, mail):
        _answer(world, received, mail, now)
        return
    learner_mail.receive(world, mail, received.id, learner, _sender(world, received), received.at.received_at, now)


def _sender(world: World, received: Received) -> Proof:
    """Whether a mail comes from the address that it names."""
    local = world.settings.mailbox.trust == "local"
    return sender_proof(received.head, local, authserv_id(world), signed=received.signed)


def _asked(world: World, mail: Mail) -> bool:
    """Whether it names a request of ours: other words look like ids."""
    return any(world.store.requests.by_token(token) for token in tokens(mail))


def authserv_id(world: World) -> str | None:
    """Whose Authentication-Results count."""
    return authserv.trusted(world.settings, world.store)


def _own_letter(world: World, received: Received, now: datetime) -> None:
    """Our own letter came back: in Sent it is the proof that it went; in the inbox it tells the server's name."""
    sent = received.at.ref.folder is Folder.SENT
    row = world.store.outbox.by_ref(received.head.own_key or "")
    if row is not None and bounces.returned(world, row):
        return  # it left, and came back
    if sent:
        if row is not None:
            if row.state is Outgoing.UNCERTAIN:
                request = world.store.requests.by_key(row.doubt)
                if request is not None and request.state is RequestState.WAITING:
                    world.store.requests.settle(request, RequestState.WITHDRAWN, Proof.SENT_FOLDER, now)
            if row.seen_at is None or row.state is not Outgoing.SENT:
                world.store.outbox.seen(row, received.at.received_at)
        _contacts(world, received, row.key if row else None, now)
    elif row is not None and row.key == WELCOME and authserv.known(world.settings, world.store) is None:
        # Only the mentor's own mailbox knows this reference, unless they passed the mail on: so not for long.
        learnt = authserv_id_of(received.head)
        written = row.created_at or received.at.received_at
        if learnt and received.at.received_at - written <= LEARNING:
            authserv.learn(learnt, world.store)


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
