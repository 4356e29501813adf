"""Situations that the mentor reports, by a mail to themself or by `tell`: understood and noted, or asked about.

The grammar in config/situations.toml reads them; no model takes any part in it. What is clear is noted and confirmed,
and a "no" takes it back; what is not is asked, and nothing is stored meanwhile. A mail without proof does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from agent import decisions, outgoing, situation_words
from agent.model import Matter, Party, Proof, Request, RequestKind, SessionStatus
from agent.placing import Known, Placed, Unclear, place
from agent.store import Fact, NewRequest, NewSituation
from agent.understand.grammar import Grammar
from agent.understand.mail import Mail
from agent.understand.reply import PASSED_ON, new_text
from agent.understand.situation import Heard, heard_in_notes, project_in, read
from agent.understand.who import who
from agent.world import World

RULE = "P2"
QUOTED = 600  # characters of a report shown back
MOST_WORDS = 2_000  # characters of a report that are kept as its words


@dataclass(frozen=True, slots=True)
class Said:
    """What the mentor said. `source` names it for ever: the same is stored once. `at`: when it was said.

    `quiet`: it needs no confirmation by mail.
    """

    source: str
    at: datetime
    proof: Proof
    now: datetime
    known: Known = field(default_factory=Known)
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was noted and what was asked, in sentences; both empty where nothing was understood."""

    noted: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> None:
    """A mail of the mentor to themself that answers nothing. Without a situation in it, it stays a private memo."""
    own = world.settings.mentor.addresses
    if mail.head.from_address not in own or not own.intersection(mail.head.to):
        return
    subject = "" if PASSED_ON.match(mail.head.subject) else mail.head.subject.strip()
    text = new_text(mail)
    at = min(received_at, now)
    heard, whole = _of_mail(world, subject, text, at)
    if not heard:
        return
    key, kind = (f"unproven:{mail_id}", "unproven") if proof is Proof.NONE else (f"answer:{mail_id}", "situation")
    detail = {"request": "", "mail": mail_id, "subject": mail.head.subject, "text": whole, "situation": True}
    world.store.facts.add(key, kind, at=at, now=now, proof=proof, detail=detail)
    if proof is not Proof.NONE:
        take(world, heard, Said(mail_id, at, proof, now, context(world, whole)))


def not_proven(world: World, fact: Fact, now: datetime) -> None:
    """A report stayed without proof: nothing was done, and the mentor is told so, once an hour at the most."""
    outgoing.to_mentor(
        world,
        f"back/unproven/situation/{fact.at:%Y%m%dT%H}",
        RULE,
        "question_back",
        now,
        original_subject=str(fact.detail["subject"]),
        reason=world.phrases.say(world.language, "why.situation_unproven"),
        quoted=str(fact.detail["text"])[:QUOTED],
        what=None,
        text=None,
        advice=world.phrases.say(world.language, "advice.tell"),
    )


def tell(world: World, words: str, now: datetime) -> Outcome:
    """What the mentor typed at the command line: proven by that. Empty outcome: no situation was found in it."""
    digest = sha256(words.encode()).hexdigest()[:8]
    said = Said(f"tell/{now:%Y%m%dT%H%M%S}/{digest}", now, Proof.COMMAND, now, context(world, words))
    heard = read(words, world.situations, world.store.people.all(), now, world.zone)
    return take(world, told(heard, words, world.situations), said)


def from_notes(world: World, request: Request, text: str, said: Said) -> Outcome:
    """What the notes on a session report of its learner. Doubts and other people's matters are left to the mentor."""
    if request.learner_id is None:
        return Outcome()
    heard = read(text, world.situations, world.store.people.all(), said.at, world.zone)
    sure = [one for one in heard if heard_in_notes(world.situations, one, request.learner_id)]
    first: dict[Matter, Heard] = {}
    for one in sure:
        first.setdefault(one.matter, one)
    known = Known(request.learner_id, request.session_id, chosen=True)
    quiet = set(first) == {Matter.PROGRESS}  # a figure in every note would be a mail in every week
    return take(world, list(first.values()), replace(said, source=f"{said.source}/notes", known=known, quiet=quiet))


def context(world: World, text: str) -> Known:
    """The one learner that a text names, of whom the sentences speak that name nobody."""
    named = who(text, world.store.people.all())
    return Known(named.ids[0]) if len(named.ids) == 1 else Known()


def take(world: World, heard: Sequence[Heard], said: Said) -> Outcome:
    """Store what is clear, ask about what is not, and confirm: all of it or nothing."""
    noted: list[str] = []
    asked: list[str] = []
    ids: list[int] = []
    with world.store.transaction():
        for number, one in enumerate(heard, 1):
            found = place(world, one, said.at, said.known)
            if isinstance(found, Unclear):
                asked.append(_ask(world, found, said, number))
                continue
            for placed in found:
                stored = _store(world, placed, said, f"{said.source}/{number}/{placed.learner_id or 0}")
                noted.append(situation_words.noted(world, placed, known=stored is None))
                ids += [stored] if stored is not None else []
        if noted and not said.quiet:
            _confirm(world, heard, noted, ids, said)
    return Outcome(tuple(noted), tuple(asked))


