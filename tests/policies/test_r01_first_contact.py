"""R01: a first letter within 48 hours of the assignment."""

from __future__ import annotations

from dataclasses import replace

from agent.model import Audience, Judgement, RequestKind, RequestState, Snapshot
from agent.policies.r01_first_contact import check
from tests.policies.snapshots import LEARNER, at, clause, request, snapshot

KEY = "R01/first-contact/1"


def judge(known: Snapshot, hours: float) -> Judgement:
    return check(known, clause("R01"), at(hours))


def reason(judged: Judgement) -> str:
    assert judged.hits == ()
    (miss,) = judged.misses
    return miss.reason


def test_a_letter_to_the_learner_is_owed_at_once_and_due_48_hours_after_the_assignment() -> None:
    (owed,) = judge(snapshot(), 0).hits
    assert (owed.key, owed.audience, owed.due) == (KEY, Audience.LEARNER, at(48))
    assert "2026-11-04 08:00 UTC" in owed.reason


def test_after_an_outage_that_covered_the_deadline_the_letter_is_still_owed_and_called_late() -> None:
    (owed,) = judge(snapshot(), 49).hits
    assert owed.reason.endswith("(late)")


def test_an_assignment_whose_deadline_passed_before_the_agent_began_to_watch_is_not_its_debt() -> None:
    assert "before the agent began to watch" in reason(judge(snapshot(watch_since=49), 50))
    assert judge(snapshot(watch_since=48), 50).hits


def test_whoever_wrote_to_the_learner_since_the_assignment_has_made_the_contact() -> None:
    assert "written to on 2026-11-02 11:00 UTC" in reason(judge(snapshot(letters=(3,)), 4))


def test_a_mail_from_before_the_assignment_is_no_first_contact() -> None:
    assert judge(snapshot(letters=(-3,)), 4).hits


def test_a_letter_that_is_on_its_way_is_not_written_twice() -> None:
    assert reason(judge(snapshot(done=(KEY,)), 4)) == "the letter is in the outbox"


def test_a_learner_without_an_address_is_not_written_to() -> None:
    assert reason(judge(snapshot(learner=replace(LEARNER, address=None)), 4)) == "no address is known"


def test_a_letter_that_the_mentor_refused_is_no_longer_owed() -> None:
    dropped = request(KEY, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert "decided against" in reason(judge(snapshot(requests=(dropped,)), 4))
