"""Sends what the outbox holds: claim, prove unsent, send, settle (P5). The only room that calls a transport."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from agent import bounces, outgoing
from agent.aside import put_aside
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError, UncertainSendError
from agent.model import Audience, RequestKind
from agent.observe import backoff, failed, mail, may_try, succeeded
from agent.store import NewRequest, OutboxRow, Outgoing
from agent.world import World

SOURCE = "smtp"
FIRST_RETRY = timedelta(minutes=1)
LONGEST_REPEAT = timedelta(minutes=30)
"""For a mail to the mentor that may have gone: each try may be one more copy."""

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
IN_THE_MIDDLE = {Outgoing.CLAIMED, Outgoing.SENDING}


def deliver(world: World, now: datetime, stopping: Callable[[], bool] = lambda: False) -> list[OutboxRow]:
    """Send everything whose time has come, one letter after the other; the letters that went."""
    sent: list[OutboxRow] = []
    open_way = may_try(world, SOURCE, now)
    rows = world.store.outbox.in_hand(now if open_way else None)
    if left := [row for row in rows if row.state in IN_THE_MIDDLE]:
        _recover(world, left, now)
        rows = world.store.outbox.in_hand(now if open_way else None)
    for row in rows:
        if row.state is not Outgoing.READY:
            continue
        if stopping() or not may_try(world, SOURCE, now):
            break
        if _allowed(world, row, now) and _send(world, row, now):
            sent.append(row)
    gone = {row.id for row in sent}
    if may_try(world, mail.SOURCE, now):  # a mailbox that is away, or refuses our password, is not asked again here
        _copy_to_sent(world, [row for row in rows if row.state is Outgoing.SENT or row.id in gone])
    return sent


def _recover(world: World, left: list[OutboxRow], now: datetime) -> None:
    """Rows that a crash left in the middle. Only one process delivers, so whatever is found here is a left-over."""
    for row in left:
        if row.state is Outgoing.CLAIMED:
            world.store.outbox.move(row, Outgoing.CLAIMED, Outgoing.READY, now)  # its content never left
        elif may_try(world, mail.SOURCE, now):
            _resolve(world, row, now)


def _resolve(world: World, row: OutboxRow, now: datetime) -> None:
    """Its content was being transmitted when all went dark: look in Sent; without proof, ask the mentor."""
    try:
        gone = world.mailbox.sent_has(row.message_id, row.ref)
    except AgentError as error:
        world.store.outbox.note_error(row, str(error))
        return  # still `sending`: the next tick looks again
    if gone:
        with world.store.transaction():
            world.store.outbox.seen(row, now)
            _tell(world, row, now)
    elif row.audience is Audience.MENTOR:
        # The mentor would rather read a question twice than never; it carries the same Message-ID.
        wait = min(FIRST_RETRY * 2 ** min(row.attempts, 10), LONGEST_REPEAT)
        with world.store.transaction():
            world.store.outbox.note_error(row, row.last_error or "nobody can tell whether it went", now + wait)
            world.store.outbox.move(row, Outgoing.SENDING, Outgoing.READY, now)
    else:
        _ask_whether_sent(world, row, now)


def _ask_whether_sent(world: World, row: OutboxRow, now: datetime) -> None:
    with world.store.transaction():
        world.store.outbox.move(row, Outgoing.SENDING, Outgoing.UNCERTAIN, now)
        row = world.store.outbox.get(row.key) or row  # with the try that has just been counted
        outgoing.question(
            world,
            NewRequest(
                key=row.doubt,
                kind=RequestKind.UNCERTAIN,
                rule=row.rule,
                subject=row.subject,
                text=row.text,
                subject_key=row.key,
            ),
            "uncertain",
            now,
            recipient_label=row.recipient,
            recipient_address=row.recipient,
            subject_line=row.subject,
            tried_at=now,
        )


def _allowed(world: World, row: OutboxRow, now: datetime) -> bool:
    """Last look before a letter leaves: a known recipient, live mode, and fewer letters than the ceilings (P4, P12)."""
    if row.audience is Audience.MENTOR:
        return row.recipient.lower() in world.settings.mentor.addresses or _refuse(world, row, now)
    known = {world.settings.school.support.lower()}
    if row.learner_id is not None:
        known.add((world.store.people.get(row.learner_id).address or "").lower())
    if row.recipient.lower() not in known:
        return _refuse(world, row, now)
    if world.shadow or bounces.waits(world, row, now):
        return False
    return _under_ceiling(world, row, now)


def _refuse(world: World, row: OutboxRow, now: datetime) -> bool:
    """The address is nobody's any more: the settings or the learner changed since the letter was written."""
    with world.store.transaction():
        world.store.outbox.move(row, Outgoing.READY, Outgoing.FAILED, now)
        world.store.parking.park(
            f"outbox:{row.key}",
            f"“{row.subject}” to {row.recipient}",
            "this address is neither a learner's, nor support's, nor yours",
            "nothing was sent; correct the learner's address or the settings, and write yourself",
            now,
        )
    return False


