"""Puts letters into words and into the outbox. Nothing here sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent import gathering, mime
from agent.model import Audience, Language, Learner, Request
from agent.phrasing import typeset
from agent.render import Rendered
from agent.store import NewRequest, OutboxRow, Outgoing
from agent.world import World


def to_mentor(  # noqa: PLR0913 -- as below: each is named at the call
    world: World,
    key: str,
    rule: str,
    template: str,
    now: datetime,
    *,
    request: Request | None = None,
    learner_id: int | None = None,
    to_oneself: bool = False,
    leaves_at: datetime | None = None,
    **values: Any,
) -> bool:
    """A mail to the mentor, about a request when there is one; False if its key was used before.

    `to_oneself`: to the watched mailbox itself, even where questions are read elsewhere. `leaves_at`: not before.
    """
    if world.store.outbox.has(key):
        return False
    mentor = world.settings.mentor
    ref = f"ma-{request.version.token}" if request else None
    if "clause" not in values:
        values["clause"] = clause_line(world, rule, world.language, now)
    rendered = world.letters.render(
        template,
        world.language,
        mentor_name=mentor.name,
        zone=world.zone,
        ref=ref,
        reply_to=mentor.address,  # the watched mailbox, wherever the question itself is read
        rule=rule,
        **values,
    )
    return enqueue(
        world,
        key=key,
        rule=rule,
        audience=Audience.MENTOR,
        recipient=mentor.address if to_oneself else mentor.inbox_address,
        rendered=rendered,
        now=now,
        learner_id=learner_id if learner_id is not None else request.learner_id if request else None,
        request=request,
        not_before=leaves_at,
    )


def ask(world: World, request: Request, template: str, now: datetime, **values: Any) -> bool:
    """Show the mentor the current version of a request; False if they have been shown it."""
    key = f"ask/{request.key}/v{request.version.number}"
    leaves_at = gathering.leaves_at(world, request, now)
    return to_mentor(world, key, request.rule, template, now, request=request, leaves_at=leaves_at, **values)


def question(world: World, new: NewRequest, template: str, now: datetime, **values: Any) -> None:
    """Open a request and ask the mentor, in one transaction. A key that was used before is not asked again."""
    if world.store.requests.by_key(new.key) is not None:
        return
    with world.store.transaction():
        request = world.store.requests.open(new, world.new_token(), now)
        ask(world, request, template, now, **values)


def enqueue(  # noqa: PLR0913 -- a letter has that many properties; each is named at the call
    world: World,
    *,
    key: str,
    rule: str,
    audience: Audience,
    recipient: str,
    rendered: Rendered,
    now: datetime,
    learner_id: int | None = None,
    request: Request | None = None,
    unattended: bool = True,
    invitation: str | None = None,
    not_before: datetime | None = None,
    token: str | None = None,
) -> bool:
    """Store a letter, bytes and all, ready to leave; False if its key was used before.

    `unattended`: no person approved this very text, so it says Auto-Submitted (RFC 3834). `invitation`: an appointment
    that goes with it, as calendar text. `not_before`: it leaves no sooner. `token`: names what the mentor is asked,
    where that is no single request.
    """
    mentor = world.settings.mentor
    ref = world.new_token()
    domain = mentor.address.rpartition("@")[2]
    asked = request if audience is Audience.MENTOR else None
    token = asked.version.token if asked else token
    message_id = f"<ma-{token}.{ref}@{domain}>" if token else f"<{ref}@{domain}>"
    parent = _first_mail(world, asked) if asked else None
    # a server may give the mail another Message-ID: the reference behind it names the version once more
    references = (*([parent] if parent else []), f"<ma-{token}@{domain}>") if token else ()
    raw = mime.compose(
        sender=(mentor.name, mentor.address),
        to=(recipient,),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        message_id=message_id,
        key=ref,
        date=now.astimezone(world.zone),
        auto_submitted=unattended,
        invitation=invitation,
        in_reply_to=parent,
        references=references,
    )
    row = OutboxRow(
        key=key,
        ref=ref,
        rule=rule,
        audience=audience,
        recipient=recipient,
        subject=rendered.subject,
        text=rendered.text,
        message_id=message_id,
        raw=raw,
        learner_id=learner_id,
        request_id=request.id if request else None,
        next_try=not_before,
    )
    return world.store.outbox.add(row, now)


def _first_mail(world: World, request: Request) -> str | None:
    """The Message-ID of the mail that a thread about a request begins with (RFC 5322 section 3.6.4)."""
    first = world.store.outbox.get(f"ask/{request.key}/v1")
    return None if first is None or first.state is Outgoing.GATHERED else first.message_id


def clause_line(world: World, rule: str, language: Language, now: datetime) -> str:
    """A rule's clause in the given language, as one line; empty for mails that no rule is behind."""
    try:
        text = world.clause(rule, now).text[language.value]
    except KeyError:
        return ""
    return typeset(text) if language is Language.FR else text


def label_of(world: World, audience: Audience, learner: Learner | None) -> str:
    """Who a letter is for, in words."""
    if audience is Audience.SUPPORT:
        return {Language.FR: "l’équipe mentorat", Language.EN: "the mentoring team"}[world.language]
    return learner.name if audience is Audience.LEARNER and learner is not None else world.settings.mentor.name


def recipient_of(world: World, audience: Audience, learner: Learner | None) -> tuple[str, str]:
    """(label, address) of the only three kinds of people who are written to (P4)."""
    label = label_of(world, audience, learner)
    if audience is Audience.SUPPORT:
        return label, world.settings.school.support
    if audience is Audience.LEARNER and learner is not None and learner.address:
        return label, learner.address
    if audience is Audience.MENTOR:
        return label, world.settings.mentor.inbox_address
    raise ValueError("a letter to a learner needs a learner with an address")
