"""What a learner writes to the mentor: believed when it is proven, understood as far as it is safe, shown otherwise.

A mail becomes situations of its writer, and of nobody else; policies say what follows from them. Nothing here approves
anything or writes to anybody but the mentor. A mail that is neither understood nor an answer to a letter of ours stays
in the inbox, and the weekly digest counts it. Of one that speaks of health, no word is stored or quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from agent import outgoing, phrasing
from agent.model import Audience, Learner, Matter, Offer, Party, Proof, Session
from agent.report import wording
from agent.report.text import fold
from agent.store import NewSituation, OutboxRow
from agent.understand.learner_answer import LearnerSaid, read
from agent.understand.mail import Mail
from agent.understand.reply import new_text
from agent.understand.text import shorten
from agent.world import World

KIND = "learner_mail"
QUOTED = 1_000  # characters of a learner's mail shown to the mentor, or kept
TO_SHOW = {Matter.MOVE: "move", Matter.DECLINED: "declined", Matter.ANNOUNCED: "announced"}
"""What only the mentor can do something about, on the platform; each with its phrase."""

_NUMBER = re.compile(r"\d{4,}")  # a ticket's, not a day or an hour
HINT = "hint"
COMING = 20


@dataclass(frozen=True, slots=True)
class Letter:
    """A learner's mail: `answered` is the letter of ours that it answers, `offers` what it can choose from."""

    learner: Learner
    id: str
    at: datetime
    text: str
    answered: OutboxRow | None
    offers: Sequence[Offer]
    numbered: bool


def receive(
    world: World, mail: Mail, mail_id: str, learner: Learner, proof: Proof, received_at: datetime, now: datetime
) -> None:
    """One mail from a known learner's address. The same mail is read once; older ones than our watch are not ours."""
    health = wording.shipped().health
    key = f"{KIND}:{mail_id}"
    if received_at < world.store.watch_since(now) or world.store.facts.has(key):
        return
    letter = _letter(world, mail, mail_id, learner, received_at)
    heard = _read(world, letter)
    if health.search(fold(f"{mail.head.subject}\n{letter.text}")):
        heard = replace(heard, health=True)
    said = heard if proof is not Proof.NONE else LearnerSaid(health=heard.health)
    with world.store.transaction():
        world.store.facts.add(
            key,
            KIND,
            at=received_at,
            now=now,
            learner_id=learner.id,
            proof=proof,
            detail={
                "understood": bool(said.matters) or said.polite,
                "matters": list(said.matters),
                "subject": "" if said.health else mail.head.subject,
            },
        )
        for number, matter in enumerate(said.matters):
            world.store.situations.add(_situation(letter, said, matter, number, proof))
        why = _why_shown(world, letter, said, proof)
        if why is not None:
            _show(world, letter, said, why, now, proven=proof is not Proof.NONE)


def _letter(world: World, mail: Mail, mail_id: str, learner: Learner, at: datetime) -> Letter:
    """The mail with the slots it can be about: those of the letter it answers, or else all that are on offer.

    In an answer to somebody else's letter no slot is meant; in one to the mentor's own mail, no number of ours.
    """
    ids = [one for one in (mail.head.in_reply_to, *reversed(mail.head.references)) if one]
    rows = [row for one in ids if (row := _letter_sent(world, learner, one)) is not None]
    answered = next((row for row in rows if _to(row, learner)), None)
    own = bool(ids) and _letter_sent(world, learner, ids[0]) is None and _written_to(world, learner, ids[0])
    letters = [answered.key] if answered is not None and _offered(world, learner, answered.key, at) else None
    if letters is None:
        open_offers = [] if rows else world.store.offers.of_learner(learner.id, at)
        letters = list(dict.fromkeys(offer.letter for offer in open_offers))
    lists = {tuple((o.start, o.end) for o in _offered(world, learner, one, at)) for one in letters}
    # One letter may repeat another's slots.
    slots = {(o.start, o.end): o for one in letters for o in _offered(world, learner, one, at)}
    numbered = len(lists - {()}) == 1 and not own
    return Letter(learner, mail_id, at, new_text(mail), answered, list(slots.values()), numbered=numbered)


def _letter_sent(world: World, learner: Learner, message_id: str) -> OutboxRow | None:
    """The letter of ours with this Message-ID: ours, or the one that a server gave its copy in Sent."""
    fact = world.store.facts.get(f"letter:{message_id}:{learner.id}")
    key = fact.detail["outbox_key"] if fact is not None else None
    return world.store.outbox.by_message_id(message_id) or (world.store.outbox.get(str(key)) if key else None)


def _written_to(world: World, learner: Learner, message_id: str) -> bool:
    """Whether this is a mail that lies in Sent, to this learner."""
    return world.store.facts.has(f"letter:{message_id}:{learner.id}")