def _under_ceiling(world: World, row: OutboxRow, now: datetime) -> bool:
    limits = world.settings.limits
    lifted = world.store.setting("ceiling_lifted_at")
    since = datetime.fromisoformat(lifted) if lifted else now - DAY
    counts = [
        ("learner", world.store.outbox.sent_since(max(since, now - DAY), row.learner_id or 0), limits.learner_per_day),
        ("hour", world.store.outbox.sent_since(max(since, now - HOUR)), limits.per_hour),
    ]
    over = next(((kind, count, limit) for kind, count, limit in counts if count >= limit), None)
    if over is None and not _stopped(world):
        return True
    if over is not None:
        _ask_to_go_on(world, *over, now=now)
    return False


def _stopped(world: World) -> bool:
    """A ceiling was met and the mentor has not answered."""
    return bool(world.store.requests.waiting(RequestKind.CEILING))


def _ask_to_go_on(world: World, kind: str, count: int, limit: int, now: datetime) -> None:
    if _stopped(world):
        return
    new = NewRequest(key=f"ceiling/{now:%Y%m%dT%H}", kind=RequestKind.CEILING, rule="P4", subject="ceiling")
    period = world.phrases.say(world.language, f"period.{kind}")
    outgoing.question(world, new, "ceiling", now, count=count, period=period, limit=limit)


def _send(world: World, row: OutboxRow, now: datetime) -> bool:
    """One letter. True when it has certainly gone."""
    outbox = world.store.outbox
    if not outbox.move(row, Outgoing.READY, Outgoing.CLAIMED, now):
        return False
    state = Outgoing.CLAIMED

    def transmitting() -> None:
        nonlocal state
        if outbox.move(row, Outgoing.CLAIMED, Outgoing.SENDING, now):
            state = Outgoing.SENDING

    try:
        world.transport.send(row.raw, world.settings.mentor.address, (row.recipient,), transmitting)
    except UncertainSendError as error:
        transmitting()  # for a transport that forgot to say so: nobody can tell, so it must not look untouched
        outbox.note_error(row, str(error))
        _resolve(world, row, now)
        return False
    except AgentError as error:
        _not_sent(world, row, state, error, now)
        return False
    with world.store.transaction():
        outbox.move(row, state, Outgoing.SENT, now)
        succeeded(world, SOURCE, None, now)
        _tell(world, row, now)
    return True


def _not_sent(world: World, row: OutboxRow, state: Outgoing, error: AgentError, now: datetime) -> None:
    """It has certainly not gone. A busy server gets another try later; a refusal of this letter is final."""
    outbox = world.store.outbox
    if isinstance(error, TransientError | RefusedLoginError):
        outbox.note_error(row, str(error), now + _wait(world, row))
        outbox.move(row, state, Outgoing.READY, now)
        if isinstance(error, RefusedLoginError) or state is Outgoing.CLAIMED:
            failed(world, SOURCE, error, now)
        return
    with world.store.transaction():
        outbox.note_error(row, str(error))
        outbox.move(row, state, Outgoing.FAILED, now)
        world.store.parking.park(
            f"outbox:{row.key}",
            f"“{row.subject}” to {row.recipient}",
            f"the server refused it: {error}",
            "check the address; write yourself if the deadline is near",
            now,
        )


def _wait(world: World, row: OutboxRow) -> timedelta:
    """How long a letter that did not go waits for its next try."""
    return backoff(world, SOURCE, FIRST_RETRY, row.attempts)


def _tell(world: World, row: OutboxRow, now: datetime) -> None:
    """The mentor gets a copy or a notice of what left in their name, as set."""
    how = world.settings.mentor.notice
    if row.audience is Audience.MENTOR or how == "none":
        return
    learner = world.store.people.get(row.learner_id) if row.learner_id is not None else None
    advice = "the letter itself has gone; it lies in Sent"
    with put_aside(world, f"notice:{row.key}", f"the notice that “{row.subject}” has gone", advice, now):
        label, _ = outgoing.recipient_of(world, row.audience, learner)
        outgoing.to_mentor(
            world,
            f"notice/{row.key}",
            row.rule,
            "notice",
            now,
            learner_id=row.learner_id,
            recipient_label=label,
            recipient_address=row.recipient,
            subject_line=row.subject,
            text=row.text if how == "copy" else "",
            clause=outgoing.clause_line(world, row.rule, world.language, now),
        )


def _copy_to_sent(world: World, gone: list[OutboxRow]) -> None:
    """What we send lies in Sent as well. A copy that fails is tried again at the next tick; nothing is sent for it."""
    for row in gone:
        try:
            world.mailbox.save_sent(row.raw)
        except AgentError as error:
            world.store.outbox.note_error(row, f"no copy in Sent yet: {error}")
            if not isinstance(error, TerminalError) or isinstance(error, RefusedLoginError):
                return  # the server's fault: the others would fare no better
            continue
        world.store.outbox.copied(row)
