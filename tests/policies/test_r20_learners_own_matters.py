"""R20: a learner's own matters get a reply that points to support; never an alert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Audience, Judgement, Matter, Party, RequestKind, RequestState, Snapshot
from agent.policies import POLICIES
from agent.policies.r20_learners_own_matters import check
from tests.policies.snapshots import LAW, LEARNER, MATRIX, at, clause, request, situation, snapshot

DAY = 24.0
KEY = "R20/reply/1"
OWN = [matter for matter, row in MATRIX.items() if row.contact is Party.LEARNER]
WORDS = "je suis en dialyse le mardi"


def judge(known: Snapshot, hours: float = 21) -> Judgement:
    return check(known, clause("R20"), at(hours))


def reasons(judged: Judgement) -> str:
    assert judged.hits == ()
    return "; ".join(miss.reason for miss in judged.misses)


@pytest.mark.parametrize("by", [Party.LEARNER, Party.MENTOR])
@pytest.mark.parametrize("matter", OWN)
def test_each_matter_of_theirs_gets_a_reply_to_the_learner_whoever_said_it(matter: Matter, by: Party) -> None:
    (owed,) = judge(snapshot(situations=(situation(1, matter, 20, by=by),))).hits
    assert (owed.key, owed.audience, owed.template) == (KEY, Audience.LEARNER, "contact_support")
    assert owed.due == at(44)


@pytest.mark.parametrize("matter", OWN)
def test_no_rule_tells_support_of_a_learner_s_own_matter(matter: Matter) -> None:
    known = snapshot(situations=(situation(1, matter, 20),), letters=(1,))
    for policy in POLICIES:
        hits = policy.check(known, LAW[policy.rule], at(21)).hits
        assert [hit.key for hit in hits if hit.audience is Audience.SUPPORT] == []


def test_the_learner_s_words_do_not_stand_in_the_reason_for_they_may_speak_of_health() -> None:
    (owed,) = judge(snapshot(situations=(situation(1, Matter.ILLNESS, 20, words=WORDS),))).hits
    assert "dialyse" not in owed.reason
    assert set(owed.detail) == {"situations"}


def test_the_same_matter_again_within_the_window_gets_no_second_reply() -> None:
    known = snapshot(
        situations=(situation(1, Matter.LEAVE, 20), situation(2, Matter.LEAVE, 10 * DAY)), queued={KEY: 21}
    )
    assert "covers it" in reasons(judge(known, 10 * DAY + 1))


def test_another_matter_gets_a_reply_of_its_own() -> None:
    known = snapshot(situations=(situation(1, Matter.LEAVE, 20), situation(2, Matter.ILLNESS, 20.5)))
    assert [hit.key for hit in judge(known).hits] == [KEY, "R20/reply/2"]


def test_the_same_matter_after_the_window_is_answered_again() -> None:
    known = snapshot(
        situations=(situation(1, Matter.LEAVE, 20), situation(2, Matter.LEAVE, 40 * DAY)), queued={KEY: 21}
    )
    assert [hit.key for hit in judge(known, 40 * DAY + 1).hits] == ["R20/reply/2"]


def test_an_old_matter_and_one_from_before_the_watch_are_left_alone() -> None:
    known = snapshot(situations=(situation(1, Matter.LEAVE, 20),))
    assert "more than 30 days ago" in reasons(judge(known, 20 + 31 * DAY))
    assert "began to watch" in reasons(judge(replace(known, watch_since=at(21)), 22))


def test_without_an_address_or_after_the_mentor_s_no_nothing_is_written() -> None:
    asked = (situation(1, Matter.RESOURCES, 20),)
    assert "no address" in reasons(judge(snapshot(situations=asked, learner=replace(LEARNER, address=None))))
    dropped = request(KEY, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert "decided against" in reasons(judge(snapshot(situations=asked, requests=(dropped,))))


def test_where_a_school_gives_the_matter_to_the_mentor_its_own_rule_alerts_and_this_one_does_not() -> None:
    row = replace(MATRIX[Matter.ILLNESS], contact=Party.MENTOR, rule="R19")
    known = replace(snapshot(situations=(situation(1, Matter.ILLNESS, 20),)), matrix={**MATRIX, Matter.ILLNESS: row})
    assert judge(known).hits == ()
    exceptional = next(policy for policy in POLICIES if policy.rule == "R19")
    (owed,) = exceptional.check(known, clause("R19"), at(21)).hits
    assert owed.audience is Audience.SUPPORT