def _to(row: OutboxRow, learner: Learner) -> bool:
    return row.audience is Audience.LEARNER and row.learner_id == learner.id


def _offered(world: World, learner: Learner, letter: str, at: datetime) -> list[Offer]:
    """What a letter that left offers, all of it in its order; nothing once all is past, or where it was reworded."""
    offers = world.store.offers.of_letter(letter)
    row = world.store.outbox.get(letter)
    if letter.startswith("shadow/") and not world.shadow:
        return []  # the learner never had it
    if row is None or row.learner_id != learner.id or not any(offer.end > at for offer in offers):
        return []
    return offers if _as_listed(world, learner, row, offers) else []


def _as_listed(world: World, learner: Learner, row: OutboxRow, offers: Sequence[Offer]) -> bool:
    """Whether the letter says what was held: the mentor's own words may offer other slots, or in another order."""
    request = world.store.requests.by_key(row.key)
    if request is None or request.version.writer != "mentor":
        return True
    text = " ".join(row.text.split())
    zone = learner.zone or world.zone
    written = [" ".join(phrasing.moment(offer.start, zone, learner.language).split()) for offer in offers]
    return all(f"{number}. {moment}" in text for number, moment in enumerate(written, 1))


def _read(world: World, letter: Letter) -> LearnerSaid:
    sessions = [
        session
        for session in world.store.people.sessions(letter.learner.id, letter.at)
        if not session.gone and session.start > letter.at
    ]
    return read(
        letter.text,
        letter.offers,
        world.learner_words,
        letter.at,
        letter.learner.zone or world.zone,
        sessions[:COMING],
        numbered=letter.numbered,
    )


def _situation(letter: Letter, said: LearnerSaid, matter: Matter, number: int, proof: Proof) -> NewSituation:
    chosen = said.offer if matter is Matter.CHOSEN else None
    session = said.session if matter in {Matter.MOVE, Matter.ANNOUNCED} else None
    return NewSituation(
        source=f"{letter.id}/{number}",
        matter=matter,
        at=letter.at,
        by=Party.LEARNER,
        words="" if said.health else shorten(letter.text, QUOTED),
        proof=proof,
        learner_id=letter.learner.id,
        session_id=session.id if session else None,
        since=chosen.start if chosen else None,
        until=chosen.end if chosen else None,
    )


def _why_shown(world: World, letter: Letter, said: LearnerSaid, proof: Proof) -> str | None:
    """Why the mentor is shown the mail; None where it needs no eye, or is their own correspondence."""
    concerns_us = letter.answered is not None or bool(world.store.offers.of_learner(letter.learner.id, letter.at))
    if proof is Proof.NONE:
        return _say(world, "unproven") if concerns_us else None
    if said.hint:
        return _say(world, HINT)
    told = [_told(world, said.session, name) for matter, name in TO_SHOW.items() if matter in said.matters]
    if told:
        return " ".join(told)
    if said.more:
        return _say(world, "more")
    return _say(world, "unclear") if concerns_us and not said.matters and not said.polite else None


def _told(world: World, session: Session | None, name: str) -> str:
    if session is None:
        return _say(world, name)
    return _say(world, f"{name}_session", date=phrasing.moment(session.start, world.zone, world.language))


def _say(world: World, name: str, **values: str) -> str:
    return world.phrases.say(world.language, f"learner.{name}", **values)


def _show(world: World, letter: Letter, said: LearnerSaid, why: str, now: datetime, *, proven: bool) -> None:
    """Once a mail. What was not proven may be a flood: of those, one an hour for one learner."""
    rule = letter.answered.rule if letter.answered is not None else "R03"
    quoted = _say(world, "health") if said.health else shorten(letter.text, QUOTED)
    outgoing.to_mentor(
        world,
        f"learner-wrote/{_once(letter, said) if proven else f'unproven/{letter.learner.id}/{now:%Y%m%dT%H}'}",
        rule,
        "learner_wrote",
        now,
        learner_id=letter.learner.id,
        learner_name=letter.learner.name,
        first_name=letter.learner.first_name,
        quoted=quoted,
        why=why,
        acted=Matter.CHOSEN in said.matters,
        clause=outgoing.clause_line(world, rule, world.language, now),
    )


def _once(letter: Letter, said: LearnerSaid) -> str:
    """What a mail is shown once for: itself; where nothing in it was understood, its words in answer to one letter.

    A program that hides what it is repeats itself, with another ticket number at most, and would go on for ever.
    """
    if said.matters or said.hint or said.more:
        return letter.id
    words = _NUMBER.sub("", " ".join(letter.text.split()))
    answered = letter.answered.key if letter.answered is not None else ""
    return f"{letter.learner.id}/{sha256(f'{answered} {words}'.encode()).hexdigest()[:24]}"
