"""The school gives a learner to the mentor (R01): believed when proven, asked about otherwise (P3), known once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from agent import outgoing
from agent.model import Assignment, Funding, Language, Learner, Matter, Party, Proof, RequestKind, RequestState
from agent.store import NewRequest, NewSituation
from agent.understand.lexicon import plain
from agent.understand.mail import Mail
from agent.understand.recognise import recognise_assignment
from agent.world import World


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> None:
    """Read one mail of the school. A repeated assignment, in whatever mail, adds nothing."""
    excluded = {*world.settings.mentor.addresses, world.settings.school.support}
    domains = world.settings.school.domains
    assignment = recognise_assignment(mail, world.recognisers, school_domains=domains, excluded=excluded)
    proven = proof is not Proof.NONE
    if assignment is None:
        if proven:
            _unrecognised(world, mail, mail_id, received_at, now)
        return
    known = world.store.people.by_address(assignment.address)
    if known is not None and (known.left_at is None or received_at <= known.left_at):
        return
    again = f"/{received_at:%Y%m%d}" if known is not None else ""  # given once more, after they had left
    doubtful = f"unproven-assignment:{assignment.address}{again}"
    key = f"assignment:{assignment.address}{again}" if proven else doubtful
    new = world.store.facts.add(
        key, "assignment", at=received_at, now=now, proof=proof, detail={"mail": mail_id, **_detail(assignment)}
    )
    if not new:
        return
    if proven:
        _withdraw(world, doubtful, now)
    others = [other for other in world.store.people.all() if other != known]
    namesake = any(sorted(plain(other.name)) == sorted(plain(assignment.name)) for other in others)
    if proven and not namesake:
        _take(world, assignment, known, received_at, key)
        return
    why = "namesake" if proven else "unproven"
    _ask(world, key, assignment, mail.head.from_address or mail.head.from_name, why, now)


def _unrecognised(world: World, mail: Mail, mail_id: str, received_at: datetime, now: datetime) -> None:
    """The school wrote, and no pattern fits: `doctor` counts them, and one that is damaged is shown by `status`."""
    subject = mail.head.subject
    world.store.facts.add(
        f"unrecognised:{mail_id}", "unrecognised", at=received_at, now=now, detail={"subject": subject}
    )
    if damage := (*mail.head.defects, *mail.defects):
        what, advice = f"mail “{subject}” from the school", "open it in the mail program, and act on it yourself"
        world.store.parking.park(f"damaged:{mail_id}", what, f"it is damaged: {'; '.join(damage)}", advice, now)


def _withdraw(world: World, key: str, now: datetime) -> None:
    """A proven assignment answers the question that an unproven one raised."""
    asked = world.store.requests.by_key(key)
    if asked is not None and asked.state is RequestState.WAITING:
        world.store.requests.settle(asked, RequestState.WITHDRAWN, Proof.NONE, now)


def _detail(assignment: Assignment) -> dict[str, str | None]:
    return {
        "name": assignment.name,
        "address": assignment.address,
        "path": assignment.path,
        "project": assignment.project,
        "funding": assignment.funding.value,
        "language": assignment.language.value,
    }


def _ask(world: World, key: str, assignment: Assignment, sender: str, why: str, now: datetime) -> None:
    new = NewRequest(key=key, kind=RequestKind.ASSIGNMENT, rule="R01", subject=assignment.name, subject_key=key)
    outgoing.question(
        world,
        new,
        "assignment_question",
        now,
        name=assignment.name,
        address=assignment.address,
        path=assignment.path,
        sender=sender,
        why=world.phrases.say(world.language, f"assignment.{why}"),
    )


def confirm(world: World, key: str) -> Learner | None:
    """The mentor says that an assignment is genuine. Sent is read again: they may have written already."""
    fact = world.store.facts.get(key)
    if fact is None:
        return None
    detail = fact.detail
    assignment = Assignment(
        name=detail["name"],
        address=detail["address"],
        path=detail["path"],
        project=detail["project"],
        funding=Funding(detail["funding"]),
        language=Language(detail["language"]),
    )
    known = world.store.people.by_address(assignment.address)
    learner = known if known and known.left_at is None else _take(world, assignment, known, fact.at, key)
    world.store.sources.forget_cursor("mailbox")
    return learner


def _take(world: World, assignment: Assignment, known: Learner | None, at: datetime, key: str) -> Learner:
    """A new learner; or one who had left and is given again: all begins anew at `at`, the first contact too (R01)."""
    if known is None:
        return _add(world, assignment, at)
    fact = world.store.facts.get(key)
    proof = Proof(fact.proof or Proof.NONE) if fact is not None else Proof.NONE
    world.store.situations.add(NewSituation(key, Matter.BACK, at, Party.SCHOOL, assignment.name, proof, known.id))
    anew = replace(
        known,
        assigned_at=at,
        left_at=None,
        path=assignment.path or known.path,
        project=assignment.project or known.project,
    )
    world.store.people.change(anew)
    return anew


def _add(world: World, assignment: Assignment, assigned_at: datetime) -> Learner:
    return world.store.people.add(
        Learner(
            id=0,
            name=assignment.name,
            address=assignment.address,
            assigned_at=assigned_at,
            path=assignment.path,
            project=assignment.project,
            funding=assignment.funding,
            language=assignment.language,
        )
    )
