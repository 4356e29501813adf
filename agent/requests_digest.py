"""Several requests in one mail, each with its own buttons and reference, where the mentor has set it so.

What is gathered was stored as its own mail, and goes as that where it is alone. The digest has a reference of its own,
so that an answer to it is known as an answer to none of them, however much of it a mail program quotes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

from markupsafe import Markup

from agent import decisions, outgoing, put_off
from agent.gathering import by_itself, held
from agent.model import REPLY_MARKER, Audience, Request, RequestState
from agent.store import OutboxRow, Outgoing
from agent.world import World

KEY = "requests/"
_BEGIN, _END = "<!--asked-->", "<!--/asked-->"  # in letters/mentor.html


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a digest shows it: `subject` without its reference, `text` with it as the last line."""

    ref: str
    subject: str
    text: str = ""
    html: Markup | None = None
    deadline: datetime | None = None


def gather(world: World, now: datetime) -> None:
    """Make one mail of the requests whose digest is due, if there are several; drop what is asked no more."""
    if world.settings.mentor.requests == "each":
        return
    asked = [row for row in world.store.outbox.ready(now) if row.key.startswith("ask/") and not row.attempts]
    due = [row for row in asked if held(world, row.next_try)]
    waiting: list[tuple[OutboxRow, Request]] = []
    with world.store.transaction():
        for row in due:
            request = world.store.requests.get(row.request_id or 0)
            current = f"ask/{request.key}/v{request.version.number}"
            if request.state is not RequestState.WAITING or row.key != current:
                world.store.outbox.move(row, Outgoing.READY, Outgoing.GATHERED, now)
            elif not by_itself(world, request, now):
                waiting.append((row, request))
        if len(waiting) > 1:
            _send(world, waiting, now)


def _send(world: World, waiting: list[tuple[OutboxRow, Request]], now: datetime) -> None:
    mentor, token = world.settings.mentor, world.new_token()
    waiting = sorted(waiting, key=lambda pair: (pair[1].deadline is None, pair[1].deadline or now))
    learners = [world.store.people.get(r.learner_id).name for _, r in waiting if r.learner_id is not None]
    rendered = world.letters.render(
        "requests_digest",
        world.language,
        mentor_name=mentor.name,
        zone=world.zone,
        ref=f"ma-{token}",
        reply_to=mentor.address,
        names=list(dict.fromkeys(learners)),
        asked=[_shown(row, request) for row, request in waiting],
    )
    outgoing.enqueue(
        world,
        key=f"{KEY}{token}",
        rule=waiting[0][1].rule,
        audience=Audience.MENTOR,
        recipient=mentor.inbox_address,
        rendered=rendered,
        now=now,
        token=token,
    )
    for row, _ in waiting:
        world.store.outbox.move(row, Outgoing.READY, Outgoing.GATHERED, now)


def named(world: World, tokens: Iterable[str]) -> OutboxRow | None:
    """The digest that one of these ids names."""
    keys = [f"{KEY}{token}" for token in tokens]
    return world.store.outbox.among(keys) if keys else None


def part(subject: str, text: str, html: str, ref: str, deadline: datetime | None) -> Asked:
    """A request's own mail as a part of a digest."""
    body = html.partition(_BEGIN)[2].partition(_END)[0]
    # our own page, whose values were escaped when it was made
    return Asked(ref, bare(subject, ref), text.removeprefix(REPLY_MARKER).strip("\n"), Markup(body), deadline)  # noqa: S704


def bare(subject: str, ref: str) -> str:
    """A subject without its reference."""
    return subject.removesuffix(f" [{ref}]")


def _shown(row: OutboxRow, request: Request) -> Asked:
    page = message_from_bytes(row.raw, policy=policy.default).get_body(("html",))
    html = "" if page is None else str(page.get_content())
    return part(row.subject, row.text, html, f"ma-{request.version.token}", request.deadline)


def ask_which(world: World, key: str, rule: str, among: Iterable[str], now: datetime, **values: Any) -> None:
    """Say that nothing was done with an answer to several requests: those that are open, each with a button."""
    requests = (world.store.requests.by_key(one) for one in among)
    asked = [
        Asked(f"ma-{request.version.token}", put_off.subject_of(world, request))
        for request in requests
        if request is not None and decisions.open_to(request)
    ]
    advice = world.phrases.say(world.language, "advice.one" if asked else "advice.nothing")
    outgoing.to_mentor(world, key, rule, "which_request", now, asked=asked, advice=advice, **values)
