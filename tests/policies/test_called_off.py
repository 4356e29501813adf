"""Which sessions the mentor called off, and which booking makes up for one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.model import Act, Matter, Obligation, Session, Slot
from agent.policies.booking import makes_up
from agent.policies.said import called_off
from tests.policies.snapshots import at, session, situation, snapshot

WEDNESDAY, WEEK = 53.0, 168.0
SESSION = session(1, WEDNESDAY)
URGENT = situation(7, Matter.EMERGENCY, 30, about=1, since=WEDNESDAY, until=WEDNESDAY + 0.75)
AWAY = situation(7, Matter.AWAY, 30, since=WEDNESDAY - 5, until=WEDNESDAY + 30, mine=True)


def chosen(start: float, letter: str) -> Obligation:
    """The booking of a slot that a letter offered."""
    slot = Slot(at(start), at(start) + timedelta(minutes=45))
    return Obligation(key="R05/book/3", rule="R05", act=Act.BOOK, learner_id=1, offer=slot, word=letter, reason="")


@pytest.mark.parametrize(
    ("start", "letter", "expected"),
    [
        (WEDNESDAY + 48, "R05/emergency/7", True),  # the same week
        (WEDNESDAY + WEEK, "R05/emergency/7", True),  # a later one, offered for it
        (WEDNESDAY + 48, "R03/slots/1/2026-11-02", True),  # another letter: the week has one session
        (WEDNESDAY + WEEK, "R03/slots/1/2026-11-09", False),  # that week's own
        (WEDNESDAY + WEEK, "R05/emergency/8", False),  # for another session
    ],
)
def test_a_booking_makes_up_for_what_its_letter_is_about_or_for_the_session_of_its_week(
    start: float, letter: str, expected: bool
) -> None:
    known = snapshot(SESSION, situations=(URGENT,))
    assert makes_up(chosen(start, letter), SESSION, known) is expected
    assert not makes_up(chosen(start, letter), SESSION, snapshot(SESSION))  # nobody called it off


def test_the_letter_about_an_absence_is_about_its_session() -> None:
    known = snapshot(SESSION, situations=(AWAY,))
    assert makes_up(chosen(WEDNESDAY + WEEK, "R06/moved/1/7"), SESSION, known)
    assert not makes_up(chosen(WEDNESDAY + WEEK, "R06/moved/2/7"), SESSION, known)


def moved(start: float) -> Session:
    return replace(session(1, start), planned=at(WEDNESDAY))


def test_a_session_that_was_moved_is_called_off_again_only_by_an_emergency_about_its_new_date() -> None:
    later = WEDNESDAY + 24
    again = situation(8, Matter.EMERGENCY, 60, about=1, since=later, until=later + 0.75)
    assert called_off(snapshot(SESSION, situations=(URGENT,)), SESSION) == URGENT
    assert called_off(snapshot(moved(later), situations=(URGENT,)), moved(later)) is None
    assert called_off(snapshot(moved(later), situations=(AWAY,)), moved(later)) is None  # within it, on purpose
    assert called_off(snapshot(moved(later), situations=(URGENT, again)), moved(later)) == again
    assert called_off(snapshot(moved(later + 24), situations=(URGENT, again)), moved(later + 24)) is None
