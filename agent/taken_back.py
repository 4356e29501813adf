"""What had left because of a situation that is taken back: letters are not undone by that, so the mentor is told."""

from __future__ import annotations

from datetime import datetime

from agent import outgoing
from agent.model import Matter, Situation
from agent.policies import r09_first_absence, r10_two_absences
from agent.store import OutboxRow
from agent.world import World

LETTERS = (
    "R05/emergency/{id}",
    "R06/alert/{id}",
    "R06/moved/%/{id}",
    "R13/alert/situation-{id}",
    "R14/alert/{id}",
    "R15/alert/{id}",
    "R15/signals/situation-{id}",
    "R17/alert/{id}",
    "R18/alert/{id}",
    "R19/alert/{id}",
    "R20/reply/{id}",
)
"""How the letters are named that a situation's number is in; "%" is anything."""


def tell_what_left(world: World, situation: Situation, now: datetime) -> None:
    """One mail for each letter to a learner or to support, once."""
    for row in _left(world, situation):
        outgoing.to_mentor(
            world,
            f"left/{row.key}/{situation.id}",
            row.rule,
            "withdrawn",
            now,
            learner_id=row.learner_id,
            recipient_label=row.recipient,
            subject_line=row.subject,
            text=row.text,
            left=True,
        )


def _left(world: World, situation: Situation) -> list[OutboxRow]:
    names = [name.format(id=situation.id) for name in LETTERS]
    if situation.matter is Matter.ABSENT and situation.session_id is not None:
        names += [
            r09_first_absence.letter_key(situation.session_id),
            r10_two_absences.alert_key(situation.session_id),
        ]
    return world.store.outbox.sent_as(names)
