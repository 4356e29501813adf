"""The school gives a learner to the mentor (R01): believed when proven, asked about otherwise (P3), known once."""

from __future__ import annotations

from datetime import datetime

from agent import outgoing
from agent.model import Assignment, Funding, Language, Learner, Proof, RequestKind
from agent.store import NewRequest
from agent.understand.mail import Mail
from agent.understand.recognise import match_learner, recognise_assignment
from agent.world import World


def receive(world: World, mail: Mail, mail_id: str, proof: Proof, received_at: datetime, now: datetime) -> None:
    """Read one mail of the school. A repeated assignment, in whatever mail, adds nothing."""
    excluded = {*world.settings.mentor.addresses, world.settings.school.support}
    domains = world.settings.school.domains
    assignment = recognise_assignment(mail, world.recognisers, school_domains=domains, excluded=excluded)
    if assignment is None or world.store.people.by_address(assignment.address) is not None:
        return
    key = f"assignment:{assignment.address}"
    new = world.store.facts.add(
        key, "assignment", at=received_at, now=now, proof=proof, detail={"mail": mail_id, **_detail(assignment)}
    )
    if not new:
        return
    namesake = match_learner(assignment.name, (), world.store.people.all())
    if proof is not Proof.NONE and not (isinstance(namesake, Learner) and namesake.name == assignment.name):
        _add(world, assignment, received_at)
        return
    why = "unproven" if proof is Proof.NONE else "namesake"
    _ask(world, key, assignment, mail.head.from_address or mail.head.from_name, why, now)


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
    new = NewRequest(
        key=f"ask/{key}", kind=RequestKind.ASSIGNMENT, rule="R01", subject=assignment.name, subject_key=key
    )
    request = world.store.requests.open(new, world.new_token(), now)
    outgoing.to_mentor(
        world,
        f"mail/ask/{key}",
        "R01",
        "assignment_question",
        now,
        request=request,
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
    learner = world.store.people.by_address(assignment.address) or _add(world, assignment, fact.at)
    world.store.sources.forget_cursor("mailbox")
    return learner


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