def _of_mail(world: World, subject: str, text: str, at: datetime) -> tuple[list[Heard], str]:
    """What a mail reports; its subject counts where the text does not say the same itself."""
    learners = world.store.people.all()
    inside = read(text, world.situations, learners, at, world.zone, subject)
    matters = {one.matter for one in inside}
    above = [h for h in read(subject, world.situations, learners, at, world.zone) if h.matter not in matters]
    ended = subject if not subject or subject[-1] in ".!?:;," else f"{subject}."
    whole = "\n".join(part for part in (ended if text else subject, text) if part)
    return told([*above, *inside], whole, world.situations), whole


def told(heard: list[Heard], text: str, grammar: Grammar) -> list[Heard]:
    """One matter of one learner is told once, however often it is named, and by all that was written with it."""
    first: dict[tuple[Matter, tuple[int, ...]], Heard] = {}
    for one in sorted(heard, key=lambda h: h.doubt is not None):
        first.setdefault((one.matter, one.who), one)
    found = [one for one in heard if first[one.matter, one.who] is one]
    if len(found) == 1:
        project = found[0].project or project_in(text, grammar)
        return [replace(found[0], words=text.strip()[:MOST_WORDS], project=project)]
    return found


def _store(world: World, placed: Placed, said: Said, source: str) -> int | None:
    """Store one situation and what follows from it for the learner or the session; None where it was so already."""
    if _was_so(world, placed):
        return None
    heard = placed.heard
    stored = world.store.situations.add(
        NewSituation(
            source=source,
            matter=placed.matter,
            at=said.at,
            by=Party.MENTOR,
            words=heard.words,
            proof=said.proof,
            learner_id=placed.learner_id,
            session_id=placed.session.id if placed.session else None,
            since=placed.since,
            until=placed.until,
            project=placed.project,
            number=heard.number,
            agreed=heard.agreed,
        )
    )
    if stored is not None:
        _follow(world, placed, said)
    return stored


def _was_so(world: World, placed: Placed) -> bool:
    if placed.matter is Matter.ABSENT and placed.session is not None:
        return placed.session.status is SessionStatus.ABSENT
    if placed.learner_id is None:
        return False
    learner = world.store.people.get(placed.learner_id)
    so = {
        Matter.INFORMAL: learner.informal,
        Matter.EVENINGS: learner.evenings,
        Matter.LEFT: learner.left_at is not None,
    }
    return so.get(placed.matter, False)


def _follow(world: World, placed: Placed, said: Said) -> None:
    """What a situation changes at once: a session's status, how a learner is addressed, whether they are still here."""
    if placed.matter is Matter.ABSENT and placed.session is not None:
        decisions.mark_absent(world, placed.session, said.proof, said.now)
    if placed.learner_id is None:
        return
    learner = world.store.people.get(placed.learner_id)
    if placed.matter is Matter.LEFT:
        for offer in world.store.offers.of_learner(learner.id, said.now):
            world.store.offers.take_back(offer.letter)
    changed = {
        Matter.INFORMAL: replace(learner, informal=True),
        Matter.EVENINGS: replace(learner, evenings=True),
        Matter.LEFT: replace(learner, left_at=min(placed.since or said.at, said.at)),
        Matter.BACK: replace(learner, left_at=None),
    }.get(placed.matter)
    if changed is not None:
        world.store.people.change(changed)


def _confirm(world: World, heard: Sequence[Heard], noted: list[str], ids: list[int], said: Said) -> None:
    words = "\n".join(dict.fromkeys(one.words for one in heard))
    new = NewRequest(
        key=f"noted/{said.source}",
        kind=RequestKind.NOTED,
        rule=RULE,
        subject=noted[0],
        text=words,
        subject_key=" ".join(str(one) for one in ids),
    )
    outgoing.question(world, new, "situation_noted", said.now, items=noted, text=words)


def _ask(world: World, unclear: Unclear, said: Said, number: int) -> str:
    """Ask what is meant; the words are kept with the question, and its choices by their ids. The reason asked for."""
    why = world.phrases.say(world.language, f"which.{unclear.why}")
    words = unclear.heard.words
    new = NewRequest(
        key=f"which/{said.source}/{number}",
        kind=RequestKind.WHICH,
        rule=RULE,
        subject=words[:80],
        text=words,
        learner_id=said.known.learner_id,
        session_id=said.known.session_id,
        subject_key=f"{unclear.kind}:{','.join(unclear.values)}",
    )
    listed = situation_words.choices(world, unclear)
    outgoing.question(world, new, "which_question", said.now, text=words, choices=listed, why=why)
    return f"{why} {' · '.join(listed)}".strip()
